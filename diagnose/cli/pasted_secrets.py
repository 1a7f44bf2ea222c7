"""Credentials in a text that a stranger's program wrote: found by what stands before them, in linear time.

What has the form of a key is left to the Redactor; here it is the key of any form, the password and the cookie, which
nothing but their surroundings give away.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from diagnose.cli.bare_text import bare
from diagnose.cli.opaque import shown_path, shown_request, without_keys, without_opaque
from diagnose.cli.secret_surroundings import is_name, like_a_key, secrets_in
from diagnose.matrix.reading.patterns import pattern
from diagnose.redact import MARK, Redactor, each, secrets_of

if TYPE_CHECKING:
    from diagnose.model.explanation import Explanation

_SHORTEST = 8
_PIECE = 8
"""As many signs of a secret in a row give it away, wherever in it they stand."""

_MOST_SIGNS = 200_000
"""Signs of all secrets together that are cut into pieces."""

_IN_OUTPUT = pattern(
    r"(?i)(?P<name>\b(?:[\w-]{0,24}(?:api[-_ ]?key|token|secret|passw(?:or)?d|passphrase|signature)|pwd|sig|key))"
    r"(?P<between>[\"']?\s{0,2}[:=]\s{0,2}[\"']?)(?P<value>[^\s\"',;&<>]{3,512})"
)
_HEADER_IN_OUTPUT = pattern(
    r"(?i)(?P<name>\b(?:proxy-)?(?:authorization|(?:set-)?cookie))(?P<between>[\"']?\s{0,2}[:=]\s{0,2}[\"']?)"
    r"(?P<value>[^\n\"'<>]{3,4096})"
)
_NAMES = ("key", "token", "secret", "passw", "passphrase", "signature", "pwd", "sig")
_MIXED = pattern(r"(?<![\w+/=~.-])(?=[\w+/=~.-]{0,64}\d)(?=[\w+/=~.-]{0,64}[A-Za-z])[\w+/=~.-]{8,}")
_RAY = pattern(r"[0-9a-f]{16}-[A-Z]{3}")  # Cloudflare's name of one answer, with its place
_SIZE = pattern(r"\d{2,5}x\d{2,5}|(?i:https?)/\d(?:\.\d)?")
_STRICT = pattern(r"(?i)passw|passphrase|pwd|secret|cookie")
_NO_SECRETS = frozenset(
    {"missing", "required", "invalid", "expired", "null", "none", "true", "false", "wrong", "undefined"}
)


class PastedRedactor:
    """Removes from what is said about a text the credentials that stand in it, and those of this machine."""

    def __init__(self, text: str) -> None:
        values, self._flooded = secrets_in(text)
        own = secrets_of(os.environ)
        self._redactor = Redactor(own | {value for value in values if len(value) >= _SHORTEST})
        # What only stood where a secret may stand can be a word of ours: an option, "routecheck token --all".
        self._sure = Redactor(own | {value for value in values if len(value) >= _SHORTEST and _is_sure(value)})
        self._short = tuple(value for value in values if len(value) < _SHORTEST and like_a_key(value))
        self._pieces = _pieces_of(values)

    def text(self, text: str) -> str:
        """The text without them, and without what could hide one from us."""
        shown = bare(text)
        text = MARK if shown is None else self._in_pieces(without_keys(self._redactor.text(shown)))
        for value in self._short:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", MARK, text)
        low = text.lower()
        if any(name in low for name in _NAMES):
            text = _IN_OUTPUT().sub(_without, text)
        if "authorization" in low or "cookie" in low:
            text = _HEADER_IN_OUTPUT().sub(_without, text)
        return _MIXED().sub(_hidden, text) if self._flooded else text

    def explanation(self, found: "Explanation") -> "Explanation":
        """The explanation without them. Our own commands and advice lose nothing that only looks like a credential, and
        a fact that is hidden is hidden where they repeat it as well."""
        said = self._said
        attempts = (replace(one, tried=said(one.tried), because=said(one.because)) for one in found.attempts)
        host = str(found.facts.get("host", ""))
        facts = {name: self._fact(name, value, host) for name, value in found.facts.items()}
        hidden = {
            value: str(facts[name])
            for name, value in found.facts.items()
            if isinstance(value, str) and facts[name] != value
        }
        shown: Explanation = each(found, lambda text: self._sure.known(_hiding(text, hidden)))
        return replace(
            shown,
            because=tuple(map(said, found.because)),
            facts=facts,
            attempts=tuple(attempts),
        )

    def _in_pieces(self, text: str) -> str:
        if not self._pieces or len(text) < _PIECE:
            return text
        low = text.lower()
        if len(low) != len(text):
            low = "".join(sign if len(sign.lower()) > 1 else sign.lower() for sign in text)
        parts, done, at = [], 0, 0
        while at <= len(low) - _PIECE:
            if low[at : at + _PIECE] not in self._pieces:
                at += 1
                continue
            end = at + _PIECE
            while end < len(low) and low[end - _PIECE + 1 : end + 1] in self._pieces:
                end += 1
            parts += [text[done:at], MARK]
            done = at = end
        return "".join([*parts, text[done:]])

    def _said(self, text: str) -> str:
        return without_opaque(self.text(text))

    def _fact(self, name: str, value: str | float, host: str) -> str | float:
        if not isinstance(value, str):
            return value
        if name == "path":
            # Some hosts take their credential as a part of the path: a bot's token, the secret of a webhook.
            return self.text(shown_path(value, host))
        if name == "request_id":
            return shown_request(self.text(value))
        if name == "cf_ray" and _RAY().fullmatch(value):
            return self._sure.known(value)
        return self.text(value) if name == "organization" else self._said(value)


def _hiding(text: str, hidden: Mapping[str, str]) -> str:
    for value, shown in hidden.items():
        text = text.replace(value, shown)
    return text


def _is_sure(value: str) -> bool:
    return like_a_key(value) and not any(sign.isspace() for sign in value)


def _without(found: re.Match[str]) -> str:
    value = found["value"].rstrip(".:)]}")
    word = value in _NO_SECRETS if _STRICT().search(found["name"]) else len(value) <= 20 and is_name(value)
    return found[0] if word or value == MARK else f"{found['name']}{found['between']}{MARK}"


def _hidden(found: re.Match[str]) -> str:
    return found[0] if is_name(found[0]) or _SIZE().fullmatch(found[0]) else MARK


def _pieces_of(values: Iterable[str]) -> frozenset[str]:
    """Every eight signs in a row of what is a secret alone: those of a path, a sentence or a name hide too much."""
    found: set[str] = set()
    left = _MOST_SIGNS
    for value in sorted(values, key=len):
        low = value.lower()
        left -= len(low)
        if left < 0:
            break
        if like_a_key(value) and value[0] not in "/~." and not any(sign.isspace() for sign in value):
            found.update(low[at : at + _PIECE] for at in range(len(low) - _PIECE + 1))
    return frozenset(found)
