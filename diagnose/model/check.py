"""A check, and what comes out of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from diagnose.model.witness import Witness


class Status(StrEnum):
    """`error` means that we could not tell, which is never folded into `fail`."""

    PASS = "pass"  # noqa: S105
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"
    ERROR = "error"


class Cost(StrEnum):
    """What a check may cause: no network at all, network that cannot bill, or a paid request."""

    OFFLINE = "offline"
    FREE = "free"
    BILLABLE = "billable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of one check.

    `symptom` is the id of a matrix row. `costs_proof` marks a warning that alone keeps the run from being
    proven, so that the reader is shown it before warnings that only inform. `skipped_because` is the id of
    the prerequisite that failed, or a sentence.
    """

    status: Status
    summary: str
    measured: str | None = None
    expected: str | None = None
    symptom: str | None = None
    remedy: tuple[str, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    costs_proof: bool = False
    skipped_because: str | None = None


def skip(reason: str, *, summary: str | None = None) -> Outcome:
    """An outcome for a check that has nothing to look at; `reason` says why."""
    return Outcome(status=Status.SKIP, summary=summary or reason, skipped_because=reason)


C = TypeVar("C")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Generic[C]):
    """One probe: its id is `<group>.<name>`; `about` says in one sentence what it must find out.

    All of `needs` must have passed before it; of `either`, one; of `unless`, none may have failed. Of these, those that
    are not about the route of the run do not count. `routes`: what it is about, empty for every route.
    """

    id: str
    title: str
    about: str
    cost: Cost
    needs: tuple[str, ...]
    run: Callable[[C], Outcome]
    either: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A check that has ended: its outcome and how long it took."""

    check_id: str
    title: str
    cost: Cost
    outcome: Outcome
    duration_ms: float
