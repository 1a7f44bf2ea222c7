"""Every scenario that needs OpenClaw, played with the real releases: its answer, and `proven` without the cause."""

import dataclasses
import json
import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from children import run
from computer import ROUTECHECK
from install import Installed

from diagnose.sandbox.plan import parsed
from diagnose.sandbox.scenarios import Expect, Scenario, load

SCENARIOS = [row for row in load().values() if "openclaw" in row.needs]
FITTING = {"2026.4.22": 7, "2026.5.18": 15, "2026.9.6": 21}
"""How many scenarios mean on a release what they say, so that none gets lost."""

SECONDS = 240.0
AT_ONCE = 2
TWINS = "2026.9.6"
"""A twin is a healthy route and hardly differs between the scenarios, so one release plays them all."""


def fitting(release: str) -> list[Scenario]:
    return [row for row in SCENARIOS if row.openclaw is not None and row.openclaw.fits(parsed(release))]


def each(work: Callable[[Scenario], str | None], rows: Iterable[Scenario]) -> list[str]:
    """What went wrong, one line a scenario."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [line for line in pool.map(work, rows) if line is not None]


def environment(installed: Installed, folder: Path, cache: Path) -> dict[str, str]:
    return {
        "HOME": str(folder),
        "PATH": f"{installed.bin}{os.pathsep}{os.defpath}",
        "ROUTECHECK_STATE_DIR": str(folder / "state"),
        "TMPDIR": str(cache),
        "NO_COLOR": "1",
        "LANG": "C.UTF-8",
    }


@pytest.mark.parametrize("release", FITTING)
def test_each_scenario_ends_in_its_answer(
    release: str, releases: dict[str, Installed], tmp_path: Path, compile_cache: Path
) -> None:
    env = environment(releases[release], tmp_path, compile_cache)

    def play(scenario: Scenario) -> str | None:
        begun = time.monotonic()
        words = [ROUTECHECK, "run", "--no-fallback", "--sandbox", scenario.id, "--format", "json"]
        done = run(words, env, tmp_path, SECONDS)
        took = time.monotonic() - begun
        print(f"{release} {scenario.id}: {took:.1f} s")
        if not done.stdout:
            return f"{scenario.id}: exit {done.returncode}, {done.stderr[-400:]}"
        report = json.loads(done.stdout)
        first = report["symptoms"][0] if report["symptoms"] else {}
        got = Expect(verdict=report["verdict"], branch=first.get("branch"), action=first.get("action"))
        if got == scenario.expect:
            return None
        told = [f"{n}: {c['summary']}" for n, c in report["checks"].items() if c["status"] in {"fail", "error", "warn"}]
        return f"{scenario.id}: {got} instead of {scenario.expect} ({first.get('id')})\n    " + "\n    ".join(told)

    rows = fitting(release)
    assert len(rows) == FITTING[release]
    wrong = each(play, rows)
    assert not wrong, "\n".join(["", *wrong])


def test_each_twin_is_proven(releases: dict[str, Installed], tmp_path: Path, compile_cache: Path) -> None:
    from diagnose.cli.proving import run_checks, selected
    from diagnose.cli.session import opened
    from diagnose.cli.typed import Options
    from diagnose.machine.host import Host

    env = environment(releases[TWINS], tmp_path, compile_cache)

    class Quiet:
        def say(self, text: str) -> None:
            pass

        def listen(self, event: object) -> None:
            pass

    def play(scenario: Scenario) -> str | None:
        import shutil

        twin = dataclasses.replace(
            scenario,
            faults=scenario.twin_faults,
            claim=scenario.twin_claim or scenario.claim,
            openclaw=scenario.twin_openclaw or scenario.openclaw,
        )
        host = Host(env=env, home=tmp_path, which=lambda name: shutil.which(name, path=env["PATH"]))
        with opened(Options(no_fallback=True, sandbox=twin.id), host, Quiet().say, scenario=twin) as session:
            report = run_checks(session, selected(session), Quiet())  # type: ignore[arg-type]
        return None if report.verdict == "proven" else f"{twin.id}: {report.verdict}, {report.because}"

    rows = [row for row in fitting(TWINS) if row.id != "openclaw-healthy"]
    wrong = each(play, rows)
    assert not wrong, "\n".join(["", *wrong])
