"""Take the base64 image out of a JSON body while it arrives.

A body with a 4K image is 17 MB of JSON. Reading it whole costs more memory and time than the rest of a run,
so the body is scanned once as it comes in: image text goes through pybase64 to a sink, everything else (about
1 KB) is kept as JSON that can be parsed afterwards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from diagnose.images.strict_base64 import StrictBase64

_SPACE = b" \t\r\n"
_WINDOW = 256 * 1024
# Possessive (++, *+): matching must neither backtrack nor remember millions of repetitions.
_PLAIN = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_ESCAPE = re.compile(rb"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LONGEST_ESCAPE = 6
# What JSON writers really do to base64: PHP escapes the slash, .NET the plus, MIME wrapping adds line breaks.
_USUAL = {b"\\/": b"/", b"\\u002B": b"+", b"\\n": b"", b"\\r": b"", b"\\u002b": b"+", b"\\u002F": b"/"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What one body held.

    Attributes:
        rest: the body with every non-empty image string emptied (``"b64_json": ""``); parses as JSON when the
            body did. Cut at ``keep`` bytes.
        overflow: the rest was longer than ``keep`` bytes and has been cut.
        images: how many times the field had a non-empty string as its value.
        image_bytes: bytes of the first image that were decoded and given to the sink.
        complete: the closing quote of the first image was seen.
        data_url: the first image was written as ``data:...;base64,...``.
        problem: why the first image is not sound base64, as one sentence; None when it is sound or absent.
    """

    rest: bytes
    overflow: bool
    images: int
    image_bytes: int
    complete: bool
    data_url: bool
    problem: str | None


class Base64Extractor:
    """Incremental scanner of one body; the result does not depend on how the body is cut into chunks.

    Only string syntax is tracked, not nesting: a string followed by a colon is a key wherever it stands, as
    JSON has it. So a server-sent event (``data: {...}``) works as well as a plain body. The image is the value
    of the first key called ``field`` whose value is a non-empty string; later ones are counted and
    dropped, and a null or a number stays in the rest.

    Args:
        sink: gets the decoded bytes in order, in blocks of at most 192 KiB; what it raises is passed on.
        field: the name of the key.
        keep: the most bytes of the rest to keep.
    """

    def __init__(self, sink: Callable[[bytes], object], *, field: bytes = b"b64_json", keep: int = 1 << 20) -> None:
        self._field = field
        self._keep = keep
        self._rest = bytearray()
        self._overflow = False
        self._images = 0
        self._complete = False
        self._image = StrictBase64(sink)
        self._tail = b""  # an escape that the end of a chunk has cut
        self._key: bytearray | None = None  # the text of the string that is open, while it may be the field
        self._key_limit = _LONGEST_ESCAPE * len(field)
        self._escaped = False  # a plain string ended its chunk on a backslash
        self._after = 0  # between strings: 1 = the field's name was just read, 2 = and its colon
        self._state = self._outside

    def feed(self, chunk: bytes) -> None:
        """Scan the next piece of the body, of any length."""
        if self._tail:
            chunk, self._tail = self._tail + chunk, b""
        at, end = 0, len(chunk)
        while at < end:
            at = self._state(chunk, at)

    def finish(self) -> Extracted:
        """Close the scan and tell what was found; call it once, after the last chunk."""
        if self._state == self._first_image and self._images == 1:
            self._image.cut()
        return Extracted(
            rest=bytes(self._rest),
            overflow=self._overflow,
            images=self._images,
            image_bytes=self._image.decoded,
            complete=self._complete,
            data_url=self._image.data_url,
            problem=self._image.problem,
        )

    def _save(self, piece: bytes) -> None:
        room = self._keep - len(self._rest)
        if len(piece) > room:
            self._overflow = True
            piece = piece[:room]
        self._rest += piece

    # Each state takes (chunk, offset) and returns the offset up to which it has dealt with the chunk.

    def _outside(self, chunk: bytes, at: int) -> int:
        quote = chunk.find(b'"', at)
        stop = len(chunk) if quote < 0 else quote
        between = chunk[at:stop]
        if self._after and (mark := between.strip(_SPACE)):
            self._after = 2 if self._after == 1 and mark == b":" else 0
        if quote < 0:
            self._save(between)
            return stop
        self._save(between + b'"')
        if self._after == 2:
            self._state = self._value
        else:
            self._state = self._string
            self._key = bytearray()
        self._after = 0
        return quote + 1

    def _string(self, chunk: bytes, at: int) -> int:
        """Pass over a string that is not an image: kept in the rest, compared with the field's name."""
        end = self._end_of_string(chunk, at)
        piece = chunk[at:end]
        if self._key is not None:
            self._key += piece[: self._key_limit + 1]
            if len(self._key) > self._key_limit:
                self._key = None
        self._save(piece)
        if end < len(chunk):
            self._save(b'"')
            self._after = 1 if self._is_field() else 0
            self._state = self._outside
            end += 1
        return end

    def _value(self, chunk: bytes, at: int) -> int:
        """The first byte of the field's string decides whether there is an image at all."""
        if chunk[at] == 0x22:
            self._save(b'"')
            self._state = self._outside
            return at + 1
        self._images += 1
        self._state = self._first_image if self._images == 1 else self._later_image
        return at

    def _first_image(self, chunk: bytes, at: int) -> int:
        quote = chunk.find(b'"', at)
        stop = len(chunk) if quote < 0 else quote
        if chunk.find(b"\\", at, stop) >= 0:
            return self._first_image_with_escapes(chunk, at, quote)
        if stop > at:
            self._image.put(memoryview(chunk)[at:stop])
        if quote < 0:
            return stop
        self._image.close()
        return self._close_image(quote)

    def _first_image_with_escapes(self, chunk: bytes, at: int, quote: int) -> int:
        """Like ``_first_image``, in windows: undoing escapes copies the text."""
        end = len(chunk)
        stop = min(end if quote < 0 else quote, at + _WINDOW)
        text = chunk[at:stop]
        cut = _cut_escape(text)
        if stop == quote and not cut:
            self._image.put(memoryview(_unescape(text)))
            self._image.close()
            return self._close_image(quote)
        if cut:
            text = text[:-cut]
            if text:
                stop -= cut
            elif stop == quote:
                # Not cut by the chunk's end but wrong: no base64 text has an escaped quote or half a \\u.
                self._image.put(memoryview(b"\\"))
                self._image.close()
                self._state = self._later_image
                return at
            else:
                self._tail = chunk[at:]
                return end
        self._image.put(memoryview(_unescape(text)))
        if self._image.problem is not None:
            self._state = self._later_image  # which is quicker when every other byte is an escape
        return stop

    def _later_image(self, chunk: bytes, at: int) -> int:
        end = self._end_of_string(chunk, at)
        return end if end == len(chunk) else self._close_image(end)

    def _close_image(self, quote: int) -> int:
        self._complete = True  # the first image ends before a later one can
        self._save(b'"')
        self._state = self._outside
        return quote + 1

    def _end_of_string(self, chunk: bytes, at: int) -> int:
        """The offset of the closing quote, or the length of the chunk when it is not in this chunk."""
        end = len(chunk)
        if self._escaped:
            self._escaped = False
            at += 1
        quote = chunk.find(b'"', at)
        slash = chunk.find(b"\\", at, end if quote < 0 else quote)
        if slash < 0:
            return end if quote < 0 else quote
        stop = _PLAIN.match(chunk, slash).end()  # type: ignore[union-attr]
        if stop < end and chunk[stop] == 0x5C:  # the pattern stops before a backslash that is the last byte
            self._escaped = True
            return end
        return stop

    def _is_field(self) -> bool:
        key, self._key = self._key, None
        if key is None:
            return False
        if b"\\" in key:
            try:
                return bool(json.loads(b'"' + bytes(key) + b'"') == self._field.decode())
            except ValueError:
                return False
        return key == self._field


def _cut_escape(text: bytes) -> int:
    """How many bytes of an unfinished escape ``text`` ends with (0 when it ends between two characters)."""
    start = text.rfind(b"\\", max(0, len(text) - _LONGEST_ESCAPE + 1))
    if start < 0:
        return 0
    run = start + 1 - len(text[: start + 1].rstrip(b"\\"))
    if run % 2 == 0:  # it is the second half of an escaped backslash
        return 0
    length = len(text) - start
    return length if length < (_LONGEST_ESCAPE if text[start + 1 : start + 2] == b"u" else 2) else 0


def _unescape(text: bytes) -> bytes:
    """Undo the JSON escapes of base64 text.

    Escaped line breaks (MIME wrapping) are layout and go away. Whatever cannot be base64 becomes a backslash,
    so that the strict decoder reports it at its place.
    """
    left, known = text.count(b"\\"), []
    for escape in _USUAL:
        if not left:
            break
        if count := text.count(escape):
            known.append(escape)
            left -= count
    if left:
        return _ESCAPE.sub(_unescape_one, text)
    # Every backslash belongs to one of these, so none is itself escaped and replacing cannot go wrong.
    for escape in known:
        text = text.replace(escape, _USUAL[escape])
    return text


def _unescape_one(match: re.Match[bytes]) -> bytes:
    code = match[1]
    if code in (b"n", b"r"):
        return b""
    if code == b"/":
        return b"/"
    point = int(code[1:], 16) if len(code) == 5 else 0x5C
    if point in (10, 13):
        return b""
    return bytes([point]) if point < 128 else b"\\"
