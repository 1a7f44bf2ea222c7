"""The dated rows about the Codex backend: what it serves, what it takes as advice, what carries the tool."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """On these routes the models of `claimed` are met by the model `served`, and by no other."""

    claimed: tuple[str, ...]
    served: str
    routes: tuple[str, ...]
    as_of: date
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A text model around the image tool; from the day `retired` on it is refused."""

    id: str
    as_of: date
    source: str
    retired: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditLimits:
    """What may be sent along with an edit on these routes: so many images at most, each under so many bytes, in these
    formats."""

    routes: tuple[str, ...]
    images: int
    under_bytes: int
    formats: tuple[str, ...]
    as_of: date
    source: str


@cache
def _table() -> Mapping[str, Any]:
    import tomllib

    return tomllib.loads(Path(__file__).with_name("codex.toml").read_text(encoding="utf-8"))


def _rows(name: str) -> tuple[dict[str, Any], ...]:
    """The rows of one table, with tuples for lists."""
    return tuple({k: tuple(v) if isinstance(v, list) else v for k, v in row.items()} for row in _table()[name])


@cache
def pinned(route: str, model_id: str) -> Pinned | None:
    """The row of a claimed model on a route; None where what is claimed is also what has to be served."""
    rows = (Pinned(**row) for row in _rows("pinned"))
    return next((row for row in rows if route in row.routes and model_id in row.claimed), None)


@cache
def served_there(model_id: str) -> tuple[str, ...]:
    """The routes that serve this very model under its own name, which no other surface has; empty for the others."""
    return next((row.routes for row in (Pinned(**row) for row in _rows("pinned")) if row.served == model_id), ())


@cache
def advice(route: str) -> frozenset[str]:
    """The parameters, in the words of the API ("output_format"), that a route takes as advice."""
    return frozenset(name for row in _rows("advice") if route in row["routes"] for name in row["parameters"])


@cache
def edit_limits(route: str) -> EditLimits:
    """The row of a route through which images are edited; KeyError where there is none."""
    for row in _rows("edits"):
        if route in row["routes"]:
            return EditLimits(**row)
    raise KeyError(route)


@cache
def carriers() -> tuple[Carrier, ...]:
    """Every known text model, in the order in which they are tried."""
    return tuple(Carrier(**row) for row in _rows("carrier"))


def carrier() -> Carrier:
    """The text model that is asked: the first of which no retirement is known."""
    return next(row for row in carriers() if row.retired is None)
