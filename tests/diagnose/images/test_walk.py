"""The walker reads size, alpha and wholeness out of any bytes, in any chunks, and is not fooled."""

import hashlib
import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from diagnose.images.walk import Shape, Walker


def walk(data: bytes, step: int | None = None) -> Shape:
    walker = Walker()
    for start in range(0, len(data), step or len(data) or 1):
        walker.feed(data[start : start + (step or len(data))])
    return walker.finish()


def make(mode: str, kind: str, size: tuple[int, int] = (37, 21), **options: Any) -> bytes:
    image = Image.radial_gradient("L").resize(size)
    if mode in ("RGBA", "LA"):
        image = image.convert(mode)
        image.putalpha(Image.linear_gradient("L").resize(size))
    elif mode == "P":
        image = image.convert("RGB").quantize(16)
    else:
        image = image.convert(mode)
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def with_chunk(png: bytes, name: bytes, payload: bytes) -> bytes:
    return png[:33] + chunk(name, payload) + png[33:]


def with_app11(jpeg: bytes, box: bytes, part: int) -> bytes:
    segments = b""
    for number, at in enumerate(range(8, len(box), part), 1):
        body = b"JP\x00\x01" + struct.pack(">I", number) + box[:8] + box[at : at + part]
        segments += b"\xff\xeb" + struct.pack(">H", len(body) + 2) + body
    return jpeg[:2] + segments + jpeg[2:]


def with_riff_chunk(webp: bytes, name: bytes, payload: bytes) -> bytes:
    body = webp[8:] + name + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


SVG = b'<?xml version="1.0"?>\n<!-- a -->\n<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>\n'
SAMPLES = {
    "png RGB": (make("RGB", "PNG"), False),
    "png RGBA": (make("RGBA", "PNG"), True),
    "png L": (make("L", "PNG"), False),
    "png LA": (make("LA", "PNG"), True),
    "png P": (make("P", "PNG"), False),
    "png P tRNS": (make("P", "PNG", transparency=3), True),
    "png RGB tRNS": (make("RGB", "PNG", transparency=(0, 0, 0)), True),
    "png 1": (make("1", "PNG"), False),
    "jpeg RGB": (make("RGB", "JPEG"), False),
    "jpeg L": (make("L", "JPEG"), False),
    "jpeg CMYK": (make("CMYK", "JPEG"), False),
    "jpeg progressive": (make("RGB", "JPEG", progressive=True), False),
    "jpeg restarts": (make("RGB", "JPEG", restart_marker_rows=1), False),
    "webp RGB": (make("RGB", "WEBP"), False),
    "webp RGBA": (make("RGBA", "WEBP"), True),
    "webp lossless": (make("RGB", "WEBP", lossless=True), False),
    "webp lossless RGBA": (make("RGBA", "WEBP", lossless=True), True),
    "webp exif": (make("RGB", "WEBP", exif=b"Exif\0\0abc"), False),
    "gif": (make("P", "GIF"), False),
    "gif transparent": (make("P", "GIF", transparency=1), True),
}
samples = pytest.mark.parametrize(("data", "alpha"), SAMPLES.values(), ids=SAMPLES)
some_sample = st.sampled_from([data for data, _ in SAMPLES.values()] + [SVG])


@samples
def test_shape_agrees_with_pillow(data: bytes, alpha: bool) -> None:
    shape = walk(data)
    with Image.open(io.BytesIO(data)) as image:
        assert shape.format == (image.format or "").lower()
        assert (shape.width, shape.height) == image.size
    assert (shape.alpha_channel, shape.complete, shape.problem, shape.trailing) == (alpha, True, None, 0)
    assert (shape.size, shape.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert not shape.content_credentials


@samples
def test_no_beginning_of_a_file_reads_complete(data: bytes, alpha: bool) -> None:
    for stop in range(len(data)):
        shape = walk(data[:stop])
        assert not shape.complete
        assert shape.problem


@given(some_sample, st.binary(max_size=20), st.integers(1, 70))
def test_chunking_does_not_matter(data: bytes, trailing: bytes, step: int) -> None:
    assert walk(data + trailing, step) == walk(data + trailing)


@given(
    some_sample,
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(1, 70),
)
def test_damaged_files_never_raise_and_read_alike_in_any_chunks(
    data: bytes, flips: list[tuple[int, int]], step: int
) -> None:
    damaged = bytearray(data)
    for place, value in flips:
        damaged[place % len(data)] = value
    assert walk(bytes(damaged), step) == walk(bytes(damaged))


@given(
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\xff\0\0\0WEBP", b"GIF89a", b"<svg ", b"<"]),
    st.binary(max_size=200),
    st.integers(1, 30),
)
def test_garbage_never_raises_and_never_reads_complete(magic: bytes, noise: bytes, step: int) -> None:
    shape = walk(magic + noise, step)
    assert shape == walk(magic + noise)
    assert not shape.complete or shape.format == "svg"


@given(st.data())
def test_a_flipped_bit_in_a_png_never_reads_complete(data: st.DataObject) -> None:
    png = SAMPLES["png RGBA"][0]
    place = data.draw(st.integers(0, len(png) - 1))
    damaged = bytearray(png)
    damaged[place] ^= 1 << data.draw(st.integers(0, 7))
    assert not walk(bytes(damaged)).complete


def test_a_wrong_checksum_names_the_chunk_and_its_place() -> None:
    png = bytearray(SAMPLES["png RGB"][0])
    png[33 + 12] ^= 1
    shape = walk(bytes(png))
    assert shape.problem == "The checksum of the PNG chunk IDAT at byte 33 is wrong."


@samples
def test_bytes_after_the_end_are_counted(data: bytes, alpha: bool) -> None:
    shape = walk(data + b"more", 5)
    assert (shape.complete, shape.trailing) == (True, 4)


def test_metadata_and_credentials_of_each_container() -> None:
    box = struct.pack(">I4s", 3008, b"jumb") + bytes(range(250)) * 12
    png = with_chunk(with_chunk(make("RGB", "PNG"), b"tEXt", b"Title\0x"), b"caBX", box)
    jpeg = with_app11(make("RGB", "JPEG"), box, 1000)
    webp = with_riff_chunk(make("RGB", "WEBP"), b"C2PA", box)
    for data, expected in ((png, box + b"Title\0x"), (jpeg, box), (webp, box)):
        shape = walk(data, 11)
        assert (shape.content_credentials, shape.metadata, shape.problem) == (True, expected, None)


def test_text_and_exif_are_metadata_and_icc_is_not() -> None:
    info = PngInfo()
    info.add_text("prompt", "hello")
    info.add_itxt("Author", "Zoë")
    shape = walk(make("RGB", "PNG", pnginfo=info, icc_profile=b"profile"))
    assert shape.metadata == b"prompt\0hello" + b"Author\0\0\0\0\0" + "Zoë".encode()
    assert walk(make("RGB", "JPEG", comment=b"made here")).metadata == b"made here"
    assert b"abc" in walk(SAMPLES["webp exif"][0]).metadata


def test_metadata_is_bounded() -> None:
    png = with_chunk(make("RGB", "PNG"), b"caBX", bytes(600_000))
    shape = walk(png, 65536)
    assert len(shape.metadata) == 512 * 1024
    assert shape.complete
    assert shape.content_credentials


@pytest.mark.parametrize("text", [SVG, SVG[22:], b"\xef\xbb\xbf <svg/></svg>"])
def test_svg_is_recognised_by_its_root(text: bytes) -> None:
    shape = walk(text, 3)
    assert (shape.format, shape.complete, shape.width) == ("svg", True, None)


@pytest.mark.parametrize(
    "text",
    [b"<html><svg></svg></html>", b"<!DOCTYPE html><svg></svg>", b'{"error":1}', b"", b"\x89PN", b"<!--" * 2000],
)
def test_anything_else_has_no_format(text: bytes) -> None:
    shape = walk(text, 7)
    assert (shape.format, shape.complete) == (None, False)
    assert shape.problem


def test_dimensions_are_known_before_the_end() -> None:
    walker = Walker()
    assert walker.dimensions is None
    walker.feed(SAMPLES["png RGB"][0][:33])
    assert walker.dimensions == (37, 21)


def test_impossible_png_headers_are_refused() -> None:
    for header in (struct.pack(">IIBBBBB", 0, 4, 8, 2, 0, 0, 0), struct.pack(">IIBBBBB", 4, 4, 3, 2, 0, 0, 0)):
        png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")
        assert not walk(png).complete
    assert not walk(b"\x89PNG\r\n\x1a\n" + make("RGB", "PNG")[8:33] + chunk(b"IEND", b"")).complete
