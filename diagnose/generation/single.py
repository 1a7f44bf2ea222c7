"""One image: streamed to disk as received, verified, judged, and only then given its name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diagnose.images.facts import facts
from diagnose.images.pixels import UndecodableImage, decode
from diagnose.images.provenance import Signature, verify
from diagnose.images.save import AtomicFile
from diagnose.model.check import Outcome
from diagnose.model.claim import Claim
from diagnose.model.image import ImageFacts
from diagnose.routes.openai_images import OpenAIImages, Shot
from diagnose.routes.served import MIME, Received, ask_all
from diagnose.routes.target import Target

SIDECAR_SUFFIX = ".json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An image that came, judged but not yet in place.

    `outcomes` are the answers to the questions of `routes.served`, by check id.
    """

    shot: Shot
    image: ImageFacts
    outcomes: Mapping[str, Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMade:
    """No usable image came; nothing was written. `detail` says why, `problem` is a matrix row or "refused"."""

    shot: Shot
    problem: str
    detail: str


def sidecar_path(path: Path) -> Path:
    """Where the record of an image stands: its name with ".json" behind it."""
    return path.with_name(path.name + SIDECAR_SUFFIX)


def make(
    route: OpenAIImages,
    *,
    claim: Claim,
    target: Target,
    prompt: str,
    path: Path,
    overwrite: bool,
    model_checked: bool,
    sidecar: Callable[[Made], str],
) -> Made | NotMade:
    """Ask for one image and put it at `path`, with what `sidecar` makes of it beside it.

    The bytes are never held as a whole unless alpha or content credentials have to be looked at. Both files
    appear whole or not at all. Raises FileExistsError when one of them came into being meanwhile and OSError
    when the disk refuses; the request may then have been billed.
    """
    with (
        AtomicFile(path, overwrite=overwrite) as file,
        AtomicFile(sidecar_path(path), overwrite=overwrite) as record,
    ):
        shot = route.generate(claim, prompt, claim.parameters, file.write)
        if shot.problem is not None or shot.shape is None:
            return NotMade(shot=shot, problem=shot.problem or "image-damaged", detail=shot.detail)
        pixels, signature = None, None
        try:
            if shot.shape.alpha_channel:
                pixels = decode(file.read_back())
            image = facts(shot.shape, pixels)
        except (UndecodableImage, ValueError) as error:
            return NotMade(shot=shot, problem="image-damaged", detail=str(error))
        if image.format not in MIME:
            return NotMade(
                shot=shot, problem="image-damaged", detail=f"{image.format} is no format that can be asked for"
            )
        if image.content_credentials:
            signature = verify(file.read_back(), MIME[image.format])
        made = _judged(claim, target, shot, image, signature, model_checked=model_checked)
        record.write(sidecar(made).encode())
        file.commit()
        record.commit()
        return made


def _judged(
    claim: Claim,
    target: Target,
    shot: Shot,
    image: ImageFacts,
    signature: Signature | None,
    *,
    model_checked: bool,
) -> Made:
    seen = Received(
        claim=claim,
        target=target,
        shot=shot,
        image=image,
        model_checked=model_checked,
        signature=signature,
    )
    return Made(shot=shot, image=image, outcomes=dict(ask_all(seen)))


def usage_of(shot: Shot) -> Mapping[str, Any] | None:
    """The `usage` block of the answer, None when there is none."""
    usage = shot.body.get("usage")
    return usage if isinstance(usage, dict) else None
