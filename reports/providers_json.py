"""The public JSON of `routecheck providers`, "routecheck.providers/v1": add to it, never rename in it.

These types repeat the internal ones on purpose: renaming something inside must not change what other people's
programs read.
"""

import datetime
from typing import Any, Literal

import msgspec

from diagnose.model.inventory import Inventory
from reports.text import without_surrogates

SCHEMA = "routecheck.providers/v1"

PresenceV1 = Literal["built in", "plugin", "chat only", "not yet"]
ViaV1 = Literal["override", "primary", "fallback", "auto"]


class _Public(msgspec.Struct, frozen=True, kw_only=True):
    pass


class ToolV1(_Public, frozen=True, kw_only=True):
    """The program that wrote this."""

    name: Literal["routecheck"]
    version: str


class OpenClawV1(_Public, frozen=True, kw_only=True):
    """The installed program; null where there is none, or where its release is unknown."""

    release: str | None
    program: str | None


class PrimaryV1(_Public, frozen=True, kw_only=True):
    """The configured image model, and the file and key that name it; null where none is configured."""

    model: str | None
    origin: str | None


class TurnV1(_Public, frozen=True, kw_only=True):
    """One place in the order of asking. `number` null: no request would leave, for the reason in `refusal`."""

    number: int | None
    provider: str
    model: str
    via: ViaV1
    host: str | None
    credential: str | None
    refusal: str | None


class FoundV1(_Public, frozen=True, kw_only=True):
    """A credential that is there, by name and place; its value is nowhere."""

    kind: Literal["variable", "config", "profile", "codex login"]
    name: str
    origin: str
    trouble: str | None


class EditV1(_Public, frozen=True, kw_only=True):
    """The most input images of an edit, 0 where it makes none; a trailing * in `by_model` stands for any ending."""

    images: int
    by_model: dict[str, int]


class ControlsV1(_Public, frozen=True, kw_only=True):
    """Which controls it takes, and the values that OpenClaw names for it."""

    size: bool
    aspect_ratio: bool
    resolution: bool
    sizes: list[str]
    aspect_ratios: list[str]
    resolutions: list[str]


class ProviderV1(_Public, frozen=True, kw_only=True):
    """One provider, as the dated table has it for this release, and what this machine holds for it."""

    id: str
    label: str
    presence: PresenceV1
    plugin: str | None
    releases: str | None
    default_model: str | None
    models: list[str]
    max_images: int
    edit: EditV1
    controls: ControlsV1
    variables: list[str]
    credentials: list[FoundV1]
    selected: bool
    fallback: Literal["config", "detection"] | None
    note: str | None
    as_of: datetime.date
    source: str


class DifferenceV1(_Public, frozen=True, kw_only=True):
    """Where the program's own list says something else than the table; `field` null: the provider as a whole."""

    provider: str
    field: str | None
    table: Any
    listed: Any


class ListedV1(_Public, frozen=True, kw_only=True):
    """The words of the program's own list; `but` says where they mislead on this machine."""

    provider: str
    configured: bool
    selected: bool
    but: str | None


class LiveV1(_Public, frozen=True, kw_only=True):
    """The program's own list. `problem`: it gave none, and why."""

    problem: str | None
    seconds: float
    listed: list[ListedV1]
    differences: list[DifferenceV1]


class ProvidersV1(_Public, frozen=True, kw_only=True):
    """The inventory. `asked` is the provider of the first request that would leave, null when none would."""

    schema: Literal["routecheck.providers/v1"]
    tool: ToolV1
    openclaw: OpenClawV1
    agent: str | None
    primary: PrimaryV1
    asked: str | None
    stops: str | None
    order: list[TurnV1]
    rules: list[str]
    providers: list[ProviderV1]
    live: LiveV1 | None
    notes: list[str]
    next: list[str]


def render(inventory: Inventory, *, version: str) -> str:
    """The JSON text, indented by 2, ending with a newline. `version` is that of routecheck."""
    found: dict[str, Any] = msgspec.to_builtins(inventory, builtin_types=(datetime.date,))
    live = found["live"]
    public = {
        **found,
        "schema": SCHEMA,
        "tool": {"name": "routecheck", "version": version},
        "openclaw": {"release": found["release"], "program": found["program"]},
        "primary": {"model": found["primary"], "origin": found["primary_key"]},
        "asked": inventory.first.provider if inventory.first else None,
        "order": found["turns"],
        "providers": [_provider(row) for row in found["rows"]],
        "live": None if live is None else {**live, "listed": live["states"]},
    }
    checked = msgspec.convert(without_surrogates(public), ProvidersV1)
    return msgspec.json.format(msgspec.json.encode(checked), indent=2).decode() + "\n"


def _provider(row: dict[str, Any]) -> dict[str, Any]:
    return row | {
        "plugin": row["plugin"] or None,
        "releases": row["releases"] or None,
        "note": row["note"] or None,
        "max_images": row["count"],
        "edit": {"images": row["edit_images"], "by_model": row["edit_by_model"]},
        "controls": row,
        "credentials": row["found"],
    }


def schema_text() -> str:
    """The text of reports/schemas/providers.v1.schema.json."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(ProvidersV1)}
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"
