"""Programs that a text names: those whose errors are none of ours, and those that hold a login."""

from functools import cache
from typing import Any

from diagnose.matrix import load
from diagnose.matrix.evidence import Evidence


def foreign(evidence: Evidence, said: str) -> bool:
    """Whether an error is that of a program which asks no model for anything; `said` in lower case."""
    if evidence.candidate or evidence.served_model or not any(sign in said for sign in _foreign()):
        return False
    return not any(sign in said for sign in _table()["ours"]["says"])


def holders(evidence: Evidence, said: str) -> int:
    """How many programs that each may hold a ChatGPT login are named."""
    return sum(
        row["id"] in evidence.by or any(sign in said for sign in row["says"]) for row in load("routes.toml")["holder"]
    )


def _table() -> Any:
    return load("foreign.toml")


@cache
def _foreign() -> tuple[str, ...]:
    return tuple(sign for row in _table()["program"] for sign in row["says"])
