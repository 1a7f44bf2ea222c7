"""The screens and the JSON of playbooks: the last screen is enough by itself, and nothing is cut."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import reports
from diagnose.model.check import Cost
from diagnose.model.playbook import (
    Cause,
    Done,
    Fate,
    Findings,
    Planned,
    Playbook,
    PlaybookRun,
    Step,
    Switch,
)  # fmt: skip
from reports import playbook_json
from reports.playbook_ending import render
from reports.playbook_prose import block
from reports.playbook_text import listing, passed, plan, whole
from reports.text import columns

SCHEMA_FILE = Path(reports.__file__).parent / "schemas" / "playbook.v1.schema.json"
LONG = "A sentence that goes on for longer than any terminal of a tired operator is wide, and then a little further. "
AUTH = Step(
    id="auth", branch="auth_profile", title="Is the login taken? " + LONG,
    run=("routecheck", "run", "--no-fallback", "--no-spend"), cost=Cost.FREE, go_on=(0, 3), stop="Log in anew. " + LONG,
    type=("codex login",), prose=LONG * 3 + "\n\n```\ncodex login --with-a-very-long-option " + "x" * 90 + "\n```",
    by_branch={"scope": "No new login helps. " + LONG},
)  # fmt: skip
PROOF = replace(AUTH, id="proof", branch="", title="The proof", run=("routecheck", "run"), cost=Cost.BILLABLE,
                go_on=(0,), type=(), by_branch={})  # fmt: skip
SWITCH = Switch(when="It is the same again. " + LONG, branches=("auth_profile", "scope"),
                type=("export OPENAI_API_KEY=YOUR_KEY",), prose="Another route.")  # fmt: skip
BOOK = Playbook(id="night", name="night", title="At night", route="openai-images", about=LONG, as_of=date(2026, 11, 20),
                source="a test", steps=(AUTH, PROOF), switch=SWITCH, intro="Drink some water.")  # fmt: skip
CAUSE = Cause(symptom="bad-credential", branch="auth_profile", action="reauth_or_repair_profile", check="scopes.images",
              title="The credential was refused", meaning=LONG, better_move="Replace it at its source.",
              said="401 " + LONG * 9, remedy=("Replace it.",))  # fmt: skip
FOUND = Findings(verdict="unproven", because=("401 " + LONG * 9,), causes=(CAUSE,), failed=("scopes.images",),
                 undecided=(), warnings=("a warning " + LONG * 9,), tally={"fail": 1, "skip": 40, "warn": 1},
                 unknown=0)  # fmt: skip


def stopped(found: Findings | None, step: Step = AUTH, **known: Any) -> PlaybookRun:
    one = Done(step=step, fate=Fate.STOPPED, words=step.run, why="exit code 1", exit_code=1, stdout="BROKEN\n",
               findings=found)  # fmt: skip
    after = Done(step=PROOF, fate=Fate.NOT_REACHED, words=PROOF.run)
    return PlaybookRun(**({"playbook": BOOK, "done": (one, after), "exit_code": 1, "again": "routecheck go"} | known))


def sections(text: str) -> list[str]:
    return [part.splitlines()[0] for part in text.split("\n\n") if part]


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("found", [FOUND, None], ids=["report", "no report"])
def test_nothing_is_wider_than_the_screen_but_commands(found: Findings | None, width: int) -> None:
    run = stopped(found)
    planned = tuple(Planned(step=s, words=s.run, cost=s.cost, left_out=LONG, unpaid=True) for s in BOOK.steps)
    texts = [
        render(run, width=width),
        whole(BOOK, width=width),
        listing([BOOK], width=width),
        plan(BOOK, planned, sandbox=False, width=width),
        passed(replace(run.done[0], findings=FOUND), width=width),
    ]
    for line in "".join(texts).splitlines():
        assert columns(line) <= width or "xxx" in line or "routecheck" in line
        assert line == line.rstrip()


def test_the_last_screen_has_step_cause_change_command_and_switch_in_this_order() -> None:
    assert sections(render(stopped(FOUND), width=80)) == [
        "=" * 80, "The cause", "What this step is about",
        "      codex login --with-a-very-long-option " + "x" * 90, "Make this one change, and no other",
        "Then type this", "And if the same comes again",
        "exit code 1: broken: a check failed",
    ]  # fmt: skip


def test_the_change_is_that_of_the_cause() -> None:
    text = render(stopped(FOUND), width=80)
    assert "no other\n  Replace it at its source.\n  Type this:\n      codex login\n" in text
    other = replace(CAUSE, branch="scope", remedy=("Move the token.", "openclaw config unset x"))
    text = render(stopped(replace(FOUND, causes=(other,))), width=80)
    assert "  Type this:\n      openclaw config unset x\n" in text
    assert "Read this first\n  No new login helps." in text
    assert "      codex login\n" not in text


def test_without_a_report_the_change_is_that_of_the_step() -> None:
    text = render(stopped(None), width=80)
    assert "Make this one change, and no other\n  Log in anew." in text
    assert "The cause" not in text


def test_the_switch_is_offered_on_its_branches_alone() -> None:
    edge = replace(CAUSE, branch="timeout_transport")
    text = render(stopped(replace(FOUND, causes=(edge,))), width=80)
    assert "OPENAI_API_KEY" not in text
    assert "codex login" not in text.partition("Make this one change")[2]


def test_the_text_about_the_symptom_goes_before_that_about_its_branch() -> None:
    step = replace(AUTH, by_branch={"auth_profile": "Any of them."}, by_symptom={"bad-credential": "This one."})
    assert "Read this first\n  This one.\n" in render(stopped(FOUND, step), width=80)
    step = replace(step, by_symptom={"another": "This one."})
    assert "Read this first\n  Any of them.\n" in render(stopped(FOUND, step), width=80)


def test_a_command_that_could_not_run_changes_nothing_and_leads_to_no_switch() -> None:
    run = stopped(None)
    unable = replace(run.done[0], unable=True, why="the command could not run", exit_code=2)
    run = replace(run, done=(unable, *run.done[1:]), exit_code=2)
    text = render(run, width=80)
    assert text.splitlines()[1] == "STOPPED at step 1 of 2, auth: the command could not run"
    assert sections(text)[1:] == ["What is known", "Then type this", "exit code 2: usage or config error"]
    assert "codex login" not in text
    made = json.loads(playbook_json.render(run, version="1"))
    assert (made["branch"], made["type"], made["switch"]) == ("", [], [])


def test_a_warning_of_a_run_that_passed_stands_on_the_second_line() -> None:
    one = Done(step=PROOF, fate=Fate.PASSED, words=PROOF.run, exit_code=0, findings=replace(FOUND, verdict="proven"))
    text = render(PlaybookRun(playbook=BOOK, done=(one,), exit_code=0, again=None), width=100)
    assert text.splitlines()[2].startswith("PASSED now; worth knowing before the next time: The credential was")


def test_after_an_unknown_end_the_image_comes_before_the_command() -> None:
    run = stopped(replace(FOUND, unknown=1))
    text = render(replace(run, done=(replace(run.done[0], unknown=True), *run.done[1:])), width=80)
    assert "An image may have been made and billed. Look for it first" in text


def test_what_was_left_out_is_what_is_left_to_do() -> None:
    first = Done(step=AUTH, fate=Fate.PASSED, words=AUTH.run, exit_code=3, findings=FOUND)
    last = Done(step=PROOF, fate=Fate.LEFT_OUT, words=PROOF.run, why="it can cost money", unpaid=True)
    text = render(PlaybookRun(playbook=BOOK, done=(first, last), exit_code=3, again="routecheck x"), width=80)
    assert "PASSED 1 of 2 steps, and left 1 out. The last one ended unproven." in text
    assert "1  auth   ok, 1 warning\n" in text
    assert (
        "Also seen; it stopped nothing\n  - The credential was refused: Replace it at its source. (auth_profile ->"
        in text
    )
    assert "What is left to do\n      routecheck x\n" in text
    assert text.endswith("exit code 3: nothing is proven without what was left out\n")


def test_a_step_that_is_there_to_be_read_is_not_called_ok() -> None:
    first = Done(step=AUTH, fate=Fate.PASSED, words=AUTH.run, exit_code=1)
    text = render(PlaybookRun(playbook=BOOK, done=(first,), exit_code=1, again=None), width=80)
    assert "1  auth  exit code 1, to be read above\n" in text
    assert passed(first, width=80) == "  exit code 1; the next step tells more\n"


def test_all_passed_names_the_last_verdict() -> None:
    one = Done(step=PROOF, fate=Fate.PASSED, words=PROOF.run, exit_code=0, findings=replace(FOUND, verdict="proven"))
    text = render(PlaybookRun(playbook=BOOK, done=(one,), exit_code=0, again=None), width=80)
    assert "PASSED all 1 steps. The last one ended proven." in text


def test_markdown_is_wrapped_and_commands_are_not() -> None:
    text = "One **bold**\nword.\n\n- an item\n  of two lines\n- another\n\n1. first\n\n```\nroutecheck  run\n```\n"
    assert block(text, 24) == [
        "  One bold word.", "", "  - an item of two lines", "  - another", "", "  1. first", "",
        "      routecheck  run",
    ]  # fmt: skip


def test_what_could_steer_a_terminal_is_made_visible() -> None:
    assert "\x1b" not in render(stopped(replace(FOUND, causes=(), because=("\x1b[2J",))), width=80)
    planned = Planned(step=AUTH, words=("a", "\x1b[2J"), cost=Cost.FREE, left_out="", unpaid=False)
    assert "\x1b" not in plan(BOOK, [planned], sandbox=False, width=80)


def test_the_checked_in_schema_is_the_generated_one() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == playbook_json.schema_text(), (
        f"write reports.playbook_json.schema_text() to {SCHEMA_FILE}"
    )


@pytest.mark.parametrize("found", [FOUND, None], ids=["report", "no report"])
def test_the_json_says_what_the_last_screen_says(found: Findings | None) -> None:
    made = json.loads(playbook_json.render(stopped(found), version="1"))
    jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))).validate(made)
    assert (made["schema"], made["stopped"], made["branch"]) == ("routecheck.playbook/v1", "auth", "auth_profile")
    assert made["change"] == ("Replace it at its source." if found else AUTH.stop)
    assert (made["type"], made["switch"]) == (["codex login"], ["export OPENAI_API_KEY=YOUR_KEY"])
    assert [step["outcome"] for step in made["steps"]] == ["stopped", "not reached"]
    assert made["steps"][0]["stdout"] == "BROKEN\n"
