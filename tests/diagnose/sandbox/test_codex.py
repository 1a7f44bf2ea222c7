"""chatgpt.com: the event stream, what it refuses, and the free calls."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.sandbox.codex_request import Order, order
from diagnose.sandbox.faults import Codex
from diagnose.sandbox.services import Answered

PATH = "/backend-api/codex/responses"
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


def ask(caller: Any, body: Any = BODY) -> Any:
    return caller.at("chatgpt.com", PATH, body, key=caller.sandbox.codex_token)


def events(text: str) -> list[dict[str, Any]]:
    """The events of a stream; each is named by its type."""
    found = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n")
        content = json.loads(data.removeprefix("data: "))
        assert name == f"event: {content['type']}"
        found.append(content)
    return found


def test_the_stream_brings_the_image_and_names_the_model_that_drew(healthy: Any) -> None:
    response = ask(healthy)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert "x-codex-primary-used-percent" in response.headers
    told = events(response.text)
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
    item = events(ask(healthy, body).text)[5]["item"]
    assert (item["size"], item["quality"], item["output_format"]) == ("1254x1254", "medium", "png")


def test_a_large_image_streams(healthy: Any) -> None:
    item = events(ask(healthy, with_tool(size="3840x2160", output_format="webp")).text)[5]["item"]
    assert base64.b64decode(item["result"])[8:12] == b"WEBP"


def test_an_item_can_keep_the_status_of_its_drawing(start: Callable[..., Any]) -> None:
    caller = start(codex=Codex(item_status="generating"))
    assert events(ask(caller).text)[5]["item"]["status"] == "generating"


def test_a_stream_without_an_image_speaks(start: Callable[..., Any]) -> None:
    caller = start(fresh=True, codex=Codex(no_image=True))
    told = events(ask(caller).text)
    assert [event["item"]["type"] for event in told if "item" in event] == ["message"]
    assert told[-1]["response"]["tool_usage"]["image_gen"]["output_tokens"] == 0
    assert (caller.sandbox.billed, caller.sandbox.requests[0].images) == (1, 0)


def test_a_plan_without_the_tool_is_refused(start: Callable[..., Any]) -> None:
    caller = start(codex=Codex(tools="removed"))
    response = ask(caller)
    assert response.status_code == 400
    assert "Tool choice 'image_generation' not found" in response.json()["error"]["message"]
    assert caller.sandbox.billed == 0


def test_the_edge_of_this_host(start: Callable[..., Any]) -> None:
    caller = start(codex=Codex(edge="challenge-403"))
    response = ask(caller)
    assert (response.status_code, response.headers["cf-mitigated"]) == (403, "challenge")
    assert caller.generate(size="1024x656").status_code == 200


def test_the_free_calls_say_whose_login_it_is(start: Callable[..., Any]) -> None:
    caller = start(fresh=True)
    token = caller.sandbox.codex_token
    usage = caller.at("chatgpt.com", "/backend-api/wham/usage", key=token).json()
    check = caller.at("chatgpt.com", "/backend-api/wham/accounts/check", key=token).json()
    assert usage["account_id"] == check["default_account_id"] == caller.sandbox.placeholders["account"]
    assert usage["plan_type"] == "plus"
    assert usage["rate_limit"]["primary_window"]["limit_window_seconds"] == 18_000
    assert caller.at("chatgpt.com", "/backend-api/wham/usage", key="other").status_code == 401
    assert caller.sandbox.billed == 0


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
    ],
)
def test_what_the_surface_refuses(change: dict[str, Any], text: str) -> None:
    with pytest.raises(Answered) as caught:
        order(BODY | change)
    assert caught.value.status == 400
    assert text in json.dumps(caught.value.body)


def test_no_body_is_billed_that_is_refused(healthy: Any) -> None:
    before = healthy.sandbox.billed
    assert ask(healthy, BODY | {"store": True}).json() == {"detail": "Store must be set to false"}
    assert healthy.sandbox.billed == before


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["auto", "low", "64x64"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from([*BODY, "other"]), VALUES)
def test_any_field_gives_an_order_or_a_refusal(name: str, value: Any) -> None:
    check(BODY | {name: value})


@given(st.sampled_from([*BODY["tools"][0], "background", "output_format", "moderation", "other"]), VALUES)
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
