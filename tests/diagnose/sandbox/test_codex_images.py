"""chatgpt.com's images endpoints."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from PIL import Image

from diagnose.sandbox.faults import Codex

BODY: dict[str, Any] = {
    "prompt": "a blue square",
    "background": "opaque",
    "model": "gpt-image-2",
    "quality": "low",
    "size": "1024x1024",
}
DATA_URL = "data:image/png;base64,"


def ask(caller: Any, body: Any = BODY, *, verb: str = "generations", **headers: str) -> httpx.Response:
    sent = {"authorization": f"Bearer {caller.sandbox.codex_token}"} | headers
    answer: httpx.Response = caller.client.post(f"{caller.sandbox.codex_url}/images/{verb}", json=body, headers=sent)
    return answer


def picture(answer: dict[str, Any]) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(answer["data"][0]["b64_json"])))


def test_the_answer_has_the_images_apis_shape_and_this_hosts_headers(start: Callable[..., Any]) -> None:
    caller = start(fresh=True)
    response = ask(caller)
    answer = response.json()
    assert set(answer) == {"created", "background", "output_format", "quality", "size", "data", "usage"}
    assert (answer["size"], answer["quality"], answer["background"]) == ("1024x1024", "low", "opaque")
    assert picture(answer).size == (1024, 1024)
    assert answer["usage"]["output_tokens_details"]["image_tokens"] == 196
    assert response.headers["x-codex-primary-used-percent"] == "12"
    assert "openai-organization" not in response.headers
    [row] = caller.sandbox.requests
    assert (row.service, row.billed, row.images, row.model) == ("codex", True, 1, "gpt-image-2")


def test_the_model_is_advice_and_so_is_a_size_left_open(healthy: Any) -> None:
    answer = ask(healthy, {"prompt": "x", "model": "no-such-model", "size": "auto", "quality": "auto"}).json()
    assert (answer["size"], answer["quality"]) == ("1254x1254", "medium")
    assert picture(answer).size == (1254, 1254)


def test_an_edit_takes_images_as_data_urls(healthy: Any) -> None:
    made = ask(healthy, BODY | {"size": "1024x656"}).json()["data"][0]["b64_json"]
    answer = ask(healthy, BODY | {"images": [{"image_url": DATA_URL + made}]}, verb="edits")
    assert answer.status_code == 200
    assert answer.json()["usage"]["input_tokens_details"]["image_tokens"] > 0
    assert ask(healthy, BODY, verb="edits").json()["error"]["param"] == "images"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"model": "gpt-image-2", "n": 0}, "prompt"),
        ({"model": "gpt-image-2", "prompt": "x", "n": 0}, "n"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": "x", "quality": "best"}, "quality"),
        ({"prompt": "x", "speed": 1}, "speed"),
        ({"prompt": "x", "stream": True}, "stream"),
        ({"prompt": "x", "background": "transparent"}, "background"),
        ({"prompt": "x", "size": "9x9"}, "size"),
    ],
)
def test_a_wrong_body_is_refused_in_the_images_apis_words(body: Any, param: str, start: Callable[..., Any]) -> None:
    caller = start(fresh=True)
    response = ask(caller, body)
    assert (response.status_code, response.json()["error"]["param"]) == (400, param)
    assert "x-codex-primary-used-percent" in response.headers
    assert caller.sandbox.billed == 0


def test_what_is_no_object_is_refused(healthy: Any) -> None:
    assert ask(healthy, [1]).json() == {"detail": "the body is no JSON object"}


@pytest.mark.parametrize(
    ("faults", "status", "text"),
    [
        (Codex(refusal="usage_limit_reached"), 429, "usage_limit_reached"),
        (Codex(refusal="usage_not_included"), 429, "usage_not_included"),
        (Codex(refusal="rate_limited"), 429, "Rate limit reached for gpt-image-2-codex (for limit gpt-image)"),
        (Codex(refusal="forbidden"), 403, "Forbidden"),
        (Codex(failure="slow_down"), 503, "slow_down"),
        (Codex(refuses_in="part"), 400, "moderation_blocked"),
        (Codex(edge="challenge-403"), 403, "Just a moment"),
    ],
)
def test_faults_refuse_here_too(faults: Codex, status: int, text: str, start: Callable[..., Any]) -> None:
    caller = start(codex=faults)
    response = ask(caller)
    assert response.status_code == status
    assert text in response.text
    assert caller.sandbox.billed == 0


def test_faults_of_the_image(start: Callable[..., Any]) -> None:
    odd = ask(start(codex=Codex(pixels="odd"))).json()
    assert (odd["size"], picture(odd).size) == ("1254x1254", (1254, 1254))
    named = ask(start(codex=Codex(bytes_format="png")), BODY | {"output_format": "webp"}).json()
    assert (named["output_format"], picture(named).format) == ("webp", "PNG")
    assert ask(start(codex=Codex(image_model="gpt-image-1-mini"))).json()["model"] == "gpt-image-1-mini"
    assert ask(start(codex=Codex(no_image=True))).json()["data"] == []
    heavy = ask(start(codex=Codex(weight="heavy"))).json()
    assert len(heavy["data"][0]["b64_json"]) > 2 * 1024 * 1024


def test_the_answer_can_be_cut(start: Callable[..., Any]) -> None:
    ended = ask(start(codex=Codex(stream="ended")))
    assert ended.status_code == 200
    with pytest.raises(ValueError, match="Unterminated"):
        ended.json()
    with pytest.raises(httpx.RemoteProtocolError):
        ask(start(codex=Codex(stream="dropped")))
