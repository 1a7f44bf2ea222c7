"""The short values of a large JSON text, while it arrives: prompts and pictures are emptied, the rest is parsed."""

import json
import re
from typing import Any

LONGEST = 512
"""The longest string that is kept, in bytes as written."""
KEEP = 256 * 1024
_PLAIN = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)


class Skim:
    """Copies JSON text with every long string emptied; the result does not depend on how the text is cut."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._string: bytearray | None = None  # of the string that is open: what was written, while it is short
        self._inside = False
        self._escaped = False

    def feed(self, chunk: bytes) -> None:
        """Take the next piece of the text, of any length."""
        at = 0
        while at < len(chunk):
            at = self._within(chunk, at) if self._inside else self._between(chunk, at)

    def parsed(self) -> Any:
        """The value, with long strings empty. Raises ValueError when it is no JSON, or too much of it."""
        if len(self._kept) > KEEP:
            raise ValueError("too long")
        try:
            return json.loads(self._kept)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def _keep(self, piece: bytes) -> None:
        if len(self._kept) <= KEEP:
            self._kept += piece

    def _between(self, chunk: bytes, at: int) -> int:
        quote = chunk.find(b'"', at)
        if quote < 0:
            self._keep(chunk[at:])
            return len(chunk)
        self._keep(chunk[at : quote + 1])
        self._inside, self._string = True, bytearray()
        return quote + 1

    def _within(self, chunk: bytes, at: int) -> int:
        begin = at
        if self._escaped:
            self._escaped = False
            at += 1
        match = _PLAIN.match(chunk, at)
        assert match is not None, "the pattern takes nothing, too"
        end = match.end()
        if end < len(chunk) and chunk[end] == 0x5C:  # a backslash that is the last byte of the chunk
            self._escaped = True
            end += 1
        if self._string is not None:
            self._string += chunk[begin : min(end, begin + LONGEST + 1)]
            if len(self._string) > LONGEST:
                self._string = None
        if end < len(chunk) and not self._escaped:
            self._keep(bytes(self._string or b"") + b'"')
            self._inside = False
            end += 1
        return end
