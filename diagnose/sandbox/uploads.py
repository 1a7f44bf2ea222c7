"""The input images of an edit, from a form or from JSON data URLs."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diagnose.sandbox import fields, multipart
from diagnose.sandbox.refusals import refused

MOST_IMAGES = 16
FILE_FIELDS = ("image", "image[]", "mask", "markup")
_NUMBERS = ("n", "output_compression", "partial_images")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file of a form: `field` is image, image[], mask or markup."""

    field: str
    data: bytes


def read_form(content_type: str, body: bytes) -> tuple[dict[str, object], list[Upload]]:
    """Scalar fields (numbers and booleans converted where they are such) and files; raises Refused."""
    scalars: dict[str, object] = {}
    uploads: list[Upload] = []
    try:
        parts = multipart.parse(content_type, body)
    except ValueError as problem:
        raise refused("unreadable_body", why=str(problem)) from None
    for part in parts:
        if part.name in FILE_FIELDS and (part.filename is not None or part.name.startswith("image")):
            uploads.append(Upload(field=part.name, data=part.data))
            continue
        value = part.data.decode("utf-8", "replace")
        scalars[part.name] = value
        if part.name in _NUMBERS and value.lstrip("-").isdecimal():
            scalars[part.name] = int(value)
        elif part.name == "stream" and value in ("true", "false"):
            scalars[part.name] = value == "true"
    return scalars, uploads


def check_uploads(body: Mapping[str, object], uploads: Sequence[Upload] | None) -> int:
    """The number of input images; raises Refused for absent, unreadable or too many ones."""
    if uploads is None:
        name, files = "images", _from_json(body)
    else:
        name, files = "image", [item.data for item in uploads if item.field.startswith("image")]
    if not files:
        raise refused("missing_required_parameter", name=name)
    if len(files) > MOST_IMAGES:
        raise refused("too_many_images", name=name, given=len(files))
    sizes = [_dimensions(data, at, "image") for at, data in enumerate(files, start=1)]
    extra = {item.field: item.data for item in uploads or () if item.field in ("mask", "markup")}
    if "markup" in extra or "markup" in body:
        raise refused("markup_unsupported", why="in the sandbox")
    if "mask" in extra:
        format_, size, mode = _dimensions(extra["mask"], 1, "mask")
        if format_ != "PNG" or "A" not in mode or size != sizes[0][1]:
            raise refused("mask_mismatch")
    return len(files)


def _from_json(body: Mapping[str, object]) -> list[bytes]:
    images = body.get("images", [])
    if not isinstance(images, list):
        raise refused("invalid_type", name="images", wanted="an array", given=fields.kind(images))
    return [_data_url(item, at) for at, item in enumerate(images, start=1)]


def _data_url(item: object, at: int) -> bytes:
    url = item.get("image_url") if isinstance(item, dict) else None
    if not isinstance(url, str) or not url.startswith("data:image/") or ";base64," not in url:
        raise refused("image_reference", at=at)
    try:
        return base64.b64decode(url.partition(";base64,")[2], validate=True)
    except binascii.Error:
        raise refused("invalid_image_file", name="image", at=at) from None


def _dimensions(data: bytes, at: int, name: str) -> tuple[str, tuple[int, int], str]:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
            image.load()
            return str(image.format), image.size, image.mode
    except Exception:
        raise refused("invalid_image_file", name=name, at=at) from None
