"""chatgpt.com: the Codex surface with its hosted image tool, and the free calls that say whose login it is."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from diagnose.sandbox.codex_request import Order, order
from diagnose.sandbox.credentials import ACCOUNT, CHATGPT_USER, EMAIL, PLAN
from diagnose.sandbox.delivery import Pieces
from diagnose.sandbox.exchange import Exchange, exchange_of
from diagnose.sandbox.images import Picture
from diagnose.sandbox.services import answered, services
from diagnose.sandbox.serving import admit, drawn, json_object
from diagnose.sandbox.spliced import Base64, event_pieces
from diagnose.sandbox.usage import usage

_Event = Callable[..., dict[str, object]]

_WINDOWS = {"primary": (12, 18_000, 900), "secondary": (40, 604_800, 90_000)}
"""Used percent, length and time to the reset in seconds (invented)."""


async def responses(request: Request) -> Response:
    """POST /backend-api/codex/responses: an event stream with one image."""
    exchange = exchange_of(request)
    faults = exchange.faults.codex
    admit(exchange, faults.refusal)
    body = json_object(exchange, "detail")
    asked = order(body)
    exchange.ledger.note(exchange.number, model=asked.image_model)
    if faults.tools == "removed":
        raise answered("codex", "tool_absent")
    if faults.no_image:
        exchange.ledger.note(exchange.number, billed=True)
        events = _events(asked, None)
    else:
        picture = Picture(width=asked.width, height=asked.height, format=asked.output_format)
        [image] = await drawn(exchange, picture)
        events = _events(asked, image, faults.item_status)
    pieces = (piece for event in events for piece in event_pieces(event))
    return Pieces(pieces, headers={"content-type": "text/event-stream; charset=utf-8", **_headers(exchange)})


def _headers(exchange: Exchange) -> dict[str, str]:
    found = {"x-request-id": exchange.request_id, "x-oai-request-id": exchange.request_id}
    for name, (used, window, left) in _WINDOWS.items():
        found[f"x-codex-{name}-used-percent"] = str(used)
        found[f"x-codex-{name}-window-minutes"] = str(window // 60)
        found[f"x-codex-{name}-reset-at"] = str(int(time.time()) + left)
    return found


def _events(asked: Order, image: bytes | None, status: str = "completed") -> Iterator[dict[str, object]]:
    """The stream of one response; `image` None: it speaks instead of drawing. `status` is the finished item's."""
    number = 0

    def event(kind: str, **rest: object) -> dict[str, object]:
        nonlocal number
        number += 1
        return {"type": kind, "sequence_number": number - 1, **rest}

    tool = {
        "type": "image_generation",
        "model": services().codex_image_model,
        "size": asked.size or "auto",
        "quality": asked.quality or "auto",
        "background": asked.background or "auto",
        "output_format": asked.output_format,
        "moderation": "auto",
        "n": 1,
        "output_compression": 100,
    }
    response: dict[str, object] = {
        "id": f"resp_{secrets.token_hex(24)}",
        "object": "response",
        "created_at": int(time.time()),
        "status": "in_progress",
        "model": asked.carrier,
        "output": [],
        "tools": [tool],
        "store": False,
    }
    yield event("response.created", response=response)
    yield event("response.in_progress", response=response)
    if image is None:
        yield from _spoken(event)
    else:
        yield from _painted(event, asked, image, status)
    done = response | {"status": "completed", "completed_at": int(time.time()), **_tokens(asked, image is not None)}
    yield event("response.completed", response=done)


def _painted(event: _Event, asked: Order, image: bytes, status: str) -> Iterator[dict[str, object]]:
    item: dict[str, object] = {"id": f"ig_{secrets.token_hex(24)}", "type": "image_generation_call"}
    at = {"output_index": 0}
    yield event("response.output_item.added", **at, item=item | {"status": "in_progress"})
    for step in ("in_progress", "generating"):
        yield event(f"response.image_generation_call.{step}", **at, item_id=item["id"])
    served = {
        "status": status,
        "action": "generate",
        "model": services().codex_image_model,
        "background": "opaque",
        "output_format": asked.output_format,
        "quality": _quality(asked),
        "size": f"{asked.width}x{asked.height}",
        "revised_prompt": asked.prompt,
        "result": Base64(image),
    }
    yield event("response.output_item.done", **at, item=item | served)


def _spoken(event: _Event) -> Iterator[dict[str, object]]:
    text = {"type": "output_text", "text": "I cannot draw here.", "annotations": []}
    item = {"id": f"msg_{secrets.token_hex(24)}", "type": "message", "role": "assistant", "status": "completed"}
    yield event("response.output_item.done", output_index=0, item=item | {"content": [text]})


def _quality(asked: Order) -> str:
    return "medium" if asked.quality in (None, "auto") else asked.quality


def _tokens(asked: Order, painted: bool) -> dict[str, object]:
    image = usage(
        model=asked.image_model,
        width=asked.width,
        height=asked.height,
        quality=_quality(asked),
        images=int(painted),
        prompt=asked.prompt,
    )
    text = {"input_tokens": 96, "output_tokens": 24, "total_tokens": 120}
    return {"usage": text, "tool_usage": {"image_gen": image}}


async def account_usage(request: Request) -> Response:
    """GET /backend-api/wham/usage: whose login it is, and what is left of its plan."""
    exchange = exchange_of(request)
    admit(exchange)
    windows = {
        f"{name}_window": {
            "used_percent": used,
            "limit_window_seconds": window,
            "reset_after_seconds": left,
            "reset_at": int(time.time()) + left,
        }
        for name, (used, window, left) in _WINDOWS.items()
    }
    return JSONResponse(
        {
            "user_id": CHATGPT_USER,
            "account_id": ACCOUNT,
            "email": EMAIL,
            "plan_type": PLAN,
            "rate_limit": {"allowed": True, "limit_reached": False, **windows},
            "credits": {"has_credits": False, "unlimited": False, "balance": "0"},
            "additional_rate_limits": [],
            "rate_limit_reached_type": None,
        }
    )


async def accounts(request: Request) -> Response:
    """GET /backend-api/wham/accounts/check: the workspaces of the login."""
    admit(exchange_of(request))
    personal = {
        "id": ACCOUNT,
        "name": "Personal",
        "structure": "personal",
        "plan_type": PLAN,
        "workspace_backend_origin": "NO_CONSTRAINT",
        "account_routing_override": "NO_CONSTRAINT",
    }
    return JSONResponse({"accounts": [personal], "account_ordering": [ACCOUNT], "default_account_id": ACCOUNT})


ROUTES = [
    Route("/backend-api/codex/responses", responses, methods=["POST"]),
    Route("/backend-api/wham/usage", account_usage, methods=["GET"]),
    Route("/backend-api/wham/accounts/check", accounts, methods=["GET"]),
]
