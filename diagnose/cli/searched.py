"""Rows of the matrix by a word of their ids, titles and actions, for who does not know an id."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diagnose.matrix import Row

_SHORTEST = 4
"""Letters of a word that may be the beginning of another one: "moder" finds moderation, "hte" finds nothing."""
_LONGEST = 60


def rows_with(word: str, *, wide: bool = False) -> tuple["Row", ...]:
    """The rows that have every part of the word: those with it in their id or led to that action, then those with it in
    their title; then (`wide`, or where there are no others) in their meaning or the phrases that they go by. Empty for
    what is no word in letters."""
    parts = _parts(word)
    if not parts or len(word) > _LONGEST or not word.isascii() or not any(part.isalpha() for part in parts):
        return ()
    from diagnose.matrix import rows

    every = rows().values()
    named = [row for row in every if "_".join(parts) == row.action or _has(row.id, parts)]
    titled = [row for row in every if row not in named and _has(f"{row.title} {row.action}", parts)]
    found = named + titled
    if wide or not found:
        found += [row for row in every if row not in found and _has(_said_of(row), parts)]
    return tuple(found)


def _said_of(row: "Row") -> str:
    return " ".join([row.meaning, *(phrase for match in row.matches for phrase in match.says)])


def _parts(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _has(text: str, parts: list[str]) -> bool:
    there = _parts(text)
    return all(any(one == part or (len(part) >= _SHORTEST and one.startswith(part)) for one in there) for part in parts)
