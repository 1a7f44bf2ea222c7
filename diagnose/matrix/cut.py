"""Whether a text was cut within an error, and what its beginning then proves nothing of."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diagnose.matrix import Match, Row

_NEAR = 400
"""Signs from the end on which an object, a quotation or a bracket may begin."""
_LOOSE = 3
"""The rank from which on a match goes by words that stand in many errors."""
_NOTHING_MORE = frozenset({
    "server-error", "gateway-hides-refusal", "error-body-thrown-away", "unclassified-refusal", "no-image",
})  # fmt: skip
"""Rows that say of an error that it tells no more than this."""
_STATUS_NAMES = frozenset({
    "authenticationerror", "authentication error", "unauthorized", "401 unauthorized", "unauthenticated",
    "ratelimiterror", "too many requests", "toomanyrequests", "payment required", "402 payment required",
    "permissiondenied", "permission denied", "403 forbidden", "not found", "404 not found", "http 401", "http 402",
    "http 403", "http 404",
})  # fmt: skip
"""What libraries and servers call a status; the words behind it tell what it stands for."""


def breaks_off(said: str) -> bool:
    """Whether a text in lower case, on one line, begins or ends inside of an object, a quotation or a bracket."""
    if _begun().match(said):
        return True
    return any(sign().search(said, max(0, len(said) - _NEAR)) for sign in (_open_object, _open_quotation))


def needs_the_rest(said: str, row: Row, match: Match) -> bool:
    """Whether what a cut takes away may be what tells the error: then what is left proves nothing.

    Where a limit is told with its organization, the number, which may be zero, stands behind it.
    """
    if match.rank == 0:
        return False
    if match.rank >= _LOOSE or row.id in _NOTHING_MORE:
        return True
    if row.id == "rate-limited" and said.find("in organization") > said.rfind("limit"):
        return True
    phrases = [phrase for phrase in match.says if phrase in said]
    return bool(phrases) and _STATUS_NAMES.issuperset(phrases)


@cache
def _begun() -> re.Pattern[str]:
    """The end of a string, and the next name of its object."""
    return re.compile(r"[^\"'{}]{1,400}\", ?\"\w{1,40}\" ?:")


@cache
def _open_object() -> re.Pattern[str]:
    """An object that begins with a name in quotes, or with nothing, and does not end; headers tell no error."""
    return re.compile(r"(?<!headers: )(?<!headers\": )\{(?: ?[\"'\\][^{}]{0,400}| ?)$")


@cache
def _open_quotation() -> re.Pattern[str]:
    """A quote or a bracket that opens, and no other to the end."""
    return re.compile(r"(?:^|[\s=:(\[,])(?:[\"'`](?=[^\s\"'`])[^\"'`]{0,80}|\[[^\[\]]{0,80})$")
