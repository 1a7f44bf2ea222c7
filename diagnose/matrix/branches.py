"""The branches of the matrix, and the rows of the short public matrices as groups over them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from diagnose.matrix import load


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One branch in words. `checks` are the checks, or groups of them, in which a run looks at it."""

    id: str
    title: str
    meaning: str
    symptoms: tuple[str, ...]
    first_check: str
    better_move: str
    not_this: str
    confirm: str
    dont: str
    checks: tuple[str, ...]
    as_of: date
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A row of a short public matrix: the branches it may come to, where it misleads, and what tells them apart.

    `kind` is "symptom" or "result"; `rows` are the rows of the matrix that are met most often under it.
    """

    id: str
    kind: str
    title: str
    branches: tuple[str, ...]
    misleads: str
    refined_by: str
    rows: tuple[str, ...]


@cache
def branches() -> Mapping[str, Branch]:
    """Every branch by its id."""
    return {
        raw["id"]: Branch(
            **{
                **raw,
                "symptoms": tuple(raw["symptoms"]),
                "checks": tuple(raw["checks"]),
            }
        )
        for raw in load("branches.toml")["branch"]
    }


@cache
def groups() -> Mapping[str, Group]:
    """Every group by its id: the symptoms first, then the results."""
    return {
        raw["id"]: Group(**{**raw, "branches": tuple(raw["branches"]), "rows": tuple(raw["rows"])})
        for raw in load("branches.toml")["group"]
    }


def branches_of_check(check: str) -> tuple[Branch, ...]:
    """The branches that a check looks at: those that name it, or else those that name its group."""
    exact = tuple(branch for branch in branches().values() if check in branch.checks)
    group = check.partition(".")[0]
    near = tuple(b for b in branches().values() if any(name.partition(".")[0] == group for name in b.checks))
    return exact or tuple(b for b in branches().values() if group in b.checks) or near
