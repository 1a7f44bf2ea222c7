"""Walk the blocks of a GIF. Source: CompuServe GIF89a specification. Image APIs do not answer with one."""

from __future__ import annotations

import struct

from diagnose.images.walk_parts import Notes, Pass, Take, Walk

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_GRAPHIC_CONTROL = 0xF9
_TABLE_FLAG = 0x80


def walk_gif(notes: Notes) -> Walk:
    """Read up to and including the trailer."""
    width, height, flags = struct.unpack("<6xHHBxx", (yield Take(13)))
    notes.width, notes.height = width, height
    yield Pass(_table_size(flags))
    frames = 0
    while True:
        start = notes.at
        notes.where = "a GIF block"
        (kind,) = yield Take(1)
        if kind == _TRAILER:
            notes.alpha = bool(notes.alpha)
            if not frames:
                notes.report(f"The GIF ends at byte {notes.at} without any image.")
            notes.ended = True
            return
        if kind == _EXTENSION:
            (label,) = yield Take(1)
            yield from _blocks(notes, label == _GRAPHIC_CONTROL)
        elif kind == _IMAGE:
            left, top, wide, high, flags = struct.unpack("<HHHHB", (yield Take(9)))
            if not frames:  # decoders let the first frame enlarge the screen
                notes.width, notes.height = max(width, left + wide), max(height, top + high)
            frames += 1
            yield Pass(_table_size(flags) + 1)
            yield from _blocks(notes, False)
        else:
            notes.report(f"The GIF has no valid block at byte {start}.")
            return


def _table_size(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & _TABLE_FLAG else 0


def _blocks(notes: Notes, control: bool) -> Walk:
    (size,) = yield Take(1)
    while size:
        first = yield Take(1)
        if control and first[0] & 1:
            notes.alpha = True
        yield Pass(size - 1)
        (size,) = yield Take(1)
