"""Walk the segments of a JPEG. Sources: ITU-T T.81 annex B; C2PA specification, embedding in JPEG (APP11)."""

from __future__ import annotations

import struct
from collections.abc import Generator

from diagnose.images.walk_parts import Marker, Notes, Pass, Take, Walk, Want

_SOI, _EOI, _SOS, _TEM, _COM = 0xD8, 0xD9, 0xDA, 0x01, 0xFE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # these three are tables and a reserved code
_METADATA = frozenset((0xE1, 0xED, _COM))
_APP11 = 0xEB
_JUMBF_HEADER = 16  # identifier, instance, sequence number, box length, box type
_REPEATED = 8  # every segment repeats the box length and type


def walk_jpeg(notes: Notes) -> Walk:
    """Read up to and including EOI. JPEG has no checksums: only structure can be judged."""
    notes.alpha = False
    yield Take(2)
    scans = 0
    marker = yield from _next_marker(notes)
    while marker is not None:
        start = notes.at - 2
        notes.where = f"the JPEG segment FF {marker:02X}"
        if marker == _EOI:
            if notes.width is None or not scans:
                notes.report(f"The JPEG ends at byte {notes.at} without a frame or without any pixel data.")
            notes.ended = True
            return
        if marker == _TEM or 0xD0 <= marker <= 0xD7:
            marker = yield from _next_marker(notes)
            continue
        if marker < 0xC0 or marker == _SOI:
            notes.report(f"The JPEG has no valid segment at byte {start}.")
            return
        (length,) = struct.unpack(">H", (yield Take(2)))
        if length < 2:
            notes.report(f"The JPEG segment at byte {start} has a length that cannot be.")
            return
        yield from _segment(notes, marker, length - 2, start)
        if marker == _SOS:
            scans += 1
            notes.where = "the JPEG pixel data"
            marker = (yield Marker())[1]
        else:
            marker = yield from _next_marker(notes)


def _next_marker(notes: Notes) -> Generator[Want, bytes, int | None]:
    notes.where = "a JPEG marker"
    start = notes.at
    lead, code = yield Take(2)
    if lead != 0xFF:
        notes.report(f"The JPEG has no segment at byte {start} where one must start.")
        return None
    while code == 0xFF:  # filling
        (code,) = yield Take(1)
    return code


def _segment(notes: Notes, marker: int, size: int, start: int) -> Walk:
    if marker in _FRAMES:
        if size < 6:
            notes.report(f"The JPEG frame header at byte {start} is too short.")
            yield Pass(size)
            return
        _, height, width, _ = struct.unpack(">BHHB", (yield Take(6)))
        if notes.width is None:
            notes.width, notes.height = width, height
        if not (width and height):
            notes.report(f"The JPEG frame header at byte {start} gives a size of zero.")
        yield Pass(size - 6)
    elif marker == _APP11 and size >= _JUMBF_HEADER:
        yield from _app11(notes, size)
    elif marker in _METADATA or marker == _APP11:
        yield Pass(size, notes.keep)
    else:
        yield Pass(size)


def _app11(notes: Notes, size: int) -> Walk:
    header = yield Take(_JUMBF_HEADER)
    identifier, _, number, _, kind = struct.unpack(">2sHI4s4s", header)
    if (identifier, kind) == (b"JP", b"jumb"):
        notes.credentials = True
        notes.keep(header[-_REPEATED:] if number == 1 else b"")
    else:
        notes.keep(header)
    yield Pass(size - _JUMBF_HEADER, notes.keep)
