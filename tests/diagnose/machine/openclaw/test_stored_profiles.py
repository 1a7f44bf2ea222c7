"""OpenClaw's stores are read for what they hold, from copies, and never changed."""

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from diagnose.machine.host import Host
from diagnose.machine.openclaw.store import Stored, stored_profiles

KEY = "sk-proj-CANARY" + "s7" * 10


def host(tmp_path: Path) -> Host:
    return Host(env={}, home=tmp_path)


def shared(tmp_path: Path, content: Any, *, open_log: bool = False) -> sqlite3.Connection | None:
    folder = tmp_path / ".openclaw" / "state"
    folder.mkdir(parents=True)
    database = sqlite3.connect(folder / "openclaw.sqlite")
    database.execute("pragma journal_mode=wal")
    database.execute("create table config_machine_state (state_key text, value_json text, updated_at_ms integer)")
    row = ("authProfiles.store", content if isinstance(content, str) else json.dumps(content))
    database.execute("insert into config_machine_state values (?, ?, 0)", row)
    database.commit()
    if open_log:
        return database
    database.close()
    return None


def tree(folder: Path) -> dict[str, str]:
    files = [p for p in folder.rglob("*") if p.is_file()]
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_an_empty_store_holds_nothing(tmp_path: Path) -> None:
    shared(tmp_path, {"version": 1, "profiles": {}})
    assert stored_profiles(host(tmp_path)) == ()


def test_no_state_folder_and_no_table_hold_nothing(tmp_path: Path) -> None:
    assert stored_profiles(host(tmp_path)) == ()
    folder = tmp_path / ".openclaw" / "state"
    folder.mkdir(parents=True)
    sqlite3.connect(folder / "openclaw.sqlite").close()
    assert stored_profiles(host(tmp_path)) == ()


@pytest.mark.parametrize("open_log", [False, True], ids=["closed", "rows still in the log"])
def test_what_is_stored_is_told_by_kind_and_nothing_is_changed(tmp_path: Path, open_log: bool) -> None:
    profiles = {
        "openai:manual": {"type": "api_key", "provider": "openai", "key": KEY},
        "openai:me@example.org": {"type": "oauth", "provider": "openai-codex", "access": KEY},
        "google:x": {"type": "api_key", "provider": "google", "key": "g"},
    }
    database = shared(tmp_path, {"profiles": profiles}, open_log=open_log)
    before = tree(tmp_path)
    found = stored_profiles(host(tmp_path))
    assert [s.kind for s in found] == ["api_key", "oauth"]
    assert "CANARY" not in repr(found)
    assert tree(tmp_path) == before
    if database is not None:
        database.close()


def test_the_older_stores_are_read_as_well(tmp_path: Path) -> None:
    agent = tmp_path / ".openclaw" / "agents" / "main" / "agent"
    agent.mkdir(parents=True)
    (agent / "auth-profiles.json").write_text(json.dumps({"profiles": {"a": {"type": "token", "provider": "openai"}}}))
    database = sqlite3.connect(agent / "openclaw-agent.sqlite")
    database.execute("create table auth_profile_store (store_key text, store_json text, updated_at integer)")
    content = json.dumps({"profiles": {"b": {"type": "oauth", "provider": "openai"}}})
    database.execute("insert into auth_profile_store values ('primary', ?, 0)", (content,))
    database.commit()
    database.close()
    assert set(stored_profiles(host(tmp_path))) == {
        Stored(kind="oauth", store="openclaw-agent.sqlite"),
        Stored(kind="token", store="auth-profiles.json"),
    }


@pytest.mark.parametrize(
    "content", ["{", "[" * 100_000, '"x"', "[1]", '{"profiles": {"a": {"type": [], "provider": {}}}}']
)
def test_odd_content_never_raises(tmp_path: Path, content: str) -> None:
    shared(tmp_path, content)
    assert all(s.kind == "unreadable" for s in stored_profiles(host(tmp_path)))


def test_a_file_that_is_no_database_counts_as_unreadable(tmp_path: Path) -> None:
    folder = tmp_path / ".openclaw" / "state"
    folder.mkdir(parents=True)
    (folder / "openclaw.sqlite").write_bytes(b"no database at all, whatever its name says")
    assert [s.kind for s in stored_profiles(host(tmp_path))] == ["unreadable"]
