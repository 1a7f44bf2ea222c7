"""The public JSON of `routecheck explain`, "routecheck.explanation/v1": add to it, never rename in it.

These types repeat the internal ones on purpose: renaming something inside must not change what other people's
programs read.
"""

from typing import Any, Literal

import msgspec

from diagnose.model.explanation import Explanation, Found
from reports.text import without_surrogates

SCHEMA = "routecheck.explanation/v1"


class _Public(msgspec.Struct, frozen=True, kw_only=True):
    pass


class ToolV1(_Public, frozen=True, kw_only=True):
    """The program that wrote this."""

    name: Literal["routecheck"]
    version: str


class CandidateV1(_Public, frozen=True, kw_only=True):
    """What it would be `if` the fact that is asked for were this; `say` is the option that tells it, if one can."""

    branch: str
    action: str
    if_: str = msgspec.field(name="if")
    symptom: str
    title: str
    say: str | None


class AttemptV1(_Public, frozen=True, kw_only=True):
    """One of several attempts in the text, in their order. `matters`: this is the one that is explained."""

    tried: str | None
    branch: str | None
    symptom: str | None
    because: str | None
    matters: bool


class RowV1(_Public, frozen=True, kw_only=True):
    """The row of the matrix in words."""

    title: str
    meaning: str
    first_check: str
    better_move: str
    not_this: str
    confirm: str
    as_of: str
    source: str


class ExplanationV1(_Public, frozen=True, kw_only=True):
    """What a text comes to. `branch`, `action`, `symptom` and `row` are null unless it is diagnosed.

    `facts` is what was read out of the text: `http_status`, `code`, `type`, `param`, `host` and `request_id` are
    always there, null where the text has none; others only where it has them.
    """

    schema: Literal["routecheck.explanation/v1"]
    outcome: Literal["diagnosed", "ambiguous", "unknown"]
    exit_code: Literal[0, 3]
    branch: str | None
    action: str | None
    symptom: str | None
    because: list[str]
    facts: dict[str, str | int | float | None]
    question: str | None
    candidates: list[CandidateV1]
    attempts: list[AttemptV1]
    collect: list[str]
    next: list[str]
    dont: list[str]
    row: RowV1 | None
    tool: ToolV1


_ALWAYS = ("http_status", "code", "type", "param", "host", "request_id")


def render(explanation: Explanation, *, version: str) -> str:
    """The JSON text, indented by 2, ending with a newline."""
    found = explanation.found
    public = {
        "schema": SCHEMA,
        "outcome": explanation.outcome,
        "exit_code": 0 if explanation.outcome == "diagnosed" else 3,
        "branch": found.branch if found else None,
        "action": found.action if found else None,
        "symptom": found.symptom if found else None,
        "because": explanation.because,
        "facts": {**dict.fromkeys(_ALWAYS), **{key: _null(value) for key, value in explanation.facts.items()}},
        "question": explanation.question or None,
        "candidates": [
            {
                "branch": candidate.found.branch,
                "action": candidate.found.action,
                "if": candidate.given,
                "symptom": candidate.found.symptom,
                "title": candidate.found.title,
                "say": candidate.say or None,
            }
            for candidate in explanation.candidates
        ],
        "attempts": [
            {
                "tried": attempt.tried or None,
                "branch": attempt.branch or None,
                "symptom": attempt.symptom or None,
                "because": attempt.because or None,
                "matters": attempt.matters,
            }
            for attempt in explanation.attempts
        ],
        "collect": explanation.collect,
        "next": explanation.next,
        "dont": explanation.dont,
        "row": _row(found) if found else None,
        "tool": {"name": "routecheck", "version": version},
    }
    shown = msgspec.convert(without_surrogates(public), ExplanationV1)
    return msgspec.json.format(msgspec.json.encode(shown), indent=2).decode() + "\n"


def _null(value: Any) -> Any:
    return None if value == "" else value


def _row(found: Found) -> dict[str, str]:
    return {name: str(getattr(found, name)) for name in RowV1.__struct_fields__}


def schema_text() -> str:
    """The text of reports/schemas/explanation.v1.schema.json."""
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(ExplanationV1),
    }
    schema["$defs"]["ExplanationV1"]["properties"]["facts"]["required"] = list(_ALWAYS)
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"
