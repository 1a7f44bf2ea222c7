"""The screen of `routecheck token`: whether it can work, why, then what it is and where it can work."""

from collections.abc import Iterator, Sequence

from diagnose.model.moments import span, when
from diagnose.model.token import TokenReport
from reports.text import is_command, plain, shortened, wrap

_INDENT = "  "
_NARROWEST = 60
_LABEL = 15
_CAN = ("yes", "no", "maybe")
_VERDICT = {
    "fit": ("FIT", "Nothing stands in the way of {route} for {name}."),
    "stopped": ("STOPPED", "{name} cannot work on {route} as it is."),
    "unclear": ("UNCLEAR", "Whether {name} works on {route} cannot be told from what it is."),
}
_OTHERS = {"fit": "fits", "stopped": "cannot work as it is", "unclear": "cannot be told"}
_PROBLEM = {"wrong-kind": "not for this route", "not-read": "passed over", "not-used": "fits, and would be passed over"}
"""What a credential of a list is, and a problem that says it better."""


def render(reports: Sequence[TokenReport], *, everything: bool = False, width: int = 80) -> str:
    """The reports as text, the one that the route would use first."""
    width = max(width, _NARROWEST)
    if not everything:
        return _one(reports[0], width)
    first = reports[0]
    if first.kind == "none":
        return _one(first, width)
    count = f"{len(reports)} {'credential' if len(reports) == 1 else 'credentials'} found"
    head = f"{count}, judged for {first.route}; the first one decides."
    rule = "-" * min(width, 80) + "\n"
    blocks = [f"{line}\n" for line in ("\n".join(_verdict(first, width)), "\n".join(wrap(plain(head), width)))]
    for number, report in enumerate(reports, 1):
        title = wrap(plain(f"{number} of {len(reports)}  {_name(report)}: {_standing_of(report)}"), width)
        blocks.append(rule + _blocks([title, *_about(report, width, brief=True)]))
    return "\n".join(blocks[:2]) + "".join(blocks[2:]) + rule + _ending(first) + "\n"


def _one(report: TokenReport, width: int) -> str:
    return _blocks([[*_verdict(report, width)], *_about(report, width), [_ending(report)]])


def _blocks(blocks: list[list[str]]) -> str:
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks if block) + "\n"


def _ending(report: TokenReport) -> str:
    return f"{_VERDICT[report.verdict][0]}, exit code {report.exit_code}"


def _standing_of(report: TokenReport) -> str:
    """What one of a list is worth, in few words. The verdict itself is that of the first one."""
    ids = [problem.id for problem in report.problems if problem.stops or report.verdict == "fit"]
    return next((_PROBLEM[name] for name in ids if name in _PROBLEM), _OTHERS[report.verdict])


def _about(report: TokenReport, width: int, *, brief: bool = False) -> list[list[str]]:
    return [
        _titled("Why", _problems(report, width)),
        _titled("What it is", _rows(_facts(report), width)),
        _titled(f"What it says of itself ({_standing(report)})", _rows(_claims(report), width)),
        _titled(
            "Where a credential of its kind can work",
            _rows(_in_brief(report), width) if brief else _surfaces(report, width),
        ),
        _titled("Notes", (line for note in report.notes for line in _item(note, width, "- "))),
        _titled("Next", (_INDENT + plain(line) for line in report.next if is_command(line))),
    ]


def _titled(title: str, lines: Iterator[str]) -> list[str]:
    found = list(lines)
    return [title, *found] if found else []


def _verdict(report: TokenReport, width: int) -> Iterator[str]:
    word, sentence = _VERDICT[report.verdict]
    if report.kind == "none":
        sentence = "There is {name}."
    text = sentence.format(route=report.route, name=_name(report))
    hang = " " * (len(word) + 2)
    for number, line in enumerate(wrap(plain(text[0].upper() + text[1:]), width - len(hang))):
        yield (f"{word}  " if number == 0 else hang) + line


def _name(report: TokenReport) -> str:
    if report.kind == "none":
        return report.about
    return report.source + (f" ({report.about})" if report.form != "none" else "")


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
    family = f", of the family {report.family}" if report.family not in {"", report.kind} else ""
    yield "kind", f"{report.about} ({report.kind}{family})"
    if report.fingerprint:
        yield "fingerprint", report.fingerprint
    if report.name and report.name != report.source:
        yield "id", report.name
    yield "found in", report.source
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
        yield "issued for", span(report.expires_at - report.issued_at)


def _moment(moment: float | None, now: float) -> str:
    return "-" if moment is None else when(moment, now)


def _surfaces(report: TokenReport, width: int) -> Iterator[str]:
    for row in report.surfaces:
        stopped = row.id == report.route and row.can != "no" and report.verdict == "stopped"
        mark = f"{row.id:<{_LABEL}}  {row.can:<5}  "
        this = "This one cannot, as it is: see Why. " if stopped else ""
        yield from _item(f"{this}{row.why} ({row.as_of:%Y-%m-%d})", width, mark)


def _in_brief(report: TokenReport) -> Iterator[tuple[str, str]]:
    for can in _CAN:
        if names := [row.id for row in report.surfaces if row.can == can]:
            yield can, ", ".join(names)


def _rows(rows: Iterator[tuple[str, str]], width: int) -> Iterator[str]:
    for label, text in rows:
        yield from _item(shortened(text, 600), width, f"{label:<{_LABEL}}  ")


def _item(text: str, width: int, mark: str) -> Iterator[str]:
    for number, line in enumerate(wrap(plain(text), width - len(_INDENT) - len(mark))):
        yield _INDENT + (mark if number == 0 else " " * len(mark)) + line
