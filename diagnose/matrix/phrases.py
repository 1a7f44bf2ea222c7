"""Whether a phrase that stands in a text is said there, or denied, or only the name of a setting."""

from __future__ import annotations

import re
from functools import cache

_PLACES = 16
"""So many places of one phrase are looked at."""
_BEFORE = 40
_BEHIND = 40
_NO = (
    r"no|not|never|without|neither|nor|non|isn't|wasn't|aren't|weren't|keine?n?|nicht|ohne|pas|aucune?|sans|sin|ning\u00fan"
    r"|ninguna|\u043d\u0435|\u043d\u0435\u0442|\u0431\u0435\u0437"
)
_NO_IN_CHINESE = r"\u6ca1\u6709|\u4e0d\u662f|\u5e76\u975e"
_DENYING = (
    "no", "never", "without", "neither", "n't", "kein", "nicht", "ohne", "pas", "aucun", "sans", "sin", "ning",
    "\u043d\u0435", "\u0431\u0435\u0437", "\u6ca1\u6709", "\u4e0d\u662f", "\u5e76\u975e",
)  # fmt: skip
"""Of which one stands in each of those: a look for them costs less than the pattern."""
_SETTINGS = frozenset(
    {"timeout", "read timeout", "connect timeout", "fallback model", "fallback provider", "fallback image"}
)
"""What programs also call their settings."""


def meant(phrase: str, said: str) -> bool:
    """Whether the phrase stands somewhere in `said`, in lower case, without being denied and not as a setting."""
    at = said.find(phrase)
    for _ in range(_PLACES):
        if at < 0:
            return False
        if not _denied(phrase, said, at) and not _setting(phrase, said, at):
            return True
        at = said.find(phrase, at + len(phrase))
    return False


def without_denied(said: str) -> str:
    """The text without what it says is not the case: each negation with the words behind it."""
    return _clause().sub(" ", said)


def _denied(phrase: str, said: str, at: int) -> bool:
    end = at + len(phrase)
    if phrase.startswith(("no ", "not ")):
        # "no quota left" is what it says, "no quota problem" the opposite.
        return _no_trouble().match(said, end, end + _BEHIND) is not None
    begin = max(0, at - _BEFORE)
    before = said[begin:at]
    return any(word in before for word in _DENYING) and _negation().search(said, begin, at) is not None


def _setting(phrase: str, said: str, at: int) -> bool:
    end = at + len(phrase)
    return phrase in _SETTINGS and _value().match(said, end, end + _BEHIND) is not None


@cache
def _negation() -> re.Pattern[str]:
    """Directly before a phrase."""
    filling = r"an?|any|the|some|actual|real|due to|because of|caused by|about|related to|hitting|eine?|de|une?|una"
    return re.compile(
        rf"(?:(?<![^\s(,;:.\"'/\u2014-])(?:{_NO})(?: (?:{filling})){{0,3}} |(?:{_NO_IN_CHINESE}) ?)[\"'`(]?$"
    )


@cache
def _no_trouble() -> re.Pattern[str]:
    return re.compile(r" ?(?:problems?|issues?|errors?|trouble|exceeded|reached|violations?|warnings?)\b")


@cache
def _value() -> re.Pattern[str]:
    """Directly behind a name, the rest of it and the value that it is given."""
    return re.compile(
        r"[a-z_]{0,12}[\"'`]? ?[:=] ?(?:[\"']?(?:\d++(?! ?m?s(?:ec\w{0,5})? (?:exceeded|reached|elapsed|passed))"
        r"|(?:true|false|null|none)\b)|\"[\w./:-]{1,30}\"|'[\w./:-]{1,30}')"
    )


@cache
def _clause() -> re.Pattern[str]:
    return re.compile(
        rf"(?<![^\s(,;:.])(?:{_NO})(?: [^\s,.;:()]{{1,40}}){{1,3}}|(?:{_NO_IN_CHINESE})"
        r"[^\s,.;:\u3002\uff0c\uff1b]{1,12}"
    )
