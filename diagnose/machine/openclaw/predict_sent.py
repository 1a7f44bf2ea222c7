"""Which parameters would be on the wire: sizes and ratios snapped to what a provider takes, options left out."""

import math
import re
from dataclasses import dataclass, field
from typing import Any

from diagnose.machine.openclaw.prediction import Asked
from diagnose.machine.openclaw.rules import Row, Trail

DEFAULT_SIZE = "1024x1024"
_SIZE = re.compile(r"(\d{1,9})\s*x\s*(\d{1,9})", re.IGNORECASE)
_RATIO = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*:\s*(\d{1,9}(?:\.\d{1,9})?)")
_RESOLUTIONS = ("1K", "2K", "4K")


@dataclass(slots=True)
class Options:
    """The request's options after a provider's limits; `ignored` names what was dropped, as OpenClaw names it."""

    size: str | None
    ratio: str | None
    resolution: str | None
    quality: str | None
    format: str | None
    background: str | None
    ignored: list[str] = field(default_factory=list)


def options(asked: Asked, row: Row, model: str, trail: Trail) -> Options:
    """What is left of the request's options for a provider, before the provider makes its own request of them."""
    found = Options(
        size=_given(asked.size),
        ratio=_given(asked.aspect_ratio),
        resolution=_given(asked.resolution),
        quality=_given(asked.quality),
        format=_given(asked.format),
        background=_given(asked.background),
    )
    _geometry(found, asked, row, model, trail)
    qualities = [*row.values.get("qualities", ())]
    if model in row.values.get("more_qualities_of", ()):
        qualities += row.values["more_qualities"]
    kept = (
        ("quality", "quality", qualities),
        ("format", "outputFormat", row.values.get("formats", ())),
        ("background", "background", row.values.get("backgrounds", ())),
    )
    for name, told, taken in kept:
        value = getattr(found, name)
        if value is not None and value not in taken:
            found.ignored.append(told)
            setattr(found, name, None)
    if found.ignored:
        trail.note("option-dropped")
    return found


def _given(value: str | None) -> str | None:
    return value if value else None


def _geometry(found: Options, asked: Asked, row: Row, model: str, trail: Trail) -> None:
    values = row.values
    listed: list[str] = values.get("sizes", [])
    takes_size = bool(listed) or values.get("free_size") is True
    free = trail.rules.holds("size-free-on-openai") and model in trail.rules.value("size-free-on-openai", "models")
    sizes = [] if free and values["name"] == "openai" else listed
    ratios: list[str] = values.get("ratios", [])
    if found.size and takes_size and sizes:
        snapped = closest_size(found.size, None, sizes)
        if snapped != found.size:
            trail.note("size-snapped")
        found.size = snapped
    if found.size and not takes_size:
        turned = closest_ratio(found.ratio, found.size, ratios) if ratios else None
        if turned is None:
            found.ignored.append("size")
        else:
            trail.note("ratio-becomes-size")
            found.ratio = turned
        found.size = None
    if found.ratio and ratios:
        found.ratio = closest_ratio(found.ratio, found.size, ratios)
    elif found.ratio:
        turned = closest_size(asked.size, found.ratio, listed) if takes_size and listed and not found.size else None
        if turned is None:
            found.ignored.append("aspectRatio")
        else:
            trail.note("ratio-becomes-size")
            found.size = turned
        found.ratio = None
    resolutions: list[str] = values.get("resolutions", [])
    if found.resolution and resolutions:
        found.resolution = _closest_resolution(found.resolution, resolutions)
    elif found.resolution:
        found.ignored.append("resolution")
        found.resolution = None


def closest_size(size: str | None, ratio: str | None, sizes: list[str]) -> str | None:
    """The size of the list that comes nearest in shape, then in area; None when nothing tells what is wanted."""
    if size in sizes:
        return size
    wanted, shape = _pair(_SIZE, size), _pair(_RATIO, ratio)
    if wanted is None and shape is None:
        return None
    width, height = wanted or shape or (1.0, 1.0)

    def score(candidate: str) -> tuple[float, float, str]:
        w, h = _pair(_SIZE, candidate) or (1.0, 1.0)
        area = abs(math.log(w * h / (width * height))) if wanted else w * h
        return (abs(math.log((w / h) / (width / height))), area, candidate)

    return min(sizes, key=score)


def closest_ratio(ratio: str | None, size: str | None, ratios: list[str]) -> str | None:
    """The aspect ratio of the list that comes nearest; None when nothing tells what is wanted."""
    if ratio in ratios:
        return ratio
    wanted = _pair(_RATIO, ratio) or _pair(_SIZE, size)
    if wanted is None:
        return None
    width, height = wanted

    def score(candidate: str) -> tuple[float, float, str]:
        w, h = _pair(_RATIO, candidate) or (1.0, 1.0)
        return (abs(math.log((w / h) / (width / height))), abs(w * height - width * h), candidate)

    return min(ratios, key=score)


def _closest_resolution(wanted: str, listed: list[str]) -> str | None:
    if wanted in listed:
        return wanted
    if wanted not in _RESOLUTIONS:
        return None
    place = _RESOLUTIONS.index(wanted)
    known = [name for name in listed if name in _RESOLUTIONS]
    return min(known, key=lambda name: abs(_RESOLUTIONS.index(name) - place), default=None)


def _pair(pattern: re.Pattern[str], value: str | None) -> tuple[float, float] | None:
    found = pattern.fullmatch((value or "").strip())
    if found is None or not float(found[1]) or not float(found[2]):
        return None
    return float(found[1]), float(found[2])


def openai_size(given: Options, model: str, native: bool, key_route: bool, sizes: list[str], trail: Trail) -> str:
    """The size in a request to OpenAI. `native`: OpenAI's limits are applied (its own hosts)."""
    if key_route and trail.rules.holds("size-free-on-openai") and _free_size(model, given.size, trail):
        trail.note("size-free-on-openai")
        return given.size or DEFAULT_SIZE
    size = given.size or DEFAULT_SIZE
    if not native:
        return size
    if trail.rules.holds("size-of-older-models") and model in trail.rules.value("size-of-older-models", "models"):
        sizes = trail.rules.value("size-of-older-models", "sizes")
        if size not in sizes:
            trail.note("size-of-older-models")
    snapped = closest_size(size, None, sizes) or DEFAULT_SIZE
    if snapped != size:
        trail.note("size-snapped")
    return snapped


def _free_size(model: str, size: str | None, trail: Trail) -> bool:
    rules = trail.rules
    if model not in rules.value("size-free-on-openai", "models"):
        return False
    if size == "auto":
        return model in rules.value("size-free-on-openai", "auto")
    wanted = re.fullmatch(r"(\d+)x(\d+)", size or "", re.ASCII)
    if wanted is None or len(size or "") > 20:
        return False
    width, height = int(wanted[1]), int(wanted[2])
    steps = width > 0 and height > 0 and width % 16 == 0 and height % 16 == 0
    shape = width <= 3 * height and height <= 3 * width
    return steps and shape and max(width, height) <= 3840 and 655_360 <= width * height <= 8_294_400


def texts(**values: Any) -> dict[str, str]:
    """The parameters that have a value, as text."""
    return {name: str(value) for name, value in values.items() if value is not None}
