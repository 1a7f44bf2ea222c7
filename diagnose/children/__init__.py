"""Programs that we start: bounded in time and output, and gone with everything that they started when `run` returns.

A killed launcher may leave a child in a session of its own. So every process that we start carries a mark in its
environment, which its children inherit, and descendants are remembered while they still hang together. Nothing
else is ever ended.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from diagnose.children.processes import Family

if TYPE_CHECKING:
    from subprocess import Popen
    from threading import Thread

MARK = "ROUTECHECK_CHILD"
KEPT = 4 * 1024 * 1024
"""Bytes of each stream that are kept. What comes after is read, so that nobody waits, and counted."""

GRACE_SECONDS = 3.0
"""For the program to end by itself after it was asked to."""

TELL_SECONDS = 15.0
_LOOK_SECONDS = 0.25
_SLEEP_SECONDS = 0.03
_HASTE_SECONDS = 0.5
_END_SECONDS = 5.0


class NotStartedError(Exception):
    """The program could not be started; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a program ended. `exit_code` None: it was ended by us after `limit` seconds, and below 0: by that signal.

    `dropped`: bytes of output beyond what is kept. `left`: the processes that had to be ended besides the program
    itself ("pid 1234 node").
    """

    exit_code: int | None
    stdout: str = field(repr=False)
    stderr: str = field(repr=False)
    seconds: float
    dropped: int = 0
    left: tuple[str, ...] = ()


def run(
    words: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    limit: float,
    tell: Callable[[str], None] | None = None,
    about: str = "",
    given: str = "",
    stop: Callable[[], bool] | None = None,
) -> Finished:
    """Run a program to its end, for `limit` seconds, or until `stop()`. Raises NotStartedError.

    `about` ("OpenClaw is making an image") is told at the start, and again while it takes long. `given` is
    written to its stdin, which is closed otherwise. On Ctrl-C the processes are ended, and it goes on.
    """
    from secrets import token_hex

    say = tell if tell is not None and about else _silent
    mark = token_hex(8)
    started = time.monotonic()
    process = _started(words, {**env, MARK: mark}, cwd, given)
    family = Family(process.pid, f"{MARK}={mark}")
    streams: list[_Stream] = []
    left: tuple[str, ...] = ()
    try:
        streams += [_Stream(process.stdout), _Stream(process.stderr)]
        say(f"{about}, up to {limit:.0f} s")
        in_time = _waited(process, family, started, limit, lambda s: say(f"{about}: {s:.0f} s so far"), stop)
        left = _ended(process, family, GRACE_SECONDS)
    except BaseException:
        _ended(process, family, _HASTE_SECONDS)  # a second Ctrl-C will not wait
        raise
    finally:
        for stream in streams:
            stream.close()
    return Finished(
        exit_code=process.returncode if in_time else None,
        stdout=streams[0].text(),
        stderr=streams[1].text(),
        seconds=time.monotonic() - started,
        dropped=sum(stream.dropped for stream in streams),
        left=left,
    )


def _silent(_: str) -> None:
    pass


def _started(words: Sequence[str], env: Mapping[str, str], cwd: Path, given: str) -> "Popen[bytes]":
    import subprocess

    source = subprocess.PIPE if given else subprocess.DEVNULL
    try:
        process = subprocess.Popen(  # noqa: S603 - the program is one that the user has installed
            list(words),
            env=dict(env),
            cwd=cwd,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise NotStartedError(f"{words[0]} cannot be started: {why}") from None
    if process.stdin is not None:
        _thread(_give, process.stdin, given.encode())
    return process


def _thread(work: Callable[..., None], *args: object) -> "Thread":
    from threading import Thread

    thread = Thread(target=work, args=args, daemon=True)
    thread.start()
    return thread


def _give(pipe: IO[bytes], content: bytes) -> None:
    with contextlib.suppress(OSError, ValueError), pipe:
        pipe.write(content)


class _Stream:
    """Reads a pipe to its end in a thread of its own, and keeps the first KEPT bytes."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        assert pipe is not None
        self._pipe = pipe
        self._parts: list[bytes] = []
        self._kept = 0
        self.dropped = 0
        self._thread = _thread(self._read)

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while part := os.read(self._pipe.fileno(), 65536):
                kept = part[: KEPT - self._kept]
                self._kept += len(kept)
                self.dropped += len(part) - len(kept)
                if kept:
                    self._parts.append(kept)

    def close(self) -> None:
        """Wait for the end, which comes with the last process; a pipe that somebody still holds is not waited for."""
        self._thread.join(2.0)
        if not self._thread.is_alive():
            self._pipe.close()

    def text(self) -> str:
        return b"".join(list(self._parts)).decode("utf-8", "replace")


def _waited(
    process: "Popen[bytes]",
    family: Family,
    started: float,
    limit: float,
    tell: Callable[[float], None],
    stop: Callable[[], bool] | None,
) -> bool:
    """Whether it ended in time. Its descendants are remembered meanwhile."""
    look, told = 0.0, TELL_SECONDS
    while process.poll() is None:
        spent = time.monotonic() - started
        if spent >= limit or (stop is not None and stop()):
            return False
        if spent >= look:
            family.look()
            look = spent + min(1.0, max(_LOOK_SECONDS, spent / 20))  # a busy machine has thousands of processes
        if spent >= told:
            tell(spent)
            told += TELL_SECONDS
        time.sleep(min(_SLEEP_SECONDS, limit - spent))
    return True


def _ended(process: "Popen[bytes]", family: Family, grace: float) -> tuple[str, ...]:
    """End what still lives: the program is asked first, then everything goes. Gives what went besides it."""
    family.look()
    if process.poll() is None:
        process.terminate()
        _until(lambda: process.poll() is not None, grace)
    ended: dict[int, str] = {}
    deadline = time.monotonic() + _END_SECONDS
    while (alive := family.look(thoroughly=True)) and time.monotonic() < deadline:
        for one in alive:
            if one.pid != process.pid:
                ended[one.pid] = f"pid {one.pid} {one.name}"
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(one.pid, signal.SIGKILL)
        process.poll()
        time.sleep(_SLEEP_SECONDS)
    if process.poll() is None:  # where processes cannot be listed
        process.kill()
        process.wait()
    return tuple(ended.values())


def _until(done: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(_SLEEP_SECONDS)
