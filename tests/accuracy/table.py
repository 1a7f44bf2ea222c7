"""The scores as a table in Markdown, with what the answers were required to reach."""

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from scoring import Mark, Score, score


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """The least strict, lenient and action shares and the most wrong ones; None is no requirement."""

    strict: float
    lenient: float
    wrong: float
    action: float | None = None

    def met(self, of: Score) -> bool:
        acted = self.action is None or of.action >= self.action
        return of.strict >= self.strict and of.lenient >= self.lenient and of.wrong <= self.wrong and acted


PUBLIC = Goal(strict=0.92, lenient=0.97, action=0.88, wrong=0.03)
UNSEEN = Goal(strict=0.80, lenient=0.88, wrong=0.08)
PAGE = Path(__file__).parents[2] / "playbooks/documentation/explain-accuracy.md"
_HEAD = "| reports | count | strict | lenient | action | ambiguous | unknown | wrong |\n|---|" + "--:|" * 7


def table(public: Sequence[Mark], own: Sequence[Mark]) -> str:
    """One line for each kind of the public reports, for all of them, and for our own."""
    quoted = [mark for mark in public if mark.report.kind != "reporter_sentence"]
    lines = [_line(f"public: {kind}", _of(public, kind)) for kind in sorted({mark.report.kind for mark in public})]
    lines += [
        _line("**public: error texts**", quoted),
        _goal(PUBLIC),
        _line("public: all", public),
        _line("**our own**", own),
        _goal(UNSEEN),
    ]
    return "\n".join([_HEAD, *lines])


def misses(marked: Sequence[Mark]) -> str:
    """What was not strictly right, a line each, the wrong ones first."""
    missed = sorted((mark for mark in marked if not mark.strict), key=lambda mark: (not mark.wrong, mark.lenient))
    return "\n".join(_miss(mark) for mark in missed)


def written(page: str, new: str) -> str:
    """The page with its table replaced."""
    return re.sub(r"(?m)^\| reports \|.*\n(?:\|.*\n)+", lambda _: new + "\n", page, count=1)


def _of(marked: Sequence[Mark], kind: str) -> list[Mark]:
    return [mark for mark in marked if mark.report.kind == kind]


def _line(name: str, marked: Sequence[Mark]) -> str:
    count, *shares = astuple(score(marked))
    return " | ".join([f"| {name}", str(count), *(f"{share:.3f}" for share in shares)]) + " |"


def _goal(goal: Goal) -> str:
    action = "" if goal.action is None else f"≥ {goal.action:.2f}"
    return f"| *required* | | ≥ {goal.strict:.2f} | ≥ {goal.lenient:.2f} | {action} | | | ≤ {goal.wrong:.2f} |"


def _miss(mark: Mark) -> str:
    said = mark.verdict.branch or "/".join(mark.verdict.candidates)
    kind = "WRONG" if mark.wrong else "lenient" if mark.lenient else "missed"
    wanted = "/".join([mark.report.branch, *mark.report.secondary])
    return f"{kind:8}{mark.report.id:32}{mark.verdict.outcome} {mark.verdict.symptom} {said} | truth: {wanted}"
