"""Pictures for the answers: a ball on light ground, in exactly the asked size and format."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from math import sqrt

from diagnose.sandbox.provenance import png_chunks, xmp

_GRAINY_PIXELS = 1_200_000
"""About so many pixels get noise: enough that files weigh what real ones do, without costing seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What to draw. `seed` changes colours, place and noise; `compression` is 0 to 100 (jpeg, webp);
    `vendor` names whose provenance text goes in ("" for none); `heavy`: noise that does not compress."""

    width: int
    height: int
    format: str = "png"
    alpha: bool = False
    seed: int = 0
    compression: int = 100
    vendor: str = ""
    heavy: bool = False


def draw(picture: Picture) -> bytes:
    """The encoded file. PNG needs the standard library alone; the other formats import Pillow."""
    if picture.format == "png":
        return _png(picture)
    return _pillow(picture)


@cache
def _grain(shade: int) -> bytes:
    """A bytes.translate table: two bits of noise around a channel value."""
    return bytes(min(255, max(0, shade + (noise & 3) - 1)) for noise in range(256))


def _heavy_rows(picture: Picture) -> Iterator[bytes]:
    """Rows of noise, seven bits a byte, in three bytes a pixel."""
    dice = random.Random(picture.seed)  # noqa: S311 - decoration, no secret
    dim = bytes(noise >> 1 for noise in range(256))
    for _ in range(picture.height):
        yield dice.randbytes(3 * picture.width).translate(dim)


@dataclass(frozen=True, slots=True)
class _Ellipse:
    """A shape of the scene; `tone` gives its colour at `depth`, -1 (its top row) to 1 (its lowest)."""

    x: float
    y: float
    radius_x: float
    radius_y: float
    opacity: int
    tone: Callable[[float], tuple[int, int, int]]

    def span(self, y: int, width: int) -> tuple[int, int, float]:
        """The pixels [left, right) in row `y`, and the depth there; empty outside the shape."""
        depth = (y - self.y) / self.radius_y
        if abs(depth) >= 1:
            return 0, 0, depth
        half = self.radius_x * sqrt(1 - depth * depth)
        return max(0, int(self.x - half)), min(width, int(self.x + half)), depth


def _scene(picture: Picture, dice: random.Random) -> list[_Ellipse]:
    """A shadow, a ball and a gleam on it, from back to front."""
    hue = [dice.randrange(40, 170) for _ in range(3)]
    radius = min(picture.width, picture.height) * dice.uniform(0.26, 0.34)
    x, y = picture.width * dice.uniform(0.42, 0.58), picture.height * dice.uniform(0.42, 0.5)

    def shaded(extra: int) -> Callable[[float], tuple[int, int, int]]:
        def tone(depth: float) -> tuple[int, int, int]:
            red, green, blue = (min(254, int(part * (1 - 0.35 * depth)) + extra) for part in hue)
            return red, green, blue

        return tone

    return [
        _Ellipse(x, y + radius * 1.08, radius * 0.9, radius * 0.16, 110, lambda _: (168, 166, 164)),
        _Ellipse(x, y, radius, radius, 255, shaded(0)),
        _Ellipse(x - radius * 0.3, y - radius * 0.45, radius * 0.28, radius * 0.2, 255, shaded(60)),
    ]


def _rows(picture: Picture) -> Iterator[bytes]:
    """The raw rows, top down, 3 or 4 bytes a pixel."""
    dice = random.Random(picture.seed)  # noqa: S311 - decoration, no secret
    width, height = picture.width, picture.height
    scene = _scene(picture, dice)
    pool = dice.randbytes(width + 8192)
    flat = b"\1" * width
    every = max(1, width * height // _GRAINY_PIXELS)
    channels = 4 if picture.alpha else 3
    for y in range(height):
        start = dice.randrange(8192)
        noise = pool[start : start + width] if y % every == 0 else flat
        light = 250 - 30 * y // height
        if picture.alpha:
            planes = [bytearray(width) for _ in range(4)]
        else:
            planes = [bytearray(noise.translate(_grain(light - 4 * channel))) for channel in range(3)]
        for shape in scene:
            left, right, depth = shape.span(y, width)
            if right <= left:
                continue
            for plane, shade in zip(planes, shape.tone(depth), strict=False):
                plane[left:right] = noise[left:right].translate(_grain(shade))
            if picture.alpha:
                planes[3][left:right] = bytes([shape.opacity]) * (right - left)
        row = bytearray(width * channels)
        for channel, plane in enumerate(planes):
            row[channel::channels] = plane
        yield bytes(row)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(picture: Picture) -> bytes:
    alpha = picture.alpha and not picture.heavy
    header = struct.pack(">IIBBBBB", picture.width, picture.height, 8, 6 if alpha else 2, 0, 0, 0)
    squeeze = zlib.compressobj(1)
    parts = []
    for row in _heavy_rows(picture) if picture.heavy else _rows(picture):
        parts.append(squeeze.compress(b"\0"))
        parts.append(squeeze.compress(row))
    parts.append(squeeze.flush())
    chunks = [_chunk(b"IHDR", header)]
    if picture.vendor:
        chunks += [_chunk(kind, data) for kind, data in png_chunks(picture.vendor)]
    chunks += [_chunk(b"IDAT", b"".join(parts)), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _pillow(picture: Picture) -> bytes:
    from PIL import Image

    mode = "RGBA" if picture.alpha else "RGB"
    image = Image.frombytes(mode, (picture.width, picture.height), b"".join(_rows(picture)))
    out = io.BytesIO()
    extra: dict[str, object] = {"xmp": xmp(picture.vendor)} if picture.vendor else {}
    if picture.format == "jpeg":
        image.save(out, "JPEG", quality=max(1, min(95, picture.compression)), **extra)
    else:
        image.save(out, "WEBP", quality=picture.compression, method=0, **extra)
    return out.getvalue()
