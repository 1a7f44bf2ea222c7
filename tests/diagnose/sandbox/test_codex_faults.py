"""What can go wrong at chatgpt.com, in the stream and before it."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from diagnose.sandbox.faults import Codex


def order(**tool: Any) -> dict[str, Any]:
    return {
        "model": "gpt-5.5",
        "input": [{"role": "user", "content": [{"type": "input_text", "text": "a red dot"}]}],
        "instructions": "You are an image generation assistant.",
        "tools": [{"type": "image_generation", "size": "1536x1024", "quality": "low"} | tool],
        "tool_choice": {"type": "image_generation"},
        "stream": True,
        "store": False,
    }


def drawn(caller: Any, **tool: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = caller.told(caller.respond(order(**tool)))
    return found


def test_a_refusal_can_stand_in_the_place_of_the_image(start: Callable[..., Any]) -> None:
    part = drawn(start(codex=Codex(refuses_in="part")))[-2]["item"]["content"][0]
    text = drawn(start(codex=Codex(refuses_in="text")))[-2]["item"]["content"][0]
    assert (part["type"], text["type"]) == ("refusal", "output_text")
    assert part["refusal"] == text["text"]


def test_a_plan_without_the_tool_can_also_be_answered_with_text(start: Callable[..., Any]) -> None:
    caller = start(fresh=True, codex=Codex(tools="removed-auto"))
    told = drawn(caller)
    assert told[0]["response"]["tools"] == told[-1]["response"]["tools"] == []
    assert told[-2]["item"]["type"] == "message"
    assert caller.sandbox.requests[0].images == 0


def test_an_odd_square_is_drawn_and_told(start: Callable[..., Any]) -> None:
    told = drawn(start(codex=Codex(pixels="odd")))
    item = told[5]["item"]
    assert struct.unpack(">II", base64.b64decode(item["result"])[16:24]) == (1254, 1254)
    assert (item["size"], told[0]["response"]["tools"][0]["size"]) == ("1254x1254", "1536x1024")


def test_png_bytes_can_come_under_the_name_of_webp(start: Callable[..., Any]) -> None:
    item = drawn(start(codex=Codex(bytes_format="png")), output_format="webp")[5]["item"]
    assert (item["output_format"], base64.b64decode(item["result"])[:4]) == ("webp", b"\x89PNG")


def test_the_answer_can_name_another_image_model(start: Callable[..., Any]) -> None:
    told = drawn(start(codex=Codex(image_model="gpt-image-1-mini")))
    assert told[5]["item"]["model"] == told[-1]["response"]["tools"][0]["model"] == "gpt-image-1-mini"


def test_heavy_pixels_weigh_two_bytes_each(start: Callable[..., Any]) -> None:
    item = drawn(start(codex=Codex(weight="heavy")))[5]["item"]
    assert len(item["result"]) > 2 * 1536 * 1024


@pytest.mark.parametrize("code", ["server_is_overloaded", "slow_down"])
def test_a_stream_can_end_in_a_failure(code: Any, start: Callable[..., Any]) -> None:
    caller = start(fresh=True, codex=Codex(failure=code))
    told = drawn(caller)
    assert [event["type"] for event in told][-1] == "response.failed"
    assert told[-1]["response"]["error"]["code"] == code
    assert caller.sandbox.billed == 0


@pytest.mark.parametrize(
    ("cut", "last"),
    [
        ("before-image", "response.image_generation_call.generating"),
        ("in-image", None),
        ("after-image", "response.output_item.done"),
    ],
)
@pytest.mark.parametrize("stream", ["ended", "dropped"])
def test_a_stream_can_end_before_its_end(stream: Any, cut: Any, last: str | None, start: Callable[..., Any]) -> None:
    caller = start(fresh=True, codex=Codex(stream=stream, cut=cut))
    text = ""
    try:
        with caller.client.stream(
            "POST", caller.sandbox.codex_url + "/responses", json=order(), headers=caller.bearer
        ) as response:
            for piece in response.iter_text():
                text += piece
    except httpx.RemoteProtocolError:
        assert stream == "dropped"
    else:
        assert stream == "ended"
    if last is None:
        assert '"result":"iVBOR' in text
        assert not text.endswith("\n\n")
    else:
        assert caller.told(text)[-1]["type"] == last
    assert caller.sandbox.billed == 1


def test_the_last_event_can_repeat_the_image(start: Callable[..., Any]) -> None:
    told = drawn(start(codex=Codex(completed_output="repeated")))
    assert told[-1]["response"]["output"] == [told[5]["item"]]


def test_an_item_can_keep_the_status_of_its_drawing(start: Callable[..., Any]) -> None:
    caller = start(codex=Codex(item_status="generating"))
    assert drawn(caller)[5]["item"]["status"] == "generating"


def test_a_stream_without_an_image_speaks(start: Callable[..., Any]) -> None:
    caller = start(fresh=True, codex=Codex(no_image=True))
    told = drawn(caller)
    [item] = [event["item"] for event in told if event["type"] == "response.output_item.done"]
    assert (item["type"], item["content"][0]["type"]) == ("message", "output_text")
    assert item["content"][0]["text"] == "".join(event["delta"] for event in told if "delta" in event)
    assert told[-1]["response"]["tools"][0]["type"] == "image_generation"
    assert told[-1]["response"]["tool_usage"]["image_gen"]["output_tokens"] == 0
    assert (caller.sandbox.billed, caller.sandbox.requests[0].images) == (1, 0)


def test_a_plan_without_the_tool_is_refused(start: Callable[..., Any]) -> None:
    caller = start(codex=Codex(tools="removed"))
    response = caller.respond(order())
    assert response.status_code == 400
    assert "Tool choice 'image_generation' not found" in response.json()["error"]["message"]
    assert caller.sandbox.billed == 0


def test_the_edge_of_this_host(start: Callable[..., Any]) -> None:
    caller = start(codex=Codex(edge="challenge-403"))
    response = caller.respond(order())
    assert (response.status_code, response.headers["cf-mitigated"]) == (403, "challenge")
    assert caller.generate(size="1024x656").status_code == 200


@pytest.mark.parametrize(
    ("carriers", "text"),
    [("refused", "is not supported when using Codex with a ChatGPT account"), ("too-new", "newer version of Codex")],
)
def test_the_text_model_can_be_refused(carriers: Any, text: str, start: Callable[..., Any]) -> None:
    caller = start(codex=Codex(carriers=carriers))
    response = caller.respond(order())
    assert response.status_code == 400
    assert response.json()["detail"].startswith("The 'gpt-5.5' model ")
    assert text in response.json()["detail"]
