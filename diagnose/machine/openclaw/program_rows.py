"""The rows of program.toml, and which of them hold for a release."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from diagnose.machine.openclaw.facts import Version
from diagnose.machine.openclaw.installation import parse_version


@cache
def table() -> Mapping[str, Any]:
    """The whole table: kind of row → its rows."""
    import tomllib

    return tomllib.loads(Path(__file__).with_name("program.toml").read_text(encoding="utf-8"))


def has(option: str, version: Version | None) -> bool | None:
    """Whether a release has an option; None when the table does not know. A release newer than the table has it.

    One of unknown version is taken for the newest.
    """
    row = next((row for row in table()["option"] if row["name"] == option), None)
    if row is None:
        return None
    if version is None:
        return True
    without, since = parse_version(row["without"]), parse_version(row["since"])
    assert without is not None
    assert since is not None
    return True if version >= since else False if version <= without else None


def goes_through_proxy(provider: str, version: Version | None) -> bool:
    """Whether a provider's requests were measured to obey HTTPS_PROXY in this release, or an older one."""
    rows = (row for row in table()["proxied"] if provider in row["providers"])
    firsts = (parse_version(row["since"]) for row in rows)
    return any(first is not None and version is not None and version >= first for first in firsts)


def listed(kind: str, column: str) -> tuple[str, ...]:
    """Every text in one column of all rows of a kind, lists taken apart."""
    values = (row[column] for row in table()[kind])
    return tuple(text for value in values for text in (value if isinstance(value, list) else [value]))


def housekeeping(version: Version | None) -> tuple[str, ...]:
    """Patterns of the files, below the state folder, that a release writes by itself when it is started."""
    found = []
    for row in table()["housekeeping"]:
        since, until = parse_version(row["since"]), parse_version(row.get("until", ""))
        if version is None or ((since is None or version >= since) and (until is None or version <= until)):
            found += row["paths"]
    return tuple(found)
