"""chatgpt.com: the event stream, and what it refuses."""

from __future__ import annotations

import base64
import copy
import importlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.sandbox.codex_request import Order, order
from diagnose.sandbox.services import Answered

BODY: dict[str, Any] = {
    "model": "gpt-5.5",
    "input": [{"role": "user", "content": [{"type": "input_text", "text": "a red dot"}]}],
    "instructions": "You are an image generation assistant.",
    "tools": [{"type": "image_generation", "model": "gpt-image-2", "size": "1536x1024", "quality": "low"}],
    "tool_choice": {"type": "image_generation"},
    "stream": True,
    "store": False,
}


def with_tool(**fields: Any) -> dict[str, Any]:
    return BODY | {"tools": [BODY["tools"][0] | fields]}


def test_the_stream_brings_the_image_and_names_the_model_that_drew(healthy: Any) -> None:
    response = healthy.respond(BODY)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert "x-codex-primary-used-percent" in response.headers
    assert response.headers["openai-model"] == BODY["model"]  # the text model, as the Codex client reads it
    told = healthy.told(response)
    assert [event["type"] for event in told] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.image_generation_call.in_progress",
        "response.image_generation_call.generating",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event["sequence_number"] for event in told] == list(range(7))
    item, done = told[5]["item"], told[6]["response"]
    assert base64.b64decode(item["result"])[:4] == b"\x89PNG"
    assert (item["model"], item["size"], item["quality"]) == ("gpt-image-2-codex", "1536x1024", "low")
    assert item["status"] == "completed"
    assert done["tools"][0]["model"] == "gpt-image-2-codex"
    assert (done["model"], done["status"], done["output"]) == ("gpt-5.5", "completed", [])
    assert done["tool_usage"]["image_gen"]["output_tokens"] > 0


def test_left_to_choose_it_draws_its_own_square(healthy: Any) -> None:
    body = BODY | {"tools": [{"type": "image_generation"}]}
    item = healthy.told(healthy.respond(body))[5]["item"]
    assert (item["size"], item["quality"], item["output_format"]) == ("1254x1254", "medium", "png")


def test_a_large_image_streams(healthy: Any) -> None:
    item = healthy.told(healthy.respond(with_tool(size="3840x2160", output_format="webp")))[5]["item"]
    assert base64.b64decode(item["result"])[8:12] == b"WEBP"


def test_partial_images_come_only_when_they_are_asked_for(start: Callable[..., Any]) -> None:
    caller = start(fresh=True)
    told = caller.told(caller.respond(with_tool(partial_images=2)))
    partials = [event for event in told if event["type"].endswith("partial_image")]
    assert [event["partial_image_index"] for event in partials] == [0, 1]
    assert all(base64.b64decode(event["partial_image_b64"])[:4] == b"\x89PNG" for event in partials)
    assert told[0]["response"]["tools"][0]["partial_images"] == 2
    assert (caller.sandbox.billed, caller.sandbox.requests[0].images) == (1, 1)


def test_the_real_clients_packing_is_undone(healthy: Any) -> None:
    packed = importlib.import_module("backports.zstd").compress(json.dumps(BODY).encode())
    url = healthy.sandbox.codex_url + "/responses"
    for body, encoding, status in ((packed, "zstd", 200), (b"nonsense", "zstd", 400), (packed, "br", 400)):
        response = healthy.client.post(url, content=body, headers=healthy.bearer | {"content-encoding": encoding})
        assert response.status_code == status
    assert response.json() == {"detail": 'Unsupported content encoding: "br"'}


def test_packed_bodies_need_the_extra(healthy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diagnose.sandbox.codex_body._UNPACKERS", ("nobody.has.this",))
    headers = healthy.bearer | {"content-encoding": "zstd"}
    response = healthy.client.post(healthy.sandbox.codex_url + "/responses", content=b"x", headers=headers)
    assert response.status_code == 400
    assert "routecheck[tap]" in response.json()["detail"]


def test_the_agent_of_the_real_client_is_answered_with_a_call(start: Callable[..., Any]) -> None:
    caller = start(fresh=True)
    tool = {"type": "namespace", "name": "image_gen", "tools": [{"type": "function", "name": "imagegen"}]}
    told = caller.told(caller.respond(BODY | {"tools": [tool]}))
    [item] = [event["item"] for event in told if event["type"] == "response.output_item.done"]
    assert item["type"] == "function_call"
    assert caller.sandbox.billed == 0


def test_a_websocket_is_not_to_be_had(healthy: Any) -> None:
    url = healthy.sandbox.codex_url + "/responses"
    headers = healthy.bearer | {"connection": "Upgrade", "upgrade": "websocket"}
    assert healthy.client.get(url, headers=headers).status_code == 426
    assert healthy.client.get(url, headers=healthy.bearer).status_code == 404


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"instructions": None}, "Instructions are required"),
        ({"store": True}, "Store must be set to false"),
        ({"store": None}, "Store must be set to false"),
        ({"stream": False}, "Stream must be set to true"),
        ({"temperature": 1}, "Unsupported parameter: temperature"),
        ({"previous_response_id": "x"}, "Unsupported parameter: previous_response_id"),
        ({"model": "gpt-image-2"}, "The 'gpt-image-2' model is not supported"),
        ({"model": ["gpt-5.5"]}, "model is not supported"),
        ({"tools": []}, "Tool choice 'image_generation' not found"),
        ({"tools": [{"type": "web_search"}]}, "Tool choice 'image_generation' not found"),
        ({"input": "a red dot"}, "Input must be a list"),
        ({"input": [{"content": [{"type": "input_image"}]}]}, "Input must be a list"),
        (with_tool(n=2), "Unknown parameter: 'tools[0].n'"),
        (with_tool(background="transparent"), "Invalid value for 'tools[0].background'"),
        (with_tool(input_fidelity="high"), "gpt-image-2-codex"),
        (with_tool(size=5), "size must be a string"),
        (with_tool(quality=["low"]), "Invalid value for 'tools[0].quality'"),
        (with_tool(partial_images=4), "Invalid value for 'tools[0].partial_images'"),
        (with_tool(partial_images=True), "Invalid value for 'tools[0].partial_images'"),
        ({"model": "gpt-5.3-codex-spark"}, "Tool choice 'image_generation' not found"),
    ],
)
def test_what_the_surface_refuses(change: dict[str, Any], text: str) -> None:
    with pytest.raises(Answered) as caught:
        order(BODY | change)
    assert caught.value.status == 400
    assert text in json.dumps(caught.value.body)


def test_no_body_is_billed_that_is_refused(healthy: Any) -> None:
    before = healthy.sandbox.billed
    assert healthy.respond(BODY | {"store": True}).json() == {"detail": "Store must be set to false"}
    assert healthy.sandbox.billed == before


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["auto", "low", "64x64"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from([*BODY, "other"]), VALUES)
def test_any_field_gives_an_order_or_a_refusal(name: str, value: Any) -> None:
    check(BODY | {name: value})


@given(st.sampled_from([*BODY["tools"][0], "background", "output_format", "partial_images", "other"]), VALUES)
def test_any_field_of_the_tool_gives_an_order_or_a_refusal(name: str, value: Any) -> None:
    check(with_tool(**{name: value}))


def check(body: dict[str, Any]) -> None:
    before = copy.deepcopy(body)
    made: Order | Answered
    try:
        made = order(body)
    except Answered as refusal:
        made = refusal
    if isinstance(made, Order):
        assert 16 <= min(made.width, made.height) <= max(made.width, made.height) <= 3840
        assert made.output_format in {"png", "jpeg", "webp"}
    else:
        assert made.status == 400
    assert body == before
