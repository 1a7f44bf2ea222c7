"""Every scenario ends in its answer, and with the fault taken away in `proven`: no verdict is wired to a name."""

import dataclasses
import json

import pytest

from diagnose.sandbox.scenarios import Expect, Scenario, load

SCENARIOS = [row for row in load().values() if not row.needs]
WITH_PROGRAMS = [row for row in load().values() if row.needs]
"""Played in tests/real, with each real release that they are about."""

MAY_BE_PROVEN = {
    *("healthy", "models-scope-missing", "rate-limited-then-ok", "openclaw-healthy", "openclaw-codex-healthy"),
    "openclaw-codex-status-accepted",
    *("codex-healthy", "codex-images-healthy", "final-item-still-generating", "empty-completed-output"),
    *("odd-size-unclaimed", "shared-refresh-token", "refresh-token-reused-but-in-force", "retired-host-model"),
}


def ended(verdict: str, symptoms: list[dict[str, str]]) -> Expect:
    first = symptoms[0] if symptoms else {}
    return Expect(verdict=verdict, branch=first.get("branch"), action=first.get("action"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.id)
def test_the_command_ends_in_what_the_scenario_expects(scenario: Scenario, routecheck) -> None:
    done = routecheck("run", "--no-fallback", "--sandbox", scenario.id, "--format", "json")
    report = json.loads(done.stdout)
    assert ended(report["verdict"], report["symptoms"]) == scenario.expect
    codes = {"proven": 0, "broken": 1, "unproven": 3, "contradicted": 4}
    assert done.returncode == report["exit_code"] == codes[scenario.expect.verdict]
    assert report["sandbox"] == {"scenario": scenario.id}
    assert report["schema"] == "routecheck.report/v1"
    assert scenario.deadline is None or f"deadline {scenario.deadline:g} s" in done.stderr


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s.id != "healthy"], ids=lambda s: s.id)
def test_its_twin_without_the_fault_is_proven(scenario: Scenario, play) -> None:
    report = play(
        scenario.id,
        faults=scenario.twin_faults,
        claim=scenario.twin_claim or scenario.claim,
        login=scenario.twin_login or scenario.login,
    )
    assert report.verdict == "proven", report.because


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.id)
def test_the_answer_follows_the_behaviour_and_not_the_name(scenario: Scenario, play) -> None:
    renamed = play("healthy", **{f: getattr(scenario, f) for f in ("route", "claim", "faults", "login", "deadline")})
    first = [dataclasses.asdict(s) for s in renamed.symptoms[:1]]
    assert ended(renamed.verdict.value, first) == scenario.expect


def test_nothing_else_is_ever_proven() -> None:
    assert {s.id for s in load().values() if s.expect.verdict == "proven"} == MAY_BE_PROVEN


@pytest.mark.parametrize("scenario", WITH_PROGRAMS, ids=lambda s: s.id)
def test_what_needs_a_program_says_so_when_it_is_not_there(scenario: Scenario, routecheck) -> None:
    done = routecheck("run", "--no-fallback", "--sandbox", scenario.id, env={"PATH": "/nowhere"})
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{scenario.id} needs OpenClaw" in done.stderr


@pytest.mark.parametrize("scenario_id", ["slow-timeout", "drip-feed", "dropped-connection", "server-error-500"])
def test_a_paid_request_of_unknown_end_is_said_to_be_unknown_and_sent_once(scenario_id: str, play) -> None:
    report = play(scenario_id)
    assert (report.spend.billable_requests, report.spend.unknown_requests) == (1, 1)
