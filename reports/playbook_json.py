"""The public JSON of `routecheck playbook run`, "routecheck.playbook/v1": add to it, never rename in it.

These types repeat the internal ones on purpose: renaming something inside must not change what other people's
programs read.
"""

import shlex
from typing import Literal

import msgspec

from diagnose.model.playbook import Done, PlaybookRun
from reports.playbook_ending import change
from reports.text import without_surrogates

SCHEMA = "routecheck.playbook/v1"


class _Public(msgspec.Struct, frozen=True, kw_only=True):
    pass


class ToolV1(_Public, frozen=True, kw_only=True):
    """The program that wrote this."""

    name: Literal["routecheck"]
    version: str


class SymptomV1(_Public, frozen=True, kw_only=True):
    """A row of the troubleshooting matrix that a step's own report named; the first one is the cause to act on."""

    id: str
    branch: str
    action: str
    check: str
    better_move: str


class StepV1(_Public, frozen=True, kw_only=True):
    """One step. `exit_code` is null when it did not run, `verdict` when its command writes no report.

    `why` says why the run stopped there, or why the step was left out. `stdout` is what the command printed.
    """

    id: str
    branch: str
    title: str
    cost: Literal["offline", "free", "billable"]
    command: str
    outcome: Literal["passed", "stopped", "left out", "not reached"]
    why: str
    exit_code: int | None
    verdict: str | None
    because: list[str]
    symptoms: list[SymptomV1]
    warnings: list[str]
    duration_ms: float
    stdout: str


class PlaybookV1(_Public, frozen=True, kw_only=True):
    """A run of a playbook. `stopped` is the step that decided, null when all that ran passed; `branch` and `change`
    say what it named and the one thing to change, `type` the lines to type for it; `again` is the command after that,
    and `switch` what to type instead when the same comes again."""

    schema: Literal["routecheck.playbook/v1"]
    tool: ToolV1
    playbook: str
    title: str
    route: str
    exit_code: int
    stopped: str | None
    branch: str
    change: str | None
    type: list[str]
    again: str | None
    switch: list[str]
    steps: list[StepV1]


def render(run: PlaybookRun, *, version: str) -> str:
    """The JSON text, indented by 2, ending with a newline. `version` is that of routecheck."""
    one, switch = run.stopped, run.playbook.switch
    steps = [_step(done) for done in run.done]
    sentence, commands = change(run)
    public = {
        "schema": SCHEMA,
        "tool": {"name": "routecheck", "version": version},
        "playbook": run.playbook.id,
        "title": run.playbook.title,
        "route": run.playbook.route,
        "exit_code": int(run.exit_code),
        "stopped": one.step.id if one is not None else None,
        "branch": run.branch,
        "change": sentence or None,
        "type": list(commands),
        "again": run.again,
        "switch": list(switch.type) if switch is not None and one is not None and run.branch in switch.branches else [],
        "steps": steps,
    }
    checked = msgspec.convert(without_surrogates(public), PlaybookV1)
    return msgspec.json.format(msgspec.json.encode(checked), indent=2).decode() + "\n"


def _step(done: Done) -> dict[str, object]:
    found = done.findings
    causes = found.causes if found is not None else ()
    return {
        "id": done.step.id,
        "branch": done.step.branch,
        "title": done.step.title,
        "cost": done.step.cost.value,
        "command": shlex.join(done.words),
        "outcome": done.fate.value,
        "why": done.why,
        "exit_code": done.exit_code,
        "verdict": found.verdict if found is not None else None,
        "because": list(found.because) if found is not None else [],
        "symptoms": [
            {"id": c.symptom, "branch": c.branch, "action": c.action, "check": c.check, "better_move": c.better_move}
            for c in causes
        ],
        "warnings": list(found.warnings) if found is not None else [],
        "duration_ms": round(done.seconds * 1000, 3),
        "stdout": done.stdout,
    }


def schema_text() -> str:
    """The text of reports/schemas/playbook.v1.schema.json."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(PlaybookV1)}
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"
