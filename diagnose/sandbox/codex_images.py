"""chatgpt.com's own images endpoints, which the real Codex client calls: the Images API's shape, without its model."""

from __future__ import annotations

import time
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from diagnose.sandbox import answer as answers
from diagnose.sandbox.codex_body import read_body
from diagnose.sandbox.codex_gate import admit, admit_work
from diagnose.sandbox.codex_request import ODD_EDGE
from diagnose.sandbox.delivery import Pieces
from diagnose.sandbox.exchange import Exchange, exchange_of
from diagnose.sandbox.faults import Codex, Faults
from diagnose.sandbox.images import Picture
from diagnose.sandbox.refusals import refused
from diagnose.sandbox.services import answered, services
from diagnose.sandbox.serving import drawn
from diagnose.sandbox.usage import usage
from diagnose.sandbox.validation import DEFAULT_MODEL, Job, validate


async def generations(request: Request) -> Response:
    """POST /backend-api/codex/images/generations."""
    return await _images(request, edit=False)


async def edits(request: Request) -> Response:
    """POST /backend-api/codex/images/edits: JSON, with the input images as data URLs."""
    return await _images(request, edit=True)


def picture_for(size: tuple[int, int], output_format: str, faults: Codex) -> Picture:
    """What is drawn for an order of that size in pixels and that format."""
    made = output_format if faults.bytes_format == "asked" else faults.bytes_format
    return Picture(width=size[0], height=size[1], format=made, heavy=faults.weight == "heavy")


async def _images(request: Request, *, edit: bool) -> Response:
    exchange = exchange_of(request)
    faults = exchange.faults.codex
    login = admit(exchange, "codex")
    body = read_body(exchange)
    job = _job(body, edit=edit)
    admit_work(exchange, login)
    if faults.failure:
        raise answered("codex", faults.failure)
    if faults.refuses_in:
        raise refused("moderation_blocked", request_id=exchange.request_id)
    odd = faults.pixels == "odd" or body.get("size") in (None, "auto")
    size = (ODD_EDGE, ODD_EDGE) if odd else (job.width, job.height)
    answer = await _answer(exchange, job, size)
    headers = {"content-type": "application/json", **exchange.own_headers}
    if faults.stream == "whole":
        return Pieces(answers.json_pieces(answer), headers=headers)
    whole = b"".join(answers.json_pieces(answer))
    return Pieces([whole[: len(whole) // 2]], headers=headers, complete=faults.stream != "dropped")


def _job(body: Mapping[str, object], *, edit: bool) -> Job:
    """The body by the Images API's rules and in its order, whatever model it names; raises Refused.

    That this surface keeps to those rules is a guess of 2026-11-21: no refusal of it has been recorded.
    """
    if "stream" in body:
        raise refused("unknown_parameter", name="stream")
    return validate({**body, "model": DEFAULT_MODEL}, Faults(), edit=edit)


async def _answer(exchange: Exchange, job: Job, size: tuple[int, int]) -> answers.Answer:
    faults = exchange.faults.codex
    if faults.no_image:
        exchange.ledger.note(exchange.number, billed=True)
        images: list[bytes] = []
    else:
        images = await drawn(exchange, picture_for(size, job.output_format, faults), job.n)
    return answers.Answer(
        created=int(time.time()),
        background=job.background,
        output_format=job.output_format,
        quality=job.quality,
        size=f"{size[0]}x{size[1]}",
        images=images,
        extra={"model": faults.image_model} if faults.image_model else {},
        usage=usage(
            model=services().codex_image_model,
            width=size[0],
            height=size[1],
            quality=job.quality,
            images=len(images),
            prompt=job.prompt,
            inputs=job.inputs,
        ),
    )
