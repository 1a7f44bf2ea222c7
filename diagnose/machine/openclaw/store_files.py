"""The files that OpenClaw's stored logins are in, JSON and SQLite: read once, from copies."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diagnose.machine.files import is_file, read_small

_SHARED = "select value_json from config_machine_state where state_key = '{}'"
_QUERIES = {
    "openclaw.sqlite": [
        _SHARED.format(key)
        for key in ("authProfiles.store", "authProfiles.state", "auth.sharedStore", "plugins.bundledDiscovery")
    ],
    "openclaw-agent.sqlite": [
        "select store_json from auth_profile_store where store_key = 'primary'",
        "select state_json from auth_profile_state where state_key = 'primary'",
    ],
}


@dataclass(slots=True)
class Reading:
    """Reads store files, each once, and keeps the reasons why one could not be read."""

    unreadable: dict[Path, str] = field(default_factory=dict)
    known: dict[Path, list[Any]] = field(default_factory=dict)

    def content(self, file: Path) -> list[Any]:
        """The values of a store file, None for each that is not there."""
        if file not in self.known:
            self.known[file] = self._read(file)
        return self.known[file]

    def _read(self, file: Path) -> list[Any]:
        nothing = [None] * len(_QUERIES.get(file.name, [""]))
        there = is_file(file)
        if not there:
            if exists(file):
                self.unreadable[file] = "it cannot be looked at" if there is None else "it is no file"
            return nothing
        try:
            texts = _cells(file) if file.name in _QUERIES else [read_small(file).decode()]
            return [json.loads(text) if text else None for text in texts]
        except OSError as error:
            self.unreadable[file] = error.strerror or type(error).__name__
        except (ValueError, RecursionError):
            self.unreadable[file] = "it holds no JSON that can be read"
        return nothing


def _cells(file: Path) -> list[str | None]:
    from diagnose.machine.openclaw.sqlite_rows import StoreError, rows

    try:
        return rows(file, _QUERIES[file.name])
    except StoreError as error:
        raise OSError(0, str(error)) from error


def exists(file: Path) -> bool:
    """Whether there is anything of this name, or may be, where it cannot be seen."""
    try:
        return file.exists()
    except OSError:
        return True
