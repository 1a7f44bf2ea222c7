"""OpenClaw's own list of image providers, held against the dated table and against what was found on the machine.

The list knows whether a provider is registered. It does not know a key from a login, nor whether either works, nor
who would answer in place of the selected one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from diagnose.machine.openclaw.observation import Listing
from diagnose.model.inventory import Difference, ListedState, ProviderRow

_GEOMETRY = {"sizes": "sizes", "aspect_ratios": "aspectRatios", "resolutions": "resolutions"}
_CONTROLS = {"size": "supportsSize", "aspect_ratio": "supportsAspectRatio", "resolution": "supportsResolution"}


def differences(rows: Sequence[ProviderRow], listing: Listing) -> tuple[Difference, ...]:
    """Where the list and the table disagree, by provider in the order of the table, unknown providers last.

    The order of names within a list means nothing. A provider that only one of them has gives one difference.
    """
    found = [difference for row in rows for difference in _of_row(row, listing.providers.get(row.id))]
    known = {row.id for row in rows}
    unknown = [i for i in sorted(listing.providers) if i not in known]
    return (*found, *(Difference(provider=i, field=None, table="unknown", listed="listed") for i in unknown))


def _of_row(row: ProviderRow, listed: Mapping[str, Any] | None) -> Iterator[Difference]:
    if listed is None:
        if row.presence == "built in":
            yield Difference(provider=row.id, field=None, table=row.presence, listed="absent")
        return
    if row.presence != "built in":
        yield Difference(provider=row.id, field=None, table=row.presence, listed="listed")
        if row.presence != "plugin":
            return
    for name, value in capabilities_of(listed).items():
        told = getattr(row, name)
        same = sorted(told) == sorted(value) if isinstance(value, tuple) else told == value
        if not same:
            yield Difference(provider=row.id, field=name, table=told, listed=value)


def capabilities_of(listed: Mapping[str, Any]) -> dict[str, Any]:
    """What one printed row says, under the names of the table; what it does not say in the known form is empty."""
    printed = _mapping(listed.get("capabilities"))
    generate, edit, geometry = (_mapping(printed.get(part)) for part in ("generate", "edit", "geometry"))
    default = listed.get("defaultModel")
    said: dict[str, Any] = {
        "default_model": default if isinstance(default, str) else None,
        "models": _names(listed.get("models")),
        "count": _number(generate.get("maxCount")),
        "edit_images": _number(edit.get("maxInputImages")) if edit.get("enabled") is True else 0,
        "edit_by_model": _numbers(edit.get("maxInputImagesByModel"))
        | {f"{start}*": most for start, most in _numbers(edit.get("maxInputImagesByModelPrefix")).items()},
    }
    said |= {name: generate.get(key) is True for name, key in _CONTROLS.items()}
    return said | {name: _names(geometry.get(key)) for name, key in _GEOMETRY.items()}


def states(rows: Sequence[ProviderRow], listing: Listing) -> tuple[ListedState, ...]:
    """What the list says of each provider, with the reason where that misleads on this machine."""
    by_id = {row.id: row for row in rows}
    found = []
    for provider_id, listed in sorted(listing.providers.items()):
        configured, selected = listed.get("configured") is True, listed.get("selected") is True
        row = by_id.get(provider_id)
        but = _misleads(row, configured, selected) if row else None
        found.append(ListedState(provider=provider_id, configured=configured, selected=selected, but=but))
    return tuple(found)


def _misleads(row: ProviderRow, configured: bool, selected: bool) -> str | None:
    numbers = [turn.number for turn in row.turns if turn.number is not None]
    usable = [credential for credential in row.found if credential.trouble is None]
    if not configured and usable:
        return f"not called configured, though {usable[0].name} is there"
    if configured and not row.found:
        because = ", because the configured primary names it" if selected else ""
        return f"called configured{because}, though no credential was found for it"
    if configured and not usable:
        return f"called configured, though {row.found[0].name} {row.found[0].trouble}"
    if selected and 1 not in numbers:
        return "called selected, though OpenClaw would ask another one first"
    if not selected and numbers:
        return f"not called selected, though OpenClaw would ask it {'now' if 1 in numbers else 'when others fail'}"
    return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _names(value: Any) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _numbers(value: Any) -> dict[str, int]:
    return {key: _number(item) for key, item in _mapping(value).items()}
