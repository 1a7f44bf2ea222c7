"""`routecheck providers` as a user meets it: settings on disk in, screen and JSON out, nothing started unasked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

KEY = "sk-canary-00000000000000000000000000000001"
OTHER = "sk-or-v1-canary000000000000000000000000002"
LISTED = Path(__file__).parents[1] / "machine" / "openclaw" / "listed"

SEALED = '[ -z "$ROUTECHECK_SEAL" ] || echo openclaw >> "$ROUTECHECK_SEAL"'
"""What the preloaded seal does in Node, so that the stand-in may be started."""


@pytest.fixture
def openclaw(machine: dict[str, str], tmp_path: Path) -> Callable[..., None]:
    """Puts an `openclaw` on PATH that prints the list of a release, and a config beside it."""

    def install(version: str = "2026.9.6", config: str | None = None, script: str | None = None) -> None:
        package = tmp_path / "openclaw"
        package.mkdir()
        (package / "package.json").write_text(json.dumps({"name": "openclaw", "version": version}))
        program = package / "openclaw"
        program.write_text(
            script or f'#!/bin/sh\n{SEALED}\necho "$@" >> {tmp_path}/started\ncat {LISTED / version}.json\n'
        )
        program.chmod(0o755)
        machine["PATH"] = f"{package}{os.pathsep}{machine['PATH']}"
        if config is not None:
            state = Path(machine["HOME"]) / ".openclaw"
            state.mkdir()
            (state / "openclaw.json").write_text(config)

    return install


def parsed(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_without_openclaw_the_table_of_the_newest_release_is_shown(routecheck) -> None:
    done = routecheck("providers")
    assert done.returncode == 0
    assert "OpenClaw is not on PATH" in done.stdout
    assert "microsoft-foundry" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100
    found = parsed(routecheck("providers", "--format", "json"))
    assert found["openclaw"] == {"release": None, "program": None}
    assert len(found["providers"]) == 13


def test_the_answer_the_selected_one_and_the_silent_fallback(routecheck, openclaw, machine, tmp_path) -> None:
    openclaw(config='{agents: {defaults: {mediaModels: {image: {primary: "openai/gpt-image-2"}}}}}')
    env = {"OPENAI_API_KEY": KEY, "OPENROUTER_API_KEY": OTHER}
    done = routecheck("providers", env=env)
    assert done.stdout.startswith("OpenClaw 2026.9.6 would ask openai (the configured primary) for gpt-image-2")
    assert "openrouter (detected by its credential)" in " ".join(done.stdout.split())
    found = parsed(routecheck("providers", "--format", "json", env=env))
    assert found["asked"] == "openai"
    by_id = {row["id"]: row for row in found["providers"]}
    assert [row["id"] for row in found["providers"] if row["selected"]] == ["openai"]
    assert by_id["openrouter"]["fallback"] == "detection"
    assert [c["name"] for c in by_id["openai"]["credentials"]] == ["OPENAI_API_KEY"]
    for text in (done.stdout, json.dumps(found)):
        assert "canary" not in text
    assert not (tmp_path / "started").exists()


def test_nothing_is_written_where_openclaw_lives(routecheck, openclaw, machine) -> None:
    openclaw(config="{}")
    state = Path(machine["HOME"])
    before = {path: path.stat().st_mtime_ns for path in state.rglob("*")}
    assert routecheck("providers").returncode == 0
    assert {path: path.stat().st_mtime_ns for path in state.rglob("*")} == before


def test_live_compares_the_programs_own_list(routecheck, openclaw, tmp_path) -> None:
    openclaw()
    done = routecheck("providers", "--live", env={"OPENAI_API_KEY": KEY})
    assert done.returncode == 0, done.stderr
    assert "The table agrees with its list of 9 providers" in done.stdout
    assert "openai: not called configured, though OPENAI_API_KEY is there" in done.stdout
    assert "nor whether either works" in " ".join(done.stdout.split())
    assert "routecheck providers --live" not in done.stdout
    # The check of the config is sealed like the list, and confirms that the seal holds.
    assert (tmp_path / "started").read_text() == "config validate --json\ninfer image providers --json\n"
    assert "list of image providers" in done.stderr


def test_a_list_that_differs_is_shown_provider_by_provider(routecheck, openclaw, tmp_path) -> None:
    listed = [row for row in json.loads((LISTED / "2026.9.6.json").read_text()) if row["id"] != "google"]
    listed[0]["defaultModel"] = "fal-ai/flux/next"
    (tmp_path / "list.json").write_text(json.dumps(listed))
    openclaw(script=f"#!/bin/sh\n{SEALED}\ncat {tmp_path}/list.json\n")
    found = parsed(routecheck("providers", "--live", "--format", "json"))
    assert found["live"]["differences"] == [
        {"provider": "fal", "field": "default_model", "table": "fal-ai/flux/dev", "listed": "fal-ai/flux/next"},
        {"provider": "google", "field": None, "table": "built in", "listed": "absent"},
    ]


def test_live_goes_nowhere_but_to_a_closed_port(routecheck, openclaw, tmp_path) -> None:
    openclaw(script=f"#!/bin/sh\n{SEALED}\nenv > {tmp_path}/env\ncat {LISTED}/2026.9.6.json\n")
    assert routecheck("providers", "--live", env={"NO_PROXY": "*"}).returncode == 0
    env = dict(line.partition("=")[::2] for line in (tmp_path / "env").read_text().splitlines())
    assert {env[name] for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")} == {"http://127.0.0.1:9"}
    assert env["NO_PROXY"] == env["no_proxy"] == ""
    assert "--require" in env["NODE_OPTIONS"]


def test_without_a_list_the_table_is_shown_and_the_exit_code_says_so(routecheck, openclaw) -> None:
    openclaw(script=f"#!/bin/sh\n{SEALED}\necho 'Config invalid' >&2\nexit 1\n")
    done = routecheck("providers", "--live")
    assert done.returncode == 3
    assert "It gave no list" in done.stdout
    assert "microsoft-foundry" in done.stdout


def test_live_without_openclaw_is_a_usage_problem_that_says_what_to_do(routecheck) -> None:
    done = routecheck("providers", "--live")
    assert (done.returncode, done.stdout) == (2, "")
    assert "OpenClaw is not on PATH" in done.stderr
    assert "leave --live out" in done.stderr


def test_live_is_refused_while_a_login_is_about_to_expire(routecheck, openclaw, machine, tmp_path) -> None:
    openclaw("2026.5.18", config="{}")
    store = Path(machine["HOME"]) / ".openclaw/agents/main/agent/auth-profiles.json"
    store.parent.mkdir(parents=True)
    profile = {"type": "oauth", "provider": "openai-codex", "access": KEY, "refresh": OTHER, "expires": 1000}
    store.write_text(json.dumps({"version": 1, "profiles": {"openai-codex:default": profile}}))
    done = routecheck("providers", "--live")
    assert (done.returncode, done.stdout) == (2, "")
    assert "openai-codex:default" in done.stderr
    assert "canary" not in done.stderr
    assert not (tmp_path / "started").exists()
    assert "expired 1970-01-01" in routecheck("providers").stdout


def test_an_agent_that_is_not_there_is_named_with_those_that_are(routecheck, openclaw) -> None:
    openclaw(config="{agents: {entries: {art: {}}}}")
    done = routecheck("providers", "--agent", "nobody")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--agent nobody" in done.stderr
    assert "art" in done.stderr
    assert parsed(routecheck("providers", "--agent", "art", "--format", "json"))["agent"] == "art"


def test_a_config_that_does_not_parse_is_a_usage_problem(routecheck, openclaw) -> None:
    openclaw(config="{agents: ")
    done = routecheck("providers")
    assert (done.returncode, done.stdout) == (2, "")
    assert "openclaw.json" in done.stderr


@pytest.mark.parametrize(("words", "more"), [([], {"msgspec"}), (["--format", "json"], set())])
def test_the_table_loads_no_heavy_library(words: list[str], more: set[str], machine: dict[str, str]) -> None:
    code = (
        "import sys\nsys.argv = ['routecheck', 'providers', *sys.argv[1:]]\n"
        "from diagnose.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(' '.join({m.partition('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], env=machine, capture_output=True, text=True, timeout=30, check=True
    )
    heavy = {"httpx", "jwt", "PIL", "jinja2", "tabulate", "cryptography", "sqlite3", "h11", "c2pa"} | more
    assert set(done.stderr.split()) & heavy == set()
