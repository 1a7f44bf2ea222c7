"""OpenClaw's stored logins and keys: which there are, never what they hold. Read from copies, nothing is changed.

Releases before 2026.6 keep them in `auth-profiles.json` of each agent, later ones in SQLite: one store for all
agents (`state/openclaw.sqlite`) and one of each agent's own.
"""

import contextlib
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diagnose.machine.files import is_file, read_small
from diagnose.machine.host import Host
from diagnose.machine.openclaw import state_dir

_PROVIDERS = {"openai", "openai-codex"}
_KINDS = {"api_key", "oauth", "token"}
_QUERIES = {
    "openclaw.sqlite": "select value_json from config_machine_state where state_key = 'authProfiles.store'",
    "openclaw-agent.sqlite": "select store_json from auth_profile_store where store_key = 'primary'",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A stored credential for OpenAI: its kind ("api_key", "oauth", "token") and the file it is in."""

    kind: str
    store: str


def stored_profiles(host: Host) -> tuple[Stored, ...]:
    """The stored credentials for OpenAI, in the order of the stores; a store that cannot be read counts as one.

    Its kind is then "unreadable", because what is not known must not look like nothing.
    """
    state = state_dir(host)
    files = [state / "state" / "openclaw.sqlite"]
    try:
        files += sorted((state / "agents").glob("*/agent/openclaw-agent.sqlite"))
        files += sorted((state / "agents").glob("*/agent/auth-profiles.json"))
        closed = []
    except OSError:
        closed = [Stored(kind="unreadable", store="agents")]
    return (*(stored for file in files for stored in _in(file)), *closed)


def _in(file: Path) -> Iterator[Stored]:
    there = is_file(file)
    if there is not None and not there:
        return
    try:
        text = read_small(file).decode() if file.suffix == ".json" else _from_sqlite(file)
        content: Any = json.loads(text) if text else {}
    except (OSError, ValueError, RecursionError, sqlite3.Error):
        yield Stored(kind="unreadable", store=file.name)
        return
    profiles = content.get("profiles") if isinstance(content, dict) else None
    for profile in profiles.values() if isinstance(profiles, dict) else ():
        if isinstance(profile, dict) and str(profile.get("provider")) in _PROVIDERS:
            kind = str(profile.get("type"))
            yield Stored(kind=kind if kind in _KINDS else "other", store=file.name)


def _from_sqlite(file: Path) -> str | None:
    """The store's JSON from a private copy of the database and its log: opening the original would write to it."""
    with tempfile.TemporaryDirectory(prefix="routecheck-") as folder:
        copy = Path(folder) / file.name
        for suffix in ("", "-wal"):
            source = file.with_name(file.name + suffix)
            if source.exists():
                shutil.copyfile(source, copy.with_name(copy.name + suffix))
        with contextlib.closing(sqlite3.connect(copy)) as database:
            try:
                row = database.execute(_QUERIES[file.name]).fetchone()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):
                    return None
                raise
    return str(row[0]) if row and row[0] is not None else None
