"""decode measures real pixels and refuses what is damaged, foreign or too large."""

import contextlib
import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile

from diagnose.images.pixels import UndecodableImage, decode


def save(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def half_clear() -> Image.Image:
    image = Image.radial_gradient("L").resize((40, 20)).convert("RGBA")
    image.paste((1, 2, 3, 0), (0, 0, 20, 20))
    return image


def half(value: int) -> Image.Image:
    image = half_clear()
    image.putalpha(value)
    return image


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_transparency_is_measured(kind: str) -> None:
    pixels = decode(save(half_clear(), kind, lossless=True))
    assert pixels.format == kind.lower()
    assert (pixels.width, pixels.height, pixels.mode) == (40, 20, "RGBA")
    assert (pixels.has_alpha, pixels.min_alpha, pixels.transparent_share) == (True, 0, 0.5)
    assert not pixels.one_colour


def test_an_opaque_alpha_channel_is_told_from_transparency() -> None:
    pixels = decode(save(half(255), "PNG"))
    assert (pixels.has_alpha, pixels.min_alpha, pixels.transparent_share) == (True, 255, 0.0)
    faint = decode(save(half(8), "PNG"))
    assert (faint.min_alpha, faint.transparent_share) == (8, 0.0)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_images_without_alpha(kind: str, mode: str) -> None:
    pixels = decode(save(Image.radial_gradient("L").convert(mode), kind))
    assert (pixels.has_alpha, pixels.min_alpha, pixels.transparent_share) == (False, None, 0.0)
    assert (pixels.format, pixels.one_colour) == (kind.lower(), False)


def test_transparent_palette_entries_and_colours_count() -> None:
    image = half_clear().convert("RGB")
    assert decode(save(image, "PNG", transparency=(1, 2, 3))).transparent_share == 0.5
    palette = image.quantize(8)
    clear = palette.getpixel((0, 0))
    pixels = decode(save(palette, "PNG", transparency=clear))
    assert (pixels.mode, pixels.has_alpha, pixels.min_alpha) == ("P", True, 0)
    assert 0.5 <= pixels.transparent_share < 0.6  # the palette may round a few more pixels to the clear entry
    assert decode(save(palette, "GIF", transparency=clear)).min_alpha == 0


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_one_colour(mode: str) -> None:
    assert decode(save(Image.new(mode, (9, 9)), "PNG")).one_colour
    dotted = Image.new(mode, (9, 9))
    if mode == "P":
        dotted.putpalette([0, 0, 0, 255, 0, 0])
    dotted.putpixel((4, 4), {"RGB": (1, 0, 0), "RGBA": (0, 0, 0, 1), "LA": (0, 1)}.get(mode, 1))
    assert not decode(save(dotted, "PNG")).one_colour


def test_sixteen_bit_grey_with_a_transparent_value() -> None:
    pixels = decode(save(Image.new("I;16", (4, 4), 700), "PNG", transparency=700))
    assert pixels.has_alpha


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_truncated_images_are_undecodable(kind: str) -> None:
    data = save(Image.effect_noise((200, 200), 90).convert("RGB"), kind)
    for stop in (12, 40, len(data) // 2):
        with pytest.raises(UndecodableImage):
            decode(data[:stop])


@pytest.mark.parametrize("data", [b"", b"nothing", b"<svg></svg>", b"BM" + bytes(60), b"%!PS-Adobe-3.0"])
def test_other_formats_are_not_opened(data: bytes) -> None:
    with pytest.raises(UndecodableImage, match="not a PNG, JPEG, WebP or GIF"):
        decode(data)


def bomb(width: int, height: int) -> bytes:
    def chunk(name: bytes, payload: bytes) -> bytes:
        return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def test_more_than_100_megapixels_are_refused_by_the_header() -> None:
    limit = Image.MAX_IMAGE_PIXELS
    with pytest.raises(UndecodableImage, match="over the limit"):
        decode(bomb(20_000, 20_000))
    wide = bytearray(save(Image.new("RGBA", (3, 3)), "WEBP", lossless=True, exif=b"Exif\0\0abc"))
    wide[24:30] = b"\xff\x3f\0\xff\x3f\0"
    with pytest.raises(UndecodableImage, match="over the limit"):
        decode(bytes(wide))
    assert limit == Image.MAX_IMAGE_PIXELS
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


def test_pillows_own_limit_does_not_warn_below_ours() -> None:
    # 95 megapixels: Pillow warns from 89 on, and warnings are errors in these tests. No pixel data: no decoding.
    with pytest.raises(UndecodableImage, match="cannot be decoded") as caught:
        decode(bomb(9_500, 10_000))
    assert not isinstance(caught.value.__cause__, Warning)


@given(st.binary(max_size=120), st.sampled_from(["PNG", "JPEG", "WEBP", "GIF"]), st.integers(0, 400))
def test_damage_gives_pixels_or_our_error(noise: bytes, kind: str, place: int) -> None:
    data = bytearray(save(Image.radial_gradient("L").resize((16, 16)).convert("RGB"), kind))
    data[place : place + len(noise)] = noise
    with contextlib.suppress(UndecodableImage):  # any other exception fails the test
        assert decode(bytes(data)).format == kind.lower()
