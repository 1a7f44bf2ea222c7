"""Every place of a stream that names an image model, echoes the tool, or says which response it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from codex_host import Opened, Stream, answered

from diagnose.redact import Redactor
from diagnose.routes.shot import Shot

NAME = "codex-responses"
PINNED = "gpt-image-2-codex"
OTHER = "gpt-image-1-mini"
Asked = Callable[..., Opened]
Event = dict[str, Any]


def shot_of(asked: Asked, *events: Event, **more: Any) -> Shot:
    opened = asked(NAME, answered(Stream().body(*events)), **more)
    shot = opened.shoot()
    assert shot.problem is None, shot.detail
    return shot


def tools(*models: str, **fields: Any) -> list[Event]:
    return [{"type": "image_generation", "model": model, **fields} for model in models]


def announced(kind: str = "response.created", **response: Any) -> Event:
    event = Stream().created()
    return event | {"type": kind, "response": event["response"] | response}


def item(**fields: Any) -> Event:
    done: Event = Stream().done()["item"]
    return done | fields


@pytest.mark.parametrize(
    ("events", "where"),
    [
        ([announced(tools=tools(OTHER))], "the tool in response.created"),
        ([announced(tools=[{"type": "web_search"}, *tools(OTHER)])], "the tool in response.created"),
        ([announced(tools=tools(PINNED, OTHER))], "the tool in response.created"),
        ([announced(tools=[{"model": OTHER}])], "the tool in response.created"),
        ([Stream().created(), announced("response.in_progress", tools=tools(OTHER))],
         "the tool in response.in_progress"),
        ([Stream().created(), announced("response.queued", tools=tools(OTHER))], "the tool in response.queued"),
        ([Stream().created(), announced(tools=tools(OTHER))], "the tool in response.created"),
        ([Stream().created(), {"type": "response.output_item.added", "item": item(model=OTHER, result=None)}],
         "the image's item in response.output_item.added"),
        ([Stream().created(), {"type": "response.output_item.done", "item": item(model=OTHER, result=None)}],
         "the image's item in response.output_item.done"),
        ([Stream().created(), {"type": "response.image_generation_call.generating", "model": OTHER}],
         "response.image_generation_call.generating"),
    ],
)  # fmt: skip
def test_another_model_is_seen_wherever_it_is_named(asked: Asked, events: list[Event], where: str) -> None:
    shot = shot_of(asked, *events, Stream().done(), Stream().completed())
    assert (where, OTHER) in shot.named
    assert ("the image's item in response.output_item.done", PINNED) in shot.named


@pytest.mark.parametrize("result", [None, "", Stream().done()["item"]["result"]], ids=["null", "empty", "repeated"])
def test_another_model_is_seen_in_an_item_that_the_end_repeats(asked: Asked, result: str | None) -> None:
    again = item(model="dall-e-3", result=result)
    shot = shot_of(asked, Stream().created(), Stream().done(), Stream().completed(output=[again]))
    assert ("the image's item in response.completed", "dall-e-3") in shot.named


def test_another_model_is_seen_in_the_tools_of_the_end(asked: Asked) -> None:
    shot = shot_of(asked, Stream().created(), Stream().done(), Stream().completed(tools=tools(PINNED, OTHER)))
    assert ("the tool in response.completed", OTHER) in shot.named


@pytest.mark.parametrize("kind", ["web_search", "function"])
def test_the_model_of_another_tool_is_no_image_model(asked: Asked, kind: str) -> None:
    beside = [{"type": kind, "model": "gpt-6"}, *tools(PINNED)]
    shot = shot_of(asked, announced(tools=beside), Stream().done(), Stream().completed(tools=beside))
    assert {name for _, name in shot.named} == {PINNED}
    assert shot.oddities == ()


def test_the_model_of_the_response_is_the_text_model(asked: Asked) -> None:
    shot = shot_of(asked, announced(model="gpt-image-1"), Stream().done(), Stream().completed(model="gpt-image-1"))
    assert {name for _, name in shot.named} == {PINNED}


def test_the_last_name_is_that_of_the_image(asked: Asked) -> None:
    shot = shot_of(asked, Stream().created(), Stream().done(model="drawn-by"), Stream().completed())
    assert shot.named[-1] == ("the image's item in response.output_item.done", "drawn-by")


def test_a_name_is_cleaned_before_it_is_cut_and_a_long_text_is_none(asked: Asked) -> None:
    secret = "sk-proj-planted0123456789abcdefghij"
    said = announced(tools=tools("x" * 60 + secret, secret * 90))
    shot = shot_of(asked, said, Stream().done(), Stream().completed(), clean=Redactor([secret]).text)
    assert not [name for _, name in shot.named if "sk-proj" in name]
    assert ("the tool in response.created", "a text of 3150 characters") in shot.named


def test_more_names_than_are_kept_are_told(asked: Asked) -> None:
    crowd = tools(*(PINNED.upper() + f"-2026-01-{day:02}" for day in range(99)), OTHER)
    shot = shot_of(asked, announced(tools=crowd), Stream().done(), Stream().completed())
    assert len(shot.named) < 60
    assert "more names of models than a stream has" in "; ".join(shot.oddities)


# What it says of the response


def test_a_response_that_says_again_how_far_it_is_is_no_second_one(asked: Asked) -> None:
    steps = [announced(id="A"), *[announced("response.in_progress", id="A")] * 3]
    shot = shot_of(asked, *steps, Stream().done(), Stream().completed(id="A"))
    assert shot.oddities == ()


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ([announced(id="A"), Stream().done(), Stream().completed(id="C")], "it holds 2 responses"),
        ([announced(id="A"), announced("response.in_progress", id="B"), Stream().done(), Stream().completed(id="A")],
         "it holds 2 responses"),
        ([announced(id="A"), Stream().done(), announced(id="A"), Stream().completed(id="A")], "it holds 2 responses"),
        ([announced(), announced(), Stream().done(), Stream().completed()], "it holds 2 responses"),
        ([announced(id="A"), Stream().done(), announced(id="B"), Stream().completed(id="C")], "it holds 3 responses"),
        ([announced(), Stream().done(), Stream().completed(status="failed")], "the completed response says 'failed'"),
        ([announced(), Stream().done(), Stream().completed(status="incomplete")], "says 'incomplete'"),
        ([announced(), Stream().done(), Stream().completed(status="cancelled")], "says 'cancelled'"),
        ([announced(), Stream().done(), Stream().completed(status=["failed"])], "failed"),
        ([announced(), Stream().done(), Stream().completed(tools=[])], "no image tool is echoed, and an image came"),
        ([announced(tools=[]), Stream().done(), Stream().completed()], "no image tool is echoed"),
        ([announced(), Stream().done(), Stream().completed(tools=[{"type": "web_search"}])], "no image tool is echoed"),
        ([announced(tools=tools(PINNED, PINNED)), Stream().done(), Stream().completed()], "2 image tools are echoed"),
    ],
)  # fmt: skip
def test_what_no_plain_stream_says_of_its_response(asked: Asked, events: list[Event], says: str) -> None:
    assert says in "; ".join(shot_of(asked, *events).oddities)


def test_an_end_without_tools_is_plain(asked: Asked) -> None:
    shot = shot_of(asked, Stream().created(), Stream().done(), Stream().completed(tools=None))
    assert shot.oddities == ()


# What the tool echoes


def test_the_echoed_tool_is_that_of_the_last_response_that_has_one(asked: Asked) -> None:
    shot = shot_of(
        asked,
        announced(tools=tools(PINNED, size="auto", quality="low")),
        Stream().done(),
        Stream().completed(tools=[*tools(PINNED, size="64x48", quality="low"), {"type": "web_search"}]),
    )
    assert (shot.tool["size"], shot.tool["quality"]) == ("64x48", "low")
    silent = shot_of(asked, announced(tools=tools(PINNED, size="1x1")), Stream().done(), Stream().completed(tools=None))
    assert silent.tool["size"] == "1x1"
