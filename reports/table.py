"""Plain text for the terminal: the verdict first, what to type next last, everything in `width` columns.

Commands are the exception to the width: a wrapped command cannot be copied.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from tabulate import tabulate

from diagnose.model.check import Finished, Status
from diagnose.model.report import Report
from diagnose.model.verdict import Verdict
from reports import wording
from reports.evidence import State, findings
from reports.once import Once
from reports.text import columns, is_command, plain, wrap

_INDENT = "  "
_NARROWEST = 48

_COLOURS = {
    Verdict.PROVEN: "32", Verdict.UNPROVEN: "33", Verdict.BROKEN: "31", Verdict.CONTRADICTED: "35",
    Status.PASS: "32", Status.WARN: "33", Status.FAIL: "31", Status.ERROR: "35", Status.SKIP: "2",
}  # fmt: skip

# Capitals are for what needs a look; `pass` and `skip` stay quiet.
_STATUS_WORDS = {Status.WARN: "WARN", Status.FAIL: "FAIL", Status.ERROR: "ERROR"}


def render(report: Report, *, colour: bool = False, width: int = 100) -> str:
    """The report as text. `colour` marks the verdict and the status words with ANSI codes, nothing else."""
    width = max(width, _NARROWEST)
    once = Once()
    blocks = [
        _verdict(report, colour, width),
        _bullets("Why", [once(text) for text in report.because], width),
        _cause(report, once, width),
        _facts(report, width),
        _openclaw(report, width),
        _checks(report, once, colour, width),
        _witnesses(report, width),
        _other_symptoms(report, width),
        _bullets("Notes", report.notes, width),
        [f"Spend: {line}" if not n else f"       {line}" for n, line in enumerate(_spend(report, width))],
        _next(report, width),
        [f"{report.verdict.value.upper()}, exit code {int(report.exit_code)}"],
    ]
    lines = "\n\n".join("\n".join(block) for block in blocks if block).splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _painted(text: str, code: str, colour: bool) -> str:
    return f"\x1b[1;{code}m{text}\x1b[0m" if colour else text


def _verdict(report: Report, colour: bool, width: int) -> list[str]:
    word = report.verdict.value.upper()
    first, *rest = wrap(plain(wording.meaning(report)), width - len(word) - 2)
    painted = _painted(word, _COLOURS[report.verdict], colour)
    claim = report.claim
    owner = f", owner {claim.owner}" if claim.owner else ""
    about = f"routecheck {report.tool_version}, {wording.when(report.generated_at)}{owner}, fallback {claim.fallback}"
    hang = " " * (len(word) + 2)
    return [
        f"{painted}  {first}",
        *(hang + line for line in rest),
        *_banner(report, width),
        *(hang + line for line in wrap(plain(about), width - len(hang))),
    ]


def _banner(report: Report, width: int) -> list[str]:
    if report.sandbox is None:
        return []
    text = f"SANDBOX, scenario {report.sandbox}. This is {wording.SANDBOX}."
    return [f"*** {line}" for line in wrap(plain(text), width - 4)]


def _bullets(title: str, sentences: Sequence[str], width: int) -> list[str]:
    return [title, *(line for text in sentences for line in _item(text, width))] if sentences else []


def _item(text: str, width: int, mark: str = "- ") -> Iterator[str]:
    for number, line in enumerate(wrap(plain(text), width - len(_INDENT) - len(mark))):
        yield _INDENT + (mark if number == 0 else " " * len(mark)) + line


def _cause(report: Report, once: Once, width: int) -> list[str]:
    if not report.symptoms:
        return []
    first = report.symptoms[0]
    rows = [
        ("", first.title),
        ("", first.meaning),
        ("branch", f"{first.branch} -> {first.action}"),
        ("look at", first.first_check),
        ("then", first.better_move),
        ("seen by", f"{first.check} (symptom {first.id})"),
        ("more", f"routecheck explain {first.id}"),
    ]
    lines = [wording.cause_title(report)]
    for label, text in rows:
        hang = _INDENT if not label else f"{_INDENT}{label:<9}"
        for line in wrap(plain(once(text)), width - len(hang)):
            lines.append(hang + line)
            hang = " " * len(hang)
    return lines


def _grid(rows: Iterable[Sequence[str]], headers: Sequence[str] = ()) -> list[str]:
    # Headers go in as a row: tabulate widens a column by two for a header of its own.
    text = tabulate([headers, *rows] if headers else rows, tablefmt="plain", disable_numparse=True)
    return [_INDENT + line for line in text.splitlines()]


def _cell(text: str, width: int) -> str:
    return "\n".join(wrap(plain(text), width))


def _facts(report: Report, width: int) -> list[str]:
    label = 10
    room = width - len(_INDENT) - label - 2 * 2
    claimed, served = room * 2 // 5, room - room * 2 // 5
    rows = [("", "claimed", "served")]
    rows += [
        (fact.label, fact.claimed or "-", fact.served or "-")
        for fact in wording.facts(report)
        if fact.label not in {"fallback", "sha256"} and (fact.claimed or fact.served)
    ]
    lines = []
    for name, left, right in rows:
        # By hand, because tabulate pads by characters and wide ones would push the last column out.
        for head, one, two in zip_longest([name], wrap(plain(left), claimed), wrap(plain(right), served), fillvalue=""):
            gap = " " * (claimed - columns(one) + 2)
            lines.append(f"{_INDENT}{head:<{label}}  {one}{gap}{two}")
    # A hash is for copying, so it gets a line of its own instead of a narrow cell.
    if report.served.sha256:
        first, *rest = wrap(plain(report.served.sha256), width - len(_INDENT) - label - 2)
        lines.append(f"{_INDENT}{'sha256':<{label}}  {first}")
        lines += [" " * (len(_INDENT) + label + 2) + line for line in rest]
    return lines


def _openclaw(report: Report, width: int) -> list[str]:
    rows = wording.openclaw(report)
    lines = ["OpenClaw"] if rows else []
    for label, text in rows:
        hang = f"{_INDENT}{label:<10}  "
        for line in wrap(plain(text), width - len(hang)):
            lines.append(hang + line)
            hang = " " * len(hang)
    return lines


def _checks(report: Report, once: Once, colour: bool, width: int) -> list[str]:
    if not report.checks:
        return []
    known = max(len(done.check_id) for done in report.checks)
    id_width = min(known, 28, width // 3)
    room = width - len(_INDENT) - 5 - 2 - id_width - 2
    rows = []
    alike = _alike(report.checks)
    for done in wording.by_urgency(report.checks):
        if done.outcome.summary in alike and done.outcome.status is Status.SKIP:
            continue
        status = done.outcome.status
        word = _painted(_STATUS_WORDS.get(status, status.value), _COLOURS[status], colour)
        text = "\n".join(line for part in _told(done, report, once) for line in _part(part, room))
        rows.append((word, _cell(done.check_id, id_width), text))
    for summary, count in alike.items():
        word = _painted(Status.SKIP.value, _COLOURS[Status.SKIP], colour)
        rows.append((word, f"{count} checks", _cell(summary, room)))
    return [f"Checks: {wording.tally(report.checks)}", *_grid(rows)]


def _alike(checks: Sequence[Finished]) -> dict[str, int]:
    """The reasons for which three or more checks were skipped, and how many: they are told once, at the end."""
    counts = Counter(done.outcome.summary for done in checks if done.outcome.status is Status.SKIP)
    return {summary: count for summary, count in counts.items() if count >= 3}


def _told(done: Finished, report: Report, once: Once) -> Iterator[tuple[str, str]]:
    outcome = done.outcome
    if outcome.status is Status.SKIP:
        yield "", outcome.summary
        # The runner's summary names the prerequisite already; a check's own may not.
        if outcome.skipped_because and outcome.skipped_because not in outcome.summary:
            yield "because: ", outcome.skipped_because
        return
    yield "", once(outcome.summary)
    if outcome.status is Status.PASS:
        return
    # Many summaries quote what was measured; a long refusal twice in a row helps nobody.
    if outcome.measured is not None and outcome.measured not in outcome.summary:
        yield "measured: ", once(outcome.measured)
    if outcome.expected is not None:
        yield "expected: ", once(outcome.expected)
    for remedy in outcome.remedy:
        if remedy not in report.next:
            yield "remedy:   ", remedy if is_command(remedy) else once(remedy)


def _part(part: tuple[str, str], room: int) -> Iterator[str]:
    label, text = part
    for number, line in enumerate(wrap(plain(text), room - len(label))):
        yield (label if number == 0 else " " * len(label)) + line


def _witnesses(report: Report, width: int) -> list[str]:
    found = findings(report)
    if not found:
        return []
    room = width - len(_INDENT) - 10 - 12 - 3 - 6 - 4 * 2
    rows: list[tuple[str, str, str, str, str]] = []
    for finding in found:
        name, state = finding.dimension, finding.state.value
        if finding.state in {State.NOT_MET, State.CONTRADICTED}:
            state = state.upper()
        for witness in finding.witnesses:
            agrees = "yes" if witness.agrees else "NO"
            rows.append((name, state, f"{witness.strength}/4", agrees, _cell(witness.value, room)))
            name = state = ""
        if not finding.witnesses:
            rows.append((name, state, "-", "-", _cell(finding.reason, room)))
    return ["Witnesses", *_grid(rows, ("dimension", "state", "str", "agrees", "value"))]


def _other_symptoms(report: Report, width: int) -> list[str]:
    if len(report.symptoms) < 2:
        return []
    texts = (f"{s.title}: {s.branch} -> {s.action} ({s.check}; routecheck explain {s.id})" for s in report.symptoms[1:])
    return _bullets("Also seen", tuple(texts), width)


def _spend(report: Report, width: int) -> list[str]:
    return wrap(plain(wording.spend(report.spend)), width - 7)


def _next(report: Report, width: int) -> list[str]:
    if not report.next:
        return []
    lines = ["Next"]
    for text in report.next:
        shown = [plain(text)] if is_command(text) else wrap(plain(text), width - len(_INDENT))
        lines += [_INDENT + line for line in shown]
    return lines
