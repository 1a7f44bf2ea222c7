"""stdout and stderr that never end the program: its verdict is paid for, and its exit code has to arrive."""

import errno
import io
import os
import select
import sys
from typing import Any, TextIO


class Lenient(io.FileIO):
    """A descriptor that drops what nobody takes any more. `lost` is the error, other than a reader that went away."""

    lost: OSError | None = None

    def write(self, data: Any, /) -> int:
        """Write what the descriptor takes; a reader that is slow is waited for."""
        size = memoryview(data).nbytes
        try:
            taken: int | None
            while (taken := super().write(data)) is None:
                select.select([], [self], [])
        except OSError as error:
            if error.errno != errno.EPIPE:
                self.lost = error
            return size
        return taken


def install() -> None:
    """Replace both streams. Where the caller has closed one, it leads nowhere from now on."""
    sys.stdout, sys.stderr = _lenient(sys.stdout, 1), _lenient(sys.stderr, 2)


def close() -> None:
    """Bring everything out, and say on stderr when stdout did not take it."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    if isinstance(raw, Lenient) and raw.lost is not None:
        sys.stderr.write(f"error: stdout cannot be written: {raw.lost.strerror}\n")
        sys.stderr.flush()


def _lenient(stream: TextIO | None, number: int) -> TextIO:
    if stream is None:
        # Taken at once, or the next socket would get the number and our text with it.
        number = os.open(os.devnull, os.O_WRONLY)
    else:
        try:
            stream.flush()
            number = stream.fileno()
        except (OSError, ValueError):  # a stand-in of a program that calls us
            return stream
    raw = Lenient(number, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding if stream is not None else "utf-8",
        errors="backslashreplace",
        line_buffering=stream is None or stream is sys.stderr or stream.isatty(),
    )
