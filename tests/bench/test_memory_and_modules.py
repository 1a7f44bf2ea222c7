"""The budgets that do not depend on how busy the machine is: peak memory, and which modules are loaded."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from contenders import ERROR, ROUTECHECK, races, signed_login
from measure import Server, machine, served
from run import run_one

HEAVY = {"httpx", "jwt", "PIL", "jinja2"}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with served() as running:
        yield running


@pytest.mark.parametrize("race_name", ["preflight", "small", "large", "stream"])
def test_peak_memory(race_name: str, server: Server, tmp_path: Path) -> None:
    race = races(server)[race_name]
    (own,) = (contender for contender in race.contenders if contender.rss is not None)
    measured = run_one(own, race, server, tmp_path).rss

    assert own.rss is not None
    assert measured <= own.rss, f"{own.name}: {measured:.1f} MiB at its peak, and the budget is {own.rss:g}"


def test_an_event_costs_no_more_memory_than_the_same_bytes_as_json(server: Server, tmp_path: Path) -> None:
    race = races(server)["stream"]
    as_json, as_event = (run_one(contender, race, server, tmp_path).rss for contender in race.contenders)

    assert as_event <= 1.1 * as_json, f"{as_event:.1f} MiB against {as_json:.1f} MiB"


def loaded(folder: Path, *words: str) -> set[str]:
    """The top-level packages that the installed command imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", ROUTECHECK, *words],
        env=machine(folder),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    rows = (line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {name.partition(".")[0] for name in rows}


@pytest.mark.parametrize(
    "command",
    [
        "--version", "--help", "run --help", "checks", "checks --format json", "providers", "token --from login",
        "matrix", f"explain {ERROR}",
    ],
)  # fmt: skip
def test_heavy_modules_stay_out(command: str, tmp_path: Path) -> None:
    (tmp_path / "login").write_text(signed_login()[0])
    modules = loaded(tmp_path, *command.split())

    assert {"click", "diagnose"} <= modules, "the list of imports was not read"
    assert modules & HEAVY == set()
