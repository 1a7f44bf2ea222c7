"""OpenClaw's auth stores as files: the JSON of older releases, the SQLite of newer ones.

A database is written with the one table that holds the logins and without a schema version: the program then adds
the rest of its schema itself, where a version without the tables makes it refuse the file. The columns are spelled
as the program compares them, in capitals.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_SHARED = """
CREATE TABLE config_machine_state (
  state_key TEXT NOT NULL PRIMARY KEY, value_json TEXT NOT NULL, updated_at_ms INTEGER NOT NULL
) STRICT
"""
_OWN = """
CREATE TABLE auth_profile_store (
  store_key TEXT NOT NULL PRIMARY KEY, store_json TEXT NOT NULL, updated_at INTEGER NOT NULL
) STRICT
"""


def _content(profiles: Mapping[str, Any]) -> str:
    return json.dumps({"version": 1, "profiles": profiles})


def write_json_store(folder: Path, profiles: Mapping[str, Any]) -> None:
    """`auth-profiles.json` in an agent's folder, which is made; readable by this user only."""
    folder.mkdir(parents=True, mode=0o700)
    path = folder / "auth-profiles.json"
    path.touch(mode=0o600)
    path.write_text(_content(profiles) + "\n", encoding="utf-8")


def write_sqlite_store(state: Path, agent: str, profiles: Mapping[str, Any], now: float) -> None:
    """The store of all agents (`agent` ""), or of one alone. `now` is Unix seconds."""
    at = int(now * 1000)
    if agent:
        place = state / "agents" / agent / "agent" / "openclaw-agent.sqlite"
        _write(place, _OWN, "auth_profile_store", [("primary", _content(profiles), at)])
        return
    rows = [
        ("authProfiles.store", _content(profiles), at),
        # Without this row the program takes the store for one that waits to be moved, and reads no login.
        ("auth.sharedStore", json.dumps({"location": "state-db"}), at),
    ]
    _write(state / "state" / "openclaw.sqlite", _SHARED, "config_machine_state", rows)


def _write(path: Path, schema: str, table: str, rows: Sequence[tuple[str, str, int]]) -> None:
    import contextlib
    import sqlite3

    path.parent.mkdir(parents=True, mode=0o700)
    path.touch(mode=0o600)
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("pragma journal_mode = wal")
        # A scenario's machine need not outlive a power cut, and the wait for the disk is most of the cost.
        database.execute("pragma synchronous = off")
        database.execute(schema)
        database.executemany(f"insert into {table} values (?, ?, ?)", rows)  # noqa: S608 - our own table names
