"""The screen of `routecheck providers`: who would be asked now, who could answer instead, then the table."""

from collections.abc import Iterator, Sequence
from typing import Any

from diagnose.model.inventory import Difference, FoundCredential, Inventory, Live, ProviderRow, Turn
from reports.text import columns, is_command, plain, wrap

_INDENT = "  "
_NARROWEST = 60
_VIA = {
    "override": "named in the call", "primary": "the configured primary", "fallback": "a configured fallback",
    "auto": "detected by its credential",
}  # fmt: skip
_FIELDS = {
    "default_model": "default model", "count": "images of one request", "edit_images": "input images of an edit",
    "edit_by_model": "input images by model", "aspect_ratio": "takes an aspect ratio", "size": "takes a size",
    "resolution": "takes a resolution", "aspect_ratios": "aspect ratios",
}  # fmt: skip
_ABSENT = "Their plugins are switched off, not in plugins.allow, or not installed."
_MEANING = (
    "configured: some credential is there for it, or the config names it. It does not tell a key from a login, nor "
    "whether either works.",
    "selected: it is the provider of the configured primary. Fallbacks and detected providers are not in it.",
)


def render(inventory: Inventory, *, width: int = 100) -> str:
    """The screen in `width` columns; commands alone may be longer, because a wrapped one cannot be copied."""
    width = max(width, _NARROWEST)
    blocks = [
        [*_answer(inventory, width)],
        _titled("Order of asking", _turns(inventory.turns, width)),
        _titled("By these rules", [*_bullets(iter(inventory.rules), width)]),
        _titled("Providers in this release" if inventory.release else "Providers", _table(inventory.rows)),
        _titled("Not in this release" if inventory.release else "Not built in", [*_absent(inventory.rows, width)]),
        _titled("Credentials found (by name; no value is ever shown)", _credentials(inventory.rows, width)),
        _titled("A credential is taken from these variables", _variables(inventory.rows, width)),
        _titled("OpenClaw's own list, against this table", _live(inventory.live, width) if inventory.live else ()),
        _titled("Notes", [*_bullets(_noted(inventory), width)]),
        _titled("Next", [_INDENT + plain(line) for line in inventory.next if is_command(line)]),
    ]
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks if block) + "\n"


def _titled(title: str, lines: Sequence[str] | Iterator[str]) -> list[str]:
    found = list(lines)
    return [title, *found] if found else []


def _answer(inventory: Inventory, width: int) -> Iterator[str]:
    """Two sentences: who would be asked now, and who could answer instead without a word."""
    who = f"OpenClaw {inventory.release}" if inventory.release else "OpenClaw"
    agent = f" (agent {inventory.agent})" if inventory.agent else ""
    first, later = inventory.first, inventory.later
    if inventory.stops is not None:
        yield from wrap(plain(f"{who}{agent} would ask nobody: {inventory.stops}"), width)
        return
    if first is None:
        yield from wrap(plain(f"{who}{agent} would ask nobody: {_nobody(inventory)}"), width)
        return
    by = f", with {first.credential}" if first.credential else ""
    at = _at(first)
    sentence = f"{who}{agent} would ask {first.provider} ({_VIA[first.via]}) for {first.model}{at}{by}."
    yield from wrap(plain(sentence), width)
    if later:
        names = ", then ".join(f"{turn.provider} ({_VIA[turn.via]})" for turn in later)
        silent = f"If that fails, these are asked without a word, and an answer looks like success: {names}."
    else:
        silent = "If that fails, nobody else is asked."
    yield from wrap(plain(silent), width)


def _nobody(inventory: Inventory) -> str:
    refusals = [turn.refusal for turn in inventory.turns if turn.refusal]
    if refusals:
        return refusals[0]
    return "no image model is configured, and no provider with a credential was detected"


def _turns(turns: Sequence[Turn], width: int) -> Iterator[str]:
    for turn in turns:
        number = f"{turn.number}." if turn.number is not None else "-"
        at = _at(turn)
        by = f", {turn.credential}" if turn.credential else ""
        not_asked = "" if turn.number is not None else f". Not asked: {turn.refusal or 'OpenClaw ends before'}"
        yield from _item(f"{turn.provider}/{turn.model}{at}, {_VIA[turn.via]}{by}{not_asked}", width, f"{number:<3}")


def _at(turn: Turn) -> str:
    return f" at {turn.host.removesuffix(':443')}" if turn.host else ""


def _table(rows: Sequence[ProviderRow]) -> Iterator[str]:
    cells: list[tuple[str, ...]] = [("", "provider", "default model", "edit", "size", "ratio", "resol.", "here")]
    cells += [_cells(row) for row in rows]
    widths = [max(columns(line[n]) for line in cells) for n in range(len(cells[0]))]
    for line in cells:
        yield _INDENT + "  ".join(cell + " " * (widths[n] - columns(cell)) for n, cell in enumerate(line))


def _cells(row: ProviderRow) -> tuple[str, ...]:
    if row.presence in {"chat only", "not yet"}:
        return "", row.id, "-", "-", "-", "-", "-", "no"
    turn = next((f"{turn.number}." for turn in row.turns if turn.number is not None), "")
    most = max([row.edit_images, *row.edit_by_model.values()])
    edit = "no" if not most else str(most) if most == row.edit_images else f"{row.edit_images}-{most}"
    here = "yes" if row.presence == "built in" else row.presence
    resolution = f"{row.resolutions[0]}-{row.resolutions[-1]}" if row.resolutions else _yes(row.resolution)
    return turn, row.id, plain(row.default_model or "-"), edit, _yes(row.size), _yes(row.aspect_ratio), resolution, here


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _absent(rows: Sequence[ProviderRow], width: int) -> Iterator[str]:
    for row in rows:
        if row.presence == "plugin":
            yield from _item(f"{row.id}: {row.releases}, {row.plugin}", width, "- ")
        elif row.presence != "built in":
            yield from _item(f"{row.id}: {row.releases or 'no images in any release that was measured'}", width, "- ")


def _credentials(rows: Sequence[ProviderRow], width: int) -> Iterator[str]:
    label = max([len(row.id) for row in rows if row.found], default=0) + 2
    for row in rows:
        for number, credential in enumerate(row.found):
            yield from _item(_credential(credential), width, f"{row.id if not number else '':<{label}}")


def _credential(credential: FoundCredential) -> str:
    name, origin = credential.name, credential.origin
    # The origin of a variable or of a key in the config begins with its name.
    text = origin if origin.startswith(f"{name} ") else f"{name}, from {origin}"
    return text + (f": {credential.trouble}" if credential.trouble else "")


def _variables(rows: Sequence[ProviderRow], width: int) -> Iterator[str]:
    usable = [row for row in rows if row.presence in {"built in", "plugin"}]
    label = max([len(row.id) for row in usable], default=0) + 2
    for row in usable:
        yield from _item(", ".join(row.variables), width, f"{row.id:<{label}}")


def _live(live: Live, width: int) -> Iterator[str]:
    if live.problem is not None:
        yield from _item(f"It gave no list: {live.problem}", width, "- ")
        return
    if not live.differences:
        yield from _item(f"The table agrees with its list of {len(live.states)} providers.", width, "- ")
    absent = [difference.provider for difference in live.differences if _is_absent(difference)]
    if absent:
        yield from _item(f"Not in its list: {', '.join(absent)}. {_ABSENT}", width, "- ")
    for difference in live.differences:
        if not _is_absent(difference):
            yield from _item(_difference(difference), width, "- ")
    for state in live.states:
        if state.but is not None:
            yield from _item(f"{state.provider}: {state.but}", width, "- ")
    yield from (line for sentence in _MEANING for line in _item(sentence, width, "  "))


def _is_absent(difference: Difference) -> bool:
    return difference.field is None and difference.listed == "absent"


def _difference(difference: Difference) -> str:
    """One difference as a sentence; of two lists only what one of them lacks."""
    provider, table, listed = difference.provider, difference.table, difference.listed
    if difference.field is None:
        return f"{provider} is in its list, and {table} in the table"
    name = _FIELDS.get(difference.field, difference.field)
    if isinstance(table, tuple) and isinstance(listed, tuple):
        more, less = _names(set(listed) - set(table)), _names(set(table) - set(listed))
        told = [*([f"it also lists {more}"] if more else []), *([f"it lacks {less}"] if less else [])]
        return f"{provider}, {name}: {' and '.join(told) or 'it repeats a name'}"
    return f"{provider}, {name}: it lists {_value(listed)}, the table has {_value(table)}"


def _names(names: set[str]) -> str:
    return ", ".join(sorted(names))


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _yes(value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {most}" for key, most in sorted(value.items())) or "none"
    return "none" if value is None else str(value)


def _noted(inventory: Inventory) -> Iterator[str]:
    if inventory.primary and inventory.primary_key:
        yield f"The configured primary is {inventory.primary}, by {inventory.primary_key}."
    yield from inventory.notes
    yield from (f"{row.id}: {row.note}" for row in inventory.rows if row.turns and row.note)


def _bullets(sentences: Iterator[str], width: int) -> Iterator[str]:
    for sentence in sentences:
        yield from _item(sentence, width, "- ")


def _item(text: str, width: int, mark: str) -> Iterator[str]:
    for number, line in enumerate(wrap(plain(text), width - len(_INDENT) - len(mark))):
        yield _INDENT + (mark if number == 0 else " " * len(mark)) + line
