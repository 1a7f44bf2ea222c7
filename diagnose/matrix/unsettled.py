"""Texts in which failures are told, of which none is known to be the one to mend: a list of those that may happen, one
that was overcome, one of another part of the program, several at once."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from diagnose.matrix import Row
from diagnose.matrix.deciding import Decision
from diagnose.matrix.evidence import Evidence
from diagnose.matrix.remedies import collect, found
from diagnose.matrix.weighing import decided
from diagnose.model.explanation import Candidate, Explanation

if TYPE_CHECKING:
    from diagnose.matrix.reading import Reading

Facts = Mapping[str, str | int | float]

_SHOWS_IMAGES = frozenset({"fallback_masking", "response_parsing"})
"""Branches whose failure is that an image came, or came and was lost."""
_FEWEST_CHOICES = 2
_MOST_CHOICES = 6


def unsettled(reading: "Reading", facts: Facts) -> Explanation | None:
    """None where the failure that is told is the one to mend."""
    if reading.listed and not _is_told(reading.outer):
        return _of_list(reading, facts)
    if not (reading.overcome or reading.only_other):
        return None
    decision = decided(reading.outer)
    if reading.overcome and (decision.row is None or decision.row.branch not in _SHOWS_IMAGES):
        return _overcome(decision.row, facts) if decision.row is not None else None
    return _of_another(decision.row, facts) if reading.only_other and decision.row is not None else None


def of_several(decisions: Sequence[Decision], facts: Facts) -> Explanation:
    """Failures of different branches, without an order in time."""
    told = [decision.row for decision in decisions if decision.row is not None][:_MOST_CHOICES]
    return Explanation(
        outcome="ambiguous",
        because=("lines without an order in time tell different failures",),
        facts=facts,
        question="Which of these is the failure that you have?",
        candidates=tuple(Candidate(given=row.title, say="", found=found(row)) for row in told),
        next=tuple(f"routecheck explain {row.id}" for row in told),
    )


def _overcome(row: Row, facts: Facts) -> Explanation:
    """Nothing is called mended here: the image may be that of another request, model or vendor."""
    return Explanation(
        outcome="ambiguous",
        because=("the text ends with an image that was saved after another try",),
        facts=facts,
        question="Is the image that was saved in the end the one that failed before? Then nothing is to mend.",
        candidates=(Candidate(given="no: another request, another model, or none at all", say="", found=found(row)),),
    )


def _of_another(row: Row, facts: Facts) -> Explanation:
    what, to_type = collect()
    return Explanation(
        outcome="ambiguous",
        because=("what failed is told by another part of the program than the one that makes images",),
        facts=facts,
        question="Did the request for an image fail in this way, too?",
        candidates=(Candidate(given="it did, in the same words", say="", found=found(row)),),
        collect=what,
        next=to_type,
    )


def _is_told(seen: Evidence) -> bool:
    """Whether an error is told beside a list of those that may happen."""
    return seen.status is not None or bool(seen.code)


def _of_list(reading: "Reading", facts: Facts) -> Explanation:
    """A list of errors that may happen says of none that it did."""
    told: dict[str, tuple[int | None, Row]] = {}
    for entry in reading.listed:
        row = decided(entry).row
        if row is not None:
            told.setdefault(row.id, (entry.status, row))
    if len(told) < _FEWEST_CHOICES:
        what, to_type = collect()
        return Explanation(outcome="unknown", facts=facts, collect=what, next=to_type)
    choices = [(f"HTTP {status} came", f"--status {status}", row) for status, row in told.values()][:_MOST_CHOICES]
    return Explanation(
        outcome="ambiguous",
        because=("the text is a list of errors that may happen, not one that happened",),
        facts=facts,
        question="Which of these errors did you get?",
        candidates=tuple(Candidate(given=given, say=say, found=found(row)) for given, say, row in choices),
        next=tuple(f"routecheck explain {say} …" for _, say, _ in choices),
    )
