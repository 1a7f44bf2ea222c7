"""The body of an images request against the rules of the API: a Job, or the refusal it deserves.

Order (observed): model, unknown keys, prompt, input images, n, and then the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from diagnose.sandbox import fields
from diagnose.sandbox.catalogue import Model, served
from diagnose.sandbox.faults import Faults
from diagnose.sandbox.refusals import Refused, refused
from diagnose.sandbox.uploads import Upload, check_uploads

COMMON = (
    *("model", "prompt", "n", "size", "quality", "background", "output_format", "output_compression"),
    *("moderation", "stream", "partial_images", "complexity", "frame_count", "frame_duration_ms", "svg"),
    *("safety_identifier", "user"),
)
EDITS = (*COMMON, "mask", "markup", "input_fidelity")
FORMATS = ("png", "jpeg", "webp")
PROMPT_LIMIT = 32_000
DEFAULT_MODEL = "gpt-image-2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A valid request with every `auto` resolved; sizes in pixels, `compression` 0 to 100."""

    model: str
    prompt: str
    n: int
    width: int
    height: int
    quality: str
    background: str
    output_format: str
    compression: int
    stream: bool
    partial_images: int
    inputs: int
    edit: bool
    safety_identifier: str | None

    @property
    def size(self) -> str:
        """The size in the API's spelling."""
        return f"{self.width}x{self.height}"


def validate(
    body: Mapping[str, object], faults: Faults, *, edit: bool = False, uploads: Sequence[Upload] | None = None
) -> Job:
    """Checks `body` (JSON, or the scalar fields of a form when `uploads` is given); raises Refused."""
    name, model = _model(body, faults)
    _known_keys(body, edit=edit, form=uploads is not None)
    given = {key: value for key, value in body.items() if value is not None or key == "prompt"}
    prompt = _prompt(given)
    inputs = check_uploads(given, uploads) if edit else 0
    n = fields.integer(given, "n", 1, 10, default=1)
    width, height = fields.size(given, model)
    quality = fields.choice(given, "quality", (*model.qualities, "auto"), default="auto")
    output_format = fields.choice(given, "output_format", FORMATS, default="png")
    background = _background(given, model, faults, output_format)
    compression = fields.integer(given, "output_compression", 0, 100, default=100)
    if output_format == "png" and compression < 100:
        raise refused("compression_format", format=output_format)
    fields.choice(given, "moderation", ("auto", "low"), default="auto")
    fields.choice(given, "complexity", ("low", "medium", "high"), default="medium")
    for key in ("frame_count", "frame_duration_ms", "svg"):
        if key in given:
            raise refused("wrong_format_option", name=key, format=output_format)
    if "input_fidelity" in given:
        if not model.input_fidelity:
            raise refused("input_fidelity_model", model=name)
        fields.choice(given, "input_fidelity", model.input_fidelity, default="low")
    fields.text(given, "user")
    return Job(
        model=name,
        prompt=prompt,
        n=n,
        width=width,
        height=height,
        quality="medium" if quality == "auto" else quality,
        background="opaque" if background == "auto" else background,
        output_format=output_format,
        compression=compression,
        stream=fields.boolean(given, "stream"),
        partial_images=fields.integer(given, "partial_images", 0, 3, default=0),
        inputs=inputs,
        edit=edit,
        safety_identifier=fields.text(given, "safety_identifier"),
    )


def forgive(body: Mapping[str, object], faults: Faults) -> Job:
    """A Job from whatever is usable in `body`: how a server answers that validates nothing."""
    kept: dict[str, object] = {"model": DEFAULT_MODEL, "prompt": "x"}
    for key in (name for name in COMMON if name in body):
        # What would be refused is what such a server does not look at.
        with suppress(Refused):
            validate({**kept, key: body[key]}, faults)
            kept[key] = body[key]
    return validate(kept, faults)


def _model(body: Mapping[str, object], faults: Faults) -> tuple[str, Model]:
    if "model" not in body:
        raise refused("missing_required_parameter", name="model")
    name = body["model"]
    if not isinstance(name, str):
        raise refused("invalid_type", name="model", wanted="a string", given=fields.kind(name))
    if name in faults.hidden_models:
        raise refused("model_not_found", model=name)
    model = served().get(name)
    if model is None and faults.model_check == "accept-any":
        model = served()[DEFAULT_MODEL]
    if model is None:
        raise refused("unknown_model", model=name)
    return name, model


def _known_keys(body: Mapping[str, object], *, edit: bool, form: bool) -> None:
    known = (*EDITS, "images") if edit and not form else EDITS if edit else COMMON
    for key in body:
        if key == "image" and edit and not form:
            raise refused("image_in_json_edit")
        if key not in known:
            raise refused("unknown_parameter", name=key)


def _prompt(body: Mapping[str, object]) -> str:
    if "prompt" not in body:
        raise refused("missing_required_parameter", name="prompt")
    prompt = body["prompt"]
    if not isinstance(prompt, str):
        raise refused("invalid_type", name="prompt", wanted="a string", given=fields.kind(prompt))
    if not prompt:
        raise refused("empty_string", name="prompt")
    if len(prompt) > PROMPT_LIMIT:
        raise refused("string_above_max_length", name="prompt", limit=PROMPT_LIMIT, given=len(prompt))
    return prompt


def _background(body: Mapping[str, object], model: Model, faults: Faults, output_format: str) -> str:
    background = fields.choice(body, "background", ("transparent", "opaque", "auto"), default="auto")
    if background == "transparent":
        if faults.transparent == "as-listed" and not model.transparent:
            raise refused("transparent_unsupported")
        if output_format == "jpeg":
            raise refused("transparent_format", format=output_format)
    return background
