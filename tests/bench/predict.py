"""Measures what reading OpenClaw's settings and predicting its route add to start-up: `python tests/bench/predict.py`.

Each sample is a process of its own, cold: it imports what `run` imports, and then reads and predicts, or does not.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from measure import machine, median, sample

from diagnose.sandbox.machine import prepare
from diagnose.sandbox.plan import Plan, Profile, Provider

RELEASES = ((2026, 4, 22), (2026, 5, 18), (2026, 9, 6))
PLACES = {"openai_key": "sk-proj-made-up", "codex_token": "a.b.c", "refresh_token": "r", "account": "acct"}
PLAN = Plan(
    primary="openai/gpt-image-2",
    fallbacks=("litellm/gpt-image-2",),
    env={"OPENAI_API_KEY": "{openai_key}"},
    profiles=(Profile(), Profile(kind="api_key", name="manual", holds="{openai_key}")),
    providers=(Provider(id="litellm", base_url="https://litellm.example", api_key="{openai_key}"),),
)
STARTED = "import checks, diagnose.cli.session; checks.all_checks()"
PREDICTED = """
from pathlib import Path
from diagnose.machine.host import Host
from diagnose.machine.openclaw.predict import predict
from diagnose.machine.openclaw.prediction import Asked
from diagnose.machine.openclaw.setting import read
import os
setting = read(Host(env=dict(os.environ), home=Path(os.environ["HOME"])))
assert predict(setting, Asked()).candidates and setting.version and setting.stores.profiles
"""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description="What reading and predicting add to the start of a run.")
    parser.add_argument("--rounds", type=int, default=15, help="rounds [15]")
    rounds = parser.parse_args().rounds
    print("| release | start-up ms | with reading and predicting ms | added ms | budget ms |\n|---|---|---|---|---|")
    for release in RELEASES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            env = machine(folder) | _installed(folder, release)
            bare, more = [], []
            for number in range(rounds + 1):
                one = sample([sys.executable, "-c", STARTED], env, folder).wall
                two = sample([sys.executable, "-c", STARTED + PREDICTED], env, folder).wall
                if number > 0:  # the first round only warms the caches
                    bare.append(one)
                    more.append(two)
            added = median(more) - median(bare)
            shown = ".".join(map(str, release))
            print(f"| {shown} | {median(bare):.0f} | {median(more):.0f} | {added:.0f} | 60 |")


def _installed(folder: Path, release: tuple[int, int, int]) -> dict[str, str]:
    """A machine with stored logins, a config, and the package of that release, which is never started."""
    state = folder / "state"
    state.mkdir()
    prepared = prepare(state, release, PLAN, PLACES)
    package = folder / "node_modules" / "openclaw"
    package.mkdir(parents=True)
    version = ".".join(map(str, release))
    (package / "package.json").write_text(json.dumps({"name": "openclaw", "version": version}))
    program = package / "openclaw.mjs"
    program.write_text("#!/bin/sh\nexit 99\n")
    program.chmod(0o755)
    programs = folder / "programs"
    programs.mkdir()
    (programs / "openclaw").symlink_to(program)
    return {**prepared.env, "PATH": str(programs)}


if __name__ == "__main__":
    main()
