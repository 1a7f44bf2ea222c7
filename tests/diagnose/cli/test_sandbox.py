"""`routecheck sandbox`: what is listed, and what a served scenario hands over."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from diagnose.cli.sandbox import SecretFileError, read_scenario, read_secret

COMMAND = Path(sys.executable).with_name("routecheck")


@pytest.fixture
def served(machine: dict[str, str]) -> Iterator[Callable[[str], tuple[str, str]]]:
    """Serves a scenario: the command that is printed to be typed, on one line, and the address."""
    started = []

    def start(scenario: str) -> tuple[str, str]:
        words = [str(COMMAND), "sandbox", "serve", "--scenario", scenario]
        errors = Path(tempfile.mkdtemp(dir=machine["HOME"])) / "err"
        with errors.open("w") as stream:
            started.append(subprocess.Popen(words, env=machine, stdout=subprocess.DEVNULL, stderr=stream))
        end = time.monotonic() + 20
        while "--sandbox-at" not in errors.read_text() and time.monotonic() < end:
            time.sleep(0.05)
        typed = errors.read_text().partition("In another shell:\n")[2].replace("\\\n", " ").strip()
        return typed, typed.rpartition(" ")[2]

    yield start
    for process in started:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def ran(typed: str, machine: dict[str, str]) -> dict[str, Any]:
    line = typed.replace("routecheck run", f"{COMMAND} run --format json", 1)
    done = subprocess.run(["/bin/sh", "-c", line], env=machine, capture_output=True, text=True, timeout=60, check=False)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_scenarios_are_listed_by_route_with_verdict_and_branch(routecheck: Any) -> None:
    text = routecheck("sandbox", "scenarios").stdout
    blocks = {part.splitlines()[0]: part for part in text.split("\n\n")}
    assert list(blocks) == ["openai-images", "codex-responses", "codex-images"]
    assert re.search(r"^  expired-token +broken +auth_profile +\w", blocks["codex-responses"], re.MULTILINE)
    assert re.search(r"^  codex-images-healthy +proven +- +\w", blocks["codex-images"], re.MULTILINE)


@pytest.mark.parametrize(("typed", "said"), [
    ("codex-helthy", "did you mean codex-healthy"),
    ("403-html", "did you mean edge-403-html or oauth-403-html or codex-images-403-html?"),
    ("zzzzzz", "no scenario 'zzzzzz'; `routecheck sandbox scenarios` lists them"),
])  # fmt: skip
def test_an_unknown_scenario_is_answered_with_those_that_are_near(routecheck: Any, typed: str, said: str) -> None:
    for words in (["run", f"--sandbox={typed}"], ["sandbox", "serve", "--scenario", typed]):
        done = routecheck(*words)
        assert done.returncode == 2
        assert said in done.stderr
        assert len(done.stderr) < 250


def test_the_printed_command_sees_the_store_of_openclaw_too(served: Any, machine: dict[str, str]) -> None:
    typed, _ = served("shared-refresh-token")
    assert "OPENCLAW_STATE_DIR=" in typed
    found = ran(typed, machine)
    assert found["symptoms"][0]["id"] == "refresh-token-shared"


def test_the_printed_command_sees_a_login_in_the_environment(served: Any, machine: dict[str, str]) -> None:
    typed, _ = served("codex-token-on-images-api")
    assert ran(typed, machine)["symptoms"][0]["id"] == "token-on-images-api"


def test_a_served_scenario_can_be_named(served: Any, machine: dict[str, str]) -> None:
    _, url = served("codex-healthy")
    assert read_scenario(url, machine) == "codex-healthy"
    assert len(read_secret(url, machine)) >= 16


@pytest.mark.parametrize("content", ["[]", "{}", "no json", '{"secret": 1}'])
def test_a_secret_file_that_is_none_is_said(tmp_path: Path, content: str) -> None:
    path = tmp_path / "sandbox-9.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(SecretFileError, match="start the sandbox again"):
        read_secret("http://127.0.0.1:9", {"ROUTECHECK_STATE_DIR": str(tmp_path)})
