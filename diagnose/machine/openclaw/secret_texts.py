"""Which texts of a store or a config are secret, or may be: what is not known to be a word is one."""

import re
from collections.abc import Iterator
from typing import Any

from diagnose.machine.openclaw import sections
from diagnose.model.secret import Secret

_PLAIN_KEYS = frozenset({"type", "provider", "id", "mode", "headerName", "last_refresh"})
"""Keys whose texts say what something is, and are needed to say it."""

_SECRET_KEY = re.compile(r"(?i)(?:token|secret|password|access|refresh|key)$")
"""Keys whose text is a secret even where it is a word."""

_ACCOUNT_KEYS = frozenset({"account_id", "accountId"})
_ACCOUNT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:user|org|acct)-[A-Za-z0-9]{4,40}")
"""How an account is named: no secret, and what an operator has to compare."""

_WORDS = re.compile(r"[A-Za-z]+(?:[-_./ ][A-Za-z]+)*")
_LONGEST_WORDS = 20
_SHORTEST = 6


def secret_texts(value: Any) -> tuple[Secret, ...]:
    """Every text in a tree, each once, but for short ones, plain words, addresses and references to a secret."""
    return tuple(Secret(text) for text in dict.fromkeys(_leaves(value)))


def _leaves(value: Any) -> Iterator[str]:
    waiting = [("", value)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [pair for pair in value.items() if pair[0] not in _PLAIN_KEYS]
        elif isinstance(value, list):
            waiting += [(key, item) for item in value]
        elif isinstance(value, str) and not _harmless(key, value.strip()):
            yield value.strip()


def _harmless(key: str, text: str) -> bool:
    named = _SECRET_KEY.search(key) is not None
    words = not named and len(text) <= _LONGEST_WORDS and _WORDS.fullmatch(text) is not None
    address = text.startswith(("https://", "http://")) and "@" not in text and "?" not in text
    account = key in _ACCOUNT_KEYS and _ACCOUNT.fullmatch(text) is not None
    return len(text) < _SHORTEST or account or words or address or sections.reference(text) is not None
