"""The event stream of one Codex response: what it draws or says, and how it ends."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

from diagnose.sandbox.codex_request import Order
from diagnose.sandbox.faults import Codex
from diagnose.sandbox.services import answered, services
from diagnose.sandbox.spliced import Base64, event_pieces
from diagnose.sandbox.usage import usage

_Event = Callable[..., dict[str, object]]
_Making = Generator[dict[str, object], None, dict[str, object]]
"""The events of an item; at the end comes the finished one."""

_TALK = "Here is a description in place of a picture: a ball on light ground."
_REFUSAL = "I'm sorry, but I can't help with creating that image."
_NO_TOOL = "I cannot make images in this conversation."


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What came of an order. `image` None: it says something instead; `size` is that of the pixels."""

    asked: Order
    faults: Codex
    size: tuple[int, int]
    image: bytes | None = None
    partials: Sequence[bytes] = ()

    @property
    def image_model(self) -> str:
        """The image model that the answer names."""
        return self.faults.image_model or services().codex_image_model


def events(work: Work) -> Iterator[dict[str, object]]:
    """The events of the whole stream, numbered."""
    number = 0

    def event(kind: str, **rest: object) -> dict[str, object]:
        nonlocal number
        number += 1
        return {"type": kind, "sequence_number": number - 1, **rest}

    response: dict[str, object] = {
        "id": f"resp_{secrets.token_hex(24)}",
        "object": "response",
        "created_at": int(time.time()),
        "status": "in_progress",
        "error": None,
        "model": work.asked.carrier,
        "output": [],
        "tools": [] if work.faults.tools == "removed-auto" else [_tool(work)],
        "store": False,
    }
    yield event("response.created", response=response)
    yield event("response.in_progress", response=response)
    if work.faults.failure:
        error = answered("codex", work.faults.failure).body["error"]
        yield event("response.failed", response=response | {"status": "failed", "error": error})
        return
    item = yield from (_spoken(event, work) if work.image is None else _painted(event, work, work.image))
    output = [item] if work.faults.completed_output == "repeated" else []
    done = response | {"status": "completed", "completed_at": int(time.time()), "output": output}
    yield event("response.completed", response=done | _tokens(work))


def cut_short(told: Iterator[dict[str, object]], where: str) -> Iterator[bytes]:
    """The bytes of a stream up to that place of Codex.cut."""
    for event in told:
        if event["type"] == "response.output_item.done" and where != "after-image":
            whole = b"".join(event_pieces(event)) if where == "in-image" else b""
            yield whole[: len(whole) // 2]
            return
        if event["type"] == "response.completed":
            return
        yield from event_pieces(event)


def _tool(work: Work) -> dict[str, object]:
    asked = work.asked
    tool: dict[str, object] = {
        "type": "image_generation",
        "model": work.image_model,
        "size": asked.size or "auto",
        "quality": asked.quality or "auto",
        "background": asked.background or "auto",
        "output_format": asked.output_format,
        "moderation": "auto",
        "n": 1,
        "output_compression": 100,
    }
    return tool | ({"partial_images": asked.partial_images} if asked.partial_images else {})


def _painted(event: _Event, work: Work, image: bytes) -> _Making:
    asked = work.asked
    item: dict[str, object] = {"id": f"ig_{secrets.token_hex(24)}", "type": "image_generation_call"}
    at = {"output_index": 0, "item_id": item["id"]}
    look = {
        "background": "opaque",
        "output_format": asked.output_format,
        "quality": asked.drawn_quality,
        "size": f"{work.size[0]}x{work.size[1]}",
    }
    yield event("response.output_item.added", output_index=0, item=item | {"status": "in_progress"})
    for step in ("in_progress", "generating"):
        yield event(f"response.image_generation_call.{step}", **at)
    for index, partial in enumerate(work.partials):
        shown = {"partial_image_index": index, "partial_image_b64": Base64(partial)}
        yield event("response.image_generation_call.partial_image", **at, **look, **shown)
    served = {"status": work.faults.item_status, "action": "generate", "model": work.image_model, **look}
    done = item | served | {"revised_prompt": asked.prompt, "result": Base64(image)}
    yield event("response.output_item.done", output_index=0, item=done)
    return done


def _spoken(event: _Event, work: Work) -> _Making:
    faults = work.faults
    text = _REFUSAL if faults.refuses_in else _NO_TOOL if faults.tools == "removed-auto" else _TALK
    kind = "refusal" if faults.refuses_in == "part" else "output_text"
    field = "refusal" if kind == "refusal" else "text"
    extra: dict[str, object] = {} if kind == "refusal" else {"annotations": []}
    item: dict[str, object] = {"id": f"msg_{secrets.token_hex(24)}", "type": "message", "role": "assistant"}
    at = {"output_index": 0, "content_index": 0, "item_id": item["id"]}
    part = {"type": kind, field: text, **extra}
    yield event("response.output_item.added", output_index=0, item=item | {"status": "in_progress", "content": []})
    yield event("response.content_part.added", **at, part=part | {field: ""})
    yield event(f"response.{kind}.delta", **at, delta=text)
    yield event(f"response.{kind}.done", **at, **{field: text})
    yield event("response.content_part.done", **at, part=part)
    done = item | {"status": "completed", "content": [part]}
    yield event("response.output_item.done", output_index=0, item=done)
    return done


def _tokens(work: Work) -> dict[str, object]:
    width, height = work.size
    image = usage(
        model=work.asked.image_model,
        width=width,
        height=height,
        quality=work.asked.drawn_quality,
        images=int(work.image is not None),
        partials=len(work.partials),
        prompt=work.asked.prompt,
    )
    text = {"input_tokens": 96, "output_tokens": 24, "total_tokens": 120}
    return {"usage": text, "tool_usage": {"image_gen": image}}
