"""Reading a playbook: TOML between two lines of `+++`, then Markdown with one heading for each step.

Strict on purpose: a key that nobody reads, a step without prose or prose without a step is an error that names
file, line and key. A playbook that says "free" over a command that can bill is one, too.
"""

import shlex
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from diagnose.matrix import rows
from diagnose.model.check import Cost
from diagnose.model.playbook import BRANCHES, Playbook, Step, Switch
from diagnose.playbook.commands import Commands
from diagnose.playbook.prose import ProseError, Section, sections

_FENCE = "+++"
_SWITCH = "switch"
_PROGRAM = "routecheck"
_OWN_LOOP = ("playbook", "sandbox")
"""Commands that no step may run: one would start playbooks in playbooks, the other does not end."""

_REQUIRED: Mapping[str, type] = {
    "id": str, "title": str, "route": str, "about": str, "as_of": date, "source": str, "step": list,
}  # fmt: skip
_STEP: Mapping[str, type] = {"id": str, "branch": str, "title": str, "run": str, "cost": str, "stop": str}
_SWITCHED: Mapping[str, type] = {"when": str, "branches": list, "type": list}
_NAMES = {str: "a text", list: "a list", date: "a date", int: "a number", dict: "a table"}


class PlaybookError(Exception):
    """A playbook that is not there or not right; the message names file, line and key."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an error is: the file, and the lines of its front matter to find a key in."""

    path: Path
    front: tuple[str, ...] = ()
    step: int = 0
    """The number of the step, from 1; 0 above the first one."""
    table: str = ""

    def error(self, key: str, problem: str) -> PlaybookError:
        named = f"[[step]] {self.step}, {key}" if self.step else f"[{self.table}] {key}" if self.table else key
        return PlaybookError(f"{self.path}, line {self._line(key)}: {named}: {problem}")

    def _line(self, key: str) -> int:
        """The line of the key, or of the table that should hold it."""
        step, table, line = 0, "", 1
        for number, text in enumerate(self.front, 2):
            bare = text.split("#")[0].strip()
            if bare.startswith("["):
                step, table = (step + 1, "") if bare == "[[step]]" else (0, bare.strip("[] "))
            if (step, table) == (self.step, self.table):
                line = number if line == 1 or text.partition("=")[0].strip() == key else line
        return line


def read(path: Path, *, name: str, commands: Commands) -> Playbook:
    """The playbook in a file, whose commands are judged by `commands`. Raises PlaybookError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise PlaybookError(f"{path}: cannot be read: {reason}") from error
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != _FENCE:
        raise PlaybookError(f"{path}, line 1: a playbook begins with a line of {_FENCE}")
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        raise PlaybookError(f"{path}, line 1: the front matter has no second line of {_FENCE}")
    front = lines[1:end]
    try:
        # One line for the fence, so that TOML counts as the reader does.
        data = tomllib.loads("\n" + "\n".join(front) + "\n")
    except tomllib.TOMLDecodeError as error:
        raise PlaybookError(f"{path}: {error}") from error
    place = _Place(path, tuple(front))
    try:
        intro, found = sections(lines[end + 1 :], first_line=end + 2)
    except ProseError as error:
        raise PlaybookError(f"{path}, {error}") from error
    return _playbook(data, place, name, intro, found, commands)


def _playbook(
    data: Mapping[str, Any], place: _Place, name: str, intro: str, found: Mapping[str, Section], commands: Commands
) -> Playbook:
    _keys(data, _REQUIRED, {_SWITCH: dict}, place)
    steps: list[Step] = []
    for number, raw in enumerate(data["step"], 1):
        at = _Place(place.path, place.front, number)
        if not isinstance(raw, dict):
            raise at.error("step", "write each step as a [[step]] table")
        step = _step(raw, at, found, commands)
        if step.id in {one.id for one in steps}:
            raise at.error("id", f"{step.id!r} is the id of an earlier step, too")
        steps.append(step)
    if not steps:
        raise place.error("step", "there is no step")
    switch = _switch(data[_SWITCH], _Place(place.path, place.front, table=_SWITCH), found) if _SWITCH in data else None
    ids = [*(step.id for step in steps), *([_SWITCH] if switch else [])]
    for heading, section in found.items():
        if heading not in ids:
            raise PlaybookError(f"{place.path}, line {section.line}: ## {heading}: there is no step of that id")
    if list(found) != ids:
        raise place.error("step", f"the headings of the text stand in another order: {', '.join(found)}")
    return Playbook(
        **{key: data[key] for key in _REQUIRED if key != "step"},
        name=name, steps=tuple(steps), switch=switch, intro=intro,
    )  # fmt: skip


def _step(raw: Mapping[str, Any], place: _Place, found: Mapping[str, Section], commands: Commands) -> Step:
    _keys(raw, _STEP, {"go_on": list, "type": list}, place)
    if raw["id"] == _SWITCH or not raw["id"].replace("-", "").isalnum():
        raise place.error("id", f"{raw['id']!r} cannot be one: letters, digits and dashes, and not {_SWITCH!r}")
    if raw["branch"] and raw["branch"] not in BRANCHES:
        raise place.error("branch", f"there is no branch {raw['branch']!r}; there are {', '.join(BRANCHES)}")
    section = found.get(raw["id"])
    if section is None:
        raise place.error("id", f"the text has no heading ## {raw['id']}")
    for branch in section.by_branch:
        if branch not in BRANCHES:
            raise PlaybookError(f"{place.path}, line {section.line}: ## {raw['id']}, ### {branch}: is no branch")
    for symptom in section.by_symptom:
        if symptom not in rows():
            raise PlaybookError(
                f"{place.path}, line {section.line}: ## {raw['id']}, ### symptom {symptom}: is no row of the matrix"
            )
    go_on = raw.get("go_on", [0])
    if not go_on or not all(type(code) is int and 0 <= code <= 255 for code in go_on):
        raise place.error("go_on", "write the exit codes after which the next step makes sense, such as [0, 3]")
    words, cost = _words(raw["run"], place), _cost(raw["cost"], place)
    if (can := commands.asked(words).cost) is Cost.BILLABLE and cost is not Cost.BILLABLE:
        raise place.error("cost", f"{raw['cost']!r}, but the command can bill; add --no-spend or --dry to it")
    if can is Cost.FREE and cost is Cost.OFFLINE:
        raise place.error("cost", "'offline', but the command can ask the network")
    return Step(
        id=raw["id"], branch=raw["branch"], title=raw["title"], run=words, cost=cost, go_on=tuple(go_on),
        stop=raw["stop"], type=_texts(raw.get("type", []), "type", place), prose=section.prose,
        by_branch=section.by_branch, by_symptom=section.by_symptom,
    )  # fmt: skip


def _switch(raw: Mapping[str, Any], place: _Place, found: Mapping[str, Section]) -> Switch:
    _keys(raw, _SWITCHED, {}, place)
    branches = _texts(raw["branches"], "branches", place)
    for branch in branches:
        if branch not in BRANCHES:
            raise place.error("branches", f"there is no branch {branch!r}")
    if _SWITCH not in found:
        raise place.error("when", f"the text has no heading ## {_SWITCH}")
    return Switch(
        when=raw["when"], branches=branches, type=_texts(raw["type"], "type", place), prose=found[_SWITCH].prose
    )


def _keys(raw: Mapping[str, Any], required: Mapping[str, type], more: Mapping[str, type], place: _Place) -> None:
    for key in raw:
        if key not in required and key not in more:
            raise place.error(key, f"is not known; there are {', '.join([*required, *more])}")
    for key, kind in required.items():
        if key not in raw:
            raise place.error(key, "is missing")
        if kind is str and isinstance(raw[key], str) and not raw[key].strip() and key != "branch":
            raise place.error(key, "is empty")
    for key, value in raw.items():
        kind = {**required, **more}[key]
        if type(value) is not kind:
            raise place.error(key, f"has to be {_NAMES[kind]}")


def _texts(raw: Sequence[Any], key: str, place: _Place) -> tuple[str, ...]:
    if not all(isinstance(text, str) and text.strip() for text in raw):
        raise place.error(key, "has to be a list of texts")
    return tuple(raw)


def _words(command: str, place: _Place) -> tuple[str, ...]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise place.error("run", f"is no command line: {error}") from error
    if len(words) < 2 or words[0] != _PROGRAM or words[1].startswith("-"):
        raise place.error("run", f"a step runs a command of {_PROGRAM}; what changes something belongs into `type`")
    if words[1] in _OWN_LOOP:
        raise place.error("run", f"a step cannot run `{_PROGRAM} {words[1]}`")
    return tuple(words)


def _cost(text: str, place: _Place) -> Cost:
    try:
        return Cost(text)
    except ValueError:
        raise place.error("cost", f"{text!r} is none of {', '.join(Cost)}") from None
