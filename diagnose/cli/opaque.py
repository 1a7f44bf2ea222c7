"""What no API would name and nobody would say: keys by the forms of their vendors, and signs in no order.

Facts of a text are names: of fields, models, hosts, parts of a path. What is none may be a credential that was put
where a name belongs.
"""

import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise

from diagnose.matrix import load
from diagnose.matrix.reading.patterns import pattern
from diagnose.redact import MARK

_SHORTEST = 16
_LONG = 24
"""So many signs of hexadecimal digits are no number and no word."""

_MOST_CHANGES = 4
_NO_REQUEST = 28
"""Signs of a request's id that has large and small letters and begins with no date: more are a key."""

_HEX = r"[0-9a-fA-F]"
_FORMS = (
    rf"(?<!\w){_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}:{_HEX}{{24,}}",
    r"(?<!\w)\d{6,12}:AA[\w-]{25,}",
    rf"(?<!\w){_HEX}{{32}}\.[A-Za-z0-9]{{12,}}",
)
"""Two parts that a sign joins, which no beginning gives away."""

_UUID = pattern(rf"(?<!\w){_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}(?!\w)")
_WORD = pattern(r"[A-Za-z0-9_+~-]{16,}={0,2}")
_RUN = pattern(r"[A-Za-z0-9]+")
_HEX_RUN = pattern(rf"(?=.*\d)(?=.*[a-fA-F]){_HEX}{{{_LONG},}}")
_DATE = pattern(r"20\d{6}")
_CLASSES = pattern(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_PART = pattern(r"[^/?#]+")
_BETWEEN = pattern(r"[-_.:,=&+@!()$\[\]{}<>*|\s]+")
_NAME = pattern(
    r"[A-Z]?[a-z]{1,15}|[A-Z]{1,12}|\d{1,8}|[a-z0-9]{1,4}|[a-z]{1,12}\d{1,4}[a-z]?|\d{1,5}x\d{1,5}"
    r"|v\d{1,2}(?:alpha|beta|internal)\d{0,2}|[a-z]{2,12}(?:[A-Z][a-z]{2,14}){1,3}"
)
"""A word, a number, a release, a size: v1beta1, dall, 2026, 1024x1024, generateContent."""


def without_keys(text: str) -> str:
    """The text without what has the form of some vendor's key."""
    for form, needed in _forms():
        if any(sign in text for sign in needed):
            text = form().sub(MARK, text)
    return text


def without_opaque(text: str) -> str:
    """The text without words of signs in no order; takes time in proportion to its length."""
    if len(text) < _SHORTEST:
        return text
    return _WORD().sub(lambda found: MARK if _is_opaque(found[0]) else found[0], _UUID().sub(MARK, text))


def shown_request(request_id: str) -> str:
    """The id of a request, which is in no order itself, unless it is one that only a key looks like."""
    long = len(request_id) >= _NO_REQUEST and request_id.lower() != request_id and request_id.upper() != request_id
    made = request_id.startswith("req") or _DATE().match(request_id)
    return without_opaque(request_id) if long and not made else request_id


def shown_path(path: str, host: str = "") -> str:
    """The path with those of its parts that look like a name; nothing of one that is a credential as a whole."""
    table = load("secrets.toml")["paths"]
    name = host.lower().rstrip(".")
    if path.strip("/") and any(name == known or name.endswith(f".{known}") for known in table["hosts"]):
        return f"/{MARK}"
    behind = False

    def shown(found: re.Match[str]) -> str:
        nonlocal behind
        hidden, behind = behind, behind or found[0].lower() in table["behind"]
        return MARK if hidden or not _is_name(found[0]) else found[0]

    return _PART().sub(shown, path)


def _is_name(part: str) -> bool:
    return all(_NAME().fullmatch(piece) for piece in _BETWEEN().split(part) if piece)


def _is_opaque(word: str) -> bool:
    runs = _RUN().findall(word)
    return any(map(_in_no_order, runs)) or (len(runs) > 1 and _changes("".join(runs), average=2))


def _in_no_order(run: str) -> bool:
    """Whether small letters, large ones and digits change so often that it was no person who wrote them."""
    if len(run) < _SHORTEST or run.isdigit():
        return False
    pieces = _CLASSES().findall(run)
    numbers = sum(one.isdigit() != other.isdigit() for one, other in pairwise(pieces))
    return numbers >= _MOST_CHANGES or _changes(run, average=3) or _HEX_RUN().fullmatch(run) is not None


def _changes(run: str, *, average: int) -> bool:
    """Whether its words and numbers have so many signs at most, on average."""
    return len(run) >= _SHORTEST and len(_CLASSES().findall(run)) * average >= len(run)


@cache
def _forms() -> tuple[tuple[Callable[[], re.Pattern[str]], tuple[str, ...]], ...]:
    """Each form, and signs of which a text needs one to hold it."""
    begin = tuple(load("secrets.toml")["keys"]["begin"])
    by_name = rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, begin))})(?=[\w.-]{{0,60}}(?:\d|[a-z][A-Z]))[\w.-]{{12,}}"
    return ((pattern(by_name), begin), *((pattern(form), (":", ".")) for form in _FORMS))
