"""Measure an image while it streams: real format, size, alpha, whether it is whole, metadata, digest.

Nothing is decoded. Only headers and metadata are kept, so a 4K image costs no more memory than an icon. What
the pixels hold is a question for ``pixels.decode``.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Literal, cast

from diagnose.images.walk_gif import walk_gif
from diagnose.images.walk_jpeg import walk_jpeg
from diagnose.images.walk_parts import Marker, Notes, Pass, Peek, Take, Walk, Want
from diagnose.images.walk_png import PNG_SIGNATURE, walk_png
from diagnose.images.walk_webp import walk_webp

Format = Literal["png", "jpeg", "webp", "gif", "svg"]

# FF 00 is a data byte, FF D0-D7 restart the scan, FF FF is filling: none of them ends the scan.
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_SVG_HEAD = 4096
_SVG = re.compile(
    rb"(?:\xef\xbb\xbf)?+\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?:(?!-->).)*+-->\s*+)*+"
    rb"(?:<!DOCTYPE\s++svg[^>]*+>\s*+)?+(?:<!--(?:(?!-->).)*+-->\s*+)*+<svg[\s>/]",
    re.DOTALL,
)
_SVG_END = b"</svg>"
_SVG_TAIL = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the bytes are, by the formats' own specifications.

    Attributes:
        format: by the bytes themselves, never by a name or a header; None when it is none of the five.
        width: pixels, from the image's header (WebP: the canvas); None when it was not reached, and for SVG.
        height: like ``width``.
        alpha_channel: the container can carry transparency (PNG colour type 4 or 6 or a tRNS chunk, WebP
            alpha flag or chunk, GIF transparent index; JPEG never). Says nothing about the pixels. None when
            unknown.
        complete: the structure is whole up to the format's own end mark, and nothing in it is wrong (PNG:
            every checksum too). True does not promise that the pixels decode.
        problem: the first thing wrong, with its byte offset, as one sentence; None when nothing is.
        trailing: bytes after the end mark.
        content_credentials: a C2PA container is there (PNG caBX, JPEG APP11, WebP C2PA), valid or not.
        metadata: payloads of the metadata chunks one after the other, 512 KiB at most. PNG caBX, tEXt, iTXt,
            zTXt, eXIf; JPEG APP1, APP11, APP13, COM (APP11 without its segment headers, so that a C2PA
            container which was cut into segments is in one piece again); WebP EXIF, XMP, C2PA.
        sha256: hex digest of all bytes fed.
        size: how many bytes were fed.
    """

    format: Format | None
    width: int | None
    height: int | None
    alpha_channel: bool | None
    complete: bool
    problem: str | None
    trailing: int
    content_credentials: bool
    metadata: bytes
    sha256: str
    size: int


class Walker:
    """Feed it the bytes in any pieces, then ask for the shape. Raises on no input whatever."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._size = 0
        self._trailing = 0
        self._notes = Notes()
        self._held = bytearray()  # what has come of a Take or Peek, or a lone FF of a Marker
        self._walk = _recognise(self._notes)
        self._want: Want | None = next(self._walk)

    @property
    def dimensions(self) -> tuple[int, int] | None:
        """(width, height) in pixels as soon as the header has been read."""
        width, height = self._notes.width, self._notes.height
        return None if width is None or height is None else (width, height)

    def feed(self, chunk: bytes) -> None:
        """Take the next piece."""
        self._digest.update(chunk)
        self._size += len(chunk)
        self._run(memoryview(chunk))

    def finish(self) -> Shape:
        """Close the walk; call it once, after the last piece."""
        if isinstance(self._want, Peek):
            seen = bytes(self._held)
            self._held.clear()
            self._resume(seen)
            self._run(memoryview(seen))
        notes = self._notes
        if self._want is not None and not notes.ended:
            notes.report(f"The data ends inside {notes.where}, at byte {self._size}.")
        self._walk.close()
        return Shape(
            format=cast("Format | None", notes.format),
            width=notes.width,
            height=notes.height,
            alpha_channel=notes.alpha,
            complete=notes.ended and notes.problem is None,
            problem=notes.problem,
            trailing=self._trailing,
            content_credentials=notes.credentials,
            metadata=bytes(notes.metadata),
            sha256=self._digest.hexdigest(),
            size=self._size,
        )

    def _resume(self, answer: bytes) -> None:
        try:
            self._want = self._walk.send(answer)
        except StopIteration:
            self._want = None

    def _run(self, view: memoryview) -> None:
        notes = self._notes
        while True:
            want = self._want
            if isinstance(want, Pass):
                piece = view[: want.size]
                view = view[len(piece) :]
                if want.each is not None and piece:
                    want.each(piece)
                want.size -= len(piece)
                notes.at += len(piece)
                if want.size:
                    return
                self._resume(b"")
            elif isinstance(want, Take):
                missing = want.size - len(self._held)
                self._held += view[:missing]
                notes.at += min(missing, len(view))
                if len(view) < missing:
                    return
                view = view[missing:]
                self._answer_held()
            elif isinstance(want, Marker):
                rest = self._to_marker(view)
                if rest is None:
                    return
                view = rest
            elif isinstance(want, Peek):
                missing = want.size - len(self._held)
                self._held += view[:missing]
                if len(view) < missing:
                    return
                view = view[missing:]
                seen = memoryview(bytes(self._held))
                self._answer_held()
                self._run(seen)
            else:
                if notes.ended:
                    self._trailing += len(view)
                return

    def _answer_held(self) -> None:
        answer = bytes(self._held)
        self._held.clear()
        self._resume(answer)

    def _to_marker(self, view: memoryview) -> memoryview | None:
        """Find the end of the scan data; None when it is not in this piece."""
        if not view:
            return None
        if self._held:  # the last piece ended on FF: its first byte says what that was
            if view[0] not in b"\x00\xff" and not 0xD0 <= view[0] <= 0xD7:
                self._held.append(view[0])
                self._notes.at += 1
                self._answer_held()
                return view[1:]
            self._held.clear()
        found = _END_OF_SCAN.search(view)
        if found is None:
            self._notes.at += len(view)
            if view[-1] == 0xFF:
                self._held.append(0xFF)
            return None
        self._notes.at += found.end()
        self._resume(found[0])
        return view[found.end() :]


def _recognise(notes: Notes) -> Walk:
    head = yield Peek(12)
    if head.startswith(PNG_SIGNATURE):
        notes.format = "png"
        yield from walk_png(notes)
    elif head.startswith(b"\xff\xd8\xff"):
        notes.format = "jpeg"
        yield from walk_jpeg(notes)
    elif head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        notes.format = "webp"
        yield from walk_webp(notes)
    elif head.startswith((b"GIF87a", b"GIF89a")):
        notes.format = "gif"
        yield from walk_gif(notes)
    elif head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"<", b"") and head:
        head = yield Peek(_SVG_HEAD)
        if _SVG.match(head):
            notes.format = "svg"
            yield from _walk_svg(notes)
        else:
            notes.report("The first bytes are of no image format that is known here.")
    else:
        notes.report("The first bytes are of no image format that is known here.")


def _walk_svg(notes: Notes) -> Walk:
    """SVG has no length and no end mark but the text itself, so the verdict is renewed with every piece."""
    notes.alpha = True
    notes.where = "the SVG text"
    tail = bytearray()

    def look(piece: memoryview) -> None:
        tail.extend(piece[-_SVG_TAIL:])
        del tail[:-_SVG_TAIL]
        notes.ended = tail.rstrip(b" \t\r\n").endswith(_SVG_END)

    while True:
        yield Pass(1 << 62, look)
