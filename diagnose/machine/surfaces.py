"""At which image surfaces a credential can ever work, by dated rows."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from diagnose.machine.credentials import Kind
from diagnose.model.token import SurfaceRow


def surfaces_of(kind: Kind, plan: str | None) -> tuple[SurfaceRow, ...]:
    """A row for each surface, in the order of the table."""
    return tuple(_row(surface["id"], kind, plan) for surface in _table()["surface"])


def about(surface: str) -> str:
    """The surface in a few words; its id where the table does not have it."""
    return next((row["about"] for row in _table()["surface"] if row["id"] == surface), surface)


def _row(surface: str, kind: Kind, plan: str | None) -> SurfaceRow:
    table = _table()
    found = next(row for row in table["row"] if surface in row["surfaces"] and _fits(row, kind, plan))
    return SurfaceRow(
        id=surface,
        can=found["can"],
        why=found["why"],
        as_of=found.get("as_of", table["as_of"]),
        source=found["source"],
    )


def _fits(row: Mapping[str, Any], kind: Kind, plan: str | None) -> bool:
    if "plan" in row and row["plan"] != plan:
        return False
    if "kinds" not in row and "families" not in row:
        return True
    return kind.id in row.get("kinds", ()) or (bool(kind.family) and kind.family in row.get("families", ()))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("token_surfaces.toml").read_text(encoding="utf-8"))
