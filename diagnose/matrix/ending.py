"""Which of the failures in one log ended the request: the last one, but for what only follows from another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diagnose.matrix.deciding import Decision

if TYPE_CHECKING:
    from diagnose.matrix.reading.records import Tried

_FOLLOWS = frozenset({
    "pool-empty", "gateway-cooldown", "no-image", "parser-misses-image", "error-body-thrown-away", "html-read-as-json",
    "odd-answer", "unclassified-refusal", "gateway-hides-refusal", "program-fault",
})  # fmt: skip
"""Rows that tell what a program made of a failure."""
_ONLY_FOLLOWS = frozenset({"pool-empty", "gateway-cooldown", "unclassified-refusal", "gateway-hides-refusal"})
"""Those of them that no answer comes to by itself."""
_MAY_FOLLOW = frozenset({
    "server-error", "timeout", "dropped-connection", "unreachable", "hop-gave-up", "origin-down",
})  # fmt: skip
"""Rows that a gateway's answer comes to when the one behind it refused, but that are failures of their own, too."""
_PASSES = frozenset({"rate_limit_capacity", "timeout_transport"})
"""Branches that programs try again by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Places in the list of failures: of the one that matters, or of those of which it can not be told."""

    matters: int | None = None
    left: tuple[int, ...] = ()


def ending(failures: Sequence["Tried"], decisions: Sequence[Decision]) -> Ending | None:
    """None where the failures come to one branch, or to none: then the text as a whole tells more.

    What another part of the program failed at did not end a request for an image.
    """
    kept = [at for at, failure in enumerate(failures) if failure.about != "other"]
    if len(kept) == len(failures) or not any(failures[at].about == "images" for at in kept):
        return _ending(failures, decisions)
    found = _ending([failures[at] for at in kept], [decisions[at] for at in kept])
    if found is not None:
        return Ending(
            matters=None if found.matters is None else kept[found.matters], left=tuple(kept[at] for at in found.left)
        )
    decided = [at for at in kept if decisions[at].row is not None or decisions[at].question is not None]
    return Ending(matters=decided[-1]) if decided else None


def _ending(failures: Sequence["Tried"], decisions: Sequence[Decision]) -> Ending | None:
    decided = [at for at, decision in enumerate(decisions) if decision.row is not None]
    if len({row.branch for at in decided if (row := decisions[at].row)}) < 2:
        return _asked_last(failures, decisions, decided)
    last = decided[-1]
    causes = [at for at in decided if _id(decisions[at]) not in _FOLLOWS and not failures[at].overcome]
    if causes and _id(decisions[last]) in _FOLLOWS:
        # An answer without an image may be what the next try brought, or what a program made of having had enough.
        tried_again = failures[causes[-1]].again and _id(decisions[last]) not in _ONLY_FOLLOWS
        return Ending(left=(causes[-1], last)) if tried_again else Ending(matters=causes[-1])
    lasting = [at for at in causes if at != last and _lasts(failures[at], decisions[at])]
    if failures[last].overcome:
        return Ending(matters=lasting[-1] if lasting else last)
    if lasting and (failures[last].again or _id(decisions[last]) in _MAY_FOLLOW):
        return Ending(left=(lasting[-1], last))
    return Ending(matters=last)


def _asked_last(failures: Sequence["Tried"], decisions: Sequence[Decision], decided: list[int]) -> Ending | None:
    """A last failure that is a question, where all before it was tried again; but what emptied a gateway's accounts
    answers the question about them."""
    last = len(failures) - 1
    asked = decisions[last].question
    if not decided or asked is None or not failures[last].evidence.status:
        return None
    if asked.id in _FOLLOWS and _lasts(failures[decided[-1]], decisions[decided[-1]]):
        return Ending(matters=decided[-1])
    return Ending(matters=last) if all(failures[at].again or failures[at].overcome for at in decided) else None


def _id(decision: Decision) -> str:
    return decision.row.id if decision.row else ""


def _lasts(failure: "Tried", decision: Decision) -> bool:
    passed = decision.row is None or decision.row.branch in _PASSES
    return not (passed or failure.again)
