"""What a person sees on stderr while a run goes on."""

import os
import sys
from typing import TextIO

from diagnose.model.check import Finished
from diagnose.redact import Redactor, secrets_of
from diagnose.runner import Event, Started
from reports.text import clean


class Progress:
    """Prints the claim and the ceiling at once, and on a terminal the check that is running."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._redactor = Redactor(secrets_of(os.environ))

    def say(self, text: str) -> None:
        """A line that stays. Hosts and files have a part in its words, so it is made fit to be shown."""
        self._clear()
        self._stream.write(clean(self._redactor.text(text)) + "\n")
        self._stream.flush()

    def listen(self, event: Event) -> None:
        """A listener for the runner."""
        if not self._live:
            return
        if isinstance(event, Started):
            self._clear()
            self._stream.write(f"[{event.position}/{event.total}] {event.title} …")
            self._stream.flush()
        elif isinstance(event, Finished):
            self._clear()

    def _clear(self) -> None:
        if self._live:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()
