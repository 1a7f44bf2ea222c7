"""The image providers of OpenClaw, release by release: what each can do, and what it takes for a credential.

Nothing here looks at the machine; the rows are compared with it, and with the program's own listing, elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

Release = tuple[int, int, int]

Presence = Literal["built in", "plugin", "chat only", "not yet"]
"""Whether a release has the provider: itself, once `plugin` is installed, without images, or not yet at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageProvider:
    """What one release knows of one provider. `since` is the first release that the row holds for.

    `edit_images` is the most input images of an edit, 0 where it makes none; `edit_by_model` names the models that
    differ, by id or by the start of it before a `*`. `count` is the most images of one request. An empty list of
    sizes, ratios or resolutions beside a True means that the release names none.
    """

    id: str
    label: str
    since: Release
    presence: Presence
    as_of: date
    source: str
    plugin: str = ""
    default_model: str | None = None
    models: tuple[str, ...] = ()
    count: int = 0
    edit_images: int = 0
    edit_by_model: Mapping[str, int] = field(default_factory=dict)
    size: bool = False
    aspect_ratio: bool = False
    resolution: bool = False
    sizes: tuple[str, ...] = ()
    aspect_ratios: tuple[str, ...] = ()
    resolutions: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    """Environment variables that give it a key, in the order in which OpenClaw looks."""
    logins: tuple[str, ...] = ()
    """The ids under which OpenClaw's store keeps a key or a login for it."""
    codex_login: bool = False
    """Whether the login of the Codex CLI serves it."""
    note: str = ""

    @property
    def makes_images(self) -> bool:
        """Whether the release has it at hand without a further installation."""
        return self.presence == "built in"


def release(text: str) -> Release:
    """(2026, 9, 6) from "2026.9.6"."""
    year, month, number = map(int, text.split("."))
    return year, month, number


def shown(of: Release) -> str:
    """ "2026.9.6" from (2026, 9, 6)."""
    return ".".join(map(str, of))


@cache
def _table() -> Mapping[str, Any]:
    import tomllib

    return tomllib.loads(Path(__file__).with_name("image_providers.toml").read_text(encoding="utf-8"))


@cache
def history() -> Mapping[str, tuple[ImageProvider, ...]]:
    """Every row of every provider by its id, oldest first; a row has inherited what it does not say."""
    rows: dict[str, tuple[ImageProvider, ...]] = {}
    merged: dict[str, dict[str, Any]] = {}
    for row in _table()["provider"]:
        known = merged[row["id"]] = {"logins": [row["id"]]} | merged.get(row["id"], {}) | row
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in known.items()}
        rows[row["id"]] = (*rows.get(row["id"], ()), ImageProvider(**fields | {"since": release(row["since"])}))
    return rows


@cache
def measured() -> tuple[Release, ...]:
    """The releases that were really asked for their list, oldest first."""
    return tuple(release(row["release"]) for row in _table()["measured"])


def providers_of(version: Release | None) -> tuple[ImageProvider, ...]:
    """One row for each provider as `version` has it, by id; the newest known rows for None.

    A release between two rows takes the older one; one before all rows takes the oldest, as "not yet" where the
    provider came later than the oldest release that was measured.
    """
    return tuple(_row(rows, version) for _, rows in sorted(history().items()))


def _row(rows: tuple[ImageProvider, ...], version: Release | None) -> ImageProvider:
    if version is None:
        return rows[-1]
    held = [row for row in rows if row.since <= max(version, measured()[0])]
    return held[-1] if held else _not_yet(rows[0])


def _not_yet(first: ImageProvider) -> ImageProvider:
    return replace(first, presence="not yet")


def turning_points(provider_id: str) -> tuple[ImageProvider, ...]:
    """The rows in which the provider came, left or became a plugin, oldest first; none for an unknown id."""
    rows = history().get(provider_id, ())
    return tuple(row for n, row in enumerate(rows) if not n or row.presence != rows[n - 1].presence)
