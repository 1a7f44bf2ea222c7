"""The screens of `routecheck playbook`: the list, one playbook, and the beginning of a run with its steps.

How a run ended is in reports/playbook_ending.py. Commands may be longer than the width, because a wrapped one
cannot be copied.
"""

import shlex
from collections.abc import Iterator, Sequence

from diagnose.model.check import Cost
from diagnose.model.playbook import Done, Planned, Playbook, Step
from reports.playbook_prose import block
from reports.text import plain, shortened, wrap

NARROWEST = 60
_INDENT = "  "
_COSTS = {Cost.OFFLINE: "offline", Cost.FREE: "free", Cost.BILLABLE: "CAN BILL"}


def listing(playbooks: Sequence[Playbook], *, width: int) -> str:
    """Every playbook with what it is about and what it can cost."""
    lines: list[str] = []
    for one in playbooks:
        billable = sum(step.cost is Cost.BILLABLE for step in one.steps)
        lines += [
            f"{one.id}: {plain(one.title)}",
            *_hung(_INDENT, one.about, width),
            f"{_INDENT}{one.route}; {len(one.steps)} steps, {billable} can bill; as of {one.as_of}",
            f"{_INDENT}routecheck playbook run {one.name}",
            "",
        ]
    return "\n".join(lines[:-1]) + "\n"


def whole(playbook: Playbook, *, width: int) -> str:
    """One playbook to read: why, then each step with its command, what it is for, and what to do when it stops."""
    parts = [
        [f"{playbook.id}: {plain(playbook.title)}", *_hung("", playbook.about, width)],
        [*_hung("", f"Route {playbook.route}, as of {playbook.as_of}. Sources: {playbook.source}", width)],
        block(playbook.intro, width, ""),
        *([*_step(number, step, width)] for number, step in enumerate(playbook.steps, 1)),
    ]
    if playbook.switch is not None:
        switch = playbook.switch
        parts.append(
            [
                "The switch",
                *_hung(_INDENT, f"{switch.when} Offered on: {', '.join(switch.branches)}.", width),
                *_typed(switch.type),
                "",
                *block(switch.prose, width),
            ]
        )
    parts.append(["Run it", f"{_INDENT}routecheck playbook run {playbook.name}"])
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _step(number: int, step: Step, width: int) -> Iterator[str]:
    branch = f", branch {step.branch}" if step.branch else ""
    yield from _hung("", f"{number}. {step.id} ({_COSTS[step.cost]}{branch}): {step.title}", width)
    yield f"{_INDENT}$ {plain(shlex.join(step.run))}"
    yield from _hung(_INDENT, f"Goes on after exit code {' or '.join(map(str, step.go_on))}. Otherwise: ", width)
    yield from _hung(_INDENT * 2, step.stop, width)
    yield from _typed(step.type)
    yield ""
    yield from block(step.prose, width)
    for name, text in {**step.by_symptom, **step.by_branch}.items():
        yield from ["", f"{_INDENT}If it names {name}:", *block(text, width, _INDENT * 2)]


def plan(playbook: Playbook, planned: Sequence[Planned], *, sandbox: bool, width: int) -> str:
    """What a run will do, before it does it: every command, what it can cost, and which files it makes."""
    names = max(len(one.step.id) for one in planned)
    lines = [f"{playbook.id}: {plain(playbook.title)}"]
    for number, one in enumerate(planned, 1):
        lines.append(f"{number:>3}  {one.step.id:<{names}}  {_COSTS[one.cost]:<8}  {plain(shlex.join(one.words))}")
        if one.left_out:
            lines += _hung(" " * (names + 17) + "left out: ", one.left_out, width)
    lines += _hung("", " ".join(_promises(planned, sandbox)), width)
    return "\n".join(lines) + "\n"


def _promises(planned: Sequence[Planned], sandbox: bool) -> Iterator[str]:
    runs = [one for one in planned if not one.left_out]
    paid = [one.step.id for one in runs if one.cost is Cost.BILLABLE]
    yield "In this order, until one names a branch. Nothing on this machine is changed."
    files = [name for one in runs for name in _files(one.words)]
    if files:
        yield f"Files that are made here: {', '.join(map(plain, files))}."
    if sandbox:
        yield "Sandbox: nothing real is asked or paid."
    else:
        yield f"Steps that can cost money: {', '.join(paid)}." if paid else "Nothing that will run can cost money."


def _files(words: Sequence[str]) -> Iterator[str]:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in {"--output", "-o"}:
            yield following
        elif word.startswith("--output="):
            yield word.partition("=")[2]


def heading(number: int, total: int, planned: Planned, *, width: int) -> str:
    """The line above a step's own output, and the command as it could be typed."""
    title = "\n".join(_hung("", f"[{number}/{total}] {planned.step.id}: {planned.step.title}", width))
    return f"{title}\n$ {plain(shlex.join(planned.words))}\n"


def passed(done: Done, *, width: int) -> str:
    """A step that lets the next one follow: one line, and the warnings of its report."""
    found = done.findings
    if found is None:
        said = "ok, exit code 0" if not done.exit_code else f"exit code {done.exit_code}; the next step tells more"
        return f"{_INDENT}{said}\n"
    ran = {status: count for status, count in found.tally.items() if status != "skip"}
    counted = ", ".join(f"{count} {status}" for status, count in sorted(ran.items()))
    no_image = ", because no image is asked for in this step" if done.step.cost is not Cost.BILLABLE else ""
    said = f"ok: {found.verdict}{no_image}; exit code {done.exit_code}; {counted or 'no check ran'}"
    lines = _hung(_INDENT, said, width)
    for warning in found.warnings:
        lines += _hung(f"{_INDENT}WARN  ", shortened(warning, 400), width)
    return "\n".join(lines) + "\n"


def _typed(commands: Sequence[str]) -> list[str]:
    return [f"{_INDENT}Type this:", *(f"{_INDENT * 3}{plain(line)}" for line in commands)] if commands else []


def _hung(mark: str, text: str, width: int) -> list[str]:
    """The text wrapped behind a mark, the following lines below the text."""
    wrapped = wrap(plain(text), width - len(mark))
    return [(mark if number == 0 else " " * len(mark)) + line for number, line in enumerate(wrapped)]
