"""chatgpt.com: the Codex surface with its hosted image tool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from diagnose.sandbox import codex_agent
from diagnose.sandbox.codex_account import account_usage, accounts, models, upgrade
from diagnose.sandbox.codex_body import read_body
from diagnose.sandbox.codex_gate import admit, admit_work
from diagnose.sandbox.codex_images import edits, generations, picture_for
from diagnose.sandbox.codex_request import ODD_EDGE, Order, order
from diagnose.sandbox.codex_stream import Work, cut_short, events
from diagnose.sandbox.delivery import Pieces
from diagnose.sandbox.exchange import Exchange, exchange_of
from diagnose.sandbox.services import answered
from diagnose.sandbox.serving import drawn
from diagnose.sandbox.spliced import event_pieces


async def responses(request: Request) -> Response:
    """POST /backend-api/codex/responses: an event stream with one image."""
    exchange = exchange_of(request)
    faults = exchange.faults.codex
    login = admit(exchange, "codex")
    body = read_body(exchange)
    if (turn := codex_agent.answer(body)) is not None:
        admit_work(exchange, login)
        return _streamed(exchange, _whole(turn), str(body.get("model") or ""))
    asked = order(body, faults.carriers)
    exchange.ledger.note(exchange.number, model=asked.image_model)
    admit_work(exchange, login)
    if faults.tools == "removed":
        raise answered("codex", "tool_absent")
    told = events(await _work(exchange, asked))
    pieces = _whole(told) if faults.stream == "whole" else cut_short(told, faults.cut)
    return _streamed(exchange, pieces, asked.carrier)


def _streamed(exchange: Exchange, pieces: Iterator[bytes], carrier: str) -> Response:
    # The header names the text model and no image model: the Codex client warns where it is not the one it asked for.
    headers = {"content-type": "text/event-stream; charset=utf-8", "openai-model": carrier, **exchange.own_headers}
    return Pieces(pieces, headers=headers, complete=exchange.faults.codex.stream != "dropped")


def _whole(told: Iterable[dict[str, object]]) -> Iterator[bytes]:
    return chain.from_iterable(map(event_pieces, told))


async def _work(exchange: Exchange, asked: Order) -> Work:
    faults = exchange.faults.codex
    size = (ODD_EDGE, ODD_EDGE) if faults.pixels == "odd" else (asked.width, asked.height)
    if faults.failure:
        return Work(asked=asked, faults=faults, size=size)
    if faults.no_image or faults.refuses_in or faults.tools == "removed-auto":
        exchange.ledger.note(exchange.number, billed=True)
        return Work(asked=asked, faults=faults, size=size)
    picture = picture_for(size, asked.output_format, faults)
    image, *partials = await drawn(exchange, picture, partials=asked.partial_images)
    return Work(asked=asked, faults=faults, size=size, image=image, partials=partials)


ROUTES = [
    Route("/backend-api/codex/responses", responses, methods=["POST"]),
    Route("/backend-api/codex/responses", upgrade, methods=["GET"]),
    Route("/backend-api/codex/images/generations", generations, methods=["POST"]),
    Route("/backend-api/codex/images/edits", edits, methods=["POST"]),
    Route("/backend-api/codex/models", models, methods=["GET"]),
    Route("/backend-api/wham/usage", account_usage, methods=["GET"]),
    Route("/backend-api/wham/accounts/check", accounts, methods=["GET"]),
]
