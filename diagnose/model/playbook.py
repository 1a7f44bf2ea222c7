"""A playbook: an ordered procedure for one situation, and how a run of it went."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from diagnose.model.check import Cost

BRANCHES = (
    "auth_profile", "scope", "workspace_account", "provider_selection", "fallback_masking", "environment_tooling",
    "model_reference", "model_access_verification", "unsupported_parameter", "quota_billing", "rate_limit_capacity",
    "timeout_transport", "content_policy", "network_policy_ssrf", "response_parsing", "config_invalid",
)  # fmt: skip
"""The branches of the troubleshooting matrix, a closed list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command of a playbook, and what to do when the procedure ends with it.

    `run` are the words of the command, beginning with "routecheck". After an exit code in `go_on` the next step makes
    sense; after any other one `stop` is said, and `type` are the lines that the operator may type (they change
    something, so they are never run). `prose` is Markdown; `by_branch` what to read when the command itself named
    that branch, and `by_symptom` when it named that row of the matrix, which goes before its branch.
    """

    id: str
    branch: str
    title: str
    run: tuple[str, ...]
    cost: Cost
    go_on: tuple[int, ...]
    stop: str
    type: tuple[str, ...]
    prose: str
    by_branch: Mapping[str, str]
    by_symptom: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """When repairing ends: what to type instead, offered where a run stops on one of `branches`."""

    when: str
    branches: tuple[str, ...]
    type: tuple[str, ...]
    prose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """A whole playbook. `name` is what `playbook run` was given for it: its id, or the path of a file."""

    id: str
    name: str
    title: str
    route: str
    about: str
    as_of: date
    source: str
    steps: tuple[Step, ...]
    switch: Switch | None
    intro: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A step before a run: its command with the operator's options, the most that this can cause, and why it would
    be left out ("" if not).

    `unpaid`: it is left out because it can cost money.
    """

    step: Step
    words: tuple[str, ...]
    cost: Cost
    left_out: str
    unpaid: bool


class Fate(StrEnum):
    """What became of a step in a run."""

    PASSED = "passed"
    STOPPED = "stopped"
    LEFT_OUT = "left out"
    NOT_REACHED = "not reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What the command itself named as the cause to act on: a row of the troubleshooting matrix.

    `said` is the summary of the check that saw it, and `remedy` what that check advises: sentences, and commands
    that change something.
    """

    symptom: str
    branch: str
    action: str
    check: str
    title: str
    meaning: str
    better_move: str
    said: str
    remedy: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What is used of the report of a `run`: nothing here is concluded anew.

    `failed` and `undecided` are ids of checks that failed, or could not be carried out; `warnings` sentences;
    `tally` counts the checks by status. `unknown`: requests that may have been billed.
    """

    verdict: str
    because: tuple[str, ...]
    causes: tuple[Cause, ...]
    failed: tuple[str, ...]
    undecided: tuple[str, ...]
    warnings: tuple[str, ...]
    tally: Mapping[str, int]
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A step after a run. `exit_code` is None for one that did not run, and below 0 when a signal ended it.

    `words` is the command as it ran, with the operator's options; `why` says why it stopped the run or was left
    out (`unpaid`: because it can cost money). `unable`: the command itself could not run or was ended, so it found
    nothing out. `unknown`: an image may have been billed that nobody has seen. `findings` is None for a command
    without a report.
    """

    step: Step
    fate: Fate
    words: tuple[str, ...]
    why: str = ""
    exit_code: int | None = None
    stdout: str = field(default="", repr=False)
    findings: Findings | None = None
    unpaid: bool = False
    unable: bool = False
    unknown: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookRun:
    """A finished run. `again` is the command to type after the one change, None where nothing is to be repeated."""

    playbook: Playbook
    done: tuple[Done, ...]
    exit_code: int
    again: str | None

    @property
    def stopped(self) -> Done | None:
        """The step that decided, None when every step that ran let the next one follow."""
        return next((one for one in self.done if one.fate is Fate.STOPPED), None)

    @property
    def branch(self) -> str:
        """The branch of the matrix that the run ended in: the one that the report names, else that of the step.
        Empty when nothing stopped, or when nothing was found out."""
        one = self.stopped
        if one is None or one.unable:
            return ""
        return one.findings.causes[0].branch if one.findings and one.findings.causes else one.step.branch
