"""A signal while an image is being paid for: it is said, and nothing half-written stays."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from diagnose.sandbox.faults import Faults
from diagnose.sandbox.server import Sandbox

COMMAND = Path(sys.executable).with_name("routecheck")
RUN = ["run", "--no-fallback", "--output", "r.json"]
GENERATE = ["generate", "x", "-o", "x.png", "--unproven"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda n: n.name)
@pytest.mark.parametrize("words", [RUN, GENERATE], ids=["run", "generate"])
def test_a_signal_during_the_paid_request_says_that_it_may_have_been_billed(machine, tmp_path, words, number) -> None:
    with Sandbox(Faults(delay=30.0)) as server:
        process = subprocess.Popen(
            [str(COMMAND), *words, "--base-url", server.base_url],
            env=machine | {"OPENAI_API_KEY": server.key}, cwd=tmp_path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        end = time.monotonic() + 20
        while not any((r.body or {}).get("n") == 1 for r in server.requests) and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
    assert process.returncode == (130 if number is signal.SIGINT else 128 + number)
    assert "may have been billed" in err
    assert "Traceback" not in err
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == []


def test_a_signal_before_anything_was_paid_says_nothing_of_money(machine, tmp_path) -> None:
    with Sandbox(Faults(delay=30.0)) as server:
        process = subprocess.Popen(
            [str(COMMAND), "run", "--no-fallback", "--no-spend", "--base-url", server.base_url],
            env=machine | {"OPENAI_API_KEY": server.key}, cwd=tmp_path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        time.sleep(1.0)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert "billed" not in err
