"""Decode an image fully and measure its pixels."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diagnose.images.walk import Format, Walker

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 100_000_000
_CLEAR = 8  # an alpha below this (of 255) looks transparent
_STEP = 64 * 1024


class UndecodableImage(ValueError):
    """The bytes are not an image that can be decoded; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixels:
    """What the pixels hold (of an animation: those of the first frame).

    Attributes:
        format: "png", "jpeg", "webp" or "gif".
        width: pixels.
        height: pixels.
        mode: Pillow's name for the layout, such as "RGB", "RGBA" or "P".
        has_alpha: there is an alpha channel, or a transparent colour or palette entry.
        min_alpha: the lowest alpha of any pixel, 0 to 255; None without alpha. 255: opaque in a container
            that could carry transparency.
        transparent_share: share of the pixels with an alpha below 8, from 0.0 to 1.0.
        one_colour: all pixels are equal, alpha included.
    """

    format: Format
    width: int
    height: int
    mode: str
    has_alpha: bool
    min_alpha: int | None
    transparent_share: float
    one_colour: bool


def decode(data: bytes) -> Pixels:
    """Decode ``data`` and measure it.

    Raises:
        UndecodableImage: not PNG, JPEG, WebP or GIF; more than 100 million pixels; truncated or damaged.
    """
    kind = _check_size(data)
    try:
        with _open(data, kind) as image:
            image.load()
            return _measure(image, kind)
    except UndecodableImage:
        raise
    except Exception as error:
        # Pillow has no common base for what damaged data makes it raise (OSError, SyntaxError, struct.error).
        reason = type(error).__name__
        raise UndecodableImage(f"The bytes start like {kind} but cannot be decoded ({reason}).") from error


def _check_size(data: bytes) -> Format:
    """Refuse by the header, before Pillow allocates anything: its WebP decoder does so on opening."""
    walker = Walker()
    for start in range(0, len(data), _STEP):
        walker.feed(data[start : start + _STEP])
        if walker.dimensions is not None and not data.startswith(b"GIF"):
            break
    shape = walker.finish()
    if shape.format is None or shape.format == "svg":
        raise UndecodableImage("The bytes are not a PNG, JPEG, WebP or GIF image.")
    if shape.width is None or shape.height is None:
        raise UndecodableImage(f"The bytes start like {shape.format} but give no image size.")
    if shape.width * shape.height > MAX_PIXELS:
        raise UndecodableImage(f"The image is {shape.width} x {shape.height}, over the limit of {MAX_PIXELS} pixels.")
    return shape.format


def _open(data: bytes, kind: Format) -> Image:
    # The one decoder that is meant is called itself: Image.open would load and try others, and its size limit
    # is a process-wide variable with a warning.
    stream = io.BytesIO(data)
    if kind == "png":
        from PIL.PngImagePlugin import PngImageFile

        return PngImageFile(stream)
    if kind == "jpeg":
        from PIL.JpegImagePlugin import JpegImageFile

        return JpegImageFile(stream)
    if kind == "webp":
        from PIL.WebPImagePlugin import WebPImageFile

        return WebPImageFile(stream)
    from PIL.GifImagePlugin import GifImageFile

    return GifImageFile(stream)


def _measure(image: Image, kind: Format) -> Pixels:
    count = image.width * image.height
    has_alpha = image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info
    plain = image
    if has_alpha and image.mode not in ("RGBA", "LA"):
        plain = image.convert("RGBA")
    elif image.mode == "P":
        plain = image.convert("RGB")
    min_alpha, share = None, 0.0
    if has_alpha:
        levels = plain.getchannel("A").histogram()
        min_alpha = next(level for level, pixels in enumerate(levels) if pixels)
        share = sum(levels[:_CLEAR]) / count
    return Pixels(
        format=kind,
        width=image.width,
        height=image.height,
        mode=image.mode,
        has_alpha=has_alpha,
        min_alpha=min_alpha,
        transparent_share=share,
        one_colour=_is_one_colour(plain),
    )


def _is_one_colour(image: Image) -> bool:
    bands = image.getextrema()
    pairs = bands if isinstance(bands[0], tuple) else (bands,)
    return all(pair[0] == pair[1] for pair in pairs)
