"""One step as a process: our own command again, whose progress is seen at once and whose report is kept.

Not through `diagnose.children`, which ends a program and all that it started within moments. A command of ours
ends its own children, and may have to say first that an image was paid for; so it gets the signal and the time.
"""

import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subprocess import Popen

_INTERRUPTED = 128 + signal.SIGINT

LEAVE_SECONDS = 20.0
"""For a command to end by itself after a signal, with an OpenClaw below it."""


class NotStartedError(Exception):
    """The command could not be started; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended. `exit_code` is below 0 when a signal ended it."""

    exit_code: int
    stdout: str = field(repr=False)


def run(words: Sequence[str], *, env: Mapping[str, str]) -> Ended:
    """Run a command to its end; its stderr is ours. Raises NotStartedError.

    Ctrl-C and SIGTERM are handed on, the command is waited for, and they go on; a Ctrl-C that the command has told of
    by itself ends us as SystemExit, without further words.
    """
    import subprocess

    try:
        # In a session of its own, or Ctrl-C would reach it twice: from the terminal and from us.
        process = subprocess.Popen(  # noqa: S603 - our own program
            list(words), env=dict(env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
        )
    except OSError as error:
        raise NotStartedError(f"{words[0]} cannot be started: {error.strerror or error}") from None
    try:
        out, _ = process.communicate()
    except BaseException as error:
        interrupted = isinstance(error, KeyboardInterrupt)
        _leave(process, signal.SIGINT if interrupted else signal.SIGTERM)
        if interrupted and process.returncode == _INTERRUPTED:
            raise SystemExit(_INTERRUPTED) from None
        raise
    return Ended(exit_code=process.returncode, stdout=out.decode("utf-8", "replace"))


def _leave(process: "Popen[bytes]", number: signal.Signals) -> None:
    import subprocess

    os.kill(process.pid, number)  # not waited for yet, so the number is still its own
    try:
        process.communicate(timeout=LEAVE_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt, SystemExit):
        # It did not want to, or the operator does not want to wait.
        process.kill()
        process.wait()
