"""What changed in OpenClaw, and from which release on: the rows of `releases.toml`."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from diagnose.machine.openclaw.facts import Version


def parse_version(text: str) -> Version | None:
    """(2026, 9, 6) from "2026.9.6" or "OpenClaw 2026.9.6 (eb377ac)"."""
    found = re.search(r"(\d{4})\.(\d{1,2})\.(\d{1,3})", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def since(change: str) -> Version:
    """The first release with a change; KeyError when there is no such row."""
    found = parse_version(_rows()[change]["since"])
    assert found is not None
    return found


def holds(change: str, version: Version | None) -> bool:
    """Whether a release has a change; one of unknown version is taken for the newest. KeyError without such a row."""
    until = parse_version(_rows()[change].get("until", ""))
    if version is None:
        return until is None
    return since(change) <= version and (until is None or version < until)


def names(change: str) -> tuple[str, ...]:
    """The names that a row lists. KeyError when there is no such row."""
    return tuple(_rows()[change]["names"])


@cache
def _rows() -> dict[str, dict[str, Any]]:
    text = Path(__file__).with_name("releases.toml").read_text(encoding="utf-8")
    return {row["id"]: row for row in tomllib.loads(text)["change"]}
