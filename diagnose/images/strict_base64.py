"""A streaming base64 decoder that reports what is wrong instead of dropping it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pybase64

_BLOCK = 256 * 1024  # characters per call: 192 KiB of bytes, small enough to stay in the cache
_SMALL = 16 * 1024  # shorter pieces are gathered first
_WRONG = re.compile(rb"[^A-Za-z0-9+/]")
_LONGEST_HEAD = 256


class StrictBase64:
    """Decode one base64 text that comes in pieces; the result does not depend on where it was cut.

    Standard alphabet with padding, nothing else: the first wrong character ends the decoding, with all whole
    groups before it delivered. A leading ``data:<type>;base64,`` is taken off and noted.

    Args:
        sink: gets the decoded bytes in order.

    Attributes:
        decoded: how many bytes the sink got.
        data_url: the text began with ``data:``.
        problem: one sentence about the first thing wrong, or None.
    """

    def __init__(self, sink: Callable[[bytes], object]) -> None:
        self._sink = sink
        self._carry = bytearray()
        self._head: bytearray | None = bytearray()
        self._at = 0  # characters decoded so far, the head not counted
        self._padded = False
        self.decoded = 0
        self.data_url = False
        self.problem: str | None = None

    def put(self, text: memoryview) -> None:
        """Take the next piece of text (bytes, any length)."""
        if self.problem is not None:
            return
        if self._head is not None:
            self._open(text)
            return
        carry = self._carry
        if len(carry) + len(text) < _SMALL:
            carry += text
            return
        if carry:
            # The carry is topped up rather than joined with the piece: that would copy the piece.
            need = -len(carry) % 4
            carry += text[:need]
            text = text[need:]
            self._carry = bytearray()
            self._decode(memoryview(bytes(carry)))
        whole = len(text) - len(text) % 4
        for start in range(0, whole, _BLOCK):
            self._decode(text[start : min(start + _BLOCK, whole)])
        self._carry += text[whole:]

    def close(self) -> None:
        """The text is over: decode what is left and judge the padding."""
        self._flush()
        if self.problem is None and self._carry:
            if wrong := _WRONG.search(self._carry):
                self._wrong_character(self._carry[wrong.start()], self._at + wrong.start())
            else:
                self._report(f"ends in the middle of a group of four characters, after {self._length()}")
        self._carry.clear()

    def cut(self) -> None:
        """The body ended inside the text: decode the whole groups and say so."""
        self._flush()
        self._report(f"is cut off after {self._length()} characters, before its closing quote")
        self._carry.clear()

    def _open(self, text: memoryview) -> None:
        """Look at the first characters for the head of a data URL."""
        head = self._head
        assert head is not None
        room = _LONGEST_HEAD - len(head)
        head += text[:room]
        text = text[room:]
        if head[:5] != b"data:"[: len(head)]:
            comma = -1
        else:
            if len(head) < 5:
                return
            comma = head.find(b",")
            if comma < 0 and len(head) < _LONGEST_HEAD:
                return
            self.data_url = True
            if not head[: max(comma, 0)].lower().endswith(b";base64"):
                self._report("starts as a data URL that is not base64")
                return
        self._head = None
        self.put(memoryview(bytes(head[comma + 1 :])))
        self.put(text)

    def _flush(self) -> None:
        if self._head is not None:
            head, self._head = self._head, None
            if head[:5] == b"data:":
                self.data_url = True
                self._report("starts as a data URL that is not base64")
            self._carry += head
        if self.problem is not None:
            return
        whole = len(self._carry) - len(self._carry) % 4
        text = memoryview(bytes(self._carry[:whole]))
        del self._carry[:whole]
        self._decode(text)

    def _decode(self, text: memoryview) -> None:
        """Decode whole groups of four characters."""
        if self.problem is not None or not text:
            return
        if self._padded:
            self._report(f"goes on after its padding, at character {self._at}")
            return
        try:
            out = pybase64.b64decode(text, validate=True)
        except ValueError:
            self._decode_up_to_the_fault(text)
            return
        self._deliver(out, len(text))
        self._padded = text[-1] == 0x3D

    def _decode_up_to_the_fault(self, text: memoryview) -> None:
        wrong = _WRONG.search(text)
        assert wrong is not None, "pybase64 refuses only what is outside the alphabet"
        place = wrong.start()
        group = place - place % 4
        quad = bytes(text[group : group + 4])
        padding = quad[place - group :]
        if place - group >= 2 and padding == b"=" * len(padding):
            self._deliver(pybase64.b64decode(text[: group + 4], validate=True), group + 4)
            self._padded = True
            self._report(f"goes on after its padding, at character {self._at}")
            return
        if group:
            self._deliver(pybase64.b64decode(text[:group], validate=True), group)
        self._wrong_character(text[place], self._at + place - group)

    def _deliver(self, out: bytes, characters: int) -> None:
        self._at += characters
        self.decoded += len(out)
        self._sink(out)

    def _length(self) -> int:
        return self._at + len(self._carry)

    def _wrong_character(self, code: int, place: int) -> None:
        if code in b"-_":
            self._report(f"uses the URL-safe alphabet (first at character {place})")
        elif code == 0x3D:
            self._report(f"has padding where none belongs, at character {place}")
        else:
            self._report(f"has a byte that is not base64 (0x{code:02x} at character {place})")

    def _report(self, what: str) -> None:
        if self.problem is None:
            self.problem = f"The base64 text of the image {what}."
