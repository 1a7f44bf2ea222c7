"""The troubleshooting matrix as it is listed: well-known symptoms, branches, rows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RowListed:
    """A row in a list; `routecheck explain ID` tells the rest of it."""

    id: str
    title: str
    action: str
    as_of: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchListed:
    """A branch with its rows; `checks` are the checks, or groups of them, that look at it."""

    id: str
    title: str
    meaning: str
    checks: tuple[str, ...]
    rows: tuple[RowListed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupListed:
    """What people see first (`kind` "symptom") or take for a success ("result"): the branches that it may come to."""

    id: str
    kind: str
    title: str
    branches: tuple[str, ...]
    misleads: str
    refined_by: str
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The whole matrix."""

    groups: tuple[GroupListed, ...]
    branches: tuple[BranchListed, ...]
