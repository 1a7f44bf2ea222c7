"""The endpoints of the emulated API."""

from __future__ import annotations

import asyncio
import json
import random
import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from diagnose.sandbox import answer as answers
from diagnose.sandbox.catalogue import Model, served
from diagnose.sandbox.delivery import Nothing, deliver, wait_for_client
from diagnose.sandbox.exchange import Exchange, exchange_of
from diagnose.sandbox.faults import Faults
from diagnose.sandbox.headers import ORGANIZATION, USER, limit_headers
from diagnose.sandbox.images import Picture, draw
from diagnose.sandbox.provenance import vendor
from diagnose.sandbox.refusals import refused
from diagnose.sandbox.uploads import Upload, read_form
from diagnose.sandbox.usage import usage
from diagnose.sandbox.validation import Job, forgive, validate

LINK = "https://images.example.invalid/generated/0123456789abcdef.png"


async def me(request: Request) -> Response:
    """GET /v1/me: the key's owner, with an e-mail address and a phone number that nobody may print."""
    exchange = exchange_of(request)
    exchange.admit(scope=None)
    organization = {
        "object": "organization",
        "id": ORGANIZATION,
        "created": 1_700_000_000,
        "title": "Personal",
        "name": USER,
        "description": "Personal org for sandbox.owner@example.com",
        "personal": True,
        "is_default": True,
        "role": "owner",
    }
    return _json(
        exchange,
        {
            "object": "user",
            "id": USER,
            "email": "sandbox.owner@example.com",
            "name": "Sandbox Owner",
            "created": 1_700_000_000,
            "phone_number": "+15550100123",
            "mfa_flag_enabled": True,
            "orgs": {"object": "list", "data": [organization]},
        },
    )


async def models(request: Request) -> Response:
    """GET /v1/models."""
    exchange = exchange_of(request)
    exchange.admit(scope="models")
    shown = [_model(model) for model in served().values() if model.id not in exchange.faults.hidden_models]
    return _json(exchange, {"object": "list", "data": shown})


async def model(request: Request) -> Response:
    """GET /v1/models/{id}."""
    exchange = exchange_of(request)
    exchange.admit(scope="models")
    name = request.path_params["name"]
    found = served().get(name)
    if found is None or name in exchange.faults.hidden_models:
        raise refused("model_not_found", model=name)
    return _json(exchange, _model(found))


def _model(row: Model) -> dict[str, object]:
    shown: dict[str, object] = {"id": row.id, "object": "model", "created": row.created, "owned_by": "system"}
    if row.shutdown_date:
        shown["shutdown_date"] = row.shutdown_date
    return shown


def _json(exchange: Exchange, body: dict[str, object]) -> Response:
    return JSONResponse(body, headers=exchange.answer_headers())


async def generations(request: Request) -> Response:
    """POST /v1/images/generations."""
    return await _images(request, edit=False)


async def edits(request: Request) -> Response:
    """POST /v1/images/edits."""
    return await _images(request, edit=True)


async def _images(request: Request, *, edit: bool) -> Response:
    exchange = exchange_of(request)
    faults = exchange.faults
    if faults.controls == "answered":
        exchange.key_known = True
        job = forgive(_lenient_body(exchange), faults)
    else:
        exchange.admit(scope="images")
        body, uploads = _read(exchange, edit=edit)
        job = validate(body, faults, edit=edit, uploads=uploads)
        exchange.allow_generation(job.model)
    if faults.redirect_to:
        return Response(status_code=308, headers=exchange.answer_headers() | {"location": faults.redirect_to})
    images = 0 if faults.delivery in ("no-image", "malformed-json") else job.n
    exchange.ledger.note(exchange.number, billed=True, images=images)
    if faults.delay and not await wait_for_client(request.receive, faults.delay):
        return Nothing()
    made, partials = await asyncio.to_thread(_draw, job, faults)
    answer = _describe(job, faults, made)
    pieces = answers.event_pieces(answer, partials, edit=edit) if job.stream else answers.json_pieces(answer)
    if faults.image_headers == "openai":
        headers = exchange.answer_headers() | limit_headers()
    else:
        headers = dict(vendor(faults.image_headers).headers)
    return deliver(pieces, headers, faults.delivery, events=job.stream)


def _read(exchange: Exchange, *, edit: bool) -> tuple[dict[str, object], list[Upload] | None]:
    """The body as fields, and the files of a form; noted in the ledger. Raises Refused."""
    given = exchange.headers.get("content-type", "")
    kind = given.partition(";")[0].strip().lower()
    uploads: list[Upload] | None = None
    if kind == "multipart/form-data" and edit:
        body, uploads = read_form(given, exchange.body)
    elif kind == "application/json":
        try:
            body = json.loads(exchange.body)
        except (ValueError, RecursionError):
            raise refused("unreadable_body", why="it is no valid JSON") from None
        if not isinstance(body, dict):
            raise refused("unreadable_body", why="it is no JSON object")
    else:
        wanted = "'application/json' and 'multipart/form-data'" if edit else "'application/json'"
        raise refused("unsupported_content_type", given=kind, wanted=wanted)
    exchange.note_body(body)
    return body, uploads


def _lenient_body(exchange: Exchange) -> dict[str, object]:
    try:
        body = json.loads(exchange.body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(body, dict):
        return {}
    exchange.note_body(body)
    return body


def _draw(job: Job, faults: Faults) -> tuple[list[bytes], list[bytes]]:
    """The finished and the partial images; nothing where the fault leaves no place for them."""
    if faults.delivery in ("no-image", "malformed-json", "url", "endless"):
        return [], []
    width, height = job.width, job.height
    if faults.pixels == "smaller":
        width, height = width * 3 // 64 * 16, height * 3 // 64 * 16
    vendor_name = "" if faults.provenance == "none" else faults.provenance
    seed = random.getrandbits(48)
    files = [
        draw(
            Picture(
                width=width,
                height=height,
                format=job.output_format if faults.bytes_format == "asked" else faults.bytes_format,
                alpha=job.background == "transparent" and faults.transparent != "opaque-bytes",
                seed=seed + at,
                compression=job.compression,
                vendor=vendor_name,
                heavy=faults.weight == "heavy",
            )
        )
        for at in range(job.n + (job.partial_images if job.stream else 0))
    ]
    if faults.delivery == "truncated-image":
        files = [file[: len(file) // 2] for file in files]
    return files[: job.n], files[job.n :]


def _describe(job: Job, faults: Faults, made: list[bytes]) -> answers.Answer:
    extra: dict[str, object] = {}
    if job.safety_identifier is not None:
        extra["safety_identifier"] = job.safety_identifier
    if faults.body_model:
        extra["model"] = faults.body_model
    return answers.Answer(
        created=int(time.time()) + faults.created_offset,
        background=job.background,
        output_format=job.output_format,
        quality=job.quality,
        size=job.size,
        images=made,
        links=(LINK,) * job.n if faults.delivery == "url" else (),
        extra=extra,
        usage=usage(
            model=faults.usage_model or job.model,
            width=job.width,
            height=job.height,
            quality=faults.usage_quality or job.quality,
            # Each event of a stream tells the tokens of its own image.
            images=0 if faults.delivery == "no-image" else 1 if job.stream else job.n,
            partials=job.partial_images if job.stream else 0,
            prompt=job.prompt,
            inputs=job.inputs,
        ),
    )
