"""Single fields of a request body: type, range and the size rule. Absent means the default."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from diagnose.sandbox.catalogue import Model
from diagnose.sandbox.refusals import refused

EDGE = 3840
FEWEST_PIXELS, MOST_PIXELS = 655_360, 8_294_400
FIXED_SIZES = ("1024x1024", "1536x1024", "1024x1536")
_KINDS: dict[type, str] = {
    bool: "a boolean",
    int: "an integer",
    float: "a decimal number",
    str: "a string",
    list: "an array",
    dict: "an object",
}
_SIZE = re.compile(r"([1-9][0-9]{0,5})x([1-9][0-9]{0,5})")


def kind(value: object) -> str:
    """What a JSON value is, as the API says it."""
    return "null" if value is None else _KINDS.get(type(value), "another value")


def text(body: Mapping[str, object], name: str) -> str | None:
    """A string, or None."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise refused("invalid_type", name=name, wanted="a string", given=kind(value))
    return value


def boolean(body: Mapping[str, object], name: str) -> bool:
    """A boolean, False when absent."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise refused("invalid_type", name=name, wanted="a boolean", given=kind(value))
    return value


def integer(body: Mapping[str, object], name: str, low: int, high: int, *, default: int) -> int:
    """An integer of `low` to `high`."""
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise refused("invalid_type", name=name, wanted="an integer", given=kind(value))
    if value < low:
        raise refused("integer_below_min_value", name=name, limit=low, given=value)
    if value > high:
        raise refused("integer_above_max_value", name=name, limit=high, given=value)
    return value


def choice(body: Mapping[str, object], name: str, options: Sequence[str], *, default: str) -> str:
    """One of `options`."""
    value = body.get(name, default)
    if not isinstance(value, str):
        raise refused("invalid_type", name=name, wanted="a string", given=kind(value))
    if value not in options:
        quoted = [f"'{option}'" for option in options]
        listed = ", ".join(quoted[:-1]) + f", and {quoted[-1]}" if len(quoted) > 1 else quoted[0]
        raise refused("invalid_value", name=name, given=value, supported=listed)
    return value


def size(body: Mapping[str, object], model: Model) -> tuple[int, int]:
    """Width and height in pixels by the size rule of gpt-image-2 (openai-python 3.52.0); `auto` is 1024x1024."""
    value = body.get("size", "auto")
    if not isinstance(value, str):
        raise refused("invalid_type", name="size", wanted="a string", given=kind(value))
    if value == "auto":
        return 1024, 1024
    if model.sizes == "fixed":
        choice(body, "size", (*FIXED_SIZES, "auto"), default="auto")
    found = _SIZE.fullmatch(value)
    if found is None:
        raise refused("size_format", size=value)
    width, height = int(found[1]), int(found[2])
    if width % 16 or height % 16:
        raise refused("size_multiple", size=value)
    if max(width, height) > EDGE:
        raise refused("size_edge", size=value)
    if max(width, height) > 3 * min(width, height):
        raise refused("size_ratio", size=value)
    if width * height < FEWEST_PIXELS:
        raise refused("size_too_small", size=value)
    if width * height > MOST_PIXELS:
        raise refused("size_too_large", size=value)
    return width, height
