"""`routecheck playbook` as an operator meets it: the plan first, the steps in order, the one change last."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import reports
from diagnose.sandbox.faults import Faults
from diagnose.sandbox.server import Sandbox

COMMAND = Path(sys.executable).with_name("routecheck")
SCHEMA = Path(reports.__file__).parent / "schemas" / "playbook.v1.schema.json"
BOOK = """+++
id = "night"
title = "At night"
route = "openai-images"
about = "What to do."
as_of = 2026-11-20
source = "a test"

[[step]]
id = "here"
branch = "environment_tooling"
title = "What is here"
run = "routecheck providers"
cost = "offline"
stop = "Mend it."

[[step]]
id = "key"
branch = "auth_profile"
title = "The key"
run = "routecheck run --no-fallback --no-spend --only credentials,scopes"
cost = "free"
go_on = [0, 3]
stop = "Another key."
type = ["export OPENAI_API_KEY=YOUR_KEY"]

[[step]]
id = "proof"
branch = ""
title = "The proof"
run = "routecheck run --no-fallback"
cost = "billable"
stop = "Read the report."

[switch]
when = "The key was made anew."
branches = ["auth_profile"]
type = ["export OTHER_KEY=..."]
+++

## here

Look around.

## key

The key, and nothing else.

### auth_profile

It was revoked.

## proof

One image.

## switch

Another route.
"""


@pytest.fixture
def book(tmp_path: Path) -> str:
    path = tmp_path / "night.md"
    path.write_text(BOOK, encoding="utf-8")
    return str(path)


@pytest.mark.wheel
def test_the_list_and_one_playbook_are_there_to_read(routecheck: Any) -> None:
    listed, shown = routecheck("playbook", "list"), routecheck("playbook", "show", "pre-handoff")
    assert (listed.returncode, shown.returncode) == (0, 0)
    assert "routecheck playbook run debug-codex-401-403" in listed.stdout
    assert "$ routecheck run --no-fallback --no-spend" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 100
    as_json = json.loads(routecheck("playbook", "show", "pre-handoff", "--format", "json").stdout)
    assert as_json in json.loads(routecheck("playbook", "list", "--format", "json").stdout)
    assert [step["cost"] for step in as_json["steps"]] == ["free", "billable", "billable"]


@pytest.mark.wheel
def test_it_stops_at_the_step_that_names_the_branch_and_ends_with_the_change(routecheck: Any, book: str) -> None:
    done = routecheck("playbook", "run", book, "--", "--sandbox=invalid-key")
    assert done.returncode == 1
    plan, screen = done.stderr, done.stdout.partition("=" * 80)[2]
    assert plan.startswith("night: At night\n  1  here   offline   routecheck providers\n")
    assert "3  proof  CAN BILL  routecheck run --no-fallback --sandbox=invalid-key\n" in plan
    assert "Nothing on this machine is changed" in plan.replace("\n", " ")
    assert "STOPPED at step 2 of 3, key: a check failed: scopes.images" in screen
    assert "auth_profile -> reauth_or_repair_profile" in screen
    assert "It was revoked." in screen
    assert "      export OPENAI_API_KEY=YOUR_KEY\n" in screen
    assert f"      routecheck playbook run {book} --from key -- --sandbox=invalid-key\n" in screen
    assert "The key was made anew." in screen
    assert screen.endswith("exit code 1: broken: a check failed\n")


def test_the_report_of_the_step_that_decides_is_shown_whole_and_of_the_others_what_they_found(
    routecheck: Any, book: str
) -> None:
    words = ["playbook", "run", book, "--", "--sandbox=other-model-served"]
    short = routecheck(*words)
    full = routecheck(*words[:3], "--verbose", *words[3:])
    assert (short.returncode, full.returncode) == (4, 4)
    assert short.stdout.count("Witnesses\n") == 1
    assert full.stdout.count("Witnesses\n") == 2
    assert "ok: unproven, because no image is asked for in this step; exit code 3; " in short.stdout
    assert "$ routecheck run --no-fallback --sandbox=other-model-served\nCONTRADICTED" in short.stdout


@pytest.mark.wheel
def test_json_is_alone_on_stdout_and_fits_the_schema(routecheck: Any, book: str) -> None:
    done = routecheck("playbook", "run", book, "--format", "json", "--", "--sandbox")
    found = json.loads(done.stdout)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(found)
    assert done.returncode == found["exit_code"] == 0
    assert [step["outcome"] for step in found["steps"]] == ["left out", "passed", "passed"]
    assert [step["verdict"] for step in found["steps"]] == [None, "unproven", "proven"]
    assert found["steps"][2]["stdout"].startswith("PROVEN")
    assert (found["stopped"], found["again"], found["switch"]) == (None, None, [])


@pytest.mark.parametrize(("scenario", "code", "stops", "branch"), [
    ("codex-healthy", 0, None, ""),
    ("expired-token", 1, "auth", "auth_profile"),
    ("oauth-401-missing-scope", 1, "auth", "scope"),
    ("oauth-403-json", 1, "auth", "workspace_account"),
    ("oauth-403-html", 1, "auth", "timeout_transport"),
    ("usage-limit-reached", 1, "auth", "quota_billing"),
    ("free-plan-empty-tools", 1, "proof", "model_access_verification"),
    ("codex-model-pinned", 4, "proof", "fallback_masking"),
])  # fmt: skip
def test_the_codex_playbook_stops_where_the_fault_is(
    routecheck: Any, scenario: str, code: int, stops: str | None, branch: str
) -> None:
    more = ["--", f"--sandbox={scenario}"]
    done = routecheck("playbook", "run", "debug-codex-401-403", "--format", "json", *more)
    found = json.loads(done.stdout)
    assert (done.returncode, found["stopped"], found["branch"]) == (code, stops, branch)
    offered = {"auth_profile", "scope", "workspace_account", "model_access_verification"}
    assert bool(found["switch"]) == (branch in offered)


def test_the_codex_playbook_reads_the_login_and_then_names_the_branch(routecheck: Any) -> None:
    done = routecheck("playbook", "run", "debug-codex-401-403")
    assert done.returncode == 1
    assert "  1  token        exit code 1, to be read above\n  2  auth         STOPPED\n" in done.stdout
    assert "      codex login\n" in done.stdout
    assert "      export OPENAI_API_KEY=YOUR_KEY\n      routecheck run --no-fallback\n" in done.stdout


def test_nothing_is_paid_without_leave(routecheck: Any, book: str) -> None:
    with Sandbox() as server:
        env, more = {"OPENAI_API_KEY": server.key}, ["--", "--base-url", server.base_url]
        done = routecheck("playbook", "run", book, *more, env=env)
        assert server.billed == 0
        assert (done.returncode, "runs with --yes only" in done.stderr) == (3, True)
        assert f"      routecheck playbook run {book} --from proof --yes -- --base-url" in done.stdout
        declined = routecheck("playbook", "run", book, "--no-spend", *more, env=env)
        assert server.billed == 0
        assert (declined.returncode, "left out: --no-spend" in declined.stderr) == (3, True)
        paid = routecheck("playbook", "run", book, "--from", "proof", "--yes", *more, env=env)
        assert server.billed == 1
    assert "Steps that can cost money: proof." in paid.stderr.replace("\n", " ")
    assert server.key not in done.stdout + done.stderr + paid.stdout + paid.stderr


@pytest.mark.parametrize(("words", "said"), [
    (["nothing"], "there is no playbook 'nothing'; there are debug-codex-401-403"),
    (["BOOK", "--from", "prof"], "--from: there is no step 'prof'; there are here, key, proof"),
    (["BOOK", "--yes", "--no-spend"], "--yes and --no-spend contradict each other"),
    (["BOOK", "--owner", "x"], "go after --, as in: -- --owner"),
    (["pre-handoff", "--yes", "--", "--output", "x"], "--output after -- would name the image of the step image"),
    (["BOOK", "--", "--ownr", "x"], "step key: No such option"),
    (["BOOK", "--", "--format", "json"], "--format after -- would mix with what is shown here"),
])  # fmt: skip
def test_what_cannot_run_is_said_before_anything_is_asked(routecheck: Any, book: str, words: Any, said: str) -> None:
    with Sandbox() as server:
        env = {"OPENAI_API_KEY": server.key, "OPENAI_BASE_URL": server.base_url}
        done = routecheck("playbook", "run", *(book if word == "BOOK" else word for word in words), env=env)
        assert server.requests == []
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_sandbox_that_is_the_value_of_an_option_pays_for_nothing(routecheck: Any, book: str) -> None:
    with Sandbox() as server:
        env = {"OPENAI_API_KEY": server.key}
        more = ["--", "--owner", "--sandbox=healthy", "--base-url", server.base_url]
        done = routecheck("playbook", "run", book, *more, env=env)
        assert server.billed == 0
    assert "it can cost money, and runs with --yes only" in done.stderr
    assert "nothing real is asked or paid" not in done.stderr


def test_an_option_of_the_operator_takes_the_place_of_the_steps_own(routecheck: Any) -> None:
    more = ["--", "--route", "codex-images", "--sandbox=codex-images-healthy"]
    done = routecheck("playbook", "run", "debug-codex-401-403", *more)
    assert done.returncode == 0
    assert "run --route codex-responses" not in done.stdout + done.stderr
    assert "$ routecheck run --no-fallback --route codex-images --sandbox=codex-images-healthy\n" in done.stdout


def test_a_command_that_cannot_run_is_told_as_that_and_not_as_a_dead_login(routecheck: Any) -> None:
    done = routecheck("playbook", "run", "debug-codex-401-403", "--no-spend", "--", "--login", "codx")
    screen = done.stdout.partition("=" * 80)[2]
    assert done.returncode == 2
    assert "--login: there is no login" in done.stderr
    assert "auth: the command could not run" in screen
    assert not [word for word in ("codex login", "OPENAI_API_KEY", "The login is not taken") if word in screen]


def test_the_steps_are_as_wide_as_the_playbook(routecheck: Any, book: str) -> None:
    for env, width in (({}, 80), ({"COLUMNS": "70"}, 70)):
        done = routecheck("playbook", "run", book, "--", "--sandbox=invalid-key", env=env)
        own = done.stdout.partition("=" * width)[2]
        assert own.startswith("\nSTOPPED")
        wide = [line for line in done.stdout.splitlines() if len(line) > width and "routecheck " not in line]
        assert wide == []


def test_a_format_of_the_environment_is_not_that_of_the_steps(routecheck: Any, book: str) -> None:
    done = routecheck("playbook", "run", book, "--", "--sandbox", env={"ROUTECHECK_FORMAT": "json"})
    assert "\nPROVEN" in done.stdout


def test_two_holders_of_a_login_are_said_on_the_second_line(routecheck: Any) -> None:
    done = routecheck("playbook", "run", "debug-codex-401-403", "--", "--sandbox=shared-refresh-token")
    first, second = done.stdout.partition("=" * 80)[2].split("\n")[1:3]
    assert done.returncode == 0
    assert first.startswith("PASSED 5 of 6 steps, and left 1 out. The last one ended proven.")
    assert second.startswith("PASSED now; worth knowing before the next time: Two places hold the same login.")


@pytest.mark.parametrize(("scenario", "not_said"), [
    ("siwc-token", ["Ask the Codex surface (`--route codex-responses`) with this login"]),
    ("oauth-403-json", ["belongs to another account"]),
    ("oauth-401-missing-scope", ["Ask the Codex surface (`--route codex-responses`)"]),
])  # fmt: skip
def test_the_text_does_not_contradict_the_cause(routecheck: Any, scenario: str, not_said: list[str]) -> None:
    done = routecheck("playbook", "run", "debug-codex-401-403", "--", f"--sandbox={scenario}")
    screen = " ".join(done.stdout.partition("=" * 80)[2].split())
    assert "Read this first" in screen
    assert not [text for text in not_said if text in screen]


def test_nothing_is_written_and_no_folder_here_stands_in_for_a_module(
    routecheck: Any, book: str, tmp_path: Path
) -> None:
    for name in ("diagnose", "click"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit(77)", encoding="utf-8")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    done = routecheck("playbook", "run", book, "--", "--sandbox")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_a_signal_during_the_paid_step_says_that_it_may_have_been_billed(
    machine: dict[str, str], tmp_path: Path, book: str, number: signal.Signals
) -> None:
    with Sandbox(Faults(delay=30.0)) as server:
        process = subprocess.Popen(
            [str(COMMAND), "playbook", "run", book, "--from", "proof", "--yes", "--", "--base-url", server.base_url],
            env=machine | {"OPENAI_API_KEY": server.key}, cwd=tmp_path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        end = time.monotonic() + 20
        while not any((r.body or {}).get("n") == 1 for r in server.requests) and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 128 + number
    assert "may have been billed" in err
    assert err.count("interrupted") == (number == signal.SIGINT)
    assert "Traceback" not in err


def test_to_list_and_show_loads_no_heavy_library() -> None:
    code = (
        "import sys\nsys.argv = ['routecheck', 'playbook', *sys.argv[1:]]\nfrom diagnose.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(' '.join({m.partition('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    heavy = {"httpx", "jwt", "PIL", "jinja2", "tabulate", "msgspec", "starlette", "cryptography", "checks"}
    for words in (["list"], ["show", "pre-handoff"]):
        done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
        assert set(done.stderr.split()) & heavy == set()
