"""Images that are sent along with an order: read from files, and looked at before anything is sent."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from diagnose.images.walk import Walker

_MB = 1_000_000


class InputError(ValueError):
    """A file that cannot be sent as an image; the message names it and says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """An image that is sent along, its bytes as they stand in the file. `name` is the file's, without folders;
    `sha256` the hex digest of the bytes; `format` is told by the bytes, never by the name."""

    name: str
    format: str
    sha256: str
    data: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.data)


def read_input(path: Path, *, formats: Collection[str], under: int) -> Input:
    """Read an image of one of these formats, with fewer than `under` bytes. Raises InputError."""
    try:
        data = _read(path, under)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    walker = Walker()
    walker.feed(data)
    shape = walker.finish()
    takes = ", ".join(formats)
    if shape.format is None:
        raise InputError(f"{path}: is no image; an edit takes {takes}, told by the bytes and not by the name")
    if shape.format not in formats:
        raise InputError(f"{path}: is an image of the format {shape.format}; an edit takes {takes}")
    if not shape.complete:
        raise InputError(f"{path}: is a damaged {shape.format}: {shape.problem or 'it is not whole'}")
    return Input(name=path.name, format=shape.format, sha256=shape.sha256, data=data)


def _read(path: Path, under: int) -> bytes:
    if path.is_dir():
        raise InputError(f"{path}: is a directory; name the image files one by one")
    # Without waiting: the other end of a named pipe may never come.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise InputError(f"{path}: is no regular file")
        data = file.read(under)
    if not data:
        raise InputError(f"{path}: is empty")
    if len(data) >= under:
        raise InputError(f"{path}: is too large; an input image has to be under {under / _MB:g} MB")
    return data
