"""Runs the steps of a playbook in order and stops at the first one that names a branch.

It changes nothing and concludes nothing itself: what decides is the exit code of each command, and the checks
that its report lists as failed. What is printed is the listeners' affair.
"""

import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from diagnose.model.check import Cost
from diagnose.model.playbook import Done, Fate, Findings, Planned, Playbook, PlaybookRun, Step
from diagnose.model.verdict import ExitCode
from diagnose.playbook import child, findings
from diagnose.playbook.commands import Commands

_TAKES_ROUTE = ("run", "generate")
"""The commands that take the operator's route options, and that a sandbox stands for."""

_ENDED: Mapping[int, str] = {
    ExitCode.USAGE: "the command could not run", 129: "the command was ended",
    ExitCode.INTERRUPTED: "the command was interrupted", 143: "the command was ended",
}  # fmt: skip
"""Exit codes of a command of ours that say nothing about the route."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the operator wants of a run: the step to begin with, leave to pay, and options for the steps, which
    `commands` knows how to read."""

    commands: Commands = field(repr=False)
    start: str | None = None
    yes: bool = False
    no_spend: bool = False
    more: tuple[str, ...] = ()

    @property
    def sandbox(self) -> bool:
        """Whether a scenario is played: nothing real is asked or paid then."""
        return self.commands.asked(("routecheck", "run", *self.more)).sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who is told when a step begins (with its number from 1) and when it is done."""

    begins: Callable[[int, Planned], None] = field(default=lambda _number, _planned: None)
    ends: Callable[[Done, bool], None] = field(default=lambda _done, _last: None)


def plan(playbook: Playbook, wish: Wish) -> tuple[Planned, ...]:
    """The steps as they would run."""
    ids = [step.id for step in playbook.steps]
    first = ids.index(wish.start) if wish.start is not None else 0
    return tuple(_planned(step, wish, early=number < first) for number, step in enumerate(playbook.steps))


def _planned(step: Step, wish: Wish, *, early: bool) -> Planned:
    takes = step.run[1] in _TAKES_ROUTE
    words = wish.commands.joined(step.run, wish.more) if takes else step.run
    asked = wish.commands.asked(words)
    left_out, unpaid = "", False
    if early:
        left_out = f"before --from {wish.start}"
    elif wish.sandbox and not takes:
        left_out = "it looks at this machine, and a sandbox run is about a made-up one"
    elif asked.cost is Cost.BILLABLE and not asked.sandbox and not wish.yes:
        left_out, unpaid = "--no-spend" if wish.no_spend else "it can cost money, and runs with --yes only", True
    return Planned(step=step, words=words, cost=asked.cost, left_out=left_out, unpaid=unpaid)


def run(
    playbook: Playbook, wish: Wish, *, program: Sequence[str], env: Mapping[str, str], listener: Listener
) -> PlaybookRun:
    """Run the steps, each as `program` with the words after the first one. Raises child.NotStartedError."""
    planned = plan(playbook, wish)
    last = max((n for n, one in enumerate(planned) if not one.left_out), default=-1)
    done: list[Done] = []
    for number, one in enumerate(planned):
        if one.left_out:
            done.append(Done(step=one.step, fate=Fate.LEFT_OUT, words=one.words, why=one.left_out, unpaid=one.unpaid))
        elif done and any(other.fate is Fate.STOPPED for other in done):
            done.append(Done(step=one.step, fate=Fate.NOT_REACHED, words=one.words))
        else:
            listener.begins(number + 1, one)
            done.append(_done(one, program, env, sandbox=wish.sandbox))
            listener.ends(done[-1], number == last or done[-1].fate is Fate.STOPPED)
    return PlaybookRun(
        playbook=playbook, done=tuple(done), exit_code=_exit_code(done), again=_again(playbook, wish, done)
    )


def _done(planned: Planned, program: Sequence[str], env: Mapping[str, str], *, sandbox: bool) -> Done:
    begun = time.monotonic()
    with TemporaryDirectory(prefix="routecheck-") as folder:
        report = Path(folder) / "report.json"
        words = [*planned.words[1:], *(["--output", str(report)] if planned.words[1] == "run" else [])]
        ended = child.run([*program, *words], env=env)
        found = findings.read(report)
    unable = _unable(planned.words, ended.exit_code, found)
    # A paid step that was cut off has written no report of what it paid for.
    cut = bool(unable) and ended.exit_code != ExitCode.USAGE and planned.cost is Cost.BILLABLE and not sandbox
    why = unable or _why(planned.step, ended.exit_code, found)
    return Done(
        step=planned.step,
        fate=Fate.STOPPED if why else Fate.PASSED,
        words=planned.words,
        why=why,
        unable=bool(unable),
        unknown=found.unknown > 0 if found is not None else cut,
        exit_code=ended.exit_code,
        stdout=ended.stdout,
        findings=found,
        seconds=time.monotonic() - begun,
    )


def _unable(words: Sequence[str], exit_code: int, found: Findings | None) -> str:
    """Why the command found nothing out, neither good nor bad; empty when it did."""
    if exit_code < 0:
        return f"signal {-exit_code} ended the command"
    if exit_code in _ENDED:
        return _ENDED[exit_code]
    if found is None and words[1] == "run":
        return f"the command wrote no report, exit code {exit_code}"
    return ""


def _why(step: Step, exit_code: int, found: Findings | None) -> str:
    """Why the next step would make no sense; empty when it does."""
    # A check that the image does not need leaves the verdict of a filtered run unproven, and counts all the same.
    if found is not None and found.failed:
        return f"a check failed: {', '.join(found.failed)}"
    if exit_code not in step.go_on:
        return f"exit code {exit_code}"
    if found is not None and found.undecided:
        return f"a check could not be carried out: {', '.join(found.undecided)}"
    return ""


def _exit_code(done: Sequence[Done]) -> int:
    """The code of the step that decided: the one that stopped the run, else the last one that ran."""
    ran = [one for one in done if one.exit_code is not None]
    if not ran:
        return ExitCode.UNPROVEN
    one = ran[-1]
    assert one.exit_code is not None
    if one.exit_code < 0:
        return ExitCode.UNPROVEN
    if one.fate is Fate.STOPPED:
        failed = one.findings is not None and bool(one.findings.failed)
        if failed and one.exit_code in {ExitCode.OK, ExitCode.UNPROVEN}:
            return ExitCode.BROKEN
        return one.exit_code or ExitCode.UNPROVEN
    return ExitCode.UNPROVEN if any(other.unpaid for other in done) else one.exit_code


def _again(playbook: Playbook, wish: Wish, done: Sequence[Done]) -> str | None:
    """The command after the one change: from the step that stopped, or from the one that waits for leave to pay."""
    stopped = next((one for one in done if one.fate is Fate.STOPPED), None)
    if stopped is not None and stopped.unknown:
        return _command(playbook, None, ("--no-spend",), wish.more)
    leave = tuple(name for name, given in (("--yes", wish.yes), ("--no-spend", wish.no_spend)) if given)
    if stopped is not None:
        changed = _advised(playbook, stopped)
        more = wish.commands.joined(("routecheck", "run", *wish.more), changed)[2:] if changed else wish.more
        return _command(playbook, stopped.step.id, leave, more)
    unpaid = next((one for one in done if one.unpaid), None)
    return _command(playbook, unpaid.step.id, ("--yes",), wish.more) if unpaid is not None else None


def _advised(playbook: Playbook, stopped: Done) -> tuple[str, ...]:
    """The options that the step's text about the named symptom would add: then they are the one change to make."""
    causes = stopped.findings.causes if stopped.findings is not None else ()
    text = stopped.step.by_symptom.get(causes[0].symptom, "") if causes else ""
    for line in text.splitlines():
        command, _, options = line.strip().partition(" -- ")
        if options and command.startswith(f"routecheck playbook run {playbook.name}"):
            return tuple(shlex.split(options))
    return ()


def _command(playbook: Playbook, start: str | None, leave: Sequence[str], more: Sequence[str]) -> str:
    first = start is None or start == playbook.steps[0].id
    words = ["routecheck", "playbook", "run", playbook.name, *([] if first else ["--from", str(start)]), *leave]
    return shlex.join([*words, *(["--", *more] if more else [])])
