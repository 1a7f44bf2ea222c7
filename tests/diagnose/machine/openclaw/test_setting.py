"""Everything together: read in one go, changing nothing, showing nothing, and surviving anything."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagnose.machine.host import Host
from diagnose.machine.json5 import ConfigError
from diagnose.machine.openclaw.config import Config, read_config
from diagnose.machine.openclaw.setting import Setting, read
from diagnose.machine.openclaw.store import read_stores

CANARY = "CANARY-7b1f"
PROFILES = {
    "openai:k": {"type": "api_key", "provider": "openai", "key": f"sk-{CANARY}"},
    "openai:o": {"type": "oauth", "provider": "openai", "access": CANARY, "refresh": CANARY, "idToken": CANARY},
    "openai:t": {"type": "token", "provider": "openai", "token": CANARY},
}


def fill(home: Path) -> sqlite3.Connection:
    """A machine with a secret at every place; gives a connection whose rows are still in the log."""
    state = home / ".openclaw"
    agent = state / "agents" / "main" / "agent"
    agent.mkdir(parents=True)
    (state / "state").mkdir()
    (home / ".codex").mkdir()
    provider = {"apiKey": CANARY, "headers": {"x": CANARY}, "baseUrl": "https://${HOST_NAME}/v1", "models": []}
    config = {
        "models": {"providers": {"openai": provider, "litellm": {"apiKey": "${MY_KEY}"}}},
        "env": {"vars": {"VARS_KEY": CANARY}},
        "gateway": {"auth": {"token": CANARY}},
        "agents": {"$include": "agents.json"},
    }
    (state / "openclaw.json").write_text(json.dumps(config))
    (state / "agents.json").write_text('{"defaults": {"mediaModels": {"image": "openai/gpt-image-2"}}}')
    (state / ".env").write_text(f"MY_KEY={CANARY}\n")
    (agent / "auth-profiles.json").write_text(json.dumps({"profiles": PROFILES}))
    (agent / "auth-state.json").write_text('{"order": {"openai": ["openai:o"]}}')
    tokens = {"access_token": CANARY, "refresh_token": CANARY, "id_token": CANARY}
    (home / ".codex" / "auth.json").write_text(json.dumps({"tokens": tokens}))
    database = sqlite3.connect(agent / "openclaw-agent.sqlite")
    database.execute("pragma journal_mode=wal")
    database.execute("create table auth_profile_store (store_key text, store_json text, updated_at integer)")
    database.execute("insert into auth_profile_store values ('primary', ?, 0)", (json.dumps({"profiles": PROFILES}),))
    database.commit()
    return database


def install(home: Path, version: str) -> str:
    package = home / "lib" / "openclaw"
    package.mkdir(parents=True, exist_ok=True)
    (package / "package.json").write_text(json.dumps({"name": "openclaw", "version": version}))
    (package / "openclaw.mjs").write_text("")
    return str(package / "openclaw.mjs")


def tree(folder: Path) -> dict[str, tuple[str, int, int]]:
    return {
        str(p): (
            hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "",
            p.lstat().st_mtime_ns,
            p.lstat().st_mode,
        )
        for p in sorted([folder, *folder.rglob("*")])
    }


@pytest.mark.parametrize("version", ["2026.4.22", "2026.5.18", "2026.9.6", "2031.1.1"])
def test_reading_changes_nothing_and_shows_nothing(tmp_path: Path, version: str) -> None:
    database = fill(tmp_path)
    program = install(tmp_path, version)
    host = Host(env={"HOST_NAME": CANARY}, home=tmp_path, now=lambda: 5.0, which=lambda _: program)
    before = tree(tmp_path)
    found = read(host)
    assert tree(tmp_path) == before
    database.close()
    assert len(found.stores.profiles) == 3
    assert found.codex is not None
    assert found.codex.kind == "chatgpt"
    assert found.variables["MY_KEY"].value == found.variables["VARS_KEY"].value == CANARY
    assert found.config.at("agents.defaults.mediaModels.image") == "openai/gpt-image-2"
    assert (found.now, found.state, found.others) == (5.0, tmp_path / ".openclaw", ())
    assert ".".join(map(str, found.version or ())) == version
    assert CANARY not in repr(found), "not even in a base URL, which may carry a password"


def test_a_machine_with_nothing_has_an_empty_setting(tmp_path: Path) -> None:
    found = read(Host(env={}, home=tmp_path, now=lambda: 1.0, which=lambda _: None))
    assert found == Setting(installation=None, state=tmp_path / ".openclaw", config=Config(), now=1.0)


def test_what_was_read_already_is_not_read_again(tmp_path: Path) -> None:
    host = Host(env={}, home=tmp_path, which=lambda _: None)
    config = Config(default_agent="art")
    assert read(host, config).config is config


def test_only_what_is_needed_is_loaded(tmp_path: Path) -> None:
    """No database library without a database, and never a library for tokens or requests."""
    code = f"""
import sys
from pathlib import Path
from diagnose.machine.host import Host
from diagnose.machine.openclaw.setting import read
read(Host(env={{}}, home=Path({str(tmp_path)!r}), which=lambda _: None))
print([name for name in ("sqlite3", "jwt", "httpx", "cryptography", "pyjson5", "PIL") if name in sys.modules])
"""
    (tmp_path / ".openclaw").mkdir()
    (tmp_path / ".openclaw" / "openclaw.json").write_text("{}")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


# Anything at all


KEYS = (
    "agents", "defaults", "list", "entries", "id", "default", "agentDir", "ownership", "systemAgent", "agentId",
    "mediaModels", "image", "imageGenerationModel", "primary", "fallbacks", "timeoutMs", "models", "providers",
    "openai", "apiKey", "baseUrl", "source", "auth", "profiles", "order", "provider", "mode", "plugins", "allow",
    "deny", "enabled", "env", "vars", "type", "key", "keyRef", "access", "refresh", "expires", "accountId", "token",
    "lastGood", "usageStats", "cooldownUntil", "disabledReason", "location", "$include", "openai:default",
)  # fmt: skip
leaves = (
    st.none() | st.booleans() | st.integers() | st.floats()
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=6)
    | st.sampled_from(["${X}", "$X", "$${X}", "env", "file", "api_key", "oauth", "token", "openai", "a.b.c"])
)  # fmt: skip
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=25,
)
top = st.dictionaries(st.sampled_from(["agents", "models", "auth", "plugins", "env", "$include"]), trees) | trees
stores = st.fixed_dictionaries({"profiles": st.dictionaries(st.sampled_from(["openai:a", "b", "c"]), trees)}) | trees


def planted(value: Any) -> Any:
    """The same with a secret in the place of every key, token and header that is a text."""
    if isinstance(value, dict):
        secret = {"apiKey", "key", "token", "access", "refresh"}
        return {
            k: f"{CANARY}{v}" if k in secret and isinstance(v, str) and "$" not in v else planted(v)
            for k, v in value.items()
        }
    return [planted(item) for item in value] if isinstance(value, list) else value


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(top.map(planted))
def test_any_config_is_read_or_refused(tmp_path: Path, value: Any) -> None:
    (tmp_path / ".openclaw").mkdir(exist_ok=True)
    (tmp_path / ".openclaw" / "openclaw.json").write_text(json.dumps(value))
    host = Host(env={"X": "value of x"}, home=tmp_path, which=lambda _: None)
    try:
        config = read_config(host)
    except ConfigError as error:
        assert CANARY not in str(error)  # noqa: PT017 - either outcome is right
        return
    for key in ("agents.defaults.mediaModels.image", "agents.list.0.id", "models.providers.openai.apiKey"):
        assert str(config.origin(key))
        config.at(key)
    found = read(host, config)
    assert CANARY not in repr(found)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stores.map(planted), trees, trees, st.sampled_from([(2026, 5, 18), (2026, 9, 6)]))
def test_any_store_is_read(tmp_path: Path, value: Any, state: Any, place: Any, version: Any) -> None:
    folder = tmp_path / ".openclaw" / "agents" / "main" / "agent"
    folder.mkdir(parents=True, exist_ok=True)
    (tmp_path / ".openclaw" / "state").mkdir(exist_ok=True)
    for name, content in (("auth-profiles.json", value), ("auth-state.json", state), ("auth.json", place)):
        (folder / name).write_text(json.dumps(content))
    for path, tables in (
        (folder / "openclaw-agent.sqlite", {"auth_profile_store": "store", "auth_profile_state": "state"}),
        (tmp_path / ".openclaw" / "state" / "openclaw.sqlite", {"config_machine_state": None}),
    ):
        path.unlink(missing_ok=True)
        with sqlite3.connect(path) as database:
            for table, name in tables.items():
                columns = f"{name}_key, {name}_json" if name else "state_key, value_json"
                database.execute(f"create table {table} ({columns})")
                rows = (
                    [("primary", json.dumps(value if name == "store" else state))]
                    if name
                    else [("authProfiles.store", json.dumps(value)), ("auth.sharedStore", json.dumps(place))]
                )
                database.executemany(f"insert into {table} values (?, ?)", rows)
        database.close()
    found = read_stores(Host(env={}, home=tmp_path, which=lambda _: None), Config(), version)
    assert all(profile.provider and profile.id for profile in found.profiles)
    assert CANARY not in repr([(p.secret, p.refresh, p.reference, p.kind, p.form) for p in found.profiles])
    assert CANARY not in repr(found.unreadable)
