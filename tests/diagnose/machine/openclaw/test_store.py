"""The auth stores of every release: which are read, whose they are, and what each profile is."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from diagnose.machine.host import Host
from diagnose.machine.openclaw.config import Config
from diagnose.machine.openclaw.facts import Agent, Profile, Stores, Usage
from diagnose.machine.openclaw.store import read_stores
from diagnose.model.secret import Secret

OLD, NEW = (2026, 5, 18), (2026, 9, 6)
KEY = "sk-proj-CANARY" + "s7" * 10
SHARED = "create table config_machine_state (state_key text not null primary key, value_json text not null, {}) strict"
OWN = "create table auth_profile_{0} ({0}_key text not null primary key, {0}_json text not null, {1}) strict"


def host(home: Path, **env: str) -> Host:
    return Host(env=env, home=home, which=lambda _: None)


def agent_folder(home: Path, agent: str = "main") -> Path:
    folder = home / ".openclaw" / "agents" / agent / "agent"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def put(file: Path, content: Any) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def store(*profiles: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"version": 1, "profiles": dict(profiles)}


def key(name: str = "openai:manual", value: str = KEY, **more: Any) -> tuple[str, dict[str, Any]]:
    return name, {"type": "api_key", "provider": name.partition(":")[0], "key": value} | more


def shared_sqlite(home: Path, profiles: Any = None, state: Any = None, location: Any = "state-db") -> Path:
    """`state/openclaw.sqlite` in the shape that 2026.9.6 makes."""
    file = home / ".openclaw" / "state" / "openclaw.sqlite"
    file.parent.mkdir(parents=True)
    rows = {"authProfiles.store": profiles, "authProfiles.state": state}
    rows["auth.sharedStore"] = {"location": location} if isinstance(location, str) else location
    with sqlite3.connect(file) as database:
        database.execute("pragma journal_mode=wal")
        database.execute(SHARED.format("updated_at_ms integer not null"))
        cells = [(name, json.dumps(value), 0) for name, value in rows.items() if value is not None]
        database.executemany("insert into config_machine_state values (?, ?, ?)", cells)
    database.close()
    return file


def own_sqlite(folder: Path, profiles: Any = None, state: Any = None) -> Path:
    """`openclaw-agent.sqlite` in the shape that 2026.9.6 makes."""
    file = folder / "openclaw-agent.sqlite"
    with sqlite3.connect(file) as database:
        database.execute("pragma journal_mode=wal")
        for name, value in (("store", profiles), ("state", state)):
            database.execute(OWN.format(name, "updated_at integer not null"))
            if value is not None:
                database.execute(f"insert into auth_profile_{name} values ('primary', ?, 0)", (json.dumps(value),))
    database.close()
    return file


def one(stores: Stores) -> Profile:
    (profile,) = stores.profiles
    return profile


# Whose store it is


@pytest.mark.parametrize("version", [(2026, 4, 22), OLD])
def test_the_older_releases_read_json_and_nothing_else(tmp_path: Path, version: tuple[int, int, int]) -> None:
    file = put(agent_folder(tmp_path) / "auth-profiles.json", store(key()))
    shared_sqlite(tmp_path, store(key("openai:sqlite")))
    own_sqlite(agent_folder(tmp_path), store(key("openai:own")))
    found = read_stores(host(tmp_path), Config(), version)
    profile = one(found)
    assert (profile.id, profile.kind, profile.agent, profile.origin.file) == ("openai:manual", "api_key", None, file)
    assert (profile.secret, profile.form) == (Secret(KEY), "sk")
    assert found.waiting == ()


@pytest.mark.parametrize("version", [(2026, 6, 1), NEW, None, (2031, 1, 1)])
def test_the_newer_releases_read_sqlite_and_nothing_else(tmp_path: Path, version: Any) -> None:
    shared = shared_sqlite(tmp_path, store(key("openai:sqlite")))
    own = own_sqlite(agent_folder(tmp_path, "art"), store(key("openai:own")))
    put(agent_folder(tmp_path, "art") / "auth-profiles.json", store(key()))
    found = read_stores(host(tmp_path), Config(), version)
    assert {(p.id, p.agent, p.origin.file) for p in found.profiles} == {
        ("openai:sqlite", None, shared), ("openai:own", "art", own),
    }  # fmt: skip
    assert [p.agent for p in found.profiles] == ["art", None], "an agent's own goes first"


def test_a_shared_store_that_was_never_moved_is_that_of_main(tmp_path: Path) -> None:
    file = own_sqlite(agent_folder(tmp_path), store(key()))
    for location in (None, "legacy-main"):
        if location:
            shared_sqlite(tmp_path, store(key("openai:unused")), location=location)
        assert [(p.agent, p.origin.file) for p in read_stores(host(tmp_path), Config(), NEW).profiles] == [(None, file)]


def test_an_unknown_place_of_the_shared_store_is_told(tmp_path: Path) -> None:
    file = shared_sqlite(tmp_path, store(key()), location={"location": "moon"})
    found = read_stores(host(tmp_path), Config(), NEW)
    assert (found.profiles, list(found.unreadable)) == ((), [file])


def test_the_agent_folders_of_config_and_environment_are_honoured(tmp_path: Path) -> None:
    put(tmp_path / "main" / "auth-profiles.json", store(key("openai:main")))
    put(tmp_path / "art" / "auth-profiles.json", store(key("openai:art")))
    put(agent_folder(tmp_path, "ink") / "auth-profiles.json", store(key("openai:ink")))
    config = Config(agents=(Agent(id="art", default=True, folder=tmp_path / "art"),), default_agent="art")
    moved = host(tmp_path, OPENCLAW_AGENT_DIR="~/main")
    found = read_stores(moved, config, OLD)
    assert {(p.id, p.agent) for p in found.profiles} == {
        ("openai:main", None), ("openai:art", "art"), ("openai:ink", "ink"),
    }  # fmt: skip


def test_the_state_is_that_of_all_and_of_the_asked_agent(tmp_path: Path) -> None:
    stats = {"openai:a": {"cooldownUntil": 5, "blockedUntil": 9, "cooldownReason": "rate_limit", "lastUsed": 1}}
    shared = {"version": 1, "order": {" OpenAI ": ["openai:a", " ", 5], "x": []}, "usageStats": stats}
    own = {"order": {"openai": ["openai:b"]}, "lastGood": {"openai": "openai:b", "y": 5}}
    shared_sqlite(tmp_path, store(key("openai:a")), shared)
    own_sqlite(agent_folder(tmp_path, "art"), store(key("openai:b")), own)
    everybody = read_stores(host(tmp_path), Config(), NEW)
    assert (everybody.order, everybody.last_good) == ({"openai": ("openai:a",)}, {})
    assert everybody.usage == {"openai:a": Usage(cooldown_until=9, reason="rate_limit", last_used=1)}
    asked = read_stores(host(tmp_path), Config(), NEW, agent="art")
    assert (asked.order, asked.last_good) == ({"openai": ("openai:b",)}, {"openai": "openai:b"})
    folder = agent_folder(tmp_path)
    put(folder / "auth-profiles.json", store(key("openai:a")) | {"order": {"openai": ["openai:z"]}})
    assert read_stores(host(tmp_path), Config(), OLD).order == {"openai": ("openai:z",)}
    put(folder / "auth-state.json", {"order": {"openai": ["openai:a"]}})
    assert read_stores(host(tmp_path), Config(), OLD).order == {"openai": ("openai:a",)}


def test_what_the_state_database_says_about_plugins_is_read(tmp_path: Path) -> None:
    nothing = read_stores(host(tmp_path), Config(), NEW)
    assert (nothing.database, nothing.discovery) == (False, None)
    file = shared_sqlite(tmp_path, store())
    assert read_stores(host(tmp_path), Config(), NEW).database
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "insert into config_machine_state values ('plugins.bundledDiscovery', ?, 0)", (json.dumps("compat"),)
        )
    found = read_stores(host(tmp_path), Config(), NEW)
    assert (found.database, found.discovery) == (True, "compat")
    assert not read_stores(host(tmp_path), Config(), OLD).database


def test_the_oldest_stores_are_read_where_there_is_no_other(tmp_path: Path) -> None:
    folder = agent_folder(tmp_path)
    put(folder / "auth.json", {"openai": {"type": "api_key", "key": KEY}, "odd": 5})
    oauth = {"openai-codex": {"access": "a.b.c", "refresh": "r", "expires": 7}, "openai": {"access": "other"}}
    put(tmp_path / ".openclaw" / "credentials" / "oauth.json", oauth)
    found = read_stores(host(tmp_path), Config(), OLD)
    assert [(p.id, p.kind, p.provider) for p in found.profiles] == [
        ("openai:default", "api_key", "openai"), ("openai-codex:default", "oauth", "openai-codex"),
    ]  # fmt: skip
    put(folder / "auth-profiles.json", store())
    assert read_stores(host(tmp_path), Config(), OLD).profiles == ()


# What the release should not use


def login(name: str = "openai:login", **more: Any) -> tuple[str, dict[str, Any]]:
    entry = {"type": "oauth", "provider": "openai", "access": "a.b.c", "refresh": "CANARY-refresh", "expires": 7}
    return name, entry | more


def beside(home: Path, version: Any) -> list[str]:
    return [f"{p.agent}/{p.id}" for p in read_stores(host(home), Config(), version).beside]


@pytest.mark.parametrize("version", [(2026, 4, 22), OLD, (2026, 6, 1), NEW, None])
def test_a_login_counts_wherever_it_is(tmp_path: Path, version: Any) -> None:
    art = agent_folder(tmp_path, "art")
    put(art / "auth-profiles.json", store(login("openai:json")))
    put(art / "auth.json", {"openai": {"access": "a.b.c", "refresh": "r"}})
    own_sqlite(agent_folder(tmp_path, "ink"), store(login("openai:sqlite")))
    put(tmp_path / ".openclaw" / "credentials" / "oauth.json", {"openai-codex": {"access": "a.b.c", "refresh": "r"}})
    shared_sqlite(tmp_path, store(login("openai:unused")), location="legacy-main")
    found = read_stores(host(tmp_path), Config(), version)
    assert {p.id for p in (*found.profiles, *found.beside)} == {
        "openai:json", "openai:default", "openai:sqlite", "openai-codex:default", "openai:unused",
    }  # fmt: skip
    assert not {p.origin for p in found.profiles} & {p.origin for p in found.beside}


@pytest.mark.parametrize(("version", "counts"), [((2026, 6, 1), False), (NEW, False), (OLD, True), (None, True)])
def test_what_a_migration_left_does_not_count_where_the_release_is_known(
    tmp_path: Path, version: Any, counts: bool
) -> None:
    folder = agent_folder(tmp_path)
    put(folder / "auth-profiles.json", store(login("openai:old")))
    own_sqlite(folder, store(login("openai:new")))
    found = read_stores(host(tmp_path), Config(), version)
    assert ("openai:old" in {p.id for p in (*found.profiles, *found.beside)}) is counts
    put(folder / "auth-profiles.json", "{")
    found = read_stores(host(tmp_path), Config(), version)
    assert bool({**found.unreadable, **found.beside_unreadable}) is counts


def test_each_agent_has_leftovers_of_its_own(tmp_path: Path) -> None:
    for agent in ("main", "art"):
        put(agent_folder(tmp_path, agent) / "auth-profiles.json", store(login(f"openai:{agent}")))
    shared_sqlite(tmp_path, store(login("openai:new")))
    assert beside(tmp_path, NEW) == ["art/openai:art"]
    own_sqlite(agent_folder(tmp_path, "art"), store(key()))
    assert beside(tmp_path, NEW) == []


def test_a_store_beside_that_cannot_be_read_is_not_one_of_the_release(tmp_path: Path) -> None:
    file = put(tmp_path / ".openclaw" / "state" / "openclaw.sqlite", "no database")
    found = read_stores(host(tmp_path), Config(), OLD)
    assert (list(found.unreadable), list(found.beside_unreadable)) == ([], [file])


# What waits for its migration


def waiting(home: Path, **more: Any) -> list[str]:
    return [f"{p.parent.parent.name}/{p.name}" for p in read_stores(host(home), Config(), NEW, **more).waiting]


def test_an_old_store_beside_an_empty_new_one_waits(tmp_path: Path) -> None:
    folder = agent_folder(tmp_path)
    put(folder / "auth-state.json", {"version": 1})
    assert waiting(tmp_path) == []
    put(folder / "auth-profiles.json", store())
    assert waiting(tmp_path) == ["main/auth-profiles.json"]
    own_sqlite(folder, store())
    assert waiting(tmp_path) == ["main/auth-profiles.json"]
    assert read_stores(host(tmp_path), Config(), OLD).waiting == ()


def test_an_old_store_beside_a_filled_new_one_is_only_a_leftover(tmp_path: Path) -> None:
    put(agent_folder(tmp_path) / "auth-profiles.json", store(key()))
    own_sqlite(agent_folder(tmp_path), store(key()))
    assert waiting(tmp_path) == []


def test_the_agents_own_store_counts_although_the_shared_one_is_filled(tmp_path: Path) -> None:
    shared_sqlite(tmp_path, store(key()))
    put(agent_folder(tmp_path) / "auth-profiles.json", store(key()))
    put(agent_folder(tmp_path, "art") / "auth-profiles.json", store(key()))
    assert waiting(tmp_path) == ["main/auth-profiles.json"]
    assert waiting(tmp_path, agent="art") == ["art/auth-profiles.json"]


@pytest.mark.parametrize(
    ("entries", "stopped"),
    [
        ([key("google:x")], ("google",)),
        ([key("google:x"), key("openai-codex:x")], ("google", "openai", "openai-codex")),
        ([key("google:x"), ("y", {"type": "cookie", "provider": "google"})], ("*",)),
        ([key("google:x"), ("y", 5)], ("*",)),
        ([], ("*",)),
    ],
)
def test_an_old_store_stops_the_providers_that_it_names(tmp_path: Path, entries: Any, stopped: tuple[str, ...]) -> None:
    file = put(agent_folder(tmp_path) / "auth-profiles.json", store(*entries))
    found = read_stores(host(tmp_path), Config(), NEW)
    assert found.waiting_for == stopped
    assert found.waiting == ((file,) if {"*", "openai"} & set(stopped) else ())


@pytest.mark.parametrize("name", ["agents/main/agent/auth.json", "credentials/oauth.json"])
def test_the_oldest_stores_stop_everything(tmp_path: Path, name: str) -> None:
    put(tmp_path / ".openclaw" / name, {})
    found = read_stores(host(tmp_path), Config(), NEW)
    assert ([p.name for p in found.waiting], found.waiting_for) == ([name.rpartition("/")[2]], ("*",))


# What cannot be read


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[" * 100_000, b"no JSON"])
def test_a_json_store_that_cannot_be_read_is_told(tmp_path: Path, content: bytes) -> None:
    file = agent_folder(tmp_path) / "auth-profiles.json"
    file.write_bytes(content)
    found = read_stores(host(tmp_path), Config(), OLD)
    assert found.unreadable == {file: "it holds no JSON that can be read"}


def test_a_database_that_is_none_or_has_other_tables_is_told(tmp_path: Path) -> None:
    file = agent_folder(tmp_path) / "openclaw-agent.sqlite"
    file.write_bytes(b"no database at all, whatever its name says")
    assert "no database" in read_stores(host(tmp_path), Config(), NEW).unreadable[file]
    file.unlink()
    with sqlite3.connect(file) as database:
        database.execute("create table auth_profile_store (other text)")
    database.close()
    assert file in read_stores(host(tmp_path), Config(), NEW).unreadable


def test_a_torn_database_is_told(tmp_path: Path) -> None:
    file = own_sqlite(agent_folder(tmp_path), store(*(key(f"openai:{i}") for i in range(500))))
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\x5a" * 8192 + content[12288:])
    assert file in read_stores(host(tmp_path), Config(), NEW).unreadable


def test_a_database_that_somebody_has_locked_is_read_all_the_same(tmp_path: Path) -> None:
    file = own_sqlite(agent_folder(tmp_path), store(key()))
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("begin exclusive")
    assert one(read_stores(host(tmp_path), Config(), NEW)).id == "openai:manual"
    writer.close()


def test_a_database_that_somebody_writes_to_all_the_time_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diagnose.machine.openclaw import sqlite_rows

    file = own_sqlite(agent_folder(tmp_path), store(key()))
    real = sqlite_rows.shutil.copyfile

    def copy(source: Path, target: Path) -> Path:
        with source.open("ab") as grows:
            grows.write(b"\0" * 4096)
        return real(source, target)

    monkeypatch.setattr(sqlite_rows.shutil, "copyfile", copy)
    assert read_stores(host(tmp_path), Config(), NEW).unreadable == {file: "somebody keeps writing to it"}
    monkeypatch.setattr(sqlite_rows, "_LIMIT", 100)
    assert "larger" in read_stores(host(tmp_path), Config(), NEW).unreadable[file]


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize("make", ["folder", "circle", "pipe", "closed"])
def test_what_is_no_file_or_closed_is_no_crash(
    tmp_path: Path, version: Any, make: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    name = "auth-profiles.json" if version == OLD else "openclaw-agent.sqlite"
    file = agent_folder(tmp_path) / name
    if make == "folder":
        file.mkdir()
    elif make == "circle":
        file.symlink_to(name)
    elif make == "pipe":
        os.mkfifo(file)
    else:

        def closed(*words: Any, **more: Any) -> Any:
            raise PermissionError(13, "Permission denied")

        for method in ("is_file", "exists", "iterdir", "stat"):
            monkeypatch.setattr(Path, method, closed)
    found = read_stores(host(tmp_path), Config(), version)
    assert found.profiles == ()
    assert bool(found.unreadable) is (make != "circle"), "a circle leads nowhere, for OpenClaw as well"


def test_nothing_that_was_read_is_shown(tmp_path: Path) -> None:
    put(agent_folder(tmp_path) / "auth-profiles.json", store(key(), ("b", {"type": KEY, "provider": "openai"})))
    found = read_stores(host(tmp_path), Config(), OLD)
    assert len(found.profiles) == 2
    assert "CANARY" not in repr(found)
