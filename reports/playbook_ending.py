"""How a run of a playbook ended: the last screen, made to be read by somebody who reads nothing above it.

Which step decided and why, the one change to make, and the command to type after it.
"""

from collections.abc import Iterator, Sequence

from diagnose.model.playbook import Cause, Done, Fate, PlaybookRun
from reports.playbook_prose import block
from reports.text import is_command, plain, shortened, wrap

_INDENT = "  "
_LABEL = 10
_MEANINGS = {
    0: "proven, or all that was asked for passed", 1: "broken: a check failed", 2: "usage or config error",
    3: "it could not be told", 4: "contradicted: something answered that was not claimed", 130: "interrupted",
    143: "terminated",
}  # fmt: skip
_UNABLE = (
    "Nothing about the route: the command could not run, or was ended, and its own words are above. Mend the "
    "command; change nothing else for it."
)
_FATES = {Fate.PASSED: "ok", Fate.STOPPED: "STOPPED", Fate.NOT_REACHED: "not reached"}


def render(run: PlaybookRun, *, width: int) -> str:
    """The last screen in `width` columns; commands alone may be longer."""
    one = run.stopped
    meaning = _MEANINGS.get(run.exit_code, "ended by another program's word")
    if one is None and any(other.unpaid for other in run.done):
        meaning = "nothing is proven without what was left out"
    blocks = [
        [*_headline(run, width), *_steps(run, width)],
        *(_stopped(run, one, width) if one is not None else [_left(run)]),
        [*_also(run, width)],
        [f"exit code {run.exit_code}: {meaning}"],
    ]
    return "\n\n".join("\n".join(line.rstrip() for line in part) for part in blocks if part) + "\n"


def _headline(run: PlaybookRun, width: int) -> list[str]:
    rule = "=" * min(width, 80)
    one = run.stopped
    if one is not None:
        number = 1 + next(n for n, other in enumerate(run.done) if other is one)
        text = f"STOPPED at step {number} of {len(run.done)}, {one.step.id}: {one.why}"
    else:
        ran = [other for other in run.done if other.fate is Fate.PASSED]
        verdict = ran[-1].findings.verdict if ran and ran[-1].findings else ""
        whole = len(ran) == len(run.done)
        left = f"{len(ran)} of {len(run.done)} steps, and left {len(run.done) - len(ran)} out"
        text = f"PASSED {f'all {len(ran)} steps' if whole else left}" if ran else "NOTHING RAN: every step was left out"
        text += f". The last one ended {verdict}." if verdict else ""
    lines = [rule, *wrap(plain(text), width)]
    for cause in _named(run)[:1] if one is None else ():
        lines += wrap(plain(f"PASSED now; worth knowing before the next time: {cause.title}. {cause.meaning}"), width)
    return lines


def _steps(run: PlaybookRun, width: int) -> Iterator[str]:
    names = max(len(one.step.id) for one in run.done)
    for number, one in enumerate(run.done, 1):
        head = f"{number:>3}  {one.step.id:<{names}}  "
        yield from _hung(head, _fate(one), width)


def _fate(one: Done) -> str:
    if one.fate is Fate.LEFT_OUT:
        return f"left out: {one.why}"
    if one.fate is Fate.PASSED and one.findings is None and one.exit_code:
        return f"exit code {one.exit_code}, to be read above"
    warned = len(one.findings.warnings) if one.findings is not None else 0
    return _FATES[one.fate] + (f", {warned} warning{'s' * (warned > 1)}" if warned else "")


def _stopped(run: PlaybookRun, one: Done, width: int) -> Iterator[list[str]]:
    yield [*_cause(one, width)]
    if not one.unable:
        read = _to_read(run, one)
        yield ["Read this first" if read else "What this step is about", *block(read or one.step.prose, width)]
    yield [*_change(run, width)]
    if run.again is not None:
        said = "An image may have been made and billed. Look for it first, then ask without paying"
        yield [said if one.unknown else "Then type this", _INDENT * 3 + plain(run.again)]
    switch = run.playbook.switch
    if switch is not None and run.branch in switch.branches:
        yield ["And if the same comes again", *_hung(_INDENT, switch.when, width), *_typed(switch.type)]


def _to_read(run: PlaybookRun, one: Done) -> str:
    """The text about what was named: about the symptom, else about its branch, else none."""
    symptom = one.findings.causes[0].symptom if one.findings is not None and one.findings.causes else ""
    return one.step.by_symptom.get(symptom) or one.step.by_branch.get(run.branch, "")


def _cause(one: Done, width: int) -> Iterator[str]:
    """What the command's own report says; nothing for a command without one, whose words stand above."""
    found = one.findings
    if found is None:
        return
    yield "The cause"
    rows = [("said", shortened(text, 300)) for text in found.because]
    if found.causes:
        first = found.causes[0]
        rows = [
            ("", f"{first.title}. {first.meaning}"),
            ("said", shortened(first.said, 300)),
            ("branch", f"{first.branch} -> {first.action}"),
            ("seen by", f"{first.check} (symptom {first.symptom})"),
        ]
    for label, text in rows:
        yield from _hung(f"{_INDENT}{label:<{_LABEL}}" if label else _INDENT, text, width)


def change(run: PlaybookRun) -> tuple[str, tuple[str, ...]]:
    """The one change to make, as a sentence and lines to type: of the cause where one was named, else of the step."""
    one = run.stopped
    if one is None:
        return "", ()
    if one.unable:
        return _UNABLE, ()
    own = one.step.type if run.branch == one.step.branch else ()
    if one.findings is None or not one.findings.causes:
        return one.step.stop, own
    cause = one.findings.causes[0]
    return cause.better_move, tuple(text for text in cause.remedy if is_command(text)) or own


def _change(run: PlaybookRun, width: int) -> Iterator[str]:
    sentence, commands = change(run)
    one = run.stopped
    yield "What is known" if one is not None and one.unable else "Make this one change, and no other"
    yield from _hung(_INDENT, sentence, width)
    yield from _typed(commands)


def _also(run: PlaybookRun, width: int) -> Iterator[str]:
    """What else was named on the way, once each: it stopped nothing."""
    named = _named(run)
    if named:
        yield "Also seen; it stopped nothing"
    for cause in named:
        text = f"{cause.title}: {cause.better_move} ({cause.branch} -> {cause.action}, by {cause.check})"
        yield from _hung(f"{_INDENT}- ", text, width)


def _named(run: PlaybookRun) -> tuple[Cause, ...]:
    """The causes that were named on the way, but for the one that stopped the run."""
    one = run.stopped
    named = {c.symptom: c for other in run.done if other.findings is not None for c in other.findings.causes}
    if one is not None and one.findings is not None and one.findings.causes:
        named.pop(one.findings.causes[0].symptom, None)
    return tuple(named.values())


def _left(run: PlaybookRun) -> list[str]:
    return ["What is left to do", _INDENT * 3 + plain(run.again)] if run.again is not None else []


def _typed(commands: Sequence[str]) -> Iterator[str]:
    if commands:
        yield _INDENT + "Type this:"
    for line in commands:
        yield _INDENT * 3 + plain(line)


def _hung(mark: str, text: str, width: int) -> list[str]:
    wrapped = wrap(plain(text), width - len(mark))
    return [(mark if number == 0 else " " * len(mark)) + line for number, line in enumerate(wrapped)]
