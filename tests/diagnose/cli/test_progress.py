"""What is seen on stderr while a run goes on, on a terminal and in a file."""

from __future__ import annotations

import io
import os
import pty
import struct
from collections.abc import Iterator
from fcntl import ioctl
from select import select
from termios import TIOCSWINSZ
from typing import TextIO

import pytest

from diagnose.cli.progress import Progress
from diagnose.runner import Started

LINE = "claim: openai/gpt-image-2 by codex-responses at https://chatgpt.com/backend-api/codex, fallback forbidden, low"


@pytest.fixture
def terminal() -> Iterator[tuple[TextIO, int]]:
    """A terminal of 60 columns: the stream to write on, and the descriptor to read what arrived."""
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    with os.fdopen(theirs, "w") as stream:
        yield stream, ours
    os.close(ours)


def arrived(descriptor: int) -> str:
    """What stands on the terminal, without the order that empties a row."""
    parts = []
    while select([descriptor], [], [], 0.1)[0]:
        parts.append(os.read(descriptor, 4096))
    return b"".join(parts).decode().replace("\r\x1b[2K", "").replace("\r\n", "\n")


def test_a_long_line_is_wrapped_at_the_terminal(terminal: tuple[TextIO, int]) -> None:
    Progress(terminal[0]).say(LINE)
    shown = arrived(terminal[1])
    assert " ".join(shown.split()) == LINE
    lines = shown.splitlines()
    assert len(lines) > 1
    assert max(map(len, lines)) <= 60
    assert all(line.startswith("  ") for line in lines[1:])


def test_the_check_that_runs_stays_on_one_row(terminal: tuple[TextIO, int]) -> None:
    Progress(terminal[0]).listen(Started(check_id="a.b", title="t" * 90, position=1, total=47))
    assert len(arrived(terminal[1])) < 60


def test_a_file_gets_whole_lines() -> None:
    stream = io.StringIO()
    Progress(stream).say(LINE)
    assert stream.getvalue() == LINE + "\n"
