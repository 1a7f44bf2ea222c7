"""The body of a Codex request against the rules of that surface: an Order, or the refusal it deserves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from diagnose.sandbox.services import Answered, answered, services
from diagnose.sandbox.serving import pixels

_KNOWN = (
    *("model", "input", "instructions", "tools", "tool_choice", "stream", "store", "reasoning", "include", "text"),
    *("parallel_tool_calls", "prompt_cache_key", "service_tier", "client_metadata"),
)
_TOOL_FIELDS = (
    *("type", "model", "size", "quality", "background", "output_format", "output_compression", "moderation"),
    *("partial_images", "action", "input_fidelity"),
)
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "quality": ("low", "medium", "high", "auto"),
    "background": ("opaque", "auto"),
    "output_format": ("png", "jpeg", "webp"),
    "moderation": ("auto", "low"),
}
_MOST_PARTIALS = 3
ODD_EDGE = 1254
"""Pixels of the square that this surface draws when it is left to choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A valid request. `carrier` is the text model around the tool; sizes in pixels; the tool's own words are
    None where it left them out."""

    carrier: str
    image_model: str
    prompt: str
    width: int
    height: int
    size: str | None
    quality: str | None
    background: str | None
    output_format: str
    partial_images: int

    @property
    def drawn_quality(self) -> str:
        """The quality that the image is made in."""
        return "medium" if self.quality in (None, "auto") else self.quality


def order(body: Mapping[str, Any], carriers: str = "listed") -> Order:
    """Checks `body`; raises Answered. `carriers` is that of faults.Codex."""
    if not _filled(body.get("instructions")):
        raise _detail("Instructions are required")
    if body.get("store") is not False:
        raise _detail("Store must be set to false")
    if body.get("stream") is not True:
        raise _detail("Stream must be set to true")
    for name in body:
        if name not in _KNOWN:
            raise answered("codex", "unsupported_parameter", name=name)
    carrier = _carrier(body.get("model"), carriers)
    tool = _tool(body)
    chosen = {name: _choice(tool, name) for name in _CHOICES}
    size = tool.get("size")
    if size is not None and not isinstance(size, str):
        raise _tool_problem("size must be a string")
    width, height = (ODD_EDGE, ODD_EDGE) if size in (None, "auto") else pixels(size)
    model = tool.get("model")
    return Order(
        carrier=carrier,
        image_model=model if isinstance(model, str) else services().codex_image_model,
        prompt=_prompt(body.get("input")),
        width=width,
        height=height,
        size=size,
        quality=chosen["quality"],
        background=chosen["background"],
        output_format=chosen["output_format"] or "png",
        partial_images=_partials(tool.get("partial_images")),
    )


def _carrier(name: object, carriers: str) -> str:
    if isinstance(name, str) and name in services().codex_without_images and carriers == "listed":
        raise answered("codex", "tool_absent")
    if not isinstance(name, str) or name not in services().codex_carriers or carriers == "refused":
        raise answered("codex", "unsupported_model", model=name)
    if carriers == "too-new":
        raise answered("codex", "client_too_old", model=name)
    return name


def _partials(value: object) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_PARTIALS:
        raise _tool_problem("Invalid value for 'tools[0].partial_images': expected an integer of 0 to 3.")
    return value


def _detail(text: str) -> Answered:
    return answered("codex", "detail", text=text)


def _tool_problem(text: str) -> Answered:
    return answered("codex", "tool_parameter", text=text)


def _filled(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _tool(body: Mapping[str, Any]) -> Mapping[str, Any]:
    tools = body.get("tools")
    tool = tools[0] if isinstance(tools, list) and tools else None
    if not isinstance(tool, dict) or tool.get("type") != "image_generation":
        raise answered("codex", "tool_absent")
    for name in tool:
        if name not in _TOOL_FIELDS:
            raise _tool_problem(f"Unknown parameter: 'tools[0].{name}'.")
    if "input_fidelity" in tool:
        raise _tool_problem(f"The model '{services().codex_image_model}' does not take input_fidelity.")
    return tool


def _choice(tool: Mapping[str, Any], name: str) -> str | None:
    value = tool.get(name)
    if value is not None and value not in _CHOICES[name]:
        raise _tool_problem(f"Invalid value for 'tools[0].{name}': supported are {', '.join(_CHOICES[name])}.")
    return value


def _prompt(given: object) -> str:
    """The text of the last message of the user; raises Answered when there is none."""
    for message in reversed(given) if isinstance(given, list) else ():
        parts = message.get("content") if isinstance(message, dict) else None
        for part in parts if isinstance(parts, list) else ():
            if isinstance(part, dict) and part.get("type") == "input_text" and _filled(part.get("text")):
                return str(part["text"])
    raise _detail("Input must be a list of messages")
