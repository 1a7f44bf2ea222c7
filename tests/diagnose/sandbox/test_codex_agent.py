"""The Codex CLI's agent is led to call its image function once, and every other request is left alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.sandbox.codex_agent import answer

FUNCTION = {"type": "namespace", "name": "image_gen", "tools": [{"type": "function", "name": "imagegen"}]}
RUNNER = {"type": "custom", "name": "exec", "description": "declare const tools: { image_gen__imagegen(args: {}) }"}
SCRIPTS = {"type": "additional_tools", "tools": [{"type": "namespace", "name": "functions", "tools": [RUNNER]}]}
IMAGE = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}


def said(*texts: str, role: str = "user", images: int = 0) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"type": "input_text", "text": text} for text in texts]
    return {"type": "message", "role": role, "content": [*([IMAGE] * images), *parts]}


def body(*given: dict[str, Any], scripted: bool = False) -> dict[str, Any]:
    offered: dict[str, Any] = {"input": [SCRIPTS, *given]} if scripted else {"input": [*given], "tools": [FUNCTION]}
    return {"model": "gpt-5.5", "stream": True, "store": False, "tool_choice": "auto", **offered}


def output(content: object, scripted: bool = False) -> dict[str, Any]:
    kind = "custom_tool_call_output" if scripted else "function_call_output"
    return {"type": kind, "call_id": "call_1", "output": content}


def events(asked: dict[str, Any]) -> list[dict[str, Any]]:
    found = answer(asked)
    assert found is not None
    return list(found)


def item(asked: dict[str, Any]) -> dict[str, Any]:
    """The one finished item of the answer."""
    [done] = [event["item"] for event in events(asked) if event["type"] == "response.output_item.done"]
    assert isinstance(done, dict)
    return done


def arguments(called: dict[str, Any]) -> Any:
    """What a call hands to the image function, whichever way it is called."""
    if called["type"] == "function_call":
        assert (called["namespace"], called["name"]) == ("image_gen", "imagegen")
        return json.loads(called["arguments"])
    assert (called["type"], called["name"]) == ("custom_tool_call", "exec")
    [line] = [line for line in called["input"].splitlines() if "image_gen__imagegen" in line]
    assert "generatedImage(made)" in called["input"]
    return json.loads(line.partition("image_gen__imagegen(")[2].removesuffix(");"))


@pytest.mark.parametrize("scripted", [False, True])
def test_the_function_is_called_with_the_words_of_the_user(scripted: bool) -> None:
    machine, prompt = said("<environment_context>"), 'A "blue" square\nand a \\ backslash'
    called = item(body(said("Instructions", role="developer"), machine, said(prompt), scripted=scripted))
    assert arguments(called) == {"prompt": prompt}
    assert called["call_id"]


@pytest.mark.parametrize("scripted", [False, True])
def test_the_images_of_the_user_are_to_be_edited(scripted: bool) -> None:
    asked = body(said("<image name=[Image #1]>", "</image>", "Make it red", images=2), scripted=scripted)
    assert arguments(item(asked)) == {"prompt": "Make it red", "num_last_images_to_include": 2}


@pytest.mark.parametrize("scripted", [False, True])
def test_a_message_follows_the_output_of_the_function(scripted: bool) -> None:
    brought = output([IMAGE, {"type": "input_text", "text": "saved"}], scripted)
    message = item(body(said("A mug"), brought, scripted=scripted))
    assert (message["type"], message["role"]) == ("message", "assistant")
    assert message["content"][0]["text"] == "The image is ready."


@pytest.mark.parametrize("failure", ["image generation failed: http 403", [{"type": "input_text", "text": "failed"}]])
def test_no_image_is_claimed_where_the_function_failed(failure: object) -> None:
    assert "No image" in item(body(said("A mug"), output(failure)))["content"][0]["text"]


def test_the_next_question_of_a_conversation_calls_the_function_again() -> None:
    asked = body(said("A mug"), output([IMAGE]), said("done", role="assistant"), said("And a cup"))
    assert arguments(item(asked)) == {"prompt": "And a cup"}


def test_the_events_are_numbered_and_end_with_the_completed_response() -> None:
    told = events(body(said("A mug")))
    assert [event["type"] for event in told] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event["sequence_number"] for event in told] == list(range(5))
    assert told[0]["response"]["id"] == told[-1]["response"]["id"]
    assert told[-1]["response"]["status"] == "completed"
    assert told[-1]["response"]["usage"]["total_tokens"] > 0


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"input": "A mug", "tools": None},
        {"input": [said("A mug")], "tools": [{"type": "image_generation"}]},
        {"input": [said("A mug")], "tools": [{"type": "function", "name": "view_image"}]},
        {"input": [said("image_gen__imagegen")], "tools": [FUNCTION | {"tools": []}]},
        {"input": [{"type": "additional_tools", "tools": [{"name": "functions", "tools": [{"name": "exec"}]}]}]},
    ],
)
def test_every_other_request_is_left_alone(other: dict[str, Any]) -> None:
    assert answer(other) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "content"]), inner),
    max_leaves=8,
)


@given(JSON, JSON)
def test_no_input_breaks_it(messages: object, content: object) -> None:
    asked = [messages, {"type": "message", "role": "user", "content": content}]
    for given_input in (messages, asked):
        assert len(events({"input": given_input, "tools": [FUNCTION]})) == 5
