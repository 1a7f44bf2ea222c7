"""A step as a process: bounded by its operator, asked to leave and waited for, never left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from diagnose.playbook import child

CALLER = """
import os, signal, sys
from diagnose.playbook import child
def ended(number, frame):
    raise SystemExit(128 + number)
signal.signal(signal.SIGTERM, ended)
try:
    child.run([sys.executable, "-c", sys.argv[1]], env=os.environ)
except KeyboardInterrupt:
    sys.exit(130)
"""
PATIENT = """
import pathlib, signal, sys, time
def leave(number, frame):
    time.sleep(0.2)
    pathlib.Path("left").write_text(str(number))
    sys.exit(1)
signal.signal(signal.SIGINT, leave)
signal.signal(signal.SIGTERM, leave)
pathlib.Path("ready").touch()
time.sleep(60)
"""


def test_it_gives_what_was_printed_and_the_code_and_closes_stdin(capfd: pytest.CaptureFixture[str]) -> None:
    code = "import sys; print('out', repr(sys.stdin.read())); print('err', file=sys.stderr); sys.exit(4)"
    ended = child.run([sys.executable, "-c", code], env=os.environ)
    assert (ended.exit_code, ended.stdout) == (4, "out ''\n")
    assert capfd.readouterr().err == "err\n"
    assert "out" not in repr(ended)


def test_a_program_that_is_not_there_is_said() -> None:
    with pytest.raises(child.NotStartedError, match="/nowhere/x cannot be started: No such file"):
        child.run(["/nowhere/x"], env={})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_a_signal_is_handed_on_once_and_the_command_is_waited_for(tmp_path: Path, number: signal.Signals) -> None:
    process = subprocess.Popen([sys.executable, "-c", CALLER, PATIENT], cwd=tmp_path)
    end = time.monotonic() + 20
    while not (tmp_path / "ready").exists() and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(number)
    assert process.wait(20) == 128 + number
    assert (tmp_path / "left").read_text() == str(int(number))
