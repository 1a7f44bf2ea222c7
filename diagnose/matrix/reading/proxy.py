"""A proxy that wants a password: it answers in the place of the host, to which nothing was sent."""

from dataclasses import replace

from diagnose.matrix.evidence import Evidence
from diagnose.matrix.reading.patterns import pattern

ASKS = 407
_TOLD = pattern(
    r"\bproxy[ -]auth(?:entication|orization)?[ -](?:is )?(?:required|failed|needed)|\bproxyauthenticationrequired"
    r"|\berr_proxy_auth\w{0,40}|\bproxy requires (?:a )?(?:authentication|password|credentials)"
    r"|\b(?:proxy|tunnel|connect)\b[^\n]{0,80}?(?:code|status|response|error|:)[\s:(]{1,3}407\b"
    r"|\b(?:code|status|response|error)[\s:(]{1,3}407\b[^\n]{0,40}?\bproxy\b|代理(?:服务器)?(?:要求|需要)身份验证"
)
_SIGNS = ("proxy", "407", "代理")
_STANDARD = "407 proxy authentication required"


def of_proxy(seen: Evidence) -> Evidence:
    """The evidence itself; where a 407 is told, in the words of the standard, too, by which the rows know it."""
    may = (seen.status is None or seen.transport is not None) and any(sign in seen.said for sign in _SIGNS)
    answered = seen.status == ASKS and not seen.said.isdecimal()  # a number alone may be anything
    if not answered and not (may and _TOLD().search(seen.said)):
        return seen
    said = seen.said if _STANDARD in seen.said else f"{_STANDARD}: {seen.said}"
    return replace(seen, status=ASKS, transport="proxy", said=said)
