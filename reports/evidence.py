"""Which dimension is met by which witness: the reading of a report that several formats share."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from diagnose.model.report import Report
from diagnose.model.witness import DIMENSIONS, HOST_SAYS, Requirement, Witness


class State(StrEnum):
    """What the witnesses make of one dimension."""

    MET = "met"
    NOT_MET = "not met"
    CONTRADICTED = "contradicted"
    REPORTED = "reported"
    NO_WITNESS = "no witness"
    NOT_REVEALED = "not revealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One dimension: what a proof needs, what was seen, and why that does or does not do.

    `need` is None for a dimension that has witnesses although the route says nothing about it.
    `strength` is that of the best witness on the side that `state` tells of.
    """

    dimension: str
    need: str | None
    reason: str
    aspects: tuple[str, ...]
    state: State
    why: str
    strength: int
    witnesses: tuple[Witness, ...]


def findings(report: Report) -> tuple[Finding, ...]:
    """Every dimension that is needed or witnessed, in the canonical order."""
    return tuple(_findings(report))


def _findings(report: Report) -> Iterator[Finding]:
    for dimension in DIMENSIONS:
        seen = tuple(w for w in report.witnesses if w.dimension == dimension)
        asked = [r for r in report.requirements if r.dimension == dimension]
        for requirement in asked:
            yield _finding(requirement, seen)
        if seen and not asked:
            yield _weighed(dimension, None, "the route does not ask for it", (), seen)


def _finding(requirement: Requirement, seen: tuple[Witness, ...]) -> Finding:
    return _weighed(requirement.dimension, requirement.need, requirement.reason, requirement.aspects, seen)


def _weighed(
    dimension: str, need: str | None, reason: str, aspects: tuple[str, ...], seen: tuple[Witness, ...]
) -> Finding:
    against = [w for w in seen if not w.agrees and w.strength >= 2]
    agreeing = [w for w in seen if w.agrees]
    side = against or agreeing
    best = max(side, key=lambda w: w.strength, default=None)
    if against:
        state, why = State.CONTRADICTED, best.value if best else ""
    elif need != "required":
        state = State.NOT_REVEALED if need == "not revealed" else State.REPORTED if seen else State.NO_WITNESS
        why = best.value if best else reason
    else:
        state, why = _required(dimension, aspects, agreeing, best)
    return Finding(
        dimension=dimension,
        need=need,
        reason=reason,
        aspects=aspects,
        state=state,
        why=why,
        strength=best.strength if best else 0,
        witnesses=tuple(sorted(seen, key=lambda w: (w.agrees, -w.strength))),
    )


def _required(
    dimension: str, aspects: tuple[str, ...], agreeing: list[Witness], best: Witness | None
) -> tuple[State, str]:
    if dimension == "provider":
        met = rooted(agreeing)
    elif missing := [a for a in aspects if not enough(w for w in agreeing if w.aspect == a)]:
        return State.NOT_MET, f"no sufficient witness for {', '.join(missing)}"
    elif aspects:
        return State.MET, "; ".join(w.value for w in _best_per_aspect(aspects, agreeing))
    else:
        met = enough(agreeing)
    return (State.MET, best.value) if met and best else (State.NOT_MET, _shortfall(dimension, best))


def _shortfall(dimension: str, best: Witness | None) -> str:
    if best is None:
        return "nothing witnesses it"
    if best.strength >= 3:
        return f"the best {dimension} witness is written by the answering host itself"
    return f"the best witness has strength {best.strength}; a proof needs 3"


def _best_per_aspect(aspects: Iterable[str], agreeing: Sequence[Witness]) -> list[Witness]:
    return [max((w for w in agreeing if w.aspect == a), key=lambda w: w.strength) for a in aspects]


def rooted(witnesses: Iterable[Witness]) -> bool:
    """Whether something of strength 3 says so that the answering host cannot write itself."""
    return any(w.strength >= 3 and w.source not in HOST_SAYS for w in witnesses)


def enough(witnesses: Iterable[Witness]) -> bool:
    """Whether these carry a dimension: one of strength 3, or two of 2 from different parties.

    Whatever the host writes itself, in whichever field, is one party.
    """
    mine = tuple(witnesses)
    if any(w.strength >= 3 for w in mine):
        return True
    return len({"host" if w.source in HOST_SAYS else w.source for w in mine if w.strength == 2}) >= 2
