"""What a run tells the operator to type next: the same question again, quoted, and never to pay twice blindly."""

import json
import shlex

import pytest

from diagnose.sandbox.faults import Faults
from diagnose.sandbox.server import Sandbox


def next_of(done) -> list[str]:
    return json.loads(done.stdout)["next"]


def test_it_keeps_the_options_and_quotes_them(routecheck) -> None:
    with Sandbox() as server:
        done = routecheck(
            "run", "--no-fallback", "--base-url", server.base_url, "--owner", "My Company", "--size", "1536x1024",
            "--quality", "medium", "--max-cost", "0.2", "--timeout", "60", "--format", "json",
            env={"OPENAI_API_KEY": server.key},
        )  # fmt: skip
    words = shlex.split(next_of(done)[-1], comments=True)
    for name, value in (
        ("--owner", "My Company"), ("--size", "1536x1024"), ("--quality", "medium"), ("--max-cost", "0.2"),
        ("--timeout", "60"), ("--base-url", server.base_url),
    ):  # fmt: skip
        assert words[words.index(name) + 1] == value


@pytest.mark.parametrize("fault", [Faults(delay=30.0), Faults(delivery="dropped")], ids=["timeout", "dropped"])
def test_after_an_unknown_end_it_does_not_advise_to_pay_again(routecheck, fault) -> None:
    with Sandbox(fault) as server:
        done = routecheck(
            "run", "--no-fallback", "--base-url", server.base_url, "--timeout", "2", "--format", "json",
            env={"OPENAI_API_KEY": server.key},
        )  # fmt: skip
    assert "--no-spend" in next_of(done)[-1]


def test_an_owner_that_is_known_to_be_another_costs_no_image(routecheck) -> None:
    with Sandbox() as server:
        done = routecheck(
            "run", "--no-fallback", "--base-url", server.base_url, "--owner", "org-EXAMPLE",
            env={"OPENAI_API_KEY": server.key},
        )  # fmt: skip
        assert server.billed == 0
    assert done.returncode == 4


def test_generate_without_a_claim_about_fallbacks_pays_for_nothing(routecheck, tmp_path) -> None:
    with Sandbox() as server:
        done = routecheck(
            "generate", "x", "-o", "x.png", "--base-url", server.base_url, env={"OPENAI_API_KEY": server.key}
        )
        assert server.requests == []
    assert done.returncode == 2
    assert not (tmp_path / "x.png").exists()


@pytest.mark.parametrize("name", ["x.html", "x.gif", "-"])
def test_generate_writes_no_image_under_the_name_of_something_else(routecheck, name) -> None:
    assert routecheck("generate", "x", "-o", name, "--no-fallback", "--sandbox").returncode == 2


@pytest.mark.parametrize("asked", [{"size": "1000x1000"}, {"quality": "max"}])
def test_what_the_table_knows_to_be_refused_is_told_and_not_paid_for(play, asked) -> None:
    report = play(**asked)
    assert (report.verdict, report.spend.billable_requests) == ("broken", 0)
    assert (report.symptoms[0].branch, report.symptoms[0].action) == (
        "unsupported_parameter",
        "drop_or_change_parameter",
    )


def test_a_damaged_key_has_a_cause_of_its_own(routecheck) -> None:
    done = routecheck("run", "--no-fallback", "--format", "json", env={"OPENAI_API_KEY": "Bearer sk-proj-" + "a1" * 16})
    assert json.loads(done.stdout)["symptoms"][0]["id"] == "damaged-credential"


def test_the_bare_command_shows_the_help_as_it_is(routecheck) -> None:
    done = routecheck()
    assert done.returncode == 2
    assert "\nOptions:\n" in done.stderr
