"""Refusals of a healthy server: each text, their order, and that none of them bills."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

GOOD: dict[str, Any] = {"model": "gpt-image-2", "prompt": "a ball"}
USER, REQUEST = "image_generation_user_error", "invalid_request_error"


def tell(response: Any) -> tuple[Any, ...]:
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return response.status_code, error["type"], error["param"], error["code"]


@pytest.mark.parametrize(
    ("change", "type_", "param", "code", "message"),
    [
        ({"model": "foo"}, USER, "model", "invalid_value", "The model 'foo' does not exist."),
        ({"model": "dall-e-3"}, USER, "model", "invalid_value", "The model 'dall-e-3' does not exist."),
        ({"model": "gpt-image-1"}, USER, "model", "invalid_value", "The model 'gpt-image-1' does not exist."),
        (
            {"model": None},
            REQUEST,
            "model",
            "invalid_type",
            "Invalid type for 'model': expected a string, but got null instead.",
        ),
        ({"foo": 1}, REQUEST, "foo", "unknown_parameter", "Unknown parameter: 'foo'."),
        ({"foo": None}, REQUEST, "foo", "unknown_parameter", "Unknown parameter: 'foo'."),
        ({"response_format": None}, REQUEST, "response_format", "unknown_parameter", "response_format"),
        ({"style": "vivid"}, REQUEST, "style", "unknown_parameter", "style"),
        ({"input_fidelity": "low"}, REQUEST, "input_fidelity", "unknown_parameter", "input_fidelity"),
        ({"image": "x"}, REQUEST, "image", "unknown_parameter", "image"),
        ({"prompt": ""}, REQUEST, "prompt", "empty_string", "prompt"),
        ({"prompt": None}, REQUEST, "prompt", "invalid_type", "null"),
        ({"prompt": "x" * 32_001}, REQUEST, "prompt", "string_above_max_length", "32000"),
        (
            {"n": 0},
            REQUEST,
            "n",
            "integer_below_min_value",
            "Invalid 'n': integer below minimum value. Expected a value >= 1, but got 0 instead.",
        ),
        ({"n": 11}, REQUEST, "n", "integer_above_max_value", "Expected a value <= 10, but got 11 instead."),
        ({"n": "2"}, REQUEST, "n", "invalid_type", "expected an integer, but got a string"),
        ({"n": True}, REQUEST, "n", "invalid_type", "expected an integer, but got a boolean"),
        ({"n": 1.5}, REQUEST, "n", "invalid_type", "decimal"),
        (
            {"quality": "ultra"},
            REQUEST,
            "quality",
            "invalid_value",
            "Invalid value: 'ultra'. Supported values are: 'low', 'medium', 'high', and 'auto'.",
        ),
        ({"quality": "hd"}, REQUEST, "quality", "invalid_value", "'hd'"),
        ({"quality": "max"}, REQUEST, "quality", "invalid_value", "'max'"),
        (
            {"size": "bogus"},
            USER,
            "size",
            "invalid_value",
            "Invalid size 'bogus'. Expected WIDTHxHEIGHT, for example '1824x1024'.",
        ),
        ({"size": "0x1024"}, USER, "size", "invalid_value", "Expected WIDTHxHEIGHT"),
        ({"size": 1024}, REQUEST, "size", "invalid_type", "an integer"),
        (
            {"size": "9x9"},
            USER,
            "size",
            "invalid_value",
            "Invalid size '9x9'. Width and height must both be divisible by 16.",
        ),
        ({"size": "1000x1000"}, USER, "size", "invalid_value", "divisible by 16"),
        (
            {"size": "4096x4096"},
            USER,
            "size",
            "invalid_value",
            "Invalid size '4096x4096'. The longest edge must be less than or equal to 3840.",
        ),
        (
            {"size": "576x1024"},
            USER,
            "size",
            "invalid_value",
            "Invalid size '576x1024'. Requested resolution is below the current minimum pixel budget.",
        ),
        ({"size": "3840x1264"}, USER, "size", "invalid_value", "Invalid size '3840x1264'."),
        ({"size": "3840x2176"}, USER, "size", "invalid_value", "Invalid size '3840x2176'."),
        ({"model": "gpt-image-1.5", "size": "2048x2048"}, REQUEST, "size", "invalid_value", "'1536x1024'"),
        (
            {"background": "transparent"},
            USER,
            "background",
            "invalid_value",
            "Transparent background is not supported for this model.",
        ),
        ({"background": "white"}, REQUEST, "background", "invalid_value", "'white'"),
        (
            {"model": "gpt-image-2.5-flare", "background": "transparent", "output_format": "jpeg"},
            USER,
            "background",
            "invalid_value",
            "jpeg",
        ),
        ({"output_format": "bmp"}, REQUEST, "output_format", "invalid_value", "'bmp'"),
        ({"output_compression": 101}, REQUEST, "output_compression", "integer_above_max_value", "100"),
        ({"output_compression": -1}, REQUEST, "output_compression", "integer_below_min_value", ">= 0"),
        ({"output_compression": 50}, USER, "output_compression", "invalid_value", "png"),
        ({"moderation": "off"}, REQUEST, "moderation", "invalid_value", "'off'"),
        ({"complexity": "huge"}, REQUEST, "complexity", "invalid_value", "'huge'"),
        ({"stream": "yes"}, REQUEST, "stream", "invalid_type", "a boolean"),
        ({"partial_images": 4}, REQUEST, "partial_images", "integer_above_max_value", "<= 3"),
        ({"frame_count": 4}, REQUEST, "frame_count", "invalid_value", "png"),
        ({"user": 5}, REQUEST, "user", "invalid_type", "a string"),
    ],
)
def test_refusals(healthy: Any, change: Any, type_: str, param: str, code: str, message: str) -> None:
    response = healthy.raw(GOOD | change)
    assert tell(response) == (400, type_, param, code)
    assert message in response.json()["error"]["message"]
    assert response.headers["x-request-id"].startswith("req_")
    assert not healthy.sandbox.requests[-1].billed
    assert healthy.sandbox.billed == 0


@pytest.mark.parametrize("missing", ["model", "prompt"])
def test_required(healthy: Any, missing: str) -> None:
    response = healthy.raw({key: value for key, value in GOOD.items() if key != missing})
    assert tell(response) == (400, REQUEST, missing, "missing_required_parameter")


def test_order_model_keys_prompt_n_rest(healthy: Any) -> None:
    body: dict[str, Any] = {"size": "9x9", "n": 0, "prompt": "", "foo": 1, "model": "bar"}
    seen = []
    for cure in ({"model": "gpt-image-2"}, {"foo": None}, {"prompt": "x"}, {"n": 1}, {}):
        seen.append(tell(healthy.raw(body))[2])
        body |= cure
        if "foo" in cure:
            del body["foo"]
    assert seen == ["model", "foo", "prompt", "n", "size"]


def test_null_means_omitted_for_known_fields(healthy: Any) -> None:
    nulls = dict.fromkeys(("size", "quality", "background", "stream", "partial_images", "user", "svg"))
    assert tell(healthy.raw(GOOD | nulls | {"n": 0}))[2] == "n"
    assert tell(healthy.raw(GOOD | nulls | {"output_format": "x", "n": None}))[2] == "output_format"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 200_000])
def test_unreadable_bodies(healthy: Any, body: bytes) -> None:
    response = healthy.client.post("/images/generations", content=body, headers={"content-type": "application/json"})
    assert tell(response) == (400, REQUEST, None, None)
    assert healthy.sandbox.requests[-1].body is None


def test_content_type(healthy: Any) -> None:
    response = healthy.client.post("/images/generations", data=GOOD)
    assert tell(response)[3] == "unsupported_content_type"


def png(width: int = 64, height: int = 64, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height)).save(out, "PNG")
    return out.getvalue()


def test_edit_by_form(healthy: Any) -> None:
    fields = {"model": "gpt-image-2", "prompt": "x", "quality": "low", "n": "2", "size": "1024x656"}
    files = [("image[]", ("a.png", png(), "image/png")), ("image[]", ("b.png", png(), "image/png"))]
    response = healthy.client.post("/images/edits", data=fields, files=files)
    answer = response.json()
    assert response.status_code == 200
    assert len(answer["data"]) == 2
    assert answer["usage"]["input_tokens_details"]["image_tokens"] > 0
    last = healthy.sandbox.requests[-1]
    assert (last.body["n"], last.images, last.billed) == (2, 2, True)


@pytest.mark.parametrize(
    ("fields", "files", "param", "code"),
    [
        ({}, [("image", png())], "model", "missing_required_parameter"),
        ({"model": "gpt-image-2", "foo": "1", "prompt": "x"}, [("image", png())], "foo", "unknown_parameter"),
        ({**GOOD, "n": "0"}, [("image", b"nonsense")], "image", "invalid_image_file"),
        ({**GOOD, "n": "0"}, [("image", png())], "n", "integer_below_min_value"),
        ({**GOOD, "n": "0"}, [("image[]", png()[:60])], "image", "invalid_image_file"),
        ({**GOOD, "n": "0"}, [("image[]", png(1, 1))] * 17, "image", "array_above_max_length"),
        ({**GOOD, "n": "0"}, [("image", png()), ("mask", png())], "mask", "invalid_image_file"),
        ({**GOOD, "n": "0"}, [("image", png()), ("mask", png(mode="RGBA"))], "n", "integer_below_min_value"),
        ({**GOOD, "n": "0"}, [("mask", png(mode="RGBA"))], "image", "missing_required_parameter"),
        (
            {**GOOD, "input_fidelity": "high"},
            [("image", png())],
            "input_fidelity",
            "invalid_input_fidelity_model",
        ),
    ],
)
def test_edit_form_refusals(healthy: Any, fields: Any, files: Any, param: str, code: str) -> None:
    named = [(field, ("a.png", data, "image/png")) for field, data in files]
    response = healthy.client.post("/images/edits", data=fields, files=named)
    assert tell(response)[2:] == (param, code)


def test_edit_tells_which_image_is_bad(healthy: Any) -> None:
    files = [("image[]", ("a.png", data, "image/png")) for data in (png(), png(), b"no image")]
    response = healthy.client.post("/images/edits", data=GOOD, files=files)
    assert "Invalid image file or mode for image 3" in response.json()["error"]["message"]


def test_edit_by_json(healthy: Any) -> None:
    url = "data:image/png;base64," + base64.b64encode(png()).decode()

    def send(**fields: Any) -> Any:
        return healthy.client.post("/images/edits", json=GOOD | fields)

    assert send(images=[{"image_url": url}], size="1024x656", quality="low").status_code == 200
    assert tell(send(images=[{"image_url": url}], n=0))[2] == "n"
    assert tell(send())[2:] == ("images", "missing_required_parameter")
    assert tell(send(images=[{"file_id": "file-1"}]))[2] == "images"
    assert tell(send(images=[{"image_url": "data:image/png;base64,AAAA"}]))[3] == "invalid_image_file"
    refused = send(image=url)
    assert tell(refused) == (400, REQUEST, "image", "invalid_value")
    assert refused.json()["error"]["message"].startswith("Unknown parameter: 'image'. For application/json")


@pytest.mark.parametrize("body", [b"", b"--x\r\n\r\n--x--", b"--x\r\ncontent-disposition: form-data\r\n\r\n1\r\n"])
def test_broken_forms(healthy: Any, body: bytes) -> None:
    response = healthy.client.post(
        "/images/edits", content=body, headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert response.status_code == 400
    assert healthy.sandbox.failures == []
