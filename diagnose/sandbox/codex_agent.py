"""The Codex CLI's conversation: the agent is offered an image function, calls it once, and says that it is done."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_NAMESPACE, _FUNCTION = "image_gen", "imagegen"
_SCRIPTED = f"{_NAMESPACE}__{_FUNCTION}"
"""What the function is called inside a script. Codex CLI 0.169.0 offers its newer models a tool that runs
JavaScript, and the older ones (gpt-5.4, gpt-5.5) the function itself."""

_RUNNER = "exec"
_WAIT_MS = 120_000
_OUTPUTS = ("function_call_output", "custom_tool_call_output")
_DONE = "The image is ready."
_NOTHING = "No image came back from the image tool."
_TOKENS = {"input_tokens": 96, "output_tokens": 24, "total_tokens": 120}

_Item = dict[str, object]


def answer(body: Mapping[str, Any]) -> Iterator[dict[str, object]] | None:
    """The events of the answer to a request of the agent, or None for every other request.

    `body` is the request's, JSON decoded. The first request of a turn is answered with a call of the image function
    with the user's words (and the user's images, if there are any), the one that brings its output with a message.
    """
    given = _objects(body.get("input"))
    scripted = _offers_script(given)
    if not scripted and not _offers_function(_objects(body.get("tools"))):
        return None
    asked, since = _last_question(given)
    outputs = [item for item in since if item.get("type") in _OUTPUTS]
    if outputs:
        return _events(body, _message(_DONE if _brought_image(outputs[-1]) else _NOTHING))
    arguments = _arguments(_objects(asked.get("content")))
    return _events(body, _script(arguments) if scripted else _call(arguments))


def _objects(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list; anything else holds none."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _offers_function(tools: Sequence[Mapping[str, Any]]) -> bool:
    return any(
        tool.get("type") == "namespace" and tool.get("name") == _NAMESPACE and _named(tool, _FUNCTION) for tool in tools
    )


def _offers_script(given: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a tool that runs scripts declares the image function to them."""
    spaces = [tool for item in given if item.get("type") == "additional_tools" for tool in _objects(item.get("tools"))]
    runners = [tool for space in spaces for tool in _named(space, _RUNNER)]
    return any(_SCRIPTED in str(tool.get("description")) for tool in runners)


def _named(space: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return [tool for tool in _objects(space.get("tools")) if tool.get("name") == name]


def _last_question(given: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
    """The last message of the user, which is the prompt (what comes before describes the machine), and what
    followed it."""
    places = [at for at, item in enumerate(given) if item.get("type") == "message" and item.get("role") == "user"]
    return (given[places[-1]], given[places[-1] + 1 :]) if places else ({}, given)


def _arguments(parts: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    # Texts before the last one only name the images that are attached.
    words = ["", *(str(part.get("text", "")) for part in parts if part.get("type") == "input_text")]
    images = sum(part.get("type") == "input_image" for part in parts)
    prompt: dict[str, object] = {"prompt": words[-1]}
    return prompt | ({"num_last_images_to_include": images} if images else {})


def _brought_image(output: Mapping[str, Any]) -> bool:
    return any(part.get("type") == "input_image" for part in _objects(output.get("output")))


def _call(arguments: Mapping[str, object]) -> _Item:
    named = {"namespace": _NAMESPACE, "name": _FUNCTION, "arguments": json.dumps(arguments)}
    return {"id": _id("fc"), "type": "function_call", "status": "completed", "call_id": _id("call"), **named}


def _script(arguments: Mapping[str, object]) -> _Item:
    lines = (
        f'// @exec: {{"yield_time_ms": {_WAIT_MS}}}',
        f"const made = await tools.{_SCRIPTED}({json.dumps(arguments)});",
        "generatedImage(made);",
    )
    called = {"call_id": _id("call"), "name": _RUNNER, "input": "\n".join(lines)}
    return {"id": _id("ctc"), "type": "custom_tool_call", "status": "completed", **called}


def _message(text: str) -> _Item:
    part = {"type": "output_text", "text": text, "annotations": []}
    said = {"role": "assistant", "content": [part]}
    return {"id": _id("msg"), "type": "message", "status": "completed", **said}


def _id(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(12)}"


def _events(body: Mapping[str, Any], item: _Item) -> Iterator[dict[str, object]]:
    begun: dict[str, object] = {
        "id": _id("resp"),
        "object": "response",
        "created_at": int(time.time()),
        "status": "in_progress",
        "error": None,
        "model": body.get("model"),
        "output": [],
        "store": False,
    }
    done = begun | {"status": "completed", "completed_at": int(time.time()), "usage": _TOKENS}
    told: tuple[tuple[str, dict[str, object]], ...] = (
        ("response.created", {"response": begun}),
        ("response.in_progress", {"response": begun}),
        ("response.output_item.added", {"output_index": 0, "item": item | {"status": "in_progress"}}),
        ("response.output_item.done", {"output_index": 0, "item": item}),
        ("response.completed", {"response": done}),
    )
    for number, (kind, rest) in enumerate(told):
        yield {"type": kind, "sequence_number": number, **rest}
