"""Walk the chunks of a WebP. Sources: RFC 9649 (WebP); C2PA specification, embedding in RIFF."""

from __future__ import annotations

import struct

from diagnose.images.walk_parts import Notes, Pass, Take, Walk

_METADATA = frozenset((b"EXIF", b"XMP ", b"C2PA"))
_ALPHA_FLAG = 0x10
_LOSSY_START = b"\x9d\x01\x2a"


def walk_webp(notes: Notes) -> Walk:
    """Read up to the size that the RIFF header gives. RIFF has no checksums: only structure can be judged."""
    (riff_size,) = struct.unpack("<4xI4x", (yield Take(12)))
    end = 8 + riff_size
    pixels = False
    while notes.at < end:
        start = notes.at
        notes.where = "a WebP chunk header"
        if end - start < 8:
            notes.report(f"The WebP container has {end - start} bytes too many at byte {start}.")
            return
        name, size = struct.unpack("<4sI", (yield Take(8)))
        # repr: the name is whatever bytes stand there
        notes.where = f"the WebP chunk {name!r}"
        padded = size + size % 2
        if notes.at + padded > end:
            notes.report(f"The WebP chunk at byte {start} is larger than its container.")
            return
        head = yield Take(min(size, 10) if name in (b"VP8X", b"VP8L", b"VP8 ") else 0)
        _read_head(notes, name, head, start)
        yield Pass(size - len(head), notes.keep if name in _METADATA else None)
        yield Pass(padded - size)
        pixels = pixels or (name in (b"VP8 ", b"VP8L", b"ANMF") and size > 0)
        if name == b"C2PA":
            notes.credentials = True
        elif name == b"ALPH":
            notes.alpha = True
    if not pixels or notes.width is None:
        notes.report(f"The WebP ends at byte {notes.at} without any pixel data.")
    notes.ended = True


def _read_head(notes: Notes, name: bytes, head: bytes, start: int) -> None:
    """Take size and alpha from the first chunk that has them: an extended header outranks the image."""
    if name not in (b"VP8X", b"VP8L", b"VP8 ") or notes.width is not None:
        return
    if name == b"VP8X" and len(head) == 10:
        notes.width = int.from_bytes(head[4:7], "little") + 1
        notes.height = int.from_bytes(head[7:10], "little") + 1
        notes.alpha = bool(head[0] & _ALPHA_FLAG)
    elif name == b"VP8L" and len(head) >= 5 and head[0] == 0x2F:
        bits = int.from_bytes(head[1:5], "little")
        notes.width, notes.height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        notes.alpha = bool(bits >> 28 & 1)
    elif name == b"VP8 " and len(head) == 10 and head[3:6] == _LOSSY_START:
        notes.width = int.from_bytes(head[6:8], "little") & 0x3FFF
        notes.height = int.from_bytes(head[8:10], "little") & 0x3FFF
        notes.alpha = False
    else:
        notes.report(f"The WebP image header at byte {start} is not valid.")
