"""The screen of `routecheck token`: whether it can work, why, then what it is and where it can work."""

from collections.abc import Iterator, Sequence

from diagnose.model.moments import span, when
from diagnose.model.token import TokenReport
from reports.text import is_command, plain, shortened, wrap

_INDENT = "  "
_NARROWEST = 60
_LABEL = 15
_CAN = {"yes": "yes", "no": "never", "maybe": "unknown"}
_VERDICT = {
    "fit": ("FIT", "Nothing stands in the way of {route} for {name}."),
    "stopped": ("STOPPED", "{name} cannot work on {route} as it is."),
    "unclear": ("UNCLEAR", "Whether {name} works on {route} cannot be told from what it is."),
}
_NOTHING = "There is no credential for {route}."


def render(reports: Sequence[TokenReport], *, everything: bool = False, width: int = 80) -> str:
    """The reports as text, the one that the route would use first."""
    width = max(width, _NARROWEST)
    if not everything:
        return _one(reports[0], width)
    found = sum(1 for report in reports if report.kind != "none")
    count = f"{found} {'credential' if found == 1 else 'credentials'} found"
    head = f"{count}, judged for {reports[0].route}; the first one is used." if found else f"{count}."
    rule = "-" * min(width, 80)
    told = [_one(report, width, brief=True) for report in reports]
    return "\n".join(wrap(plain(head), width)) + f"\n{rule}\n" + f"{rule}\n".join(told)


def _one(report: TokenReport, width: int, *, brief: bool = False) -> str:
    blocks = [
        [*_verdict(report, width)],
        _titled("Why", _problems(report, width)),
        _titled("What it is", _rows(_facts(report), width)),
        _titled(f"What it says of itself ({_standing(report)})", _rows(_claims(report), width)),
        _titled("Where it can work", _rows(_in_brief(report), width) if brief else _surfaces(report, width)),
        _titled("Notes", (line for note in report.notes for line in _item(note, width, "- "))),
        _titled("Next", (_INDENT + plain(line) for line in report.next if is_command(line))),
        [f"{_VERDICT[report.verdict][0]}, exit code {report.exit_code}"],
    ]
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks if block) + "\n"


def _titled(title: str, lines: Iterator[str]) -> list[str]:
    found = list(lines)
    return [title, *found] if found else []


def _verdict(report: TokenReport, width: int) -> Iterator[str]:
    word, sentence = _VERDICT[report.verdict]
    if report.kind == "none":
        sentence = _NOTHING
    name = report.source + (f" ({report.about})" if report.form != "none" else "")
    text = sentence.format(route=report.route, name=name)
    hang = " " * (len(word) + 2)
    for number, line in enumerate(wrap(plain(text[0].upper() + text[1:]), width - len(hang))):
        yield (f"{word}  " if number == 0 else hang) + line


def _problems(report: TokenReport, width: int) -> Iterator[str]:
    if not report.problems and report.verdict == "fit":
        here = next((row for row in report.surfaces if row.id == report.route), None)
        yield from _item(here.why if here else "", width, "- ")
    for problem in sorted(report.problems, key=lambda problem: not problem.stops):
        yield from _item(problem.says if problem.stops else f"Warning: {problem.says}", width, "- ")
        yield from _item(problem.remedy, width, "  -> ")


def _facts(report: TokenReport) -> Iterator[tuple[str, str]]:
    if report.kind == "none":
        return
    yield "kind", report.kind + (f", of the family {report.family}" if report.family else "")
    yield "", report.about
    if report.fingerprint:
        yield "fingerprint", report.fingerprint
    if report.name and report.name != report.source:
        yield "name", report.name
    yield "found as", report.source
    if report.file:
        yield "file", report.file
    if report.workspace and report.workspace != report.account:
        yield "stored account", report.workspace
    if report.has_refresh is not None:
        yield "refresh token", "there (never read out, never used)" if report.has_refresh else "none"
    if report.last_refresh is not None:
        yield "last refresh", when(report.last_refresh, report.now)


def _standing(report: TokenReport) -> str:
    return "verified" if report.verified else "claimed, not verified"


def _claims(report: TokenReport) -> Iterator[tuple[str, str]]:
    if report.form != "jwt":
        return
    holds = {True: "holds", False: "DOES NOT HOLD", None: "not checked"}[report.verified]
    yield "signature", f"{holds}: {report.signature or 'nobody has looked'}"
    hidden = "encrypted, for its issuer alone" if report.encrypted_identity else "-"
    yield "account", report.account or hidden
    yield "user", report.user or hidden
    yield "plan", report.plan or hidden
    for number, row in enumerate(report.organizations):
        default = ", the default" if row.default else ""
        yield "" if number else "organisations", f"{row.id} ({row.role or 'no role'}{default})"
    yield "issuer", report.issuer or "-"
    yield "client id", report.client_id or "-"
    yield "audience", ", ".join(report.audience) or "-"
    yield "scopes", " ".join(report.scopes) or "-"
    yield "issued", _moment(report.issued_at, report.now)
    if report.not_before is not None:
        yield "not before", _moment(report.not_before, report.now)
    expires = _moment(report.expires_at, report.now)
    yield "expires", expires + (" - EXPIRED" if report.expired else "")
    if report.issued_at is not None and report.expires_at is not None and report.expires_at > report.issued_at:
        yield "lives for", span(report.expires_at - report.issued_at)


def _moment(moment: float | None, now: float) -> str:
    return "-" if moment is None else when(moment, now)


def _surfaces(report: TokenReport, width: int) -> Iterator[str]:
    for row in report.surfaces:
        mark = f"{row.id:<{_LABEL}}  {_CAN[row.can]:<7}  "
        yield from _item(f"{row.why} ({row.as_of:%Y-%m-%d})", width, mark)


def _in_brief(report: TokenReport) -> Iterator[tuple[str, str]]:
    for can, word in _CAN.items():
        if names := [row.id for row in report.surfaces if row.can == can]:
            yield word, ", ".join(names)


def _rows(rows: Iterator[tuple[str, str]], width: int) -> Iterator[str]:
    for label, text in rows:
        yield from _item(shortened(text, 600), width, f"{label:<{_LABEL}}  ")


def _item(text: str, width: int, mark: str) -> Iterator[str]:
    for number, line in enumerate(wrap(plain(text), width - len(_INDENT) - len(mark))):
        yield _INDENT + (mark if number == 0 else " " * len(mark)) + line
