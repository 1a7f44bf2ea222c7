"""HTTP statuses in a text, however they are told, and which of several is that of the party that refused."""

import re
from collections.abc import Iterator
from typing import Any

from diagnose.matrix.reading.patterns import pattern

# Those of the standard, and what nginx, Cloudflare and vendors add to it.
_KNOWN = frozenset({
    *range(200, 209), 226, *range(300, 306), 307, 308, *range(400, 427), 428, 429, 430, 431, 440, 444, 449, 451, 460,
    495, 499, *range(500, 512), *range(520, 531),
})  # fmt: skip
# The standard's phrases, of any of its editions, by their letters; not those that are ordinary words: gone, locked.
_PHRASES = {
    "badrequest": 400, "unauthorized": 401, "paymentrequired": 402, "forbidden": 403, "notfound": 404,
    "methodnotallowed": 405, "notacceptable": 406, "proxyauthenticationrequired": 407, "requesttimeout": 408,
    "lengthrequired": 411, "preconditionfailed": 412, "requestentitytoolarge": 413, "contenttoolarge": 413,
    "payloadtoolarge": 413, "requesturitoolong": 414, "uritoolong": 414, "unsupportedmediatype": 415,
    "requestedrangenotsatisfiable": 416, "rangenotsatisfiable": 416, "expectationfailed": 417,
    "misdirectedrequest": 421, "unprocessableentity": 422, "unprocessablecontent": 422, "faileddependency": 424,
    "tooearly": 425, "upgraderequired": 426, "preconditionrequired": 428, "toomanyrequests": 429, "ratelimited": 429,
    "requestheaderfieldstoolarge": 431, "unavailableforlegalreasons": 451, "internalservererror": 500,
    "notimplemented": 501, "badgateway": 502, "serviceunavailable": 503, "gatewaytimeout": 504,
    "gatewaytimedout": 504, "httpversionnotsupported": 505, "variantalsonegotiates": 506, "insufficientstorage": 507,
    "loopdetected": 508, "notextended": 510, "networkauthenticationrequired": 511,
}  # fmt: skip
# How client libraries name the class of an error, and Google its statuses.
_NAMES = {
    "badrequesterror": 400, "authenticationerror": 401, "permissiondeniederror": 403, "notfounderror": 404,
    "conflicterror": 409, "unprocessableentityerror": 422, "ratelimiterror": 429, "internalservererror": 500,
    "serviceunavailableerror": 503, "contentpolicyviolationerror": 400, "unsupportedparamserror": 400,
    "invalid_argument": 400, "failed_precondition": 400, "unauthenticated": 401, "permission_denied": 403,
    "resource_exhausted": 429, "unavailable": 503, "deadline_exceeded": 504,
}  # fmt: skip
_NAME = pattern(r"\b(?:" + "|".join(_NAMES) + r")\b", re.IGNORECASE)
_TOLD = pattern(
    r"(?:\bhttp(?:/[\d.]{1,3})?|\bstatus(?:[ _-]?code)?|\bunexpected status|\berror code|\bhttp ?status(?:[ _-]?code)?"
    r"|\bstatus code of|\bhttp ?error|\bhttp_code|状态码|狀態碼"
    r"|\b(?:failed|error|forbidden|exceeded|unauthorized|denied|upstream|returned|response))"
    r"[\"']?\s{0,3}(?:is |was |of |code |status )?[:=(]{0,2}\s{0,3}[\"']?([2-5]\d\d)"
    r"(?![\d.]|\s?(?:ms|px|[x\u00d7]|images?|times|tokens|s)\b)",
    re.IGNORECASE,
)
# As access logs have it: POST /v1/images/generations 401, or "POST /v1 HTTP/1.1" 401.
_LOGGED = pattern(
    r"\b(?:POST|GET|PUT|PATCH) \S{1,300}(?: HTTP/[\d.]{1,3})?[\"']?(?: (?:->|=>|-|:))? ([2-5]\d\d)"
    r"(?![\d.]|\s?(?:ms|s)\b)"
)
_NAMED = pattern(
    r"\b(?i:status(?:[ _-]?code)?|http error)[\"']?\s{0,3}[:=(]\s{0,3}[\"']?"
    r"(?i:HttpStatusCode\.)?([A-Za-z]{5,31})\b"
)
_PHRASED = pattern(r"(?<![\d.])([2-5]\d\d)[ )\]:-]{1,3}(?=([A-Za-z]{2,12}(?:[ -][A-Za-z]{2,16}){0,4}))")
_BARE = pattern(
    r"(?:^|[:=>(\[] ?|\berror |\bsaid )([45]\d\d)(?=\s?[:)\]{\"']| [^\W\d]|$)"
    r"(?!\s?(?:ms|px|x|images?|times|tokens|s)\b)",
    re.IGNORECASE,
)
_NOT_OF_THE_ANSWER = pattern(r"proxy response \(\d{3}\)|connection established|npm error .*", re.IGNORECASE)


def status_of_number(value: Any) -> int | None:
    """403 and "403"; None for a number that is no status of an answer."""
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isdigit():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value in _KNOWN else None


def status_of_word(value: Any) -> int | None:
    """429 for "RESOURCE_EXHAUSTED", 404 for "NotFound" and "Not Found"."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    low = value.strip().lower()
    return _NAMES.get(low) or _PHRASES.get("".join(filter(str.isalpha, low)))


def told(text: str) -> int | None:
    """The status that the text tells in words or figures, outside of its objects.

    The first line with one counts. Of several there the last, which stands nearest to the refusal, but a refusal
    (4xx) before the 5xx of a wrapper, and either before a success.
    """
    text = _NOT_OF_THE_ANSWER().sub(" ", text)
    for find in (_firm, _bare):
        success = None
        for line in text.split("\n"):
            every = list(find(line))
            refused = [status for status in every if 400 <= status < 500]
            failed = [status for status in every if status >= 500]
            if refused or failed:
                return (refused or failed)[-1]
            success = success or next(iter(every), None)
        if success:
            return success
    name = _NAME().search(text)
    return _NAMES[name[0].lower()] if name else None


def _firm(line: str) -> Iterator[int]:
    found: list[tuple[int, int | None]] = [
        (match.start(), status_of_number(match[1])) for match in _TOLD().finditer(line)
    ]
    found += [(match.start(1), status_of_number(match[1])) for match in _LOGGED().finditer(line)]
    found += [(match.start(), status_of_word(match[1])) for match in _NAMED().finditer(line)]
    for match in _PHRASED().finditer(line):
        words = re.split(r"[ -]", match[2].lower())
        status = status_of_number(match[1])
        if status and any(_PHRASES.get("".join(words[:count])) for count in range(1, len(words) + 1)):
            found.append((match.start(), status))
    yield from (status for _, status in sorted(found, key=lambda one: one[0]) if status)


def _bare(line: str) -> Iterator[int]:
    yield from (status for match in _BARE().finditer(line) if (status := status_of_number(match[1])))
