"""How often `routecheck explain` is right: reports whose truth is known, what is answered, and the shares."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from diagnose.matrix.explaining import explain
from diagnose.matrix.reading import read
from diagnose.model.explanation import Outcome

HERE = Path(__file__).parent
MOST_CANDIDATES = 3  # an ambiguous answer with more of them helps nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One failure report: what a user has (`text`, `status`, `route`) and the truth."""

    id: str
    kind: str
    text: str
    status: int | None
    route: str
    branch: str
    secondary: tuple[str, ...]
    action: str

    @property
    def defensible(self) -> frozenset[str]:
        return frozenset({self.branch, *self.secondary})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An explanation as far as it is scored; `candidates` are the branches that an ambiguous one leaves open."""

    outcome: Outcome
    branch: str = ""
    action: str = ""
    symptom: str = ""
    candidates: tuple[str, ...] = ()

    @property
    def named(self) -> frozenset[str]:
        """Every branch that it names."""
        return frozenset({self.branch, *self.candidates} - {""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One report and what was answered."""

    report: Report
    verdict: Verdict

    @property
    def diagnosed(self) -> bool:
        return self.verdict.outcome == "diagnosed"

    @property
    def strict(self) -> bool:
        return self.diagnosed and self.verdict.branch == self.report.branch

    @property
    def lenient(self) -> bool:
        if self.diagnosed:
            return self.verdict.branch in self.report.defensible
        few = 0 < len(self.verdict.candidates) <= MOST_CANDIDATES
        return few and not self.report.defensible.isdisjoint(self.verdict.candidates)

    @property
    def action(self) -> bool:
        return self.diagnosed and self.verdict.action == self.report.action

    @property
    def wrong(self) -> bool:
        return self.diagnosed and self.verdict.branch not in self.report.defensible


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Shares of 1 over `count` reports. Those that are neither strict nor wrong nor ambiguous nor unknown went to a
    secondary branch."""

    count: int
    strict: float
    lenient: float
    action: float
    ambiguous: float
    unknown: float
    wrong: float


Explain = Callable[[str, int | None, str], Verdict]


def reports(path: Path) -> tuple[Report, ...]:
    """The reports of a JSONL file; a status that was only inferred is none, because no user would have it."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return tuple(
        Report(
            id=row["id"],
            kind=row["symptom_kind"],
            text=row["symptom_text"],
            status=None if row.get("http_status_inferred") else row["http_status"],
            route=row["route"],
            branch=row["branch"],
            secondary=tuple(row["secondary_branches"]),
            action=row["next_action"],
        )
        for row in rows
    )


def explained(text: str, status: int | None, route: str) -> Verdict:
    """What the command finds, without the process around it."""
    answer = explain(read(text, status=status, route=route))
    found = answer.found
    return Verdict(
        outcome=answer.outcome,
        branch=found.branch if found else "",
        action=found.action if found else "",
        symptom=found.symptom if found else "",
        candidates=tuple(candidate.found.branch for candidate in answer.candidates),
    )


def marks(asked: Iterable[Report], function: Explain = explained) -> tuple[Mark, ...]:
    return tuple(Mark(report=one, verdict=function(one.text, one.status, one.route)) for one in asked)


def score(marked: Sequence[Mark]) -> Score:
    def share(test: Callable[[Mark], bool]) -> float:
        return sum(map(test, marked)) / len(marked) if marked else 0.0

    return Score(
        count=len(marked),
        strict=share(lambda mark: mark.strict),
        lenient=share(lambda mark: mark.lenient),
        action=share(lambda mark: mark.action),
        ambiguous=share(lambda mark: mark.verdict.outcome == "ambiguous"),
        unknown=share(lambda mark: mark.verdict.outcome == "unknown"),
        wrong=share(lambda mark: mark.wrong),
    )


def error_texts(asked: Iterable[Report]) -> tuple[Report, ...]:
    """Those that quote an error; the others are a person's sentence about one."""
    return tuple(one for one in asked if one.kind in {"error_string", "log_line"})


CASES = reports(HERE / "cases.jsonl")
OWN = reports(HERE / "reports.jsonl")
