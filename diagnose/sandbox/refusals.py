"""The refusals of the emulated API (refusals.toml) as exceptions that carry their answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from diagnose.sandbox.strict import build, read


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    id: str
    status: int
    message: str
    type: str
    as_of: str
    source: str
    param: str | None = None
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    moderation: tuple[str, ...] = ()


class Refused(Exception):
    """Ends a request with `status`, the envelope `{"error": …}` in `body`, and extra `headers`."""

    def __init__(self, status: int, error: dict[str, object], headers: dict[str, str]) -> None:
        super().__init__(error["message"])
        self.status = status
        self.body = {"error": error}
        self.headers = headers


@cache
def rows() -> dict[str, _Row]:
    """refusals.toml by id, its defaults filled in."""
    data = read("refusals.toml")
    found = [build(_Row, data["defaults"] | row, f"refusals.toml {row['id']}") for row in data["refusal"]]
    return {row.id: row for row in found}


def refused(refusal: str, /, status: int | None = None, **values: object) -> Refused:
    """The refusal of that id with its braces filled from `values`; `status` overrides the row's own."""
    row = rows()[refusal]
    error: dict[str, object] = {
        "message": row.message.format_map(values),
        "type": row.type,
        "param": row.param.format_map(values) if row.param else None,
        "code": row.code,
    }
    if row.moderation:
        error["moderation_details"] = {"moderation_stage": "input", "categories": list(row.moderation)}
    return Refused(status or row.status, error, dict(row.headers))
