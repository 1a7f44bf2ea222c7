"""generativelanguage.googleapis.com: generateContent with an image in the answer."""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from diagnose.sandbox.delivery import Pieces
from diagnose.sandbox.exchange import Exchange, exchange_of
from diagnose.sandbox.images import Picture
from diagnose.sandbox.provenance import vendor
from diagnose.sandbox.services import answered
from diagnose.sandbox.serving import admit, drawn, json_object, pixels
from diagnose.sandbox.spliced import Base64, json_pieces

_VERB = ":generateContent"
_TOKENS = {"promptTokenCount": 12, "candidatesTokenCount": 1290, "totalTokenCount": 1302}


async def generate(request: Request) -> Response:
    """POST /v1beta/models/{model}:generateContent."""
    exchange = exchange_of(request)
    name = request.path_params["name"]
    if not name.endswith(_VERB):
        raise answered("google", "not_found")
    admit(exchange, exchange.faults.google.refusal)
    body = json_object(exchange)
    model = name.removesuffix(_VERB)
    exchange.ledger.note(exchange.number, model=model)
    contents = body.get("contents")
    if not isinstance(contents, list) or not contents:
        raise answered("google", "bad_request", text="contents is not specified")
    made = await _drawn(exchange, body)
    inline = [{"inlineData": {"mimeType": "image/png", "data": Base64(image)}} for image in made]
    parts: list[object] = [*inline] if inline else [{"text": "There is no image."}]
    answer = {
        "candidates": [{"content": {"parts": parts, "role": "model"}, "finishReason": "STOP", "index": 0}],
        "usageMetadata": _TOKENS,
        "modelVersion": model,
        "responseId": secrets.token_urlsafe(12),
    }
    headers = {"content-type": "application/json; charset=UTF-8", **vendor("google").headers}
    return Pieces(json_pieces(answer), headers=headers)


async def _drawn(exchange: Exchange, body: dict[str, object]) -> list[bytes]:
    if exchange.faults.google.no_image:
        exchange.ledger.note(exchange.number, billed=True)
        return []
    settings = body.get("generationConfig")
    image = settings.get("imageConfig") if isinstance(settings, dict) else None
    ratio = image.get("aspectRatio") if isinstance(image, dict) else None
    width, height = pixels(None, ratio)
    return await drawn(exchange, Picture(width=width, height=height, vendor="google"))


ROUTES = [Route("/v1beta/models/{name}", generate, methods=["POST"])]
