"""Walk the chunks of a PNG and check each checksum. Source: the PNG specification (W3C, third edition)."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable

from diagnose.images.walk_parts import Notes, Pass, Take, Walk

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_METADATA = frozenset((b"caBX", b"tEXt", b"iTXt", b"zTXt", b"eXIf"))
_CHUNK_NAME = re.compile(rb"[A-Za-z]{4}")
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_LONGEST_CHUNK = 2**31 - 1


def walk_png(notes: Notes) -> Walk:
    """Read up to and including IEND. A wrong checksum is noted, a broken structure ends the walk."""
    yield Take(len(PNG_SIGNATURE))
    first, pixels = True, False
    while True:
        start = notes.at
        notes.where = "a PNG chunk header"
        size, name = struct.unpack(">I4s", (yield Take(8)))
        if size > _LONGEST_CHUNK or not _CHUNK_NAME.fullmatch(name):
            notes.report(f"No PNG chunk can start with what is at byte {start}.")
            return
        text = name.decode("ascii")
        notes.where = f"the PNG chunk {text}"
        if first != (name == b"IHDR") or (first and size != 13) or (name == b"IEND" and size):
            notes.report(f"The PNG chunk {text} at byte {start} is not allowed there or has a wrong length.")
            return
        first = False
        check = _Checksum(name, notes.keep if name in _METADATA else None)
        if name == b"IHDR":
            header = yield Take(13)
            check.add(memoryview(header))
            _read_header(notes, header)
        else:
            yield Pass(size, check.add)
        (stored,) = struct.unpack(">I", (yield Take(4)))
        if stored != check.value:
            notes.report(f"The checksum of the PNG chunk {text} at byte {start} is wrong.")
        if name == b"caBX":
            notes.credentials = True
        elif name == b"tRNS":
            notes.alpha = True
        elif name == b"IDAT":
            pixels = True
            # tRNS has to come before the pixels, so from here on its absence is known.
            notes.alpha = bool(notes.alpha)
        elif name == b"IEND":
            if not pixels:
                notes.report(f"The PNG ends at byte {notes.at} without any pixel data.")
            notes.ended = True
            return


class _Checksum:
    """CRC-32 over a chunk's name and its data, which is passed on to ``keep`` if there is one."""

    def __init__(self, name: bytes, keep: Callable[[memoryview], object] | None) -> None:
        self.value = zlib.crc32(name)
        self._keep = keep

    def add(self, piece: memoryview) -> None:
        self.value = zlib.crc32(piece, self.value)
        if self._keep is not None:
            self._keep(piece)


def _read_header(notes: Notes, header: bytes) -> None:
    width, height, depth, colour, method, filters, interlace = struct.unpack(">IIBBBBB", header)
    notes.width, notes.height = width, height
    if colour in (4, 6):
        notes.alpha = True
    sound = (
        0 < width <= _LONGEST_CHUNK
        and 0 < height <= _LONGEST_CHUNK
        and depth in _DEPTHS.get(colour, ())
        and (method, filters) == (0, 0)
        and interlace in (0, 1)
    )
    if not sound:
        notes.report("The PNG header (byte 8) describes an image that PNG does not allow.")
