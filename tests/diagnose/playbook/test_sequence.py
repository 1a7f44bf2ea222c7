"""The steps in order: what lets the next one follow, what stops, what is left out, and the exit code."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from diagnose.model.check import Cost
from diagnose.model.playbook import Fate, Playbook, PlaybookRun, Step
from diagnose.playbook.commands import Asked
from diagnose.playbook.sequence import Listener, Wish, plan, run

FAKE = """
import json, pathlib, sys
words = sys.argv[1:]
def value(name):
    return next((w.partition("=")[2] for w in words if w.startswith(f"--{name}=")), None)
if "--output" in words and "--silent" not in words and (value("code") or "0") in "0134":
    checks = {i: {"status": s, "summary": f"{i} says so", "remedy": ["openclaw mend", "routecheck run"]}
              for i, s in (pair.split(":") for pair in (value("checks") or "a.one:pass").split(","))}
    symptoms = [{"id": "bad-credential", "branch": b, "action": "act", "check": next(iter(checks)), "title": "T",
                 "meaning": "M", "first_check": "F", "better_move": "B"} for b in [value("branch")] if b]
    report = {"schema": "routecheck.report/v1", "verdict": value("verdict") or "unproven", "because": ["why"],
              "symptoms": symptoms, "checks": checks, "spend": {"unknown_requests": int(value("unknown") or 0)}}
    pathlib.Path(words[words.index("--output") + 1]).write_text(json.dumps(report))
print(" ".join(words))
code = int(value("code") or 0)
if code < 0:
    import os
    os.kill(os.getpid(), -code)
sys.exit(code)
"""


def step(name: str, command: str, cost: Cost = Cost.FREE, go_on: tuple[int, ...] = (0, 3), **known: Any) -> Step:
    words = ("routecheck", *shlex.split(command), *(["--bill"] if cost is Cost.BILLABLE else []))
    plain: dict[str, Any] = {
        "id": name, "branch": "auth_profile", "title": "T", "run": words, "cost": cost,
        "go_on": go_on, "stop": "S", "type": (), "prose": "P", "by_branch": {},
    }  # fmt: skip
    return Step(**(plain | known))


class Words:
    """Commands of the fake program: a word says what can bill."""

    def asked(self, words: Sequence[str]) -> Asked:
        cost = Cost.BILLABLE if "--bill" in words else Cost.FREE
        return Asked(cost=cost, sandbox=any(word.startswith("--sandbox") and "at" not in word for word in words))

    def joined(self, words: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
        return (*words, *more)


def ran(*steps: Step, **wish: Any) -> PlaybookRun:
    book = Playbook(id="b", name="b", title="T", route="r", about="A", as_of=date(2026, 11, 20), source="a test",
                    steps=steps, switch=None, intro="")  # fmt: skip
    program = [sys.executable, "-c", FAKE]
    return run(book, Wish(**{"commands": Words()} | wish), program=program, env=os.environ, listener=Listener())


def fates(found: PlaybookRun) -> list[str]:
    return [one.fate.value for one in found.done]


def test_every_step_runs_when_nothing_stops_and_the_last_one_gives_the_code() -> None:
    found = ran(step("a", "run --code=3"), step("b", "token"), step("c", "run --code=3"))
    assert fates(found) == ["passed", "passed", "passed"]
    assert (found.exit_code, found.stopped, found.again, found.branch) == (3, None, None, "")
    assert found.done[1].findings is None
    assert found.done[1].stdout == "token\n"


@pytest.mark.parametrize(("command", "why", "code"), [
    ("run --code=1", "exit code 1", 1),
    ("run --code=4", "exit code 4", 4),
    ("run --code=2", "the command could not run", 2),
    ("run --code=3 --checks=a.one:pass,a.two:fail", "a check failed: a.two", 1),
    ("run --code=0 --checks=a.two:fail", "a check failed: a.two", 1),
    ("run --code=4 --checks=a.two:fail", "a check failed: a.two", 4),
    ("run --code=3 --checks=a.two:error", "a check could not be carried out: a.two", 3),
    ("run --code=-9", "signal 9 ended the command", 3),
    ("token --code=1", "exit code 1", 1),
    ("token --code=130", "the command was interrupted", 130),
    ("run --code=143", "the command was ended", 143),
    ("run --code=3 --silent", "the command wrote no report, exit code 3", 3),
])  # fmt: skip
def test_the_first_step_that_fails_decides(command: str, why: str, code: int) -> None:
    found = ran(step("a", "run --code=3"), step("b", command), step("c", "run"))
    assert fates(found) == ["passed", "stopped", "not reached"]
    assert found.stopped is not None
    assert (found.stopped.why, found.exit_code) == (why, code)
    assert found.again == "routecheck playbook run b --from b"


@pytest.mark.parametrize(("command", "unable"), [
    ("run --code=2", True), ("token --code=2", True), ("run --code=-15", True), ("run --code=143", True),
    ("run --code=3 --silent", True), ("run --code=1 --checks=a.one:fail --branch=scope", False),
    ("token --code=1", False),
])  # fmt: skip
def test_a_command_that_could_not_run_names_no_branch(command: str, unable: bool) -> None:
    found = ran(step("a", command))
    assert found.stopped is not None
    assert found.stopped.unable is unable
    assert (found.branch == "") is unable


def test_a_paid_step_that_was_cut_off_is_not_repeated_with_leave_to_pay() -> None:
    cut = ran(step("a", "token"), step("b", "run --code=143", Cost.BILLABLE), yes=True)
    assert cut.done[1].unknown
    assert cut.again == "routecheck playbook run b --no-spend"
    played = ran(step("b", "run --code=143", Cost.BILLABLE), more=("--sandbox",))
    mistyped = ran(step("b", "run --code=2", Cost.BILLABLE), yes=True)
    assert (played.done[0].unknown, mistyped.done[0].unknown) == (False, False)


def test_an_option_of_the_operator_can_make_a_step_free() -> None:
    class Free(Words):
        def asked(self, words: Sequence[str]) -> Asked:
            return Asked(cost=Cost.FREE if "--no-spend" in words else Cost.BILLABLE)

    found = ran(step("a", "run --code=3", Cost.BILLABLE), commands=Free(), more=("--no-spend",))
    assert fates(found) == ["passed"]


def test_a_warning_lets_the_next_step_follow() -> None:
    found = ran(step("a", "run --code=3 --checks=a.one:warn --branch=scope"), step("b", "token"))
    assert fates(found) == ["passed", "passed"]
    assert found.done[0].findings is not None
    assert found.done[0].findings.warnings == ("a.one says so",)


def test_the_branch_is_that_of_the_report_and_of_the_step_where_there_is_none() -> None:
    assert ran(step("a", "run --code=1 --branch=timeout_transport")).branch == "timeout_transport"
    assert ran(step("a", "token --code=1")).branch == "auth_profile"


def test_our_own_commands_are_no_change_to_make() -> None:
    found = ran(step("a", "run --code=1 --branch=scope")).stopped
    assert found is not None
    assert found.findings is not None
    assert found.findings.causes[0].remedy == ("openclaw mend",)


def test_what_can_cost_money_is_left_out_without_leave_and_nothing_is_proven() -> None:
    steps = step("a", "run --code=3"), step("b", "run --code=0", Cost.BILLABLE, (0,)), step("c", "token")
    asked, declined, paid = ran(*steps), ran(*steps, no_spend=True), ran(*steps, yes=True)
    assert fates(asked) == fates(declined) == ["passed", "left out", "passed"]
    assert asked.exit_code == declined.exit_code == 3
    assert asked.again == declined.again == "routecheck playbook run b --from b --yes"
    assert fates(paid) == ["passed", "passed", "passed"]
    assert (paid.exit_code, paid.again) == (0, None)


def test_nothing_that_runs_is_nothing_told() -> None:
    found = ran(step("a", "run", Cost.BILLABLE), no_spend=True)
    assert (fates(found), found.exit_code) == (["left out"], 3)


def test_it_resumes_at_a_step_and_repeats_what_the_operator_gave() -> None:
    steps = step("a", "run --code=1", Cost.BILLABLE), step("b", "run --code=1")
    found = ran(*steps, start="b", yes=True, more=("--owner", "My Team"))
    assert fates(found) == ["left out", "stopped"]
    assert found.again == "routecheck playbook run b --from b --yes -- --owner 'My Team'"
    assert found.done[1].stdout.startswith("run --code=1 --owner My Team --output ")


def test_what_the_text_about_the_symptom_would_type_is_what_is_to_be_typed() -> None:
    text = "The other surface may work:\n\n```\nroutecheck playbook run b --from b -- --route codex-images\n```"
    known = step("b", "run --code=1 --branch=scope", by_symptom={"bad-credential": text})
    other = step("b", "run --code=1 --branch=scope", by_symptom={"bad-credential": "Read the login."})
    more = ("--owner", "me")
    assert ran(known, more=more).again == "routecheck playbook run b -- --owner me --route codex-images"
    assert ran(other, more=more).again == "routecheck playbook run b -- --owner me"


def test_a_paid_step_before_the_beginning_costs_no_proof() -> None:
    found = ran(step("a", "run", Cost.BILLABLE), step("b", "token"), start="b")
    assert (found.exit_code, found.again) == (0, None)


def test_after_an_unknown_end_it_does_not_advise_to_pay_again() -> None:
    found = ran(step("a", "token"), step("b", "run --code=1 --unknown=1", Cost.BILLABLE), yes=True)
    assert found.again == "routecheck playbook run b --no-spend"


def test_the_options_reach_the_commands_that_take_a_route_and_no_other() -> None:
    found = ran(step("a", "token"), step("b", "run"), step("c", "generate x", Cost.BILLABLE),
                yes=True, more=("--owner", "o"))  # fmt: skip
    assert [one.words[-2:] == ("--owner", "o") for one in found.done] == [False, True, True]


@pytest.mark.parametrize("word", ["--sandbox", "--sandbox=healthy"])
def test_a_sandbox_pays_for_nothing_and_stands_for_no_look_at_this_machine(word: str) -> None:
    found = ran(step("a", "token --code=1"), step("b", "run", Cost.BILLABLE), more=(word,))
    assert fates(found) == ["left out", "passed"]
    assert "this machine" in found.done[0].why
    assert found.exit_code == 0


def test_an_attached_sandbox_looks_at_this_machine() -> None:
    assert fates(ran(step("a", "token"), more=("--sandbox-at", "http://127.0.0.1:1"))) == ["passed"]


def test_the_plan_is_what_then_happens() -> None:
    steps = (step("a", "token"), step("b", "run", Cost.BILLABLE))
    found = ran(*steps)
    planned = plan(found.playbook, Wish(commands=Words()))
    assert [(one.words, one.left_out) for one in planned] == [(one.words, one.why) for one in found.done]
    assert [bool(one.left_out) for one in planned] == [one.fate is Fate.LEFT_OUT for one in found.done]
