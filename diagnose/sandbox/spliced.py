"""Bodies with images in them, written piece by piece so that no base64 text is held whole."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

_PIECE = 3 * 65_536
"""Bytes of image per piece: a multiple of 3, so that the pieces' base64 texts join up."""


@dataclass(frozen=True, slots=True)
class Base64:
    """Stands in a JSON value for the base64 text of `image`, behind `before` (the head of a data URL)."""

    image: bytes
    before: str = ""


def b64_pieces(image: bytes) -> Iterator[bytes]:
    """The base64 text of an image."""
    view = memoryview(image)
    for at in range(0, len(view), _PIECE):
        yield base64.b64encode(view[at : at + _PIECE])


def json_pieces(value: object) -> Iterator[bytes]:
    """`value` as JSON; Base64 objects become their text."""
    found: list[Base64] = []
    mark = f"image-{secrets.token_hex(16)}"

    def note(item: object) -> str:
        if not isinstance(item, Base64):
            raise TypeError(f"{type(item).__name__} is no JSON value")
        found.append(item)
        return item.before + mark

    text = json.dumps(value, separators=(",", ":"), default=note)
    first, *rest = text.split(mark)
    yield first.encode()
    for item, after in zip(found, rest, strict=True):
        yield from b64_pieces(item.image)
        yield after.encode()


def event_pieces(event: dict[str, object]) -> Iterator[bytes]:
    """One server-sent event, named by its `type`."""
    yield f"event: {event['type']}\ndata: ".encode()
    yield from json_pieces(event)
    yield b"\n\n"
