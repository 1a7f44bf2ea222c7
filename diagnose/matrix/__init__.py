"""The troubleshooting matrix: symptom → branch → action, and the classifier that finds the row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from diagnose.model.answer import Answer
from diagnose.model.report import Symptom


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What an answer must look like; an empty field does not matter."""

    transport: tuple[str, ...] = ()
    status: tuple[int, ...] = ()
    code: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    html: bool = False

    def fits(self, answer: Answer) -> bool:
        if self.html and "html" not in answer.content_type and "cf-mitigated" not in answer.headers:
            return False
        if self.transport and answer.transport not in self.transport:
            return False
        if self.status and answer.status not in self.status:
            return False
        if self.code and answer.code not in self.code and answer.error_type not in self.code:
            return False
        said = f"{answer.code} {answer.message} {answer.text}".lower()
        return not self.contains or any(part in said for part in self.contains)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One symptom: where it belongs, what to do, and how to be sure.

    `of_login` is the id of the row that takes its place where a ChatGPT login was sent: the same answer then has other
    causes, and other people who can mend it. `command` is the kind of command that helps on a route with a login:
    "log-in-again", "renew", "other-surface", "images-surface", "ask-with-curl", or none.
    """

    id: str
    branch: str
    action: str
    title: str
    meaning: str
    first_check: str
    better_move: str
    as_of: date
    source: str
    matches: tuple[Match, ...] = ()
    of_login: str = ""
    command: str = ""

    def symptom(self, check: str) -> Symptom:
        """The row as it stands in a report, seen by the check of that id."""
        return Symptom(
            id=self.id,
            branch=self.branch,
            action=self.action,
            check=check,
            title=self.title,
            meaning=self.meaning,
            first_check=self.first_check,
            better_move=self.better_move,
        )


@cache
def rows() -> Mapping[str, Row]:
    """Every row by its id, in the order in which they are tried."""
    import tomllib

    text = Path(__file__).with_name("matrix.toml").read_text(encoding="utf-8")
    table = {}
    for raw in tomllib.loads(text)["row"]:
        matches = tuple(Match(**_fields(match)) for match in raw.pop("match", []))
        table[raw["id"]] = Row(**raw, matches=matches)
    return table


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def classify(answer: Answer) -> Row:
    """The row that explains an answer that is no success."""
    for row in rows().values():
        if any(match.fits(answer) for match in row.matches):
            return row
    return rows()["unclassified-refusal"]
