"""api.minimax.io: its image endpoint, which says what went wrong inside a 200."""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from diagnose.sandbox.delivery import Pieces
from diagnose.sandbox.exchange import exchange_of
from diagnose.sandbox.images import Picture
from diagnose.sandbox.serving import a_text, admit, drawn, json_object, pixels
from diagnose.sandbox.spliced import Base64, json_pieces


async def generation(request: Request) -> Response:
    """POST /v1/image_generation."""
    exchange = exchange_of(request)
    faults = exchange.faults.minimax
    admit(exchange, faults.refusal)
    body = json_object(exchange)
    for name in ("model", "prompt"):
        a_text(exchange, body, name)
    wanted = body.get("n")
    count = wanted if isinstance(wanted, int) and 1 <= wanted <= 9 else 1
    width, height = pixels(None, body.get("aspect_ratio"))
    if faults.no_image:
        images: list[bytes] = []
        exchange.ledger.note(exchange.number, billed=True)
    else:
        images = await drawn(exchange, Picture(width=width, height=height, format="jpeg", compression=90), count)
    answer = {
        "id": secrets.token_hex(16),
        "data": {"image_base64": [Base64(image) for image in images]},
        "metadata": {"success_count": str(len(images)), "failed_count": "0"},
        "base_resp": {"status_code": 0, "status_msg": "success"},
    }
    return Pieces(json_pieces(answer), headers={"content-type": "application/json"})


ROUTES = [Route("/v1/image_generation", generation, methods=["POST"])]
