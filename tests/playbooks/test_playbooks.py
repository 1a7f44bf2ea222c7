"""The playbooks that come with the program: every command is accepted, and everything they name exists."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import date

import pytest

import checks
from diagnose import routes
from diagnose.cli.main import cli
from diagnose.cli.playbook_commands import Parsed, parse
from diagnose.matrix import rows
from diagnose.model.check import Cost
from diagnose.model.playbook import BRANCHES, Playbook, Step
from diagnose.playbook import everyone

BOOKS = {one.id: one for one in everyone(Parsed(cli))}
STEPS = {f"{one.id}/{step.id}": step for one in BOOKS.values() for step in one.steps}
_BLOCK = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def texts(book: Playbook) -> Iterator[str]:
    yield from (book.intro, book.about)
    for step in book.steps:
        yield from (step.prose, step.stop, *step.by_branch.values(), *step.by_symptom.values())
    if book.switch is not None:
        yield from (book.switch.prose, book.switch.when)


def value(step: Step, option: str) -> str | None:
    return step.run[step.run.index(option) + 1] if option in step.run else None


@pytest.mark.wheel
def test_the_playbooks_are_there() -> None:
    assert {"debug-codex-401-403", "pre-handoff"} <= set(BOOKS)


@pytest.mark.parametrize("step", STEPS.values(), ids=list(STEPS))
def test_every_command_is_accepted_by_the_command_line(step: Step) -> None:
    parse(cli, step.run)


@pytest.mark.parametrize("book", BOOKS.values(), ids=list(BOOKS))
def test_every_command_of_ours_in_the_text_is_accepted_too(book: Playbook) -> None:
    lines = [line for text in texts(book) for block in _BLOCK.findall(text) for line in block.splitlines()]
    quoted = [code for text in texts(book) for code in re.findall(r"`(routecheck [^`]+)`", text)]
    typed = [line for step in book.steps for line in step.type] + list(book.switch.type if book.switch else ())
    for line in [*lines, *quoted, *typed]:
        if line.startswith("routecheck "):
            parse(cli, tuple(shlex.split(line)))


@pytest.mark.parametrize("step", STEPS.values(), ids=list(STEPS))
def test_every_check_and_every_route_that_a_command_names_exists(step: Step) -> None:
    known = {check.id for check in checks.all_checks()} | set(checks.GROUPS)
    for option in ("--only", "--skip"):
        assert set((value(step, option) or next(iter(known))).split(",")) <= known
    assert value(step, "--route") in {None, *routes.ROUTES}


@pytest.mark.parametrize("book", BOOKS.values(), ids=list(BOOKS))
def test_every_route_and_check_that_the_text_names_exists(book: Playbook) -> None:
    assert book.route in routes.ROUTES
    assert book.as_of <= date(2026, 11, 20)
    named = {word for text in texts(book) for word in re.findall(r"`((?:[a-z_]+)\.[a-z_]+)`", text)}
    of_ours = {name for name in named if name.partition(".")[0] in checks.GROUPS}
    assert of_ours <= {check.id for check in checks.all_checks()}


@pytest.mark.parametrize("step", STEPS.values(), ids=list(STEPS))
def test_every_branch_that_is_explained_can_be_named_by_a_row(step: Step) -> None:
    named = {row.branch for row in rows().values()}
    assert named <= set(BRANCHES)
    assert len(set(BRANCHES)) == 16
    assert {*step.by_branch, *filter(None, [step.branch])} <= named


@pytest.mark.parametrize("book", BOOKS.values(), ids=list(BOOKS))
def test_money_comes_last_and_a_free_step_lets_an_unproven_run_go_on(book: Playbook) -> None:
    costs = [step.cost is Cost.BILLABLE for step in book.steps]
    assert costs == sorted(costs)
    for step in book.steps:
        if step.run[1] == "run":
            assert (3 in step.go_on) == (step.cost is not Cost.BILLABLE)


def test_the_codex_playbook_asks_in_the_order_of_the_four_branches() -> None:
    book = BOOKS["debug-codex-401-403"]
    branches = list(dict.fromkeys(step.branch for step in book.steps if step.branch))
    assert branches == ["auth_profile", "provider_selection", "unsupported_parameter", "environment_tooling"]
    assert [step.id for step in book.steps if step.cost is Cost.BILLABLE] == ["proof"]
    assert book.switch is not None
    assert book.switch.type == ("export OPENAI_API_KEY=YOUR_KEY", "routecheck run --no-fallback")
