"""A LiteLLM proxy: the Images API with headers that name the deployment behind it."""

from __future__ import annotations

import secrets
import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from diagnose.sandbox.delivery import Pieces
from diagnose.sandbox.exchange import Exchange, exchange_of
from diagnose.sandbox.headers import ORGANIZATION
from diagnose.sandbox.images import Picture
from diagnose.sandbox.serving import a_text, admit, drawn, json_object, pixels
from diagnose.sandbox.spliced import Base64, json_pieces
from diagnose.sandbox.usage import usage

_VERSION = "1.109.1"


async def generations(request: Request) -> Response:
    """POST /v1/images/generations. Fields that the proxy does not know are ignored."""
    exchange = exchange_of(request)
    faults = exchange.faults.litellm
    admit(exchange, faults.refusal)
    body = json_object(exchange)
    model, prompt = a_text(exchange, body, "model"), a_text(exchange, body, "prompt")
    wanted = body.get("n")
    count = wanted if isinstance(wanted, int) and 1 <= wanted <= 10 else 1
    width, height = pixels(body.get("size"))
    if faults.no_image:
        images: list[bytes] = []
        exchange.ledger.note(exchange.number, billed=True)
    else:
        images = await drawn(exchange, Picture(width=width, height=height), count)
    answer = {
        "created": int(time.time()),
        "background": None,
        "data": [{"b64_json": Base64(image), "revised_prompt": None, "url": None} for image in images],
        "output_format": None,
        "quality": None,
        "size": f"{width}x{height}",
        "usage": usage(model=model, width=width, height=height, quality="medium", images=len(images), prompt=prompt),
    }
    return Pieces(json_pieces(answer), headers={"content-type": "application/json", **_headers(exchange, model)})


def _headers(exchange: Exchange, model: str) -> dict[str, str]:
    return {
        "x-litellm-call-id": secrets.token_hex(16),
        "x-litellm-model-id": "rc-sandbox-deployment",
        "x-litellm-model-group": model,
        "x-litellm-model-api-base": "https://api.openai.com",
        "x-litellm-version": _VERSION,
        "x-litellm-response-cost": "0.053",
        "x-litellm-attempted-retries": "0",
        "x-litellm-attempted-fallbacks": str(exchange.faults.litellm.fallbacks),
        "llm_provider-openai-organization": ORGANIZATION,
        "llm_provider-x-request-id": exchange.request_id,
    }


ROUTES = [Route(path, generations, methods=["POST"]) for path in ("/images/generations", "/v1/images/generations")]
