"""What `routecheck providers` shows: every image provider, and what OpenClaw would do with it on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Via = Literal["override", "primary", "fallback", "auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCredential:
    """A credential that is there, by name: never its value.

    `kind` is where it was found, `name` the variable, config key, profile id or file; `trouble` says why it may
    not serve ("expired 2026-11-01").
    """

    kind: Literal["variable", "config", "profile", "codex login"]
    name: str
    origin: str
    trouble: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One place in the order in which OpenClaw would try. `number` counts from 1 the requests that would leave;
    None, with the reason in `refusal`, when none would for this candidate."""

    number: int | None
    provider: str
    model: str
    via: Via
    host: str | None = None
    credential: str | None = None
    refusal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRow:
    """One provider as the dated table has it for this release, and what was found for it.

    `releases` says in which releases it makes images, for people, and is empty for none. `selected`: it is the
    provider of the configured primary. `fallback`: it would be asked when that fails, because the config or the
    detection says so.
    """

    id: str
    label: str
    presence: str
    plugin: str
    releases: str
    default_model: str | None
    models: tuple[str, ...]
    count: int
    edit_images: int
    edit_by_model: Mapping[str, int]
    size: bool
    aspect_ratio: bool
    resolution: bool
    sizes: tuple[str, ...]
    aspect_ratios: tuple[str, ...]
    resolutions: tuple[str, ...]
    variables: tuple[str, ...]
    found: tuple[FoundCredential, ...]
    selected: bool
    fallback: Literal["config", "detection"] | None
    turns: tuple[Turn, ...]
    note: str
    as_of: date
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where OpenClaw's own list says something else than the table. `field` None: the provider as a whole."""

    provider: str
    field: str | None
    table: Any
    listed: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedState:
    """What the list says of one provider, and `but` where that misleads on this machine."""

    provider: str
    configured: bool
    selected: bool
    but: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """The answer of `openclaw infer image providers --json`. `problem`: it gave no list, and why."""

    states: tuple[ListedState, ...] = ()
    differences: tuple[Difference, ...] = ()
    problem: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Everything that the screen and the JSON are made of.

    `release` None: OpenClaw is not there, or its version is unknown; the newest rows are shown. `stops`: OpenClaw would
    end before it asks anybody, and why. `primary` and `primary_key`: the configured image model and its config key.
    """

    release: str | None
    program: str | None
    agent: str | None
    primary: str | None = None
    primary_key: str | None = None
    turns: tuple[Turn, ...] = ()
    stops: str | None = None
    rules: tuple[str, ...] = ()
    rows: tuple[ProviderRow, ...] = ()
    live: Live | None = None
    notes: tuple[str, ...] = field(default=())
    next: tuple[str, ...] = ()

    @property
    def first(self) -> Turn | None:
        """Whom OpenClaw would ask now."""
        return next((turn for turn in self.turns if turn.number == 1), None)

    @property
    def later(self) -> tuple[Turn, ...]:
        """Who could answer instead, in order."""
        return tuple(turn for turn in self.turns if turn.number is not None and turn.number > 1)
