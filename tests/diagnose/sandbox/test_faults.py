"""What a raw client sees of each fault, and what of it is billed."""

from __future__ import annotations

import base64
import io
import json
import time
from typing import Any

import httpx
import pytest
from PIL import Image

SMALL = {"size": "1024x656"}


def error(response: httpx.Response) -> tuple[int, str | None, str]:
    told = response.json()["error"]
    return response.status_code, told["code"], told["message"]


def picture(response: httpx.Response) -> tuple[Image.Image, bytes]:
    data = base64.b64decode(response.json()["data"][0]["b64_json"])
    return Image.open(io.BytesIO(data)), data


def with_key(caller: Any, key: str, **body: Any) -> httpx.Response:
    return httpx.post(
        f"{caller.sandbox.base_url}/images/generations",
        json={"model": "gpt-image-2", "prompt": "x", "n": 0} | body,
        headers={"authorization": f"Bearer {key}"},
        trust_env=False,
    )


def test_reject_all_keys(start: Any) -> None:
    caller = start(key_check="reject-all")
    for response in (caller.generate(), caller.client.get("/me"), caller.client.get("/models")):
        assert error(response)[:2] == (401, "invalid_api_key")


def test_any_key(start: Any) -> None:
    caller = start(key_check="accept-any")
    assert with_key(caller, "sk-bogus").json()["error"]["param"] == "n"
    assert with_key(caller, "sk-bogus", model="bogus").json()["error"]["param"] == "model"


def test_any_model(start: Any) -> None:
    caller = start(model_check="accept-any")
    assert caller.generate(model="bogus", n=0).json()["error"]["param"] == "n"
    assert caller.generate(model="bogus", **SMALL).status_code == 200
    assert error(with_key(caller, "sk-bogus"))[0] == 401


@pytest.mark.parametrize("status", [401, 403])
def test_missing_image_scope(start: Any, status: int) -> None:
    caller = start(images_scope_status=status)
    for response in (caller.generate(), caller.raw({"nonsense": 1}), caller.client.post("/images/edits")):
        code, name, message = error(response)
        assert (code, name) == (status, "insufficient_scope")
        assert "Missing scopes: api.model.images.request." in message
    assert error(with_key(caller, "sk-bogus"))[1] == "invalid_api_key"
    assert caller.client.get("/models").status_code == 200
    assert caller.sandbox.billed == 0


def test_models_scope(start: Any) -> None:
    caller = start(models_scope_missing=True)
    for path in ("/models", "/models/gpt-image-2"):
        code, _, message = error(caller.client.get(path))
        assert (code, "Missing scopes: api.model.read." in message) == (403, True)
    assert caller.generate(**SMALL).status_code == 200


def test_hidden_model(start: Any) -> None:
    caller = start(hidden_models=("gpt-image-2",))
    for response in (caller.generate(n=0), caller.generate(), caller.client.get("/models/gpt-image-2")):
        assert error(response)[:2] == (404, "model_not_found")
        assert "do not have access" in error(response)[2]
    assert "gpt-image-2" not in {row["id"] for row in caller.client.get("/models").json()["data"]}
    assert error(caller.generate(model="gpt-image-22"))[0] == 400


@pytest.mark.parametrize(
    ("refusal", "status", "code", "text"),
    [
        ("organization_not_verified", 403, None, "Your organization must be verified to use the model"),
        ("insufficient_quota", 429, "insufficient_quota", "quota"),
        ("billing_hard_limit", 400, "billing_hard_limit_reached", "Billing hard limit has been reached"),
        (
            "tier_limit_zero",
            429,
            "rate_limit_exceeded",
            "Request too large for gpt-image-2 (for limit gpt-image)",
        ),
        ("tier_limit_zero", 429, "rate_limit_exceeded", "Limit 0, Requested 1"),
        ("moderation_blocked", 400, "moderation_blocked", "rejected by the safety system"),
        ("server_error", 500, "server_error", "req_"),
    ],
)
def test_refused_generations(start: Any, refusal: str, status: int, code: str | None, text: str) -> None:
    caller = start(refusal=refusal)
    for _ in range(2):
        response = caller.generate()
        assert error(response)[:2] == (status, code)
        assert text in error(response)[2]
    assert caller.generate(n=0).json()["error"]["param"] == "n"
    assert caller.client.get("/models/gpt-image-2").status_code == 200
    assert ("moderation_details" in response.json()["error"]) == (refusal == "moderation_blocked")
    if "{request_id}" in text or text == "req_":
        assert response.headers["x-request-id"] in response.text
    assert caller.sandbox.billed == 0


def test_rate_limit_then_served(start: Any) -> None:
    caller = start(rate_limited_first=1, fresh=True)
    assert caller.generate(n=0).status_code == 400
    first = caller.generate(**SMALL)
    assert error(first)[:2] == (429, "rate_limit_exceeded")
    assert "Please try again in 300ms." in error(first)[2]
    assert first.headers["retry-after-ms"] == "300"
    assert caller.generate(**SMALL).status_code == 200
    assert caller.sandbox.billed == 1


@pytest.mark.parametrize(("edge", "status"), [("challenge-403", 403), ("page-200", 200)])
def test_pages_before_the_api(start: Any, edge: str, status: int) -> None:
    caller = start(edge=edge)
    for response in (caller.generate(), caller.client.get("/me"), caller.client.get("/nothing")):
        assert response.status_code == status
        assert response.headers["content-type"].startswith("text/html")
        assert "openai-organization" not in response.headers
        assert ("cf-mitigated" in response.headers, "cf-ray" in response.headers) == (status == 403,) * 2
    assert caller.sandbox.billed == 0
    assert len(caller.sandbox.requests) == 3


def test_slow_answer_is_billed_though_nobody_waits(start: Any) -> None:
    caller = start(delay=60.0)
    before = time.monotonic()
    with pytest.raises(httpx.ReadTimeout):
        caller.client.post(
            "/images/generations",
            json={"model": "gpt-image-2", "prompt": "x"},
            timeout=httpx.Timeout(5, read=0.3),
        )
    assert time.monotonic() - before < 3
    last = caller.sandbox.requests[-1]
    assert (last.status, last.billed, last.images) == (None, True, 1)


def test_drip(start: Any) -> None:
    caller = start(delivery="drip")
    body = {"model": "gpt-image-2", "prompt": "x", **SMALL}
    before = time.monotonic()
    with caller.client.stream("POST", "/images/generations", json=body) as response:
        assert response.status_code == 200
        pieces = response.iter_raw()
        got = [next(pieces) for _ in range(4)]
    assert b"".join(got).startswith(b'{"c')
    assert 0.25 < time.monotonic() - before < 5
    assert caller.sandbox.billed == 1


@pytest.mark.parametrize("stream", [False, True])
def test_dropped_connection(start: Any, stream: bool) -> None:
    caller = start(delivery="dropped", fresh=True)
    got = 0
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):  # noqa: PT012
        body = {"model": "gpt-image-2", "prompt": "x", "stream": stream, **SMALL}
        with caller.client.stream("POST", "/images/generations", json=body) as response:
            promised = int(response.headers["content-length"])
            for piece in response.iter_raw():
                got += len(piece)
    assert promised // 2 - 1 <= got <= promised // 2 + 1
    assert caller.sandbox.billed == 1


def test_malformed_json(start: Any) -> None:
    caller = start(delivery="malformed-json")
    response = caller.generate()
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        response.json()
    assert caller.sandbox.requests[-1].billed


def test_no_image(start: Any) -> None:
    answer = start(delivery="no-image").generate().json()
    assert answer["data"] == []
    assert answer["usage"]["output_tokens"] == 0


def test_url(start: Any) -> None:
    answer = start(delivery="url").generate().json()
    [item] = answer["data"]
    assert set(item) == {"url"}
    assert httpx.URL(item["url"]).host == "images.example.invalid"


def test_truncated_image(start: Any) -> None:
    caller = start(delivery="truncated-image")
    image, data = picture(caller.generate(**SMALL))
    assert image.size == (1024, 656)
    assert b"IEND" not in data
    with pytest.raises(OSError, match="truncated"):
        image.load()


def test_endless_body(start: Any) -> None:
    caller = start(delivery="endless")
    got = 0
    with caller.client.stream("POST", "/images/generations", json={"model": "gpt-image-2", "prompt": "x"}) as r:
        for piece in r.iter_raw():
            got += len(piece)
            if got > 50_000_000:
                break
    assert got > 50_000_000
    assert caller.generate(n=0).status_code == 400


def test_smaller_pixels(start: Any) -> None:
    response = start(pixels="smaller").generate(size="1024x1024")
    assert response.json()["size"] == "1024x1024"
    assert response.json()["usage"]["output_tokens"] == 196
    assert picture(response)[0].size == (768, 768)


def test_other_format(start: Any) -> None:
    response = start(bytes_format="jpeg").generate(**SMALL)
    assert response.json()["output_format"] == "png"
    assert picture(response)[0].format == "JPEG"


def test_usage_of_low_quality(start: Any) -> None:
    answer = start(usage_quality="low").generate(quality="high").json()
    assert (answer["quality"], answer["usage"]["output_tokens"]) == ("high", 196)


def test_other_model(start: Any) -> None:
    answer = start(body_model="gpt-image-1-mini", usage_model="gpt-image-1-mini").generate().json()
    assert (answer["model"], answer["usage"]["output_tokens"]) == ("gpt-image-1-mini", 272)


@pytest.mark.parametrize("output_format", ["png", "jpeg", "webp"])
def test_other_vendor(start: Any, output_format: str) -> None:
    caller = start(provenance="google", image_headers="google")
    response = caller.generate(output_format=output_format, **SMALL)
    image, data = picture(response)
    image.load()
    assert b"Google LLC" in data
    assert not [name for name in response.headers if name.startswith(("openai-", "x-ratelimit"))]
    assert response.headers["server"] == "scaffolding on HTTPServer2"
    if output_format == "png":
        assert b"caBX" in data
        assert b"Google C2PA Core Generator Library" in data
    assert error(with_key(caller, "sk-bogus"))[0] == 401


def test_stale(start: Any) -> None:
    answer = start(created_offset=-7200).generate(**SMALL).json()
    assert 7100 < time.time() - answer["created"] < 7300


@pytest.mark.parametrize(
    "body",
    [{"n": 0}, {"model": "bogus", "n": 0, "foo": 1}, {"size": "9x9"}, {"quality": 5, "size": "1024x656"}],
)
def test_controls_answered(start: Any, body: dict[str, Any]) -> None:
    caller = start(controls="answered")
    response = with_key(caller, "sk-bogus", **body)
    image, _ = picture(response)
    assert image.size == ((1024, 656) if body.get("size") == "1024x656" else (1024, 1024))
    assert caller.sandbox.requests[-1].billed


@pytest.mark.parametrize(("mode", "pixels"), [("opaque-bytes", "RGB"), ("honoured", "RGBA")])
def test_transparency(start: Any, mode: str, pixels: str) -> None:
    response = start(transparent=mode).generate(background="transparent", **SMALL)
    assert response.json()["background"] == "transparent"
    assert picture(response)[0].mode == pixels


def test_redirect(start: Any) -> None:
    caller = start(redirect_to="http://other-host.invalid/v1/images/generations")
    response = caller.generate()
    assert (response.status_code, response.headers["location"]) == (
        308,
        "http://other-host.invalid/v1/images/generations",
    )
    assert caller.generate(n=0).status_code == 400
    assert caller.sandbox.billed == 0


@pytest.mark.parametrize("delivery", ["malformed-json", "no-image", "url", "truncated-image"])
def test_faults_of_streams(start: Any, delivery: str) -> None:
    response = start(delivery=delivery).generate(stream=True, **SMALL)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    assert ("b64_json" in response.text) == (delivery in ("malformed-json", "truncated-image"))
