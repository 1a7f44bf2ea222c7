"""The catalogue of sandbox behaviours with their right answers (loads stdlib modules only)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from diagnose.sandbox.faults import Faults
from diagnose.sandbox.plan import LoginPlan, Plan
from diagnose.sandbox.strict import DataError, build, read

_FILES = ("scenarios.toml", "scenarios_openclaw.toml", "scenarios_codex.toml")
_OF_LOGINS = ("codex-responses", "codex-images")
"""The routes on which nothing works without a login."""


class ScenarioError(KeyError):
    """There is no scenario of that id."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the operator of a scenario declares; None: the operator typed nothing there, and the command's default
    holds. `max_cost` in USD."""

    model: str = "openai/gpt-image-2"
    size: str | None = None
    quality: str | None = None
    background: str | None = None
    format: str | None = None
    owner: str | None = None
    max_cost: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """The right answer; `branch` and `action` are None when there is no symptom to act on."""

    verdict: str
    branch: str | None = None
    action: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One behaviour. The twin (`twin_claim`, `twin_faults`, `twin_openclaw`, `twin_login`) is the same run with the
    cause removed and must end in `proven`; None means the same claim, the same machine. `deadline`: seconds per
    request.

    `through` "openclaw": the image is asked for through the installed program, on the machine of `openclaw`, and
    with `tap` its requests are read on their way. `login` is a machine without OpenClaw's program, which holds a
    ChatGPT login; a scenario has one machine at most.
    """

    id: str
    about: str
    route: str
    needs: tuple[str, ...] = ()
    claim: Claim = Claim()
    twin_claim: Claim | None = None
    deadline: float | None = None
    faults: Faults = field(default_factory=Faults)
    twin_faults: Faults = field(default_factory=Faults)
    through: Literal["direct", "openclaw"] = "direct"
    tap: bool = False
    openclaw: Plan | None = None
    twin_openclaw: Plan | None = None
    login: LoginPlan | None = None
    twin_login: LoginPlan | None = None
    expect: Expect


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    as_of: str
    source: str
    scenario: tuple[Scenario, ...]


@cache
def _rows() -> tuple[Scenario, ...]:
    rows = tuple(row for name in _FILES for row in build(_File, read(name), name).scenario)
    if len({row.id for row in rows}) != len(rows):
        raise DataError(f"{' and '.join(_FILES)}: an id occurs twice")
    for row in rows:
        if (row.through == "openclaw") != ("openclaw" in row.needs) or ("openclaw" in row.needs) != bool(row.openclaw):
            raise DataError(f"scenario {row.id}: needs, through and the table openclaw go together")
        if (row.login and row.openclaw) or (row.twin_login and not row.login):
            raise DataError(f"scenario {row.id}: it has one machine, of the table login or of openclaw")
        if row.route in _OF_LOGINS and not (row.login or row.openclaw):
            raise DataError(f"scenario {row.id}: {row.route} needs a machine with a login")
    return rows


def load() -> dict[str, Scenario]:
    """All scenarios by id, in the order of the files; DataError when one is not well formed."""
    return {row.id: row for row in _rows()}


def get(scenario_id: str) -> Scenario:
    """The scenario of that id; ScenarioError names those that are near."""
    rows = load()
    try:
        return rows[scenario_id]
    except KeyError:
        raise ScenarioError(f"no scenario {scenario_id!r}; {_instead(scenario_id, rows)}") from None


def _instead(wrong: str, rows: Iterable[str]) -> str:
    """What may have been meant; there are too many to name them all."""
    from difflib import get_close_matches

    near = [row for row in rows if wrong and wrong in row] or get_close_matches(wrong, list(rows), n=3)
    listed = "`routecheck sandbox scenarios` lists them"
    return f"did you mean {' or '.join(near[:3])}? {listed}" if near else listed
