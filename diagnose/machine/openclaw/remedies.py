"""Commands that change one thing, in the spelling of a release (remedies.toml). They are shown, never run."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from diagnose.machine.openclaw.facts import Version
from diagnose.machine.openclaw.installation import parse_version


def remedy(symptom: str, release: Version | None) -> tuple[str, ...]:
    """The commands for a matrix row; empty where no command would help. None: the newest spelling."""
    for row in _rows():
        if row["for"] != symptom:
            continue
        since, until = parse_version(row.get("since", "")), parse_version(row.get("until", ""))
        if release is None:
            if until is None:
                return tuple(row["commands"])
        elif (since is None or release >= since) and (until is None or release < until):
            return tuple(row["commands"])
    return ()


@cache
def _rows() -> list[dict[str, Any]]:
    text = Path(__file__).with_name("remedies.toml").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)["remedy"]
    return rows
