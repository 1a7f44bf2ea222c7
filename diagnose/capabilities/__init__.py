"""Dated tables: what models, sizes, prices and vendors are known to be, with a source for each row.

Nothing here decides a verdict; checks ask the table and show the row that they used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from diagnose.model.claim import Parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One image model. Prices are US dollars for a million tokens; None where no price is known."""

    id: str
    provider: str
    transparent: str
    sizes: tuple[str, ...] | None
    """The closed list of sizes, or None where the size rule applies."""
    qualities: tuple[str, ...]
    formats: tuple[str, ...]
    as_of: date
    source: str
    aliases: tuple[str, ...] = ()
    shutdown: date | None = None
    transparent_note: str = ""
    formula: str | None = None
    text_usd: float | None = None
    image_usd: float | None = None
    content_credentials: tuple[str, ...] = ()
    """Generator name and version that a trusted C2PA manifest of this model carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A value whose refusal by the vendor's own host was measured, and is free."""

    provider: str
    models: tuple[str, ...]
    param: str
    value: str
    code: str
    as_of: date
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyHeader:
    """A response header that names a party other than the vendor."""

    name: str
    party: str
    contains: str
    as_of: date
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceHeader:
    """A beginning of response header names that only one surface of a vendor sends; `routes` are those that use it."""

    prefix: str
    vendor: str
    surface: str
    routes: tuple[str, ...]
    as_of: date
    source: str


@cache
def _table(name: str) -> Mapping[str, Any]:
    import tomllib

    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


@cache
def models() -> Mapping[str, Model]:
    """Every known image model by its id, in the order of the table."""
    rows = {}
    for row in _table("models.toml")["model"]:
        flexible = row["sizes"] == "flexible"
        rows[row["id"]] = Model(**_fields(row) | ({"sizes": None} if flexible else {}))
    return rows


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """A TOML row as the fields of a frozen type: lists become tuples."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def find_model(model_id: str) -> Model | None:
    """The row of a model id or of one of its aliases."""
    for row in models().values():
        if model_id == row.id or model_id in row.aliases:
            return row
    return None


def refused_values(provider: str, model: str) -> tuple[Refused, ...]:
    """The values that may be sent without `n:0` because the vendor's own host refuses them."""
    rows = (Refused(**_fields(row)) for row in _table("models.toml")["refused"])
    return tuple(row for row in rows if row.provider == provider and model in row.models)


def vendor_of_host(host: str) -> str | None:
    """The vendor whose own host this is, or None."""
    for row in _table("vendors.toml")["vendor"]:
        if host.lower() in row["hosts"]:
            return str(row["id"])
    return None


def vendor_of_login_host(host: str) -> str | None:
    """The vendor whose own host for logins this is, or None."""
    for row in _table("vendors.toml")["vendor"]:
        if host.lower() in row.get("login_hosts", ()):
            return str(row["id"])
    return None


def hosts_of(vendor: str) -> tuple[str, ...]:
    """The vendor's own hosts."""
    return tuple(h for row in _table("vendors.toml")["vendor"] if row["id"] == vendor for h in row["hosts"])


def login_hosts_of(vendor: str) -> tuple[str, ...]:
    """The hosts to which a login of that vendor may be sent; empty when there is no row."""
    rows = _table("vendors.toml")["vendor"]
    return tuple(host for row in rows if row["id"] == vendor for host in row.get("login_hosts", ()))


def other_parties(headers: Mapping[str, str], vendor: str) -> tuple[PartyHeader, ...]:
    """The headers of an answer (lower-case names) that name somebody other than `vendor`."""
    found = []
    for row in _table("vendors.toml")["header"]:
        value = headers.get(row["name"])
        if value is not None and row.get("contains", "") in value.lower() and row["party"] != vendor:
            found.append(PartyHeader(**{"contains": "", **row}))
    return tuple(found)


def surface_headers(headers: Mapping[str, str], vendor: str) -> tuple[SurfaceHeader, ...]:
    """The marks of one surface of this vendor that an answer carries (header names in lower case)."""
    rows = (SurfaceHeader(**_fields(row)) for row in _table("vendors.toml")["surface_header"])
    return tuple(r for r in rows if r.vendor == vendor and any(name.startswith(r.prefix) for name in headers))


def size_problem(size: str, model: Model | None) -> str | None:
    """Why a size cannot be asked for, in one sentence; None when it can.

    A model with a closed list is held to it; every other model to the size rule. "auto" always passes.
    """
    if size == "auto":
        return None
    pixels = Parameters(size=size).pixels()
    if pixels is None:
        return f"{size!r} is no size: write WIDTHxHEIGHT in pixels, for example 1024x1024, or auto"
    if model is not None and model.sizes is not None:
        if size in model.sizes:
            return None
        return f"{model.id} takes only {', '.join(model.sizes)} (as of {model.as_of})"
    rule = _table("models.toml")["size_rule"]
    width, height = pixels
    step, edge, ratio = rule["multiple_of"], rule["longest_edge"], rule["ratio_max"]
    if width % step or height % step:
        return f"width and height must be multiples of {step}, and {width}x{height} is not"
    if max(width, height) > edge:
        return f"the longest edge may be {edge} pixels, and {width}x{height} has {max(width, height)}"
    if not width or not height or max(width, height) > ratio * min(width, height):
        return f"the sides may differ by a factor of {ratio:g} at most, and {width}x{height} exceeds it"
    if not rule["pixels_min"] <= width * height <= rule["pixels_max"]:
        return (
            f"{width}x{height} has {width * height} pixels; between {rule['pixels_min']} and "
            f"{rule['pixels_max']} are allowed"
        )
    return None


def image_tokens(model: Model | None, size: str, quality: str) -> int | None:
    """Output tokens that one image of this size and quality bills; None where no formula is known.

    The short side is scaled to the quality's factor and rounded half up, the product grows with the area.
    """
    pixels = Parameters(size=size).pixels()
    if model is None or model.formula is None or pixels is None:
        return None
    row = next((f for f in _table("models.toml")["formula"] if f["id"] == model.formula), None)
    factor: int | None = row["factors"].get(quality) if row else None
    if factor is None:
        return None
    long, short = max(pixels), min(pixels)
    if not short:
        return None
    scaled = (2 * factor * short + long) // (2 * long)
    return -(-factor * scaled * (2_000_000 + long * short) // 4_000_000)


def ceiling_usd(model: Model | None, parameters: Parameters, prompt: str) -> float | None:
    """The most that one image can cost in US dollars, None when no dated price is known.

    "auto" counts as the dearest value that it can stand for.
    """
    if model is None or model.image_usd is None or model.text_usd is None:
        return None
    sizes = ["1024x1024", "1536x1024", "2048x2048"] if parameters.size == "auto" else [parameters.size]
    qualities = [q for q in model.qualities if q != "auto"] if parameters.quality == "auto" else [parameters.quality]
    tokens = [image_tokens(model, size, quality) for size in sizes for quality in qualities]
    known = [t for t in tokens if t is not None]
    if len(known) < len(tokens):
        return None
    text_tokens = len(prompt.encode())  # the worst case: no prompt has more tokens than bytes
    return (max(known) * model.image_usd + text_tokens * model.text_usd) / 1e6


def usage_usd(model: Model | None, usage: Mapping[str, Any] | None) -> float | None:
    """What a `usage` block of the Images API costs by the dated price; None where one of them is missing."""
    if model is None or model.image_usd is None or model.text_usd is None or not isinstance(usage, dict):
        return None
    given, made = usage.get("input_tokens"), usage.get("output_tokens")
    if not isinstance(given, int) or not isinstance(made, int):
        return None
    return (given * model.text_usd + made * model.image_usd) / 1e6
