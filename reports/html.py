"""One self-contained HTML file: no script, no link, no request, readable on a phone, in the dark and on paper.

Whatever is printed goes through `clean` and autoescape. The content security policy in the template is the
second guard: even markup that slipped through could neither run nor load anything.
"""

import re
from base64 import b64encode
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup

from diagnose.model.check import Finished, Status
from diagnose.model.report import Report
from diagnose.model.verdict import Verdict
from reports import wording
from reports.evidence import findings
from reports.text import clean, is_command, shortened

_LONG = 400
"""Values from this length on are folded behind their beginning."""

_MARKS = {Verdict.PROVEN: "✓", Verdict.UNPROVEN: "?", Verdict.BROKEN: "×", Verdict.CONTRADICTED: "≠"}  # noqa: RUF001
_QUIET = (Status.PASS, Status.SKIP)


def render(report: Report) -> str:
    """The report as an HTML document."""
    kind = wording.media_type(report.image) if report.image else None
    problems = [done for done in wording.by_urgency(report.checks) if done.outcome.status not in _QUIET]
    text = _template().render(
        report=report,
        meaning=wording.meaning(report),
        mark=_MARKS[report.verdict],
        when=wording.when(report.generated_at),
        draft=report.verdict is not Verdict.PROVEN or report.sandbox is not None,
        facts=[fact for fact in wording.facts(report) if _told(fact, report)],
        openclaw=wording.openclaw(report),
        findings=findings(report),
        problems=problems,
        cause_title=wording.cause_title(report),
        skipped=_with(report, Status.SKIP),
        passed=_with(report, Status.PASS),
        tally=wording.tally(report.checks),
        spend=wording.spend(report.spend),
        image_uri=f"data:{kind};base64,{b64encode(report.image).decode()}" if kind else None,
        image_facts=wording.image_facts(report.image_facts) if report.image_facts else (),
        ladder=wording.LADDER,
        sandbox=wording.SANDBOX,
    )
    return text.rstrip() + "\n"


def _told(fact: wording.Fact, report: Report) -> bool:
    """Whether the fact is for this table: the fallback stands on top, the hash with the image if there is one."""
    elsewhere = {"fallback", "sha256"} if report.image_facts else {"fallback"}
    return bool(fact.claimed or fact.served) and fact.label not in elsewhere


def _with(report: Report, status: Status) -> list[Finished]:
    return [done for done in report.checks if done.outcome.status is status]


def _finalized(value: Any) -> Any:
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _breakable(text: str) -> Markup:
    """Identifiers break after their own separators rather than in the middle of a word."""
    return Markup("<wbr>").join(re.split(r"(?<=[_./])", clean(text)))  # join escapes its parts


def _source(name: str) -> str:
    return files("reports").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    # StrictUndefined: a misspelt name in the template must not come out as an empty cell.
    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["long"] = _LONG
    environment.filters["breakable"] = _breakable
    environment.filters["shortened"] = shortened
    environment.tests["command"] = is_command
    return environment.get_template("report.html.j2")
