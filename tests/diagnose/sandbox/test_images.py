"""Real files: size, format, alpha, number, streaming and token counts."""

from __future__ import annotations

import base64
import io
import json
import time
from typing import Any

import pytest
from PIL import Image

from diagnose.sandbox.images import Picture, draw
from diagnose.sandbox.usage import image_tokens, usage


def decode(item: dict[str, Any]) -> tuple[Image.Image, bytes]:
    data = base64.b64decode(item["b64_json"], validate=True)
    image = Image.open(io.BytesIO(data))
    image.load()
    return image, data


@pytest.mark.parametrize("size", ["1024x1024", "1536x1024", "1024x656", "3840x2160", "720x2160"])
@pytest.mark.parametrize("output_format", ["png", "jpeg", "webp"])
def test_size_and_format(healthy: Any, size: str, output_format: str) -> None:
    answer = healthy.generate(size=size, output_format=output_format).json()
    assert (answer["size"], answer["output_format"]) == (size, output_format)
    image, data = decode(answer["data"][0])
    assert f"{image.width}x{image.height}" == size
    assert (image.format, image.mode) == (output_format.upper(), "RGB")
    assert len(data) > 30_000
    assert abs(answer["created"] - time.time()) < 30


def test_only_the_fields_of_the_vendor(healthy: Any) -> None:
    answer = healthy.generate(size="1024x656").json()
    assert set(answer) == {"created", "background", "output_format", "quality", "size", "data", "usage"}
    assert set(answer["data"][0]) == {"b64_json"}


def test_auto_is_resolved(healthy: Any) -> None:
    answer = healthy.generate(size="auto", quality="auto", background="auto").json()
    assert (answer["size"], answer["quality"], answer["background"]) == ("1024x1024", "medium", "opaque")
    assert answer["usage"]["output_tokens"] == 1756


@pytest.mark.parametrize("output_format", ["png", "webp"])
def test_transparency_is_real(healthy: Any, output_format: str) -> None:
    answer = healthy.generate(
        model="gpt-image-2.5-flare", background="transparent", output_format=output_format, size="1024x656"
    ).json()
    image, _ = decode(answer["data"][0])
    assert image.mode == "RGBA"
    assert image.getchannel("A").getextrema() == (0, 255)
    assert answer["background"] == "transparent"


def test_ten_different_images(healthy: Any) -> None:
    answer = healthy.generate(n=10, size="1024x656").json()
    files = {decode(item)[1] for item in answer["data"]}
    assert len(files) == 10
    assert answer["usage"]["output_tokens"] == 10 * image_tokens("gpt-image-2", 1024, 656, "low")


def test_png_carries_no_provenance(healthy: Any) -> None:
    _, data = decode(healthy.generate(size="1024x656").json()["data"][0])
    kinds, at = [], 8
    while at < len(data):
        kinds.append(data[at + 4 : at + 8])
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]


def test_compression_counts(healthy: Any) -> None:
    sizes = [
        len(decode(healthy.generate(output_format="jpeg", output_compression=level).json()["data"][0])[1])
        for level in (20, 95)
    ]
    assert sizes[0] < sizes[1]


def test_the_largest_picture_is_quick_and_weighty() -> None:
    before = time.process_time()
    data = draw(Picture(width=3840, height=2160, seed=1))
    assert time.process_time() - before < 2
    assert 100_000 < len(data) < 4_000_000


@pytest.mark.parametrize(
    ("width", "height", "low", "medium", "high"),
    [
        (1024, 1024, 196, 1756, 7024),
        (1536, 1024, 158, 1372, 5488),
        (1024, 1536, 158, 1372, 5488),
        (2048, 1152, 157, 1413, 5650),
        (2048, 2048, 397, 3568, 14272),
        (3840, 2160, 371, 3336, 13342),
        (976, 704, 129, 1129, 4450),
    ],
)
def test_published_token_counts(width: int, height: int, low: int, medium: int, high: int) -> None:
    counted = [image_tokens("gpt-image-2", width, height, quality) for quality in ("low", "medium", "high")]
    assert counted == [low, medium, high]


def test_usage_block_adds_up() -> None:
    block = usage(model="gpt-image-2", width=1024, height=1024, quality="low", images=2, prompt="x" * 40)
    assert block["output_tokens"] == 392
    assert block["input_tokens"] == 10
    assert block["total_tokens"] == 402
    assert block["input_tokens_details"] == {"image_tokens": 0, "text_tokens": 10}


@pytest.mark.parametrize(("partials", "path"), [(0, "generations"), (3, "generations"), (1, "edits")])
def test_stream(healthy: Any, partials: int, path: str) -> None:
    body: dict[str, Any] = {"model": "gpt-image-2", "prompt": "x", "quality": "low", "size": "1024x656"}
    if path == "edits":
        url = base64.b64encode(draw(Picture(width=64, height=64))).decode()
        body["images"] = [{"image_url": f"data:image/png;base64,{url}"}]
    response = healthy.client.post(f"/images/{path}", json=body | {"stream": True, "partial_images": partials})
    assert response.headers["content-type"].startswith("text/event-stream")
    events = []
    for block in response.text.strip().split("\n\n"):
        name, data = block.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        assert decode(event)[0].size == (1024, 656)
        events.append(event)
    family = "image_generation" if path == "generations" else "image_edit"
    assert [event["type"] for event in events] == [f"{family}.partial_image"] * partials + [f"{family}.completed"]
    assert [event["partial_image_index"] for event in events[:-1]] == list(range(partials))
    assert events[-1]["usage"]["output_tokens"] >= image_tokens("gpt-image-2", 1024, 656, "low")


def test_a_heavy_picture_weighs_more_than_two_bytes_a_pixel() -> None:
    heavy = draw(Picture(width=512, height=512, heavy=True))
    assert len(heavy) > 2 * 512 * 512
    with Image.open(io.BytesIO(heavy)) as image:
        image.load()
        assert (image.size, image.mode) == ((512, 512), "RGB")
