"""What holds for every format: the registry, purity, and what each says to people."""

import html
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reports
from diagnose.model.check import Status
from diagnose.model.report import Report, Spend
from diagnose.model.verdict import Verdict
from diagnose.model.witness import DIMENSIONS, Requirement, Witness
from diagnose.proof import Smoke, judge
from reports import table, wording
from reports.evidence import State, findings
from reports.text import clean, columns, is_command, wrap

VERDICTS = ["proven", "contradicted", "unproven", "broken"]
SOURCES = ["config", "wire", "header", "body", "bytes", "tool-output", "control"]


def test_every_extension_names_a_format_and_every_format_has_a_renderer() -> None:
    assert set(reports.EXTENSIONS.values()) == set(reports.FORMATS)
    assert all(callable(import_module(module).render) for module in reports.FORMATS.values())


def test_an_unknown_format_is_named_with_those_that_exist(runs: Mapping[str, Report]) -> None:
    with pytest.raises(ValueError, match=r"'yaml'.*table, json, markdown, html"):
        reports.render("yaml", runs["proven"])


@pytest.mark.parametrize("name", reports.FORMATS)
def test_rendering_is_pure(name: str, runs: Mapping[str, Report], monkeypatch: pytest.MonkeyPatch) -> None:
    before = {key: reports.render(name, report) for key, report in runs.items()}
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    assert {key: reports.render(name, report) for key, report in runs.items()} == before


@pytest.mark.parametrize("name", reports.FORMATS)
def test_every_format_can_be_written_as_utf8_and_ends_with_a_line_end(name: str, runs: Mapping[str, Report]) -> None:
    for report in runs.values():
        text = reports.render(name, report)
        assert text.encode()
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


@pytest.mark.parametrize("name", ["table", "markdown", "html"])
def test_no_control_character_reaches_the_reader(name: str, runs: Mapping[str, Report]) -> None:
    for report in runs.values():
        text = reports.render(name, report).replace("\n", "")
        assert not [c for c in text if ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066\u200b"]


@pytest.mark.parametrize("name", ["table", "markdown", "html"])
def test_a_sandbox_run_says_so_near_the_top(name: str, runs: Mapping[str, Report]) -> None:
    text = reports.render(name, runs["sandbox"])
    visible = text[text.index("</head>") :] if name == "html" else text
    assert "never a contract for production" in visible[:900]
    assert "never a contract" not in reports.render(name, runs["proven"])


@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize("name", ["table", "markdown"])
def test_what_people_see(name: str, verdict: str, runs: Mapping[str, Report], snapshot: object) -> None:
    # The bytes of the picture depend on the zlib of the machine, so they are no part of the snapshot.
    report = runs[verdict]
    if report.image_facts is not None:
        report = replace(report, image=b"GIF89a", image_facts=replace(report.image_facts, size=4_821))
    assert reports.render(name, report) == snapshot


def test_the_table_begins_with_the_verdict_and_ends_with_what_to_type(runs: Mapping[str, Report]) -> None:
    for verdict in VERDICTS:
        lines = table.render(runs[verdict]).splitlines()
        assert lines[0].startswith(verdict.upper() + "  ")
        assert lines[-3].strip() == runs[verdict].next[-1].replace("…", "...")
        # On a small terminal the first line is out of sight when the run ends.
        assert lines[-1] == f"{verdict.upper()}, exit code {int(runs[verdict].exit_code)}"


def test_what_openclaw_had_to_do_with_it_stands_in_every_format(runs: Mapping[str, Report]) -> None:
    for name in ("table", "markdown", "html", "json"):
        text = reports.render(name, runs["contradicted"])
        assert "2026.9.6" in text, name
        assert "auth.order in /home/op/.openclaw/openclaw.json" in " ".join(html.unescape(text).split()), name


def test_reasons_that_many_checks_share_are_told_once(runs: Mapping[str, Report]) -> None:
    report = runs["broken"]
    skipped = [done for done in report.checks if done.outcome.summary == "scopes.images did not pass"]
    assert len(skipped) >= 3
    text = table.render(report)
    assert text.count("scopes.images did not pass") == 1
    assert f"{len(skipped)} checks" in text


@pytest.mark.parametrize("width", [48, 72, 100, 160])
def test_only_commands_are_wider_than_the_terminal(width: int, runs: Mapping[str, Report]) -> None:
    for name, report in runs.items():
        text, _, commands = table.render(report, width=width).partition("\nNext\n")
        assert max(map(columns, text.splitlines())) <= width, name
        assert all(is_command(line.strip()) for line in commands.splitlines() if columns(line) > width)


def test_colour_marks_verdict_and_status_words_alone(runs: Mapping[str, Report]) -> None:
    report = runs["contradicted"]
    painted = table.render(report, colour=True)
    assert "\x1b[1;35mCONTRADICTED\x1b[0m" in painted
    assert painted.count("\x1b[1;") == 1 + len(report.checks)
    for code in ("\x1b[0m", "\x1b[1;35m", "\x1b[1;33m", "\x1b[1;32m", "\x1b[1;31m", "\x1b[1;2m"):
        painted = painted.replace(code, "")
    assert painted == table.render(report)


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (Spend(ceiling_usd=0.0063, requests=9, billable_requests=1, unknown_requests=0),
         "1 request that could bill, at most $0.0063; 8 free requests; 0 of unknown outcome"),
        (Spend(ceiling_usd=0.0063, requests=1, billable_requests=0, unknown_requests=0),
         "0 requests that could bill; 1 free request; 0 of unknown outcome"),
        (Spend(ceiling_usd=None, requests=2, billable_requests=2, unknown_requests=1),
         "2 requests that could bill, price not known; 0 free requests; 1 of unknown outcome (may have been billed)"),
    ],
)  # fmt: skip
def test_the_money_line(found: Spend, line: str) -> None:
    assert wording.spend(found) == line


def test_a_time_without_a_zone_is_utc() -> None:
    assert wording.when(datetime(2026, 11, 20, 9, 14)) == "2026-11-20 09:14:00 UTC"


@settings(deadline=None)
@given(st.text(), st.integers(min_value=1, max_value=60))
def test_wrapping_loses_nothing_and_keeps_the_width(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(columns(line) <= max(width, 2) for line in lines)


@settings(deadline=None)
@given(st.text())
def test_cleaning_twice_changes_nothing_and_leaves_one_line(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert len(once.splitlines()) <= 1


WITNESS = st.builds(
    Witness,
    dimension=st.sampled_from(DIMENSIONS), value=st.just("seen"), source=st.sampled_from(SOURCES),
    strength=st.integers(0, 4), agrees=st.booleans(), check=st.just("served.model"),
    aspect=st.sampled_from([None, "format", "quality"]),
)  # fmt: skip
REQUIREMENT = st.builds(
    Requirement,
    dimension=st.sampled_from(DIMENSIONS), need=st.sampled_from(["required", "reported"]), reason=st.just("why"),
    aspects=st.sampled_from([(), ("format",), ("format", "quality")]),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(WITNESS, max_size=12), st.lists(REQUIREMENT, unique_by=lambda r: r.dimension))
def test_the_reports_call_met_what_the_verdict_called_met(
    poisoned: Callable[[str], Report], witnesses: list[Witness], requirements: list[Requirement]
) -> None:
    claimed = poisoned("x")
    judged = judge(claim=claimed.claim, requirements=requirements, witnesses=witnesses, smoke=Smoke.IMAGE)
    report = replace(claimed, witnesses=judged.witnesses, requirements=tuple(requirements))
    found = [f for f in findings(report) if f.need == "required"]
    against = {f.dimension for f in found if f.state is State.CONTRADICTED}
    assert {f.dimension for f in found if f.state is State.NOT_MET} == set(judged.lacking) - against
    assert bool([f for f in findings(report) if f.state is State.CONTRADICTED]) == (
        judged.verdict is Verdict.CONTRADICTED
    )


def test_any_text_in_any_field_can_be_rendered(poisoned: Callable[[str], Report]) -> None:
    for text in ("\x00", "\ud800", "\u2028", " ", "\n", "﷽" * 500):
        assert all(reports.render(name, poisoned(text)) for name in reports.FORMATS)


def test_what_needs_a_look_stands_above_what_is_good_and_that_above_what_was_left_out(
    runs: Mapping[str, Report],
) -> None:
    order = ["FAIL", "ERROR", "WARN", "pass", "skip"]
    for report in runs.values():
        rows = table.render(report).partition("Checks: ")[2].partition("\n\n")[0].splitlines()[1:]
        found = [word for line in rows if (word := line[2:8].strip()) in order]
        assert found == sorted(found, key=order.index)
    assert {"FAIL", "WARN", "pass", "skip"} <= {
        line[2:8].strip() for line in table.render(runs["contradicted"]).splitlines()
    }


def test_checks_that_ended_alike_keep_their_order(runs: Mapping[str, Report]) -> None:
    for report in runs.values():
        for status in {done.outcome.status for done in report.checks}:
            alike = [done for done in report.checks if done.outcome.status is status]
            assert [done for done in wording.by_urgency(report.checks) if done.outcome.status is status] == alike


@pytest.mark.parametrize("name", ["table", "markdown", "html"])
def test_beside_a_proven_verdict_a_symptom_is_no_cause_to_act_on(name: str, runs: Mapping[str, Report]) -> None:
    known = replace(runs["proven"], symptoms=runs["broken"].symptoms)
    assert "Worth knowing" in reports.render(name, known)
    assert "Cause to act on" not in reports.render(name, known)
    assert "Cause to act on" in reports.render(name, runs["broken"])


@pytest.mark.parametrize("name", ["table", "markdown"])
def test_a_long_refusal_is_shown_whole_once(name: str, runs: Mapping[str, Report]) -> None:
    refusal = "The backend refuses this login and says why in a good many words, " * 3 + "END"
    report = runs["broken"]
    worse = tuple(
        replace(done, outcome=replace(done.outcome, summary=refusal, measured=None))
        if done.outcome.status is Status.FAIL
        else done
        for done in report.checks
    )
    text = reports.render(name, replace(report, because=(refusal,), checks=worse))
    assert text.count("END") == 1
    assert "(as above)" in text or "\\(as above\\)" in text
