"""The one redaction seam. Everything that leaves the program as text goes through a Redactor.

Two guards, because either may miss: the exact values that this run knows to be secret, and the forms that
credentials and personal data have. The third guard is elsewhere: not to put them into objects at all.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar
from urllib.parse import quote

MARK = "<redacted>"
_SECRET_NAME = re.compile(
    r"(?i)(?:^|_)(?:api_?keys?|keys?|tokens?|secrets?|pass(?:word|wd|phrase)?|pwd|pat|cookies?|credentials?)(?:_|\d|$)"
)
_ABOUT_AUTH = r"(?:tokens?|credentials?|authentication|authorization|scheme)\b"
"""What follows "bearer" or "basic" in a sentence."""
_PATTERNS = (
    re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}"),
    re.compile(r"\b(?:sk|rk|rt|sess)[-_][A-Za-z0-9_*.-]{8,}"),
    # A digit tells a key from words: xai-grok-imagine-image and ghost-in-the-machine are none.
    re.compile(r"\b(?:xai|gsk|hf|ghp|gho|AIza|runapi)[-_]?(?=[A-Za-z0-9_-]{0,40}\d)[A-Za-z0-9_-]{16,}"),
    re.compile(r"(?i)(?<=bearer )(?!" + _ABOUT_AUTH + r")[^\s\"',;]{6,}"),
    re.compile(r"(?i)(?<=basic )(?!" + _ABOUT_AUTH + r")[A-Za-z0-9+/=]{8,}"),
    re.compile(r"(?<=://)[^/?#\s\"'<>]{1,512}(?=@)"),
    # The last label begins with a letter, so that openclaw@2026.9.6 stays a release.
    re.compile(r"(?<![A-Za-z0-9._%+@-])[A-Za-z0-9._%+@-]+@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z][A-Za-z0-9-]{0,62}"),
    re.compile(r"(?i)\b(?:__cf_bm|_cfuvid|cf_clearance|sessionid)=[^;\s]+"),
)
_SHORTEST = 8
"""A known secret under this length is left to the patterns: removing "openai" everywhere would ruin the text."""

T = TypeVar("T")


class Redactor:
    """Removes known secrets and whatever has the form of one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {form for value in secrets if len(value) >= _SHORTEST for form in _forms(value)}
        longest_first = sorted(known, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def text(self, text: str) -> str:
        """The text without secrets. Redacting twice changes nothing."""
        if self._known is not None:
            text = self._known.sub(MARK, text)
        for pattern in _PATTERNS:
            text = pattern.sub(MARK, text)
        return text

    def tree(self, value: T) -> T:
        """The same structure (dataclasses, mappings, sequences) with every string in it redacted."""
        return self._tree(value)  # type: ignore[no-any-return]

    def _tree(self, value: Any) -> Any:
        if isinstance(value, Enum):
            return value  # our own words
        if isinstance(value, str):
            return self.text(value)
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{f.name: self._tree(getattr(value, f.name)) for f in fields(value) if f.init})
        if isinstance(value, Mapping):
            return {self._tree(key): self._tree(item) for key, item in value.items()}
        if isinstance(value, tuple | list | set | frozenset):
            items = [self._tree(item) for item in value]
            return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
        return value


def secrets_of(env: Mapping[str, str]) -> set[str]:
    """The values of variables whose names say that they hold a secret."""
    return {value for name, value in env.items() if _SECRET_NAME.search(name) and len(value) >= _SHORTEST}


def _forms(value: str) -> set[str]:
    """The ways in which a secret may stand in a text: as it is, in a URL, in JSON, in base64."""
    raw = value.encode("utf-8", "surrogatepass")
    quoted = quote(raw, safe="")
    in_json = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    encoded = {encode(raw).decode() for encode in (base64.b64encode, base64.urlsafe_b64encode)}
    forms = {value, quoted, quote(raw, safe="/"), quoted.replace("%20", "+"), quoted.lower()}
    forms |= in_json | {text.replace("/", "\\/") for text in in_json}
    return forms | encoded | {text.rstrip("=") for text in encoded}
