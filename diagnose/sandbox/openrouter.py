"""openrouter.ai: its images endpoint, and chat with images in the answer."""

from __future__ import annotations

import secrets
import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from diagnose.sandbox.delivery import Pieces
from diagnose.sandbox.exchange import Exchange, exchange_of
from diagnose.sandbox.images import Picture
from diagnose.sandbox.services import answered
from diagnose.sandbox.serving import a_text, admit, drawn, json_object, pixels
from diagnose.sandbox.spliced import Base64, json_pieces

_DATA_URL = "data:image/png;base64,"
_USAGE = {"prompt_tokens": 12, "completion_tokens": 1290, "total_tokens": 1302, "cost": 0.039, "is_byok": False}


async def images(request: Request) -> Response:
    """POST /api/v1/images: an answer that names neither model nor provider."""
    exchange = exchange_of(request)
    admit(exchange, exchange.faults.openrouter.refusal)
    body = json_object(exchange)
    for name in ("model", "prompt"):
        a_text(exchange, body, name)
    made = await _drawn(exchange, *pixels(body.get("size"), body.get("aspect_ratio")))
    data = [{"b64_json": Base64(image), "media_type": "image/png"} for image in made]
    return _sent({"created": int(time.time()), "data": data, "usage": _USAGE})


async def chat(request: Request) -> Response:
    """POST /api/v1/chat/completions, for messages that ask for an image."""
    exchange = exchange_of(request)
    admit(exchange, exchange.faults.openrouter.refusal)
    body = json_object(exchange)
    model = a_text(exchange, body, "model")
    modalities, messages = body.get("modalities"), body.get("messages")
    if not isinstance(modalities, list) or "image" not in modalities:
        raise answered("openrouter", "bad_request", text="the sandbox answers with images only: modalities lack image")
    if not isinstance(messages, list) or not messages:
        raise answered("openrouter", "bad_request", text="messages is required")
    settings = body.get("image_config")
    ratio = settings.get("aspect_ratio") if isinstance(settings, dict) else None
    made = await _drawn(exchange, *pixels(None, ratio))
    shown = [{"type": "image_url", "image_url": {"url": Base64(image, _DATA_URL)}} for image in made]
    # With an empty text for the content, OpenClaw 2026.5.18 calls the whole answer malformed.
    message = {"role": "assistant", "content": None, "images": shown}
    return _sent(
        {
            "id": f"gen-{secrets.token_hex(12)}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": model,
            "provider": model.partition("/")[0],
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": _USAGE,
        }
    )


async def _drawn(exchange: Exchange, width: int, height: int) -> list[bytes]:
    if exchange.faults.openrouter.no_image:
        exchange.ledger.note(exchange.number, billed=True)
        return []
    return await drawn(exchange, Picture(width=width, height=height))


def _sent(answer: dict[str, object]) -> Response:
    headers = {"content-type": "application/json", "x-generation-id": f"gen-{secrets.token_hex(12)}"}
    return Pieces(json_pieces(answer), headers=headers)


ROUTES = [
    Route("/api/v1/images", images, methods=["POST"]),
    Route("/api/v1/chat/completions", chat, methods=["POST"]),
]
