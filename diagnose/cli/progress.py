"""What a person sees on stderr while a run goes on."""

import os
import sys
from typing import TextIO

from diagnose.model.check import Finished
from diagnose.redact import Redactor, secrets_of
from diagnose.runner import Event, Started
from reports.text import clean, wrap

_HANG = "  "
_NARROWEST = 48


class Progress:
    """Prints the claim and the ceiling at once, and on a terminal the check that is running."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._redactor = Redactor(secrets_of(os.environ))

    def say(self, text: str) -> None:
        """A line that stays, wrapped on a terminal. Hosts and files have a part in its words, so it is made fit to be
        shown."""
        self._clear()
        shown = clean(self._redactor.text(text))
        lines = wrap(shown, self._width() - len(_HANG)) if self._live else [shown]
        self._stream.write(f"\n{_HANG}".join(lines) + "\n")
        self._stream.flush()

    def listen(self, event: Event) -> None:
        """A listener for the runner."""
        if not self._live:
            return
        if isinstance(event, Started):
            self._clear()
            # On one row, or it could not be taken away again.
            self._stream.write(f"[{event.position}/{event.total}] {event.title} …"[: self._width() - 1])
            self._stream.flush()
        elif isinstance(event, Finished):
            self._clear()

    def _width(self) -> int:
        try:
            columns = os.get_terminal_size(self._stream.fileno()).columns
        except (OSError, ValueError):  # a terminal that tells no size, or a stream that is none
            columns = 0
        return max(_NARROWEST, columns or 80)

    def _clear(self) -> None:
        if self._live:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()
