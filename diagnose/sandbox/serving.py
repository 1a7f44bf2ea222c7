"""What the services beside the Images API have in common: routing, credentials, bodies and pictures."""

from __future__ import annotations

import asyncio
import hmac
import json
import random
import re
from collections.abc import Sequence
from dataclasses import replace

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from diagnose.sandbox.exchange import Exchange, exchange_of
from diagnose.sandbox.faults import ServiceRefusal
from diagnose.sandbox.images import Picture, draw
from diagnose.sandbox.refusals import Refused
from diagnose.sandbox.services import Answered, answered

_SIZE = re.compile(r"([1-9][0-9]{1,3})x([1-9][0-9]{1,3})")
_EDGE = 1024
_SHORTEST, _LONGEST = 16, 3840
_RATIO = re.compile(r"([1-9][0-9]?):([1-9][0-9]?)")


def application(routes: Sequence[Route]) -> Starlette:
    """The app of one service, whose refusals are in the service's own words."""
    handlers = {Answered: _on_answer, Refused: _on_answer, HTTPException: _on_routing}
    made = Starlette(routes=list(routes), exception_handlers=handlers)  # type: ignore[arg-type]
    made.router.redirect_slashes = False
    return made


async def _on_answer(request: Request, refusal: Answered | Refused) -> Response:
    headers = exchange_of(request).own_headers | refusal.headers
    return JSONResponse(refusal.body, status_code=refusal.status, headers=headers)


async def _on_routing(request: Request, _: HTTPException) -> Response:
    exchange = exchange_of(request)
    host = request.headers.get("host", "")
    return await _on_answer(request, answered(exchange.service, "not_found", host=host))


def admit(exchange: Exchange, refusal: ServiceRefusal = "") -> None:
    """Checks the credential, and then refuses as the fault `refusal` wants it; raises Answered."""
    token = exchange.token or ""
    if not hmac.compare_digest(token.encode(), exchange.key.encode()):
        raise answered(exchange.service, "unauthorized")
    exchange.key_known = True
    if refusal:
        raise answered(exchange.service, refusal)


def json_object(exchange: Exchange, problem: str = "bad_request") -> dict[str, object]:
    """The body as a JSON object, noted in the ledger; raises Answered with the refusal `problem`."""
    try:
        body = json.loads(exchange.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise answered(exchange.service, problem, text="the body is no JSON object")
    exchange.note_body(body)
    return body


def a_text(exchange: Exchange, body: dict[str, object], name: str) -> str:
    """A field that must be a string with something in it; raises Answered."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise answered(exchange.service, "bad_request", text=f"{name} is required")
    return value


def pixels(size: object, ratio: object = None) -> tuple[int, int]:
    """Width and height in pixels of "WxH", or else of a ratio "W:H" at 1024 pixels on the longer edge.

    What is neither, or has an edge under 16 or over 3840 pixels, becomes a square of 1024.
    """
    if isinstance(size, str) and (found := _SIZE.fullmatch(size)):
        width, height = int(found[1]), int(found[2])
        fits = min(width, height) >= _SHORTEST and max(width, height) <= _LONGEST
        return (width, height) if fits else (_EDGE, _EDGE)
    if isinstance(ratio, str) and (found := _RATIO.fullmatch(ratio)):
        wide, high = int(found[1]), int(found[2])
        longer = max(wide, high)
        return max(_SHORTEST, _EDGE * wide // longer), max(_SHORTEST, _EDGE * high // longer)
    return _EDGE, _EDGE


async def drawn(exchange: Exchange, picture: Picture, count: int = 1, partials: int = 0) -> list[bytes]:
    """New pictures of that kind. They are billed and counted before they are made, as with a real vendor.

    Behind the `count` of them stand as many as there are `partials`, which are counted as no image.
    """
    exchange.ledger.note(exchange.number, billed=True, images=count)
    seed = random.getrandbits(48)

    def make() -> list[bytes]:
        return [draw(replace(picture, seed=seed + at)) for at in range(count + partials)]

    return await asyncio.to_thread(make)
