"""Split a stream of server-sent events while it arrives, without holding an event.

One event can carry an image of 17 MB in a single line, so nothing is gathered here: the data of an event is handed on
in the pieces in which it came.
"""

from __future__ import annotations

from collections.abc import Callable

from diagnose.images.extract import Base64Extractor

_BOM = b"\xef\xbb\xbf"
_LONGEST_FIELD = len(_BOM) + len(b"event") + 1
_LONGEST_NAME = 100


class Events:
    """Incremental reader of a `text/event-stream` body; what it tells does not depend on how the body is cut.

    Lines end with CRLF, LF or CR. Comments and all fields but `event` and `data` are passed over, and so is an event
    without data.

    Args:
        data: gets the pieces of an event's data in order, with a line feed between two lines of it.
        over: is told when an event with data has ended, with its name ("" where it had none).
    """

    def __init__(self, data: Callable[[bytes], object], over: Callable[[str], object]) -> None:
        self._data = data
        self._over = over
        self._head = bytearray()  # of the open line, until its field is known
        self._field: bytes | None = None
        self._fresh = False  # of the field's value nothing has come, so one space may still be taken off
        self._name = bytearray()
        self._any = False  # the open event has data
        self._first = True  # a byte order mark may stand here
        self._after_cr = False

    @property
    def name(self) -> str:
        """The name of the open event as far as it has come; servers write it before the data."""
        return self._name.decode("utf-8", "replace")

    def feed(self, chunk: bytes) -> None:
        """Take the next piece of the body, of any length."""
        at, size = 0, len(chunk)
        if self._after_cr and chunk:
            at = int(chunk[0] == 0x0A)
            self._after_cr = False
        # The next line feed and the next carriage return are remembered: looking for both anew in each line would
        # read the rest of the chunk once for every line of it.
        lf = cr = -1
        while at < size:
            lf = lf if lf >= at else _find(chunk, b"\n", at)
            cr = cr if cr >= at else _find(chunk, b"\r", at)
            end = min(lf, cr)
            if end > at:
                self._piece(chunk[at:end])
            if end == size:
                return
            self._line_over()
            at = end + 1
            if end == cr:
                if at == size:
                    self._after_cr = True
                elif chunk[at] == 0x0A:
                    at += 1

    def finish(self) -> None:
        """The body is over: an event that was still open ends here. Call it once, after the last chunk."""
        if self._field is not None or self._head:
            self._line_over()
        self._event_over()

    def _piece(self, piece: bytes) -> None:
        """A part of a line."""
        if self._field is None:
            colon = piece.find(b":", 0, _LONGEST_FIELD)
            self._head += piece[:_LONGEST_FIELD] if colon < 0 else piece[:colon]
            if colon < 0 and len(self._head) < _LONGEST_FIELD:
                return
            self._open()
            piece = piece[colon + 1 :] if colon >= 0 else b""
        if self._fresh and piece:
            self._fresh = False
            piece = piece.removeprefix(b" ")
        if not piece:
            return
        if self._field == b"data":
            self._data(piece)
        elif self._field == b"event":
            self._name += piece[: _LONGEST_NAME - len(self._name)]

    def _open(self) -> None:
        """The field of the open line is known."""
        self._field = self._taken()
        self._fresh = True
        if self._field == b"event":
            self._name.clear()
        elif self._field == b"data":
            if self._any:
                self._data(b"\n")
            self._any = True

    def _taken(self) -> bytes:
        head = bytes(self._head)
        self._head.clear()
        if self._first:
            self._first = False
            head = head.removeprefix(_BOM)
        return head

    def _line_over(self) -> None:
        if self._field is None:
            if not self._head.removeprefix(_BOM if self._first else b""):
                self._taken()
                self._event_over()
                return
            self._open()  # a line without a colon is a field without a value
        self._field = None

    def _event_over(self) -> None:
        name, any_data = self.name, self._any
        self._name.clear()
        self._any = False
        if any_data:
            self._over(name)


class EventImage(Base64Extractor):
    """Takes the image, a key called `result`, out of the data of one event.

    Args:
        sink: gets the decoded bytes; it may look at `before` to find out where the image stands.
    """

    def __init__(self, sink: Callable[[bytes], object]) -> None:
        super().__init__(sink, field=b"result", keep=256 * 1024)

    @property
    def before(self) -> bytes:
        """All of the data that stands before the image's text, once its first bytes come."""
        return bytes(self._rest)


def _find(chunk: bytes, mark: bytes, at: int) -> int:
    """Where the mark is, or the length of the chunk."""
    found = chunk.find(mark, at)
    return len(chunk) if found < 0 else found
