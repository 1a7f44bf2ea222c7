"""Credentials that nothing but what stands beside them gives away: found in any text, in linear time.

The names of secrets are looked for with str.find, and what stands behind each (or, in a list of pairs, before it) is
read with patterns that never look further than a few thousand signs.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from diagnose.cli.bare_text import bare, unquoted
from diagnose.cli.wrapped_secrets import continued
from diagnose.matrix import load
from diagnose.matrix.reading.patterns import pattern

MOST = 100_000
"""Places looked at. A text with more of them is no error message."""

KEPT = 1000
"""Different values that are remembered. A real text repeats a few."""

_OF_LINES = 5
"""How many places the rest of a broken value counts for: it takes as long."""

_LONGEST = 4096
_PART = 1_000_000
_OVERLAP = 16_384
"""Signs that are looked at together, and those of the next part with them: each of them is copied several times."""
_SHORTEST = 8
_LONGEST_NAME = 20
_HEADERS = frozenset({"authorization", "cookie"})
_PASSWORDS = frozenset({"passw", "passphrase", "pwd", "secret", "kennwort", "密码", "パスワード"})
_STUCK = "insecure-api-key."
"""What stands before a key in the name of a websocket's protocol."""

_VAGUE = frozenset({"credential", "session", "code=", "sig=", "response="})
"""What a sentence names without a secret behind it: "session 0198c4e2", "credential openai:default"."""
_WORDS = (*sorted(_HEADERS), *sorted(_PASSWORDS), *sorted(_VAGUE), "key", "token", "signature", "verifier", "密钥",
          "令牌", "-u ", "--user ", "bearer", "basic ", "://", _STUCK)  # fmt: skip

_LINE = r"(?P<value>[^\n\r\"'`\\<>]{1,4096}+)"
_WORD = r"(?P<value>[^\s\"'`\\,;&<>]{1,4096}+)"
# Some("X"), b'X', [X], {"X"}: what languages put around a value that they print.
_OPEN = r"(?:[a-zA-Z]{1,24}\((?=[\\\"']))?[\[({]{0,3}+(?:[bBuUrRfF](?=[\\\"']))?(?P<quote>[\\\"'`]{0,8}+)"
_SAYS = r"(?:\s(?:provided|used|given|sent|value|is|was|now|set|to|ist|lautet|es|est|é|это)\b){0,4}+"
_TAIL = r"(?P<closed>[\\\"'`\]]{0,8}+)" + _SAYS + \
    r"(?P<gap>\s{0,4}+)(?P<sign>[:=]{1,2}>?|[>,;<|]?)"  # fmt: skip
_NAME_HERE = pattern(
    r"(?![\w-]{0,24}(?:(?:[-_](?:id|ids|type|name|count|limit|url|uri|endpoint|usage|source|kind)|s)\b))"
    r"[\w.-]{0,40}+" + _TAIL
)
# Letters that follow one another without a blank: the name ends, and "is" or a particle stands behind it.
_IDEOGRAPHS = r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_LAST_OF_NAME = pattern(_IDEOGRAPHS)
_WRITTEN_TOGETHER = pattern(_IDEOGRAPHS + r"{0,12}+" + _TAIL)
_SAID_TOGETHER = pattern(r"[\"'`]{0,2}(?P<value>(?![\"'`\\,;<>])[!-~]{6,4096}+)")
_LETTERS = pattern(r"[a-z]{20,}")
_HEADER_HERE = pattern(r"[\w-]{0,8}+" + _TAIL)
_ASSIGNED = pattern(r"[ \t]{0,4}+" + _OPEN + _WORD)
_HEADER = pattern(r"[ \t]{0,4}+" + _OPEN + _LINE)
_CELL = pattern(r"[ \t]{0,80}+[\"'`]?(?P<value>[^\s\"'`\\,;&<>|]{6,4096}+)")
_LISTED = pattern(r"\s{0,4}+,\s{0,80}+" + _OPEN + r"(?<=[\"'`])" + _LINE)
_PAIRED = pattern(
    r"[\s,;]{0,80}+[<\\\"'`]{0,8}(?:/\w{1,16}>\s{0,80}<)?value[\\\"'`]{0,8}\s{0,4}(?:[:=]>?|>)\s{0,4}" + _OPEN + _LINE,
    re.IGNORECASE,
)
_FIELD = pattern(
    r"(?:;[^\n]{0,200})?\r?\n(?:[\w-]{1,40}:[^\n]{0,200}\n){0,4}[ \t>|]{0,8}\r?\n(?P<value>[^\r\n]{1,4096})"
)
_BELOW = pattern(r"[ \t]{0,4}(?:[|>][+-]?\d?)?[\[({]{0,3}[ \t]{0,8}\r?\n(?P<value>[^\n]{1,4096}(?:\n[^\n]{1,400})?)")
_SAID = pattern(_OPEN + r"(?![A-Za-z_-]{1,40}[=:])(?P<value>[^\s\"'`\\,;<>]{6,4096}+)")
_USER = pattern(r"\s{0,4}+[\"']?(?P<value>[^\s\"']{1,512}+)")
_USERINFO = pattern(r"(?P<value>[^/?#\s\"'<>@]{1,512}+)@")
_SCHEME = pattern(r"[\s:=+]{1,8}+[\[({\\\"'`]{0,8}+(?P<value>[^\s\"'\\,;<>]{6,4096}+)")
_NAMED_SO = pattern(
    r"[\w.-]{0,40}+[\\\"'`]{0,8}+\s{0,4}+[:=>]\s{0,4}+[\\\"'`]{0,8}+(?:eman|yek|redaeh|dleif)", re.IGNORECASE
)
"""What stands before a name in a pair, read backwards: searching forwards would begin at every sign."""

_VALUE_BEFORE = pattern(r"value[\\\"'`]{0,8}\s{0,4}(?:[:=]>?|>)\s{0,4}" + _OPEN + _LINE, re.IGNORECASE)
_ATTRIBUTE = pattern(r"\b(?:domain|path|expires|max-age|samesite)=[^;]*", re.IGNORECASE)
_NEXT_HEADER = pattern(r"[\s,][A-Za-z][\w-]{0,40}(?::|=\[|=>)")
_BETWEEN = pattern(r"[;,=\s]+")
_TIME = pattern(r"[\d:.,TZ+/-]+")
_NAME = pattern(r"[a-z]+(?:[-_./](?:[a-z]+|v?[0-9]{1,4}))*")
_VARIABLE = pattern(r"[$%{(]{0,3}[A-Z]+(?:_[A-Z0-9]+){1,8}[)}%]{0,2}|\$\{?\w{1,40}\}?")
_MIXED = pattern(r"(?=.*[A-Za-z])(?=.*[\d!@#$%^&*+=~]).*|.*[a-z][A-Z].*[a-z][A-Z].*")
_AROUND = "()[]{}<>.,:;|&=\u2026\"'`\\"


def secrets_in(text: str) -> tuple[set[str], bool]:
    """The values in a text, and whether there were too many places to look at all of them."""
    values: set[str] = set()
    left = MOST
    for begin in range(0, max(len(text), 1), _PART):
        left = _look(text[begin : begin + _PART + _OVERLAP], values, left)
        if left < 0 or len(values) > KEPT:
            return values, True
    return values, False


def _look(text: str, values: set[str], left: int) -> int:
    """Adds the values of a part of the text; how many places may still be looked at, below 0 if it has too many."""
    shown = bare(text)
    if shown is None:
        return -1
    # Sign for sign: the one letter that grows in lower case would move everything behind it.
    shown = unquoted(shown).replace("\u0130", "I")
    low = shown.lower()
    pairs = "value" in low
    for word, kind in _names():
        at = low.find(word)
        while at >= 0 and left >= 0 and len(values) <= KEPT:
            left -= 1
            found, end = _beside(shown, at, word, pairs=pairs)
            rest = set(continued(shown, at, set(found), like_a_key)) if found else ()
            left -= _OF_LINES * len(rest)
            values.update(value for value in (*found, *rest) if len(value) >= _SHORTEST or kind == "passwords")
            at = low.find(word, max(end, at + len(word)))
    return left


@cache
def _names() -> tuple[tuple[str, str], ...]:
    """What to look for, and whether a password or a key is called so."""
    ours = [(word, "passwords" if word in _PASSWORDS else "keys") for word in _WORDS]
    theirs = ((word, kind) for kind, words in load("secrets.toml")["names"].items() for word in words)
    return (*ours, *theirs)


def is_name(value: str) -> bool:
    """A word or an id in small letters: what an error says about a key, as in "api_key: missing"."""
    return _NAME().fullmatch(value) is not None


def like_a_key(value: str) -> bool:
    """Whether it is no word that people or programs use, apart from their secrets."""
    return (
        _MIXED().fullmatch(value) is not None
        and _TIME().fullmatch(value) is None
        and not is_name(value)
        and "://" not in value
        and not any(sign in "\"'{}[]<>" for sign in value)
    )


def _beside(text: str, at: int, word: str, *, pairs: bool) -> tuple[Iterable[str], int]:
    """The values beside this name, and where to look on: no sign is read twice for the same name."""
    end = at + len(word)
    if word in {"bearer", "basic "}:
        found = _SCHEME().match(text, end - (word == "basic "))
        return ((*_whole(found["value"]), *_login(found["value"])), found.end()) if found else ((), end)
    if word in {"-u ", "--user ", "://"}:
        found = (_USERINFO if word == "://" else _USER)().match(text, end)
        return ((*_whole(found["value"]), *_whole(*found["value"].split(":"))), found.end()) if found else ((), end)
    if word == _STUCK:
        found = _SAID().match(text, end)
        return (_whole(found["value"]), found.end()) if found else ((), end)
    together = not word[-1].isascii() and _LAST_OF_NAME().match(word[-1])
    name = _HEADER_HERE if word in _HEADERS else _WRITTEN_TOGETHER if together else _NAME_HERE
    # "code=" and "sig=" hold their sign already.
    here = name().match(text, end - word.endswith("="))
    if here is None:
        return (), end
    values, end = _behind(text, here, word, pairs=pairs)
    if not values and _option(text, at) and (found := _USER().match(text, here.start("gap"))):
        values, end = _whole(found["value"]), found.end()
    return (*values, *(_before(text, at) if pairs else ())), end


def _behind(text: str, here: re.Match[str], word: str, *, pairs: bool) -> tuple[list[str], int]:
    sign, closed, at = here["sign"], here["closed"], here.start("gap")
    if sign and sign[0] in ":=>":
        return _assigned(text, here.end(), word)
    if pairs and (found := _PAIRED().match(text, at)):
        return _pieces(found["value"]), here.end()
    if closed and sign == "," and (found := _LISTED().match(text, at)):
        return [value for value in _pieces(found["value"]) if not is_name(value)], here.end()
    if closed and (found := _FIELD().match(text, at)):
        return _whole(found["value"].strip()), here.end()
    if sign in {"|", ","} and not closed and (found := _CELL().match(text, here.end())):
        return [value for value in _whole(found["value"]) if like_a_key(value)], here.end()
    together = not word[-1].isascii() and _LAST_OF_NAME().match(word[-1])
    if sign or word in _VAGUE or not (here["gap"] or together):
        return [], here.end()
    if found := (_SAID_TOGETHER if together else _SAID)().match(text, here.end()):
        values = _whole(found["value"])
        return [value for value in values if like_a_key(value) or _LETTERS().fullmatch(value)], here.end()
    return [], here.end()


def _assigned(text: str, at: int, word: str) -> tuple[list[str], int]:
    if found := _BELOW().match(text, at):
        return _in_lines(found["value"]), at
    if word in _HEADERS:
        found = _HEADER().match(text, at)
        return (_pieces(found["value"]), found.end()) if found else ([], at)
    found = _ASSIGNED().match(text, at)
    value = found["value"] if found else ""
    vague = word in {"code=", "response="}
    if found is None or (vague and (len(value) < _LONGEST_NAME or is_name(value.strip(_AROUND)))):
        return [], at
    # {"key": "x-api-key", "value": …}: what is assigned here is a name again.
    named = len(value) <= 64 and word in value.lower()
    return _whole(value, _quoted(text, found)), found.start("value") if named else found.end()


def _before(text: str, at: int) -> list[str]:
    """The value of a pair that ends in its name: {"value": "X", "name": "Authorization"}."""
    if not _NAMED_SO().match(text[max(0, at - 80) : at][::-1]):
        return []
    begin = max(0, at - _LONGEST - 200)
    begin = max(begin, text.rfind("{", begin, at), text.rfind("}", begin, at))
    value = max(text.rfind(word, begin, at) for word in ("value", "Value", "VALUE"))
    found = _VALUE_BEFORE().match(text, value) if value >= 0 else None
    return _pieces(found["value"]) if found else []


def _option(text: str, at: int) -> bool:
    begin = text.rfind("--", max(0, at - 40), at)
    return begin >= 0 and not any(sign.isspace() for sign in text[begin:at])


@lru_cache(maxsize=1024)
def _whole(*values: str) -> list[str]:
    """The values as they are, and without what a sentence or a list puts around them."""
    kept: list[str] = []
    for value in values:
        core = value.strip(_AROUND)
        if len(core) > 3 and not _VARIABLE().fullmatch(core) and (len(core) >= _LONGEST_NAME or not is_name(core)):
            kept += [value, core]
    return kept


@lru_cache(maxsize=1024)
def _pieces(value: str) -> list[str]:
    """A header's value as a whole and in its parts: scheme and credential, or the cookies."""
    # The beginning of the next header ends this one: map[Authorization:[Bearer X] Host:[…]].
    value = _NEXT_HEADER().split(_ATTRIBUTE().sub("", value), maxsplit=1)[0].strip("; ")
    parts = _BETWEEN().split(value)
    return [*_whole(value, *parts), *(found for part in parts[1:] for found in _login(part))]


def _login(encoded: str) -> list[str]:
    """User and password of "Basic": none where it is something else."""
    import base64
    import binascii

    try:
        return _whole(*base64.b64decode(encoded.strip(_AROUND.replace("=", "")), validate=True).decode().split(":", 1))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return []


@lru_cache(maxsize=1024)
def _in_lines(lines: str) -> list[str]:
    """What may be the value in the line below its name, or below that one: a log puts times and levels before it."""
    for line in lines.splitlines():
        words = [word.strip(_AROUND) for word in _BETWEEN().split(line)]
        words = [word for word in words if word]
        found = _whole(*words) if len(words) == 1 else [word for word in words if like_a_key(word)]
        if found:
            return found
    return []


def _quoted(text: str, found: re.Match[str]) -> str:
    """The value up to its closing quote: a password may hold blanks and commas."""
    if not found["quote"]:
        return ""
    quote = found["quote"][-1]
    end = text.find(quote, found.start("value"), found.start("value") + _LONGEST)
    value = text[found.start("value") : end] if end >= 0 else found["value"]
    return value if "\n" not in value else found["value"]
