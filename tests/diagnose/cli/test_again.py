"""The options of the commands that are told: what was typed, in the words of the command that is told."""

import shlex
from typing import Any

import click
import pytest

from checks.credentials import rerun
from diagnose.cli.again import generate_words, run_words
from diagnose.cli.main import cli
from diagnose.cli.typed import Options
from diagnose.model.claim import Claim, Parameters

URL = "https://chatgpt.com/backend-api/codex"


def claim(**changes: Any) -> Claim:
    return Claim(**({"route": "openai-images", "model": "openai/gpt-image-2", "fallback": "forbidden"} | changes))


def parsed(command: str, words: str) -> dict[str, Any]:
    """What the real command makes of the words."""
    found = cli.get_command(click.Context(cli), command)
    assert found is not None
    return found.make_context(command, shlex.split(words)).params


@pytest.mark.parametrize("typed", [frozenset(), frozenset({"size", "format"})])
@pytest.mark.parametrize("login", [True, False])
def test_both_commands_take_what_is_told(login: bool, typed: frozenset[str]) -> None:
    route = "codex-responses" if login else "openai-images"
    options = Options(
        route=route, base_url=URL, login="codex" if login else None, timeout=60.0, allow_http=True, through="direct",
        agent="night's", max_cost=None if login else 0.2,
    )  # fmt: skip
    asked = claim(route=route, owner="My Company", parameters=Parameters(size="1536x1024", format="webp"), typed=typed)
    run = parsed("run", run_words(options, asked, login=login, openclaw=False))
    made = parsed("generate", "PROMPT " + generate_words(options, asked, login=login))
    for found in (run, made):
        assert (found["owner"], found["timeout"], found["allow_http"]) == ("My Company", 60.0, True)
        assert found["base_url"] == URL
        assert found["size"] == ("1536x1024" if typed or not login else None)
    assert (run["through"], run["agent"]) == ("direct", "night's")
    assert run["image_format"] == ("webp" if typed else None)
    assert str(made["output"]) == ("image.webp" if typed else "image.png")


def test_the_base_url_of_keys_is_not_repeated_for_a_login() -> None:
    options = Options(route="codex-responses", base_url="https://gateway.example/v1", base_url_from="OPENAI_BASE_URL")
    assert "--base-url" not in run_words(options, claim(route="codex-responses"), login=True, openclaw=False)
    assert "--base-url" in run_words(options, claim(), login=False, openclaw=False)


def test_a_scenario_brings_its_own_options() -> None:
    options = Options(sandbox="codex-healthy", route="codex-responses", base_url=URL, timeout=3.0)
    words = run_words(options, claim(route="codex-responses"), login=True, openclaw=True)
    assert words == "--no-fallback --sandbox=codex-healthy"


class Asked:
    again = "--no-fallback --route codex-images --owner 'a b' --model openai/gpt-image-2.5 --allow-http"


def test_a_remedy_changes_one_option_and_keeps_the_others() -> None:
    context: Any = Asked()
    assert shlex.split(rerun(context, "--model", "openai/gpt-image-2")) == [
        "routecheck", "run", "--no-fallback", "--route", "codex-images", "--owner", "a b", "--allow-http",
        "--model", "openai/gpt-image-2",
    ]  # fmt: skip
    assert rerun(context) == f"routecheck run {Asked.again}"


@pytest.mark.parametrize("value", ["x --y; touch P #", "$(id)", "a'b", "\n"])
def test_no_value_becomes_a_command_or_an_option(value: str) -> None:
    context: Any = Asked()
    context.again = f"--no-fallback {shlex.join(['--owner', value])} --allow-http"
    assert shlex.split(rerun(context, "--model", value)) == [
        "routecheck", "run", "--no-fallback", "--owner", value, "--allow-http", "--model", value,
    ]  # fmt: skip
