"""What `routecheck explain` finds in a pasted error: the branch and the next action, or the fact that decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["diagnosed", "ambiguous", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A row of the matrix as it is told: `not_this` is what it is often taken for, `confirm` how to be sure."""

    symptom: str
    branch: str
    action: str
    title: str
    meaning: str
    first_check: str
    better_move: str
    not_this: str
    confirm: str
    as_of: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What it would be if the missing fact were `given` ("a ChatGPT/Codex login was sent"); `say` is the option that
    tells it ("--credential codex-oauth"), empty where no option can."""

    given: str
    say: str
    found: Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One of several attempts in one text: what was tried and what it came to ("" where that is not known)."""

    tried: str
    symptom: str
    branch: str
    because: str
    matters: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The answer.

    `found` is set when it is diagnosed; `question` and `candidates` when it is ambiguous; `collect` says what to bring
    when it is unknown. `because` are sentences: what in the text led there. `facts` is what was read out of the text,
    by the names of the public JSON (http_status, code, type, param, host, request_id, …). `next` are commands to
    type, `dont` what not to do.
    """

    outcome: Outcome
    because: tuple[str, ...] = ()
    facts: Mapping[str, str | int | float] = field(default_factory=dict)
    found: Found | None = None
    question: str = ""
    candidates: tuple[Candidate, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    collect: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    dont: tuple[str, ...] = ()
