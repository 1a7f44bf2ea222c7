"""Credentials in a text that a stranger's program wrote: found by what stands before them, in linear time.

What has the form of a key is left to the Redactor; here it is the key of any form, the password and the cookie, which
nothing but their surroundings give away.
"""

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from diagnose.redact import MARK, Redactor, secrets_of

if TYPE_CHECKING:
    from diagnose.model.explanation import Explanation

_MOST = 200_000
"""Places looked at. A text with more of them is no error message, and then whatever could be a key is hidden."""

_KEPT = 1000
"""Different values that are remembered. A real text repeats a few."""

_LONGEST = 4096
_WORDS = ("authorization", "key", "token", "secret", "passw", "cookie", "signature", "sig=", "credential", "session",
          "code=", "-u ", "--user ", "--api-key ", "--token ", "bearer ", "://")  # fmt: skip
_HARMLESS = r"(?![\w-]{0,24}(?:(?:[-_](?:id|ids|type|name|count|limit|url|uri|endpoint|usage|source|kind)|s)\b))"
_NAMED = re.compile(
    _HARMLESS + r"[\w-]{0,24}+(?:\s(?:provided|used|given|sent|value|is)){0,2}+[\\\"']{0,8}+\s{0,4}+[:=]>?\s{0,4}+"
    r"(?P<quote>[\\\"'`]{0,8}+)(?P<value>[^\s\"'`\\,;&<>]{1,4096}+)"
)
_HEADER = re.compile(
    r"[\w-]{0,8}+[\\\"']{0,8}+\s{0,4}+[:=,]>?\s{0,4}+[\\\"'`]{0,8}+(?P<value>[^\n\r\"'`\\<>]{1,4096}+)"
)
_USER = re.compile(r"\s{0,4}+[\"']?(?P<value>[^\s\"']{1,512}+)")
_USERINFO = re.compile(r"(?P<value>[^/?#\s\"'<>@]{1,512}+)@")
_PATTERNS = {
    "authorization": _HEADER,
    "cookie": _HEADER,
    "-u ": _USER,
    "--user ": _USER,
    "--api-key ": _USER,
    "--token ": _USER,
    "bearer ": _USER,
    "://": _USERINFO,
}
_PAIR = re.compile(r"[;,=\s]+")
_IN_OUTPUT = re.compile(
    r"(?i)(?P<name>\b(?:[\w-]{0,24}(?:api[-_ ]?key|token|secret|passw(?:or)?d|passphrase|signature)|pwd|sig|key))"
    r"(?P<between>[\"']?\s{0,2}[:=]\s{0,2}[\"']?)(?P<value>[^\s\"',;&<>]{3,512})"
)
_HEADER_IN_OUTPUT = re.compile(
    r"(?i)(?P<name>\b(?:proxy-)?(?:authorization|(?:set-)?cookie))(?P<between>[\"']?\s{0,2}[:=]\s{0,2}[\"']?)"
    r"(?P<value>[^\n\"'<>]{3,4096})"
)
_MIXED = re.compile(r"(?<![\w+/=~.-])(?=[\w+/=~.-]{0,64}\d)(?=[\w+/=~.-]{0,64}[A-Za-z])[\w+/=~.-]{12,}")
_PATH_PART = re.compile(r"(?<=/)(?=[^/?#]{0,128}\d)(?=[^/?#]{0,128}[A-Za-z])[^/?#]{12,}")
_NAME = re.compile(r"[a-z]+(?:[-_./](?:[a-z]+|v?[0-9]{1,4}))*")
"""A word or an id in small letters: what an error says about a key, as in "api_key: missing"."""
_STRICT = re.compile(r"(?i)passw|passphrase|pwd|secret|cookie")
_NO_SECRETS = frozenset(
    {"missing", "required", "invalid", "expired", "null", "none", "true", "false", "wrong", "undefined"}
)


class PastedRedactor:
    """Removes from what is said about a text the credentials that stand in it, and those of this machine."""

    def __init__(self, text: str) -> None:
        found = _Finder(text)
        named = {f"KEY_{number}": value for number, value in enumerate(found.values)}
        self._redactor = Redactor(secrets_of(os.environ) | secrets_of(named))
        self._flooded = found.flooded

    def text(self, text: str) -> str:
        """The text without them."""
        text = _HEADER_IN_OUTPUT.sub(_without, _IN_OUTPUT.sub(_without, self._redactor.text(text)))
        return _MIXED.sub(_hidden, text) if self._flooded else text

    def explanation(self, found: "Explanation") -> "Explanation":
        """The explanation without them. Our own commands and advice lose nothing that only looks like a credential."""
        attempts = (replace(one, tried=self.text(one.tried), because=self.text(one.because)) for one in found.attempts)
        return replace(
            self._redactor.known_tree(found),
            because=tuple(map(self.text, found.because)),
            facts={name: self._fact(name, value) for name, value in found.facts.items()},
            attempts=tuple(attempts),
        )

    def _fact(self, name: str, value: str | float) -> str | float:
        if not isinstance(value, str):
            return value
        # Some hosts take their credential as a part of the path: a bot's token, the secret of a webhook.
        return self.text(_PATH_PART.sub(_hidden, value) if name in {"path", "url"} else value)


def _without(found: re.Match[str]) -> str:
    value = found["value"].rstrip(".:)]}")
    word = value in _NO_SECRETS if _STRICT.search(found["name"]) else len(value) <= 20 and _NAME.fullmatch(value)
    return found[0] if word or value == MARK else f"{found['name']}{found['between']}{MARK}"


def _hidden(found: re.Match[str]) -> str:
    return found[0] if _NAME.fullmatch(found[0]) else MARK


class _Finder:
    """The values that stand behind the names of secrets, and whether there were too many to look at all of them."""

    def __init__(self, text: str) -> None:
        self.flooded = False
        self.values: set[str] = set()
        # Sign for sign: the one letter that grows in lower case would move everything behind it.
        text = text.replace("\u0130", "I")
        low = text.lower()
        left = _MOST
        for word in _WORDS:
            at = low.find(word)
            while at >= 0:
                left -= 1
                if left < 0 or len(self.values) > _KEPT:
                    self.flooded = True
                    return
                values, end = _behind(text, at + len(word), word)
                self.values.update(values)
                at = low.find(word, end)


def _behind(text: str, at: int, word: str) -> tuple[list[str], int]:
    """The values that begin here, and where to look on: no sign is read twice for the same word."""
    pattern = _PATTERNS.get(word, _NAMED)
    # "code=" and "sig=" hold their sign already.
    found = pattern.match(text, at - 1 if word.endswith("=") else at)
    if found is None:
        return [], at
    value = found["value"]
    if pattern is _HEADER:
        return [value.strip(), *_PAIR.split(value)], found.end()
    if pattern is not _NAMED:
        return [value, *value.split(":")], found.end()
    if word == "code=" and len(value) < 20:
        return [], found.end()
    return [value.rstrip(").:]}"), _quoted(text, found)], found.end()


def _quoted(text: str, found: re.Match[str]) -> str:
    """The value up to its closing quote: a password may hold blanks and commas."""
    if not found["quote"]:
        return ""
    quote = found["quote"][-1]
    end = text.find(quote, found.start("value"), found.start("value") + _LONGEST)
    value = text[found.start("value") : end] if end >= 0 else found["value"]
    return value if "\n" not in value else found["value"]
