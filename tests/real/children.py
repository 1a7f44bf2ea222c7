"""Child processes that cannot outlive a test: each in its own group, bounded in time, ended with its group."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

GRACE_SECONDS = 5.0


@contextlib.contextmanager
def child(words: Sequence[object], env: Mapping[str, str], cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """A running program with its output in pipes; it is gone, with what it started, when the block ends."""
    process = subprocess.Popen(
        [str(word) for word in words],
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _end(process)


def run(
    words: Sequence[object], env: Mapping[str, str], cwd: Path, timeout: float, given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run to the end. `given` is written to stdin. Raises subprocess.TimeoutExpired when it takes too long."""
    with child(words, env, cwd) as process:
        out, err = process.communicate(given, timeout=timeout)
    return subprocess.CompletedProcess([str(word) for word in words], process.returncode, out, err)


def _end(process: subprocess.Popen[str]) -> None:
    """Asks first, so that a program can tidy up, and then ends the whole group."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
    # The leader may be gone while something that it started still lives in its group.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(GRACE_SECONDS)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
