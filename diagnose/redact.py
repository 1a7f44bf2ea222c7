"""The one redaction seam. Everything that leaves the program as text goes through a Redactor.

Two guards, because either may miss: the exact values that this run knows to be secret, and the forms that
credentials and personal data have. The third guard is elsewhere: not to put them into objects at all.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import cache
from typing import Any, TypeVar

MARK = "<redacted>"
_SENSITIVE = (
    r"(?i)(?:^|_)(?:api_?keys?|keys?|tokens?|secrets?|pass(?:word|wd|phrase)?|pwd|pat|cookies?|credentials?)(?:_|\d|$)"
)
_ABOUT_AUTH = r"(?:tokens?|credentials?|authentication|authorization|scheme)\b"
"""What follows "bearer" or "basic" in a sentence."""
_FORMS = (
    r"\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}",
    r"\b(?:sk|rk|rt|sess)[-_][A-Za-z0-9_*.-]{8,}",
    # A digit tells a key from words: xai-grok-imagine-image and ghost-in-the-machine are none.
    r"\b(?:xai|gsk|hf|ghp|gho|AIza|runapi)[-_]?(?=[A-Za-z0-9_-]{0,40}\d)[A-Za-z0-9_-]{16,}",
    r"\b(?:ya29\.|AQ\.|xox[abeprs]-|r8_|nvapi-|AKIA)(?=[A-Za-z0-9_.-]{0,40}\d)[A-Za-z0-9_.-]{12,}",
    r"(?i)(?<![A-Za-z0-9-])at-(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{16,}",
    r"(?i)(?<=bearer )(?!" + _ABOUT_AUTH + r")[^\s\"',;]{6,}",
    r"(?i)(?<=basic )(?!" + _ABOUT_AUTH + r")[A-Za-z0-9+/=]{8,}",
    r"(?<=://)[^/?#\s\"'<>]{1,512}(?=@)",
    # The last label begins with a letter, so that openclaw@2026.9.6 stays a release.
    r"(?<![A-Za-z0-9._%+@-])[A-Za-z0-9._%+@-]+@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z][A-Za-z0-9-]{0,62}",
    r"(?i)\b(?:__cf_bm|_cfuvid|cf_clearance|sessionid)=[^;\s]+",
)
_SHORTEST = 8
"""A known secret under this length is left to the patterns: removing "openai" everywhere would ruin the text."""

_PIECE = 12
"""The first or last signs of a known secret that give it away, where a message was cut in the middle of it."""
_NAME = r"[a-z]+(?:[-_./](?:[a-z]+|[0-9]{1,4}))*"
"""What is a word and no secret, whatever variable it stands in: openai, gpt-image-2, openai-images, proven."""
_LONGEST_NAME = 20
_PROXY_NAME = r"(?i)(?:https?|all)_proxy"
_USERINFO = r"(?:[a-zA-Z][a-zA-Z0-9+.-]*://)?([^/?#\s]+)@"

T = TypeVar("T")


class Redactor:
    """Removes known secrets, in upper or lower case, and whatever has the form of one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        values = [value for value in secrets if len(value) >= _SHORTEST]
        self._forms = frozenset(_lower(form) for value in values for form in _forms(value))
        # The first signs of a path or a URL are those of many others, and are needed to say where a file is.
        cuttable = (value for value in values if len(value) > _PIECE and value[0] not in "/~." and "://" not in value)
        self._long = frozenset(map(_lower, cuttable))

    def text(self, text: str) -> str:
        """The text without secrets. Redacting twice changes nothing."""
        if self._forms:
            low = _lower(text)
            text = _without(text, [*_whole(low, self._forms), *_cut(low, self._long)])
        for form in _patterns():
            text = form.sub(MARK, text)
        return text

    def known(self, text: str) -> str:
        """The text without the secrets that are known, for what we wrote ourselves: nothing in it is guessed at."""
        return _without(text, list(_whole(_lower(text), self._forms)))

    def tree(self, value: T) -> T:
        """The same structure (dataclasses, mappings, sequences) with every string in it redacted."""
        return each(value, self.text)  # type: ignore[no-any-return]

    def known_tree(self, value: T) -> T:
        """The same structure with every string in it as `known` leaves it."""
        return each(value, self.known)  # type: ignore[no-any-return]


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Compiled when a text first needs them, which the start of most commands never does."""
    return tuple(map(re.compile, _FORMS))


def each(value: Any, change: Callable[[str], str]) -> Any:
    """The same structure (dataclasses, mappings, sequences) with every string in it changed, but those of an Enum."""
    if isinstance(value, Enum):
        return value  # our own words
    if isinstance(value, str):
        return change(value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: each(getattr(value, f.name), change) for f in fields(value) if f.init})
    if isinstance(value, Mapping):
        return {each(key, change): each(item, change) for key, item in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        items = [each(item, change) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return value


def secrets_of(env: Mapping[str, str]) -> set[str]:
    """The values of variables whose names say that they hold a secret, and the credentials of proxies."""
    named = {value for name, value in env.items() if _is_secret(name, value)}
    return named | {part for name, value in env.items() if re.fullmatch(_PROXY_NAME, name) for part in _userinfo(value)}


def _is_secret(name: str, value: str) -> bool:
    if name == "PWD" or not re.search(_SENSITIVE, name):  # PWD is the working folder
        return False
    return len(value) >= _SHORTEST and (len(value) >= _LONGEST_NAME or not re.fullmatch(_NAME, value))


def _userinfo(url: str) -> Iterator[str]:
    """User and password of a proxy's URL, as written, decoded, and as they stand in its header."""
    found = re.match(_USERINFO, url)
    if found is None:
        return
    from urllib.parse import unquote

    for written in {found[1], unquote(found[1])}:
        user, _, password = written.partition(":")
        yield from (part for part in (user, password, written) if len(part) >= _SHORTEST)
        yield base64.b64encode(written.encode("utf-8", "surrogatepass")).decode()


def _lower(text: str) -> str:
    """The text in lower case, sign for sign: what grows in lower case, or depends on its neighbours, stays."""
    if text.isascii():
        return text.lower()
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


Span = tuple[int, int]


def _whole(text: str, forms: Iterable[str]) -> Iterator[Span]:
    for form in forms:
        at = text.find(form)
        while at >= 0:
            yield at, at + len(form)
            at = text.find(form, at + len(form))


def _cut(text: str, secrets: Iterable[str]) -> Iterator[Span]:
    """Where a secret begins and breaks off, or breaks in and ends."""
    back, length = text[::-1], len(text)
    for secret in secrets:
        yield from _begun(text, secret)
        for begin, end in _begun(back, secret[::-1]):
            yield length - end, length - begin


def _begun(text: str, secret: str) -> Iterator[Span]:
    """Every place with the first signs of a secret, as far as it goes on; in linear time, so that a secret that repeats
    itself costs no more than another, and none that begins within a beginning is passed over (Knuth, Morris, Pratt)."""
    first = secret[:_PIECE]
    at = text.find(first)
    borders = _borders(secret) if at >= 0 else []
    while at >= 0:
        known = 0
        while at < len(text):
            while known and (known == len(secret) or secret[known] != text[at]):
                if known >= _PIECE:
                    yield at - known, at
                known = borders[known - 1]
            if secret[known] != text[at]:
                break
            known, at = known + 1, at + 1
        if known >= _PIECE:
            yield at - known, at
        at = text.find(first, at)


def _borders(secret: str) -> list[int]:
    """For each beginning of the secret the length of the longest shorter one that it ends in."""
    found = [0]
    known = 0
    for sign in secret[1:]:
        while known and secret[known] != sign:
            known = found[known - 1]
        known += secret[known] == sign
        found.append(known)
    return found


def _without(text: str, spans: list[Span]) -> str:
    if not spans:
        return text
    parts: list[str] = []
    done = 0
    for begin, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if begin >= done:
            parts += [text[done:begin], MARK]
        done = max(done, end)
    return "".join([*parts, text[done:]])


def _forms(value: str) -> set[str]:
    """The ways in which a secret may stand in a text: as it is, in a URL, in JSON, in base64, in hex.

    In base64 alone or behind something else ("Bearer ", "user:"), which shifts it by up to two bytes.
    """
    from urllib.parse import quote

    raw = value.encode("utf-8", "surrogatepass")
    quoted = quote(raw, safe="")
    in_json = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    encoded = {encode(raw).decode() for encode in (base64.b64encode, base64.urlsafe_b64encode)}
    forms = {value, quoted, quote(raw, safe="/"), quoted.replace("%20", "+"), quoted.lower()}
    forms |= in_json | {text.replace("/", "\\/") for text in in_json}
    forms |= encoded | {text.rstrip("=") for text in encoded}
    for shift in (0, 1, 2):
        # Only the signs that depend on nothing but the secret, whatever stands before and behind it.
        begin, end = -(-shift * 8 // 6), (shift + len(raw)) * 8 // 6
        shifted = base64.b64encode(b"\0" * shift + raw).decode()[begin:end]
        forms |= {shifted, shifted.replace("+", "-").replace("/", "_")}
    escaped = {"".join(f"\\u{ord(c):04x}" for c in value), "".join(f"&#{ord(c)};" for c in value)}
    return forms | escaped | {raw.hex(), "".join(f"%{byte:02x}" for byte in raw)}
