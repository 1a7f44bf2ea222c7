"""The one paid request: a small image by the known-good prompt, with no fallback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.context import Context, declare
from checks.parameters import refused_for_certain
from checks.scopes import explain, remedies
from diagnose.model.check import Cost, Outcome, Status, skip

if TYPE_CHECKING:
    from diagnose.routes.shot import Shot

NEEDS = [
    "credentials.source",
    "credentials.kind",
    "scopes.images",
    "controls.bogus_key",
    "controls.bogus_model",
    "controls.invalid_body",
]
"""What must have passed; of these, a route asks for those that are about it."""

UNLESS = [
    "credentials.expiry",
    "credentials.history",
    "workspace.account",
    "workspace.listed",
    "workspace.usage",
]
"""What must not have failed where it could be found out."""


@declare("smoke.generation", "No-fallback smoke image", cost=Cost.BILLABLE, needs=NEEDS, unless=UNLESS)
def generation(context: Context) -> Outcome:
    """Whether the route makes an image: one request, sent once, to one host."""
    from diagnose.images.facts import facts
    from diagnose.images.pixels import UndecodableImage, decode
    from diagnose.images.provenance import verify
    from diagnose.routes.received import MIME
    from diagnose.routes.shot import SMOKE_PROMPT

    known = refused_for_certain(context) if context.target.at_vendor else []
    if known:
        return Outcome(
            status=Status.FAIL,
            summary=f"no image was asked for, because it would be refused: {'; '.join(known)}",
            measured="; ".join(known),
            expected="parameters that the model supports",
            symptom="bad-parameter",
        )
    if context.declined is not None:
        return skip(context.declined)
    if context.learned.owner_differs:
        return skip("the key belongs to another owner than was claimed, so no image is paid for")
    kept = bytearray()
    shot = context.asking().generate(context.claim, SMOKE_PROMPT, context.claim.parameters, kept.extend)
    context.learned.shot = shot
    if shot.problem is not None or shot.shape is None:
        return no_image(context, shot)
    image = bytes(kept)
    try:
        pixels = decode(image)
        context.learned.facts = facts(shot.shape, pixels)
    except (UndecodableImage, ValueError) as error:
        return _outcome(context, "image-damaged", f"the image cannot be decoded: {error}", shot)
    if pixels.format not in MIME:
        return _outcome(context, "image-damaged", f"{pixels.format} is no format that was asked for", shot)
    context.learned.image = image
    if shot.shape.content_credentials:
        context.learned.signature = verify(image, MIME[pixels.format])
    seen = context.learned.facts
    assert shot.exchange is not None
    took = shot.exchange.ended - shot.exchange.started
    odd = ["every pixel has the same colour"] if pixels.one_colour else []
    odd += [f"{shot.shape.trailing} bytes stand behind the end of the image"] if shot.shape.trailing else []
    if odd:
        return Outcome(
            status=Status.WARN,
            summary=f"{seen.format} {seen.pixels} came, but {' and '.join(odd)}",
            measured="; ".join(odd),
            expected="a picture, and nothing behind it",
        )
    return Outcome(
        status=Status.PASS,
        summary=f"{seen.format} {seen.pixels}, {seen.size:,} bytes in {took:.1f} s, sha256 {seen.sha256[:12]}…",
    )


def no_image(context: Context, shot: Shot) -> Outcome:
    """The outcome of an image request without a usable image."""
    from diagnose.matrix import rows

    if shot.problem is not None and shot.problem in rows():
        return _outcome(context, shot.problem, shot.detail, shot)
    row = explain(context, shot.answer)
    unknown = row.id in {"timeout", "dropped-connection", "server-error"} or (shot.answer.status or 0) >= 500
    counted = "counted against the plan" if context.kind.login else "billed"
    request = shot.answer.request_id
    told = f"{shot.answer.describe()}{f'; it may have been {counted}' if unknown else ''}"
    return _outcome(context, row.id, told + (f" (request {request})" if request else ""), shot)


def _outcome(context: Context, symptom: str, detail: str, shot: Shot) -> Outcome:
    from diagnose.matrix import rows

    row = rows()[symptom]
    return Outcome(
        status=Status.FAIL,
        summary=f"{row.title}: {detail}",
        measured=shot.answer.describe() if shot.exchange is None or not shot.answer.ok else detail,
        expected=f"one decodable {shot.parameters.format} image",
        symptom=symptom,
        remedy=remedies(context, row),
    )
