"""The troubleshooting matrix: symptom → branch → action, and the classifier that finds the row."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from diagnose.model.answer import Answer
    from diagnose.model.report import Symptom


class Match(NamedTuple):
    """What an attempt must look like; an empty field does not matter. Lists are "any of"; the filled fields all hold.

    `says`, `also` and `without` are looked for in all that the attempt says, in lower case: one of `says`, one of
    `also`, none of `without`, and one of `then` behind the first of `says`; what a pasted text denies ("no timeout")
    is none of `says`. `longest` is how many signs it may say at most, `holders` how many programs that keep a login
    it has to name. `host` are ends of host names, `whose` what hosts.py makes of the host, `path` parts of a path,
    `route` classes and `credential` families of routes.toml. `wire` fits only the answer to a request of our own, of
    which we know that nothing else wrote it; `pasted` only what somebody pasted. `waited` are the seconds that it took
    at the least, by the text. `rank` is tried from 0 upwards: the more specific first. A start makes a thousand of
    them, and a dataclass would take four times as long for it.
    """

    transport: tuple[str, ...] = ()
    status: tuple[int, ...] = ()
    code: tuple[str, ...] = ()
    param: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    html: bool = False
    host: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    route: tuple[str, ...] = ()
    credential: tuple[str, ...] = ()
    whose: tuple[str, ...] = ()
    longest: int = 0
    holders: int = 0
    waited: float = 0
    wire: bool = False
    pasted: bool = False
    rank: int = 1


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
        from diagnose.model.report import Symptom

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer to a question: if the fact is `given`, it is `row`. `say` is the option that tells it, `when` what an
    attempt looks like that shows it by itself (any of them). `of` are the classes of routes where it can be true."""

    given: str
    row: str
    say: str = ""
    of: tuple[str, ...] = ()
    when: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The same text, different branches, and the one fact that decides. Tried before the rows; `last` ones after.

    One with `before` is put only where one of these actions would be advised, which has to wait for the answer.
    """

    id: str
    asks: str
    as_of: date
    source: str
    matches: tuple[Match, ...]
    choices: tuple[Choice, ...]
    last: bool = False
    before: tuple[str, ...] = ()


@cache
def _compiled() -> Mapping[str, Mapping[str, Any]]:
    # Without pathlib, which a start would wait for.
    with open(os.path.join(os.path.dirname(__file__), "compiled.json"), "rb") as file:  # noqa: PTH118, PTH120, PTH123
        return json.loads(file.read(), object_hook=_dated)  # type: ignore[no-any-return]


def _dated(table: dict[str, Any]) -> dict[str, Any]:
    if "as_of" in table:
        table["as_of"] = date.fromisoformat(table["as_of"])
    return table


def load(name: str) -> Mapping[str, Any]:
    """The table of that file of this package, as `compiling` has put it away: parsing the TOML would take longer than
    all else that a start needs."""
    return _compiled()[name]


@cache
def rows() -> Mapping[str, Row]:
    """Every row by its id, in the order in which they are tried."""
    table = load("matrix.toml")["row"]
    return {raw["id"]: Row(**_parted(raw), matches=_matches(raw.get("match", ()))) for raw in table}


@cache
def questions() -> Mapping[str, Question]:
    """Every question by its id, in the order in which they are tried."""
    return {
        raw["id"]: Question(
            **{**_parted(raw), "before": tuple(raw.get("before", ()))},
            matches=_matches(raw["match"]),
            choices=tuple(_choice(choice) for choice in raw["choice"]),
        )
        for raw in load("questions.toml")["question"]
    }


def _parted(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if key not in ("match", "choice")}


def _choice(raw: Mapping[str, Any]) -> Choice:
    return Choice(**{**raw, "of": tuple(raw.get("of", ())), "when": _matches(raw.get("when", ()))})


def _matches(raw: Iterable[Mapping[str, Any]]) -> tuple[Match, ...]:
    return tuple(_match(match) for match in raw)


def _match(raw: Mapping[str, Any]) -> Match:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
    return Match(**fields)


def classify(answer: Answer) -> Row:
    """The row that explains an answer that is no success."""
    from diagnose.matrix.deciding import decide_wire
    from diagnose.matrix.evidence import of_answer

    return decide_wire(of_answer(answer))
