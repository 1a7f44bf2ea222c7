"""The operating contract in Markdown, with the evidence that carries it and the smoke image inside.

Every value is somebody's words and is escaped: no pipe, line break, backtick, bracket or bare address in it
can end a cell, start markup or become a link.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence

from diagnose.model.check import Status
from diagnose.model.report import Report
from diagnose.model.verdict import Verdict
from reports import wording
from reports.evidence import findings
from reports.once import Once
from reports.text import clean, is_command

_SPECIAL = re.compile(r"[\\`*\[\]{}|~$!]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}
_AUTOLINK = re.compile(r"(?i)(https?|ftp|mailto|xmpp)(:)|(www)(\.)")
_LINE_START = re.compile(r"^([-+=#]|\d+(?=[.)](?:\s|$)))")


def escape(text: str) -> str:
    """The text as literal Markdown on one line, safe in a paragraph, a list item and a table cell."""
    literal = "".join(_ENTITIES.get(char, char) for char in clean(text).strip())
    literal = _AUTOLINK.sub(lambda m: f"{m[1] or m[3]}{'&#58;' if m[2] else '&#46;'}", literal)
    return _LINE_START.sub(_disarmed, _SPECIAL.sub(r"\\\g<0>", literal))


def _disarmed(start: re.Match[str]) -> str:
    # A digit cannot be escaped, so a number that would start a list is given as an entity.
    return f"&#{ord(start[1][0])};{start[1][1:]}" if start[1].isdigit() else f"\\{start[1]}"


def render(report: Report) -> str:
    """The report as Markdown."""
    once = Once()
    blocks = [
        *_head(report, once),
        *_section("Operating contract", _table(("Item", "This setup"), ((r.item, r.value) for r in report.contract))),
        *_cause(report, once),
        *_section("Claimed and served", _facts(report)),
        *_section("OpenClaw", _table(("", "Read, predicted and seen"), wording.openclaw(report))),
        *_section("Evidence", _requirements(report)),
        *_section("Witnesses", _witnesses(report)),
        *_section("Checks", _checks(report, once)),
        *_section("Matrix rows that applied", _symptoms(report)),
        *_image(report),
        *_section("Spend", [escape(wording.spend(report.spend)) + "."]),
        *_section("Notes", _bullets(report.notes)),
        *_section("Next", _fenced(report.next)),
    ]
    return "\n".join(blocks).rstrip("\n") + "\n"


def _head(report: Report, once: Once) -> Iterator[str]:
    claim = report.claim
    yield f"# Operating contract: {escape(claim.model)} through {escape(claim.route)}"
    yield ""
    yield f"**{report.verdict.value.upper()}**: {escape(wording.meaning(report))}"
    yield ""
    if report.sandbox is not None:
        yield f"> **Sandbox**, scenario {escape(report.sandbox)}. This is {wording.SANDBOX}."
        yield ""
    if report.verdict is not Verdict.PROVEN:
        yield "> This is a draft. Do not hand the setup over before a run says `proven`."
        yield ""
    yield from _bullets(map(once, report.because))
    yield ""
    made = f"routecheck {escape(report.tool_version)}, {wording.when(report.generated_at)}"
    yield f"{made}. Base URL {escape(report.base_url)}, fallback {claim.fallback}."
    yield ""


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    body = list(lines)
    if body:
        yield from (f"## {title}", "", *body, "")


def _bullets(sentences: Iterable[str]) -> Iterator[str]:
    return (f"- {escape(text)}" for text in sentences)


def _table(headers: Sequence[str], rows: Iterable[Sequence[str | None]]) -> Iterator[str]:
    body = [f"| {' | '.join(escape(cell) if cell else '—' for cell in row)} |" for row in rows]
    if body:
        yield f"| {' | '.join(headers)} |"
        yield f"|{' --- |' * len(headers)}"
        yield from body


def _cause(report: Report, once: Once) -> Iterator[str]:
    for first in report.symptoms[:1]:
        yield from _section(
            wording.cause_title(report),
            [
                f"**{escape(first.title)}.** {escape(once(first.meaning))}",
                "",
                f"- Branch: {escape(first.branch)}",
                f"- Action: {escape(first.action)}",
                f"- First check: {escape(once(first.first_check))}",
                f"- Better move: {escape(once(first.better_move))}",
                f"- More: routecheck explain {escape(first.id)}",
            ],
        )


def _facts(report: Report) -> Iterator[str]:
    rows = ((f.label, f.claimed, f.served) for f in wording.facts(report) if f.claimed or f.served)
    return _table(("", "Claimed", "Served"), rows)


def _requirements(report: Report) -> Iterator[str]:
    rows = [(f.dimension, f.need or "not asked for", f.state.value, f.why, f.reason) for f in findings(report)]
    return _table(("Dimension", "Need", "State", "Because", "Why it is asked for"), rows)


def _witnesses(report: Report) -> Iterator[str]:
    rows = [
        (
            w.dimension + (f" ({w.aspect})" if w.aspect else ""),
            f"{w.strength}/4",
            "yes" if w.agrees else "NO",
            w.value,
            w.source,
            w.check,
        )
        for f in findings(report)
        for w in f.witnesses
    ]
    yield from _table(("Dimension", "Strength", "Agrees", "Value", "Source", "Seen by"), rows)
    if rows:
        yield from ("", wording.LADDER)


def _checks(report: Report, once: Once) -> Iterator[str]:
    rows = [
        (
            done.outcome.status.value if done.outcome.status in {Status.PASS, Status.SKIP}
            else done.outcome.status.value.upper(),
            done.check_id,
            once(done.outcome.summary),
            once(done.outcome.measured or "") if done.outcome.status is not Status.PASS else None,
            once(done.outcome.expected or "") if done.outcome.status is not Status.PASS else None,
            "; ".join(text if is_command(text) else once(text) for text in done.outcome.remedy),
        )
        for done in wording.by_urgency(report.checks)
    ]  # fmt: skip
    if rows:
        yield from (f"{wording.tally(report.checks)}.", "")
    yield from _table(("Status", "Check", "Summary", "Measured", "Expected", "Remedy"), rows)


def _symptoms(report: Report) -> Iterator[str]:
    rows = [(s.id, s.title, s.branch, s.action, s.check) for s in report.symptoms]
    yield from _table(("Row", "Symptom", "Branch", "Action", "Seen by"), rows)
    if rows:
        yield from ("", "A row in full: routecheck explain ROW")


def _image(report: Report) -> Iterator[str]:
    lines: list[str] = []
    if report.image:
        kind = wording.media_type(report.image)
        if kind is None:
            lines += ["The received bytes have no image format that can be shown.", ""]
        else:
            lines += [f"![smoke image](data:{kind};base64,{b64encode(report.image).decode()})", ""]
    if report.image_facts is not None:
        lines += _table(("Measured", "Value"), wording.image_facts(report.image_facts))
    return _section("Smoke image", lines)


def _fenced(commands: Sequence[str]) -> Iterator[str]:
    if not commands:
        return
    lines = [clean(command) for command in commands]
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}sh", *lines, fence)
