"""Children are bounded in time and output, and nothing that they started is left. Real processes, no mocks."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from diagnose import children
from diagnose.children import Finished, NotStartedError, processes, run

Play = Callable[..., Finished]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Runs a Python program, whose processes write their numbers to files in its working folder."""

    def start(program: str, *, limit: float = 20, **more: Any) -> Finished:
        words = [sys.executable, "-S", "-c", textwrap.dedent(program)]
        return run(words, env={"PATH": os.environ["PATH"]}, cwd=tmp_path, limit=limit, **more)

    return start


def alive(pid: int) -> bool:
    return any(one.pid == pid for one in processes._processes())


def number(folder: Path, name: str) -> int:
    return int((folder / name).read_text())


def test_what_it_prints_and_its_exit_code_are_kept(play: Play) -> None:
    ended = play("import sys; print('out'); print('err', file=sys.stderr); sys.exit(13)")
    assert (ended.exit_code, ended.stdout, ended.stderr) == (13, "out\n", "err\n")
    assert (ended.left, ended.dropped) == ((), 0)


def test_its_output_is_not_in_the_repr(play: Play) -> None:
    assert "canary" not in repr(play("print('canary')"))


def test_stdin_is_closed_or_given(play: Play) -> None:
    assert play("import sys; print(repr(sys.stdin.read()))").stdout == "''\n"
    assert play("import sys; print(repr(sys.stdin.read()))", given="a key").stdout == "'a key'\n"


def test_a_program_that_does_not_read_what_it_is_given_ends_all_the_same(play: Play) -> None:
    assert play("pass", given="x" * 1_000_000).exit_code == 0


def test_what_hangs_is_ended_in_time(play: Play) -> None:
    began = time.monotonic()
    ended = play("import time; print('here', flush=True); time.sleep(60)", limit=0.6)
    assert (ended.exit_code, ended.stdout, ended.left) == (None, "here\n", ())
    assert time.monotonic() - began < 3


def test_it_may_tidy_up_when_it_is_ended(play: Play) -> None:
    ended = play(
        """
        import signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: (print("tidy", flush=True), sys.exit(0)))
        print("ready", flush=True)
        time.sleep(60)
        """,
        limit=1,
    )
    assert (ended.exit_code, ended.stdout) == (None, "ready\ntidy\n")


def test_what_ignores_being_asked_is_ended(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "GRACE_SECONDS", 0.3)
    ended = play("import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)", limit=0.5)
    assert ended.exit_code is None


ORPHAN = """
import os, subprocess, sys, time
from pathlib import Path
sleeper = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
"""


def test_a_child_in_a_session_of_its_own_is_ended_and_reported(play: Play, tmp_path: Path) -> None:
    ended = play(
        ORPHAN
        + """
there = subprocess.Popen([sys.executable, "-S", "-c", sleeper], start_new_session=True, **quiet)
Path("pid").write_text(str(there.pid))
time.sleep(60)
""",
        limit=1.2,
    )
    pid = number(tmp_path, "pid")
    assert ended.exit_code is None
    assert not alive(pid)
    assert [words.split()[:2] for words in ended.left] == [["pid", str(pid)]]
    assert "python" in ended.left[0]


def test_an_orphan_of_a_program_that_has_ended_is_found_by_its_mark(play: Play, tmp_path: Path) -> None:
    # Twice away, so that its parent is nobody that we know when the program ends.
    ended = play(
        ORPHAN
        + """
between = (
    "import subprocess, sys; from pathlib import Path;"
    f"p = subprocess.Popen([sys.executable, '-S', '-c', {sleeper!r}], start_new_session=True);"
    "Path('pid').write_text(str(p.pid))"
)
subprocess.run([sys.executable, "-S", "-c", between], start_new_session=True, **quiet)
"""
    )
    assert ended.exit_code == 0
    assert not alive(number(tmp_path, "pid"))
    assert len(ended.left) == 1


def test_a_descendant_that_drops_the_mark_is_known_by_its_parents(play: Play, tmp_path: Path) -> None:
    ended = play(
        ORPHAN
        + """
there = subprocess.Popen([sys.executable, "-S", "-c", sleeper], start_new_session=True, env={}, **quiet)
Path("pid").write_text(str(there.pid))
time.sleep(60)
""",
        limit=1.2,
    )
    assert not alive(number(tmp_path, "pid"))
    assert len(ended.left) == 1


def test_an_orphan_that_holds_the_output_does_not_hold_us(play: Play) -> None:
    began = time.monotonic()
    ended = play(ORPHAN + 'subprocess.Popen([sys.executable, "-S", "-c", sleeper], start_new_session=True)')
    assert (ended.exit_code, len(ended.left)) == (0, 1)
    assert time.monotonic() - began < 10


def test_nothing_else_is_ended(play: Play, tmp_path: Path) -> None:
    bystander = subprocess.Popen(
        [sys.executable, "-S", "-c", "import time; time.sleep(60)"], env={children.MARK: "another"}
    )
    try:
        play("import time; time.sleep(60)", limit=0.5)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_flood_is_drained_counted_and_cut(play: Play) -> None:
    more = 3_000_000
    ended = play(f"import os\nfor fd in (1, 2):\n  n = {children.KEPT + more}\n  while n: n -= os.write(fd, b'x' * n)")
    assert ended.exit_code == 0
    assert (len(ended.stdout), len(ended.stderr)) == (children.KEPT, children.KEPT)
    assert ended.dropped == 2 * more


def test_bytes_that_are_no_text_are_replaced(play: Play) -> None:
    assert play("import os; os.write(1, bytes([255, 65]))").stdout == "\ufffdA"


def test_progress_is_told_at_the_start_and_while_it_takes_long(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "TELL_SECONDS", 0.2)
    told: list[str] = []
    play("import time; time.sleep(0.9)", limit=180, tell=told.append, about="OpenClaw is making an image")
    assert told[0] == "OpenClaw is making an image, up to 180 s"
    assert len(told) >= 3
    assert all(line.endswith("s so far") for line in told[1:])


def test_ctrl_c_ends_the_tree_and_goes_on(play: Play, tmp_path: Path) -> None:
    def press() -> None:
        while not (tmp_path / "pid").exists():
            time.sleep(0.02)
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        play(
            ORPHAN
            + """
there = subprocess.Popen([sys.executable, "-S", "-c", sleeper], start_new_session=True, **quiet)
Path("pid").write_text(str(there.pid))
time.sleep(60)
"""
        )
    thread.join()
    assert not alive(number(tmp_path, "pid"))


def test_a_program_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotStartedError, match="No such file"):
        run([str(tmp_path / "nope")], env={}, cwd=tmp_path, limit=1)
    (tmp_path / "closed").write_text("#!/bin/sh\n")
    with pytest.raises(NotStartedError, match="Permission denied"):
        run([str(tmp_path / "closed")], env={}, cwd=tmp_path, limit=1)


def test_a_killed_child_gives_its_signal(play: Play) -> None:
    assert play("import os; os.kill(os.getpid(), 9)").exit_code == -9


def test_ps_is_read_where_there_is_no_proc(play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows that `ps` of macOS prints; which processes there are comes from a file here."""
    rows = [
        "    1     0 Ss   Sat Nov 21 07:00:00 2026     /sbin/launchd",
        "  500     1 S    Sat Nov 21 08:00:00 2026     /opt/home brew/bin/node",
        "  501   500 Z    Sat Nov 21 08:00:00 2026     (node)",
        "broken line",
    ]
    monkeypatch.setattr(processes, "_PROC", tmp_path / "none")
    marked = ["  500 node openclaw.mjs PATH=/bin ROUTECHECK_CHILD=abc", "  501 x"]
    monkeypatch.setattr(processes, "_ps", lambda *options: marked if "-axEww" in options else rows)
    found = list(processes._processes())
    assert [(one.pid, one.parent, one.name) for one in found] == [(1, 0, "launchd"), (500, 1, "node")]
    family = processes.Family(77, "ROUTECHECK_CHILD=abc")
    assert family.look() == []
    assert [one.pid for one in family.look(thoroughly=True)] == [500]
