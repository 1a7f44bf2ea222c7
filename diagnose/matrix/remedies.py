"""What to type, what not to do and how to be sure, for a row on a route."""

from collections.abc import Mapping
from typing import Any

from diagnose.matrix import Row, load
from diagnose.matrix.branches import branches
from diagnose.matrix.elsewhere import asked, suited
from diagnose.matrix.evidence import Evidence
from diagnose.matrix.filling import filled, named
from diagnose.model.explanation import Found

_NOTHING = Evidence()
_ALIKE = 0.25
"""Two warnings that share this part of their words say the same."""
_SMALL = frozenset({
    "do", "not", "the", "a", "it", "its", "is", "and", "an", "of", "in", "to", "for", "at", "before", "with", "this",
    "that", "again", "be",
})  # fmt: skip


def _table() -> Mapping[str, Any]:
    return load("remedies.toml")


def _own(row: Row) -> Mapping[str, Any]:
    return _table()["row"].get(row.id, {})  # type: ignore[no-any-return]


def found(row: Row, seen: Evidence = _NOTHING) -> Found:
    """The row as it is told to people, with the names of what was `seen`."""
    branch, own = branches()[row.branch], _own(row)
    return Found(
        symptom=row.id,
        branch=row.branch,
        action=row.action,
        title=row.title,
        meaning=row.meaning,
        first_check=_unshown(row.first_check),
        better_move=named(own.get("named", {}), seen) or row.better_move,
        not_this=own.get("not_this", branch.not_this),
        confirm=own.get("confirm", _table()["action"][row.action]["confirm"]),
        as_of=row.as_of.isoformat(),
        source=row.source,
    )


def _unshown(text: str) -> str:
    """Without "as shown", which is right beside a run's findings alone."""
    return text.replace(", as shown,", ",").replace(", as shown", "").replace(" as shown", "")


def commands(row: Row, classes: frozenset[str], seen: Evidence = _NOTHING) -> tuple[str, ...]:
    """What to type about a row where the route is of these classes, with what was `seen`; what the row itself says goes
    before its action, and a row that is about logins needs nobody to say that it is."""
    kinds = asked(classes, seen)
    return suited(filled(_commands(row, kinds), seen), row, kinds, seen)


def _commands(row: Row, classes: frozenset[str]) -> tuple[str, ...]:
    own = _own(row)
    if "next" in own:
        return tuple(own["next"])
    by_route = _table()["action"][row.action]
    for name in sorted(classes) or own.get("of", ()):
        if name in by_route:
            return tuple(by_route[name])
    return tuple(by_route["any"])


def dont(row: Row) -> tuple[str, ...]:
    """What not to do about a row: the row's own warning, the action's and the branch's."""
    if "donts" in _own(row):
        return tuple(_own(row)["donts"])
    kept: list[str] = []
    for text in (_own(row).get("dont", ""), _table()["action"][row.action]["dont"], branches()[row.branch].dont):
        if text and not any(_alike(text, other) for other in kept):
            kept.append(text)
    return tuple(kept[:2])


def _alike(one: str, other: str) -> bool:
    first, second = (set(text.lower().replace(",", " ").replace(".", " ").split()) - _SMALL for text in (one, other))
    return len(first & second) >= _ALIKE * min(len(first), len(second))


def collect() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What to bring when nothing is known, and what to type for it."""
    table = _table()["collect"]
    return tuple(table["what"]), tuple(table["next"])
