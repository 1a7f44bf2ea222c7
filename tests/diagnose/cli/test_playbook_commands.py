"""What the command lines of a playbook cost, and how the operator's options are joined to them."""

from __future__ import annotations

import shlex

import pytest

from diagnose.cli.main import cli
from diagnose.cli.playbook_commands import Parsed
from diagnose.model.check import Cost

COMMANDS = Parsed(cli)


def words(line: str) -> tuple[str, ...]:
    return ("routecheck", *shlex.split(line))


@pytest.mark.parametrize(("line", "cost"), [
    ("run", Cost.BILLABLE),
    ("run --no-spend", Cost.FREE),
    ("run --dry", Cost.OFFLINE),
    ("run --no-spend --dry", Cost.OFFLINE),
    ("run --owner --no-spend", Cost.BILLABLE),
    ("run --owner --dry", Cost.BILLABLE),
    ("run -- --no-spend", Cost.BILLABLE),
    ("run --nonsense --no-spend", Cost.BILLABLE),
    ("generate x -o --dry", Cost.BILLABLE),
    ("edit x --image --dry -o y.png", Cost.BILLABLE),
    ("providers", Cost.OFFLINE),
    ("providers --live", Cost.FREE),
    ("providers --agent --live", Cost.OFFLINE),
    ("token --route codex-responses", Cost.OFFLINE),
    ("nonsense", Cost.BILLABLE),
])  # fmt: skip
def test_the_cost_is_that_of_the_parsed_options(line: str, cost: Cost) -> None:
    assert COMMANDS.asked(words(line)).cost is cost


@pytest.mark.parametrize(("line", "sandbox"), [
    ("run --sandbox", True),
    ("run --sandbox=expired-token", True),
    ("run --owner --sandbox=healthy", False),
    ("run --owner --sandbox", False),
    ("run --sandbox-at http://127.0.0.1:1", False),
    ("run", False),
])  # fmt: skip
def test_a_sandbox_is_an_option_and_no_word(line: str, sandbox: bool) -> None:
    assert COMMANDS.asked(words(line)).sandbox is sandbox


def test_a_variable_of_the_environment_makes_nothing_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTECHECK_NO_SPEND", "1")
    monkeypatch.setenv("ROUTECHECK_MAX_COST", "no number")
    assert COMMANDS.asked(words("run")).cost is Cost.BILLABLE


@pytest.mark.parametrize(("line", "more", "joined"), [
    ("run --route a --no-fallback", "--route b", "run --no-fallback --route b"),
    ("run --route=a --no-fallback", "--route=b", "run --no-fallback --route=b"),
    ("run --no-fallback --no-spend", "--no-fallback", "run --no-spend --no-fallback"),
    ("run --only a --only b", "--only c", "run --only a --only b --only c"),
    ("run --sandbox --dry", "--sandbox=x", "run --dry --sandbox=x"),
    ("run --sandbox x --dry", "--sandbox=y", "run --dry --sandbox=y"),
    ("generate 'a mug' -o x.png --size 1x1", "--size 2x2", "generate 'a mug' -o x.png --size 2x2"),
    ("run --route a", "--owner --route", "run --route a --owner --route"),
    ("run --route a", "", "run --route a"),
])  # fmt: skip
def test_an_option_that_is_given_once_takes_the_place_of_the_steps_own(line: str, more: str, joined: str) -> None:
    assert COMMANDS.joined(words(line), shlex.split(more)) == words(joined)
