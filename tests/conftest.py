"""Fixtures that every test may use: a clean machine, the real command, and a scenario played in this process."""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# Examples are never timed: a busy machine is no failure. CI tries the same examples each time.
settings.register_profile("routecheck", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("routecheck")

COMMAND = Path(sys.executable).with_name("routecheck")


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine with nothing on it: no key, no config, no history, no colour."""
    home = tmp_path / "home"
    home.mkdir()
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "ROUTECHECK_STATE_DIR": str(tmp_path / "state"),
        "NO_COLOR": "1",
        "LANG": "C.UTF-8",
    }


@pytest.fixture
def routecheck(machine: dict[str, str], tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the installed command as a user would: `routecheck("run", "--sandbox", env={…})`."""

    def call(*words: str, env: dict[str, str] | None = None, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(COMMAND), *words],
            env=machine | (env or {}),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return call


class Silent:
    """A Progress that keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def listen(self, event: object) -> None:
        pass


@pytest.fixture
def play(machine: dict[str, str]) -> Callable[..., Any]:
    """Plays a scenario in this process and gives the Report: `play("healthy", faults=…, owner=…)`."""
    from diagnose.cli.proving import run_checks, selected
    from diagnose.cli.session import opened
    from diagnose.cli.typed import Options
    from diagnose.machine.host import Host
    from diagnose.sandbox.scenarios import get

    def run(scenario_id: str = "healthy", *, only: Any = (), skip: Any = (), **changes: Any) -> Any:
        scenario = get(scenario_id)
        own = {f.name for f in dataclasses.fields(scenario)}
        scenario = dataclasses.replace(scenario, **{k: changes.pop(k) for k in list(changes) if k in own})
        options = Options(**({"no_fallback": True, "sandbox": scenario_id} | changes))
        host = Host(env=machine, home=Path(machine["HOME"]))
        progress: Any = Silent()
        with opened(options, host, progress.say, scenario=scenario) as session:
            return run_checks(session, selected(session, only, skip), progress)

    return run


@pytest.fixture
def piped(machine: dict[str, str], tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`routecheck explain` with options, of a text on standard input."""

    def call(text: str | bytes, *words: str) -> subprocess.CompletedProcess[str]:
        raw = text.encode() if isinstance(text, str) else text
        done = subprocess.run(
            [str(COMMAND), "explain", *words], input=raw, env=machine, cwd=tmp_path, capture_output=True, timeout=60
        )
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return call
