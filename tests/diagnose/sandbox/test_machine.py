"""The machine of a plan, as each release spells it."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from diagnose.sandbox.credentials import make
from diagnose.sandbox.machine import PreparedMachine, prepare, spelled
from diagnose.sandbox.plan import Agent, Plan, Profile, Provider, Release

RELEASES = [(2026, 4, 22), (2026, 5, 18), (2026, 9, 6)]
NEW = (2026, 9, 6)
FILLED = make().placeholders("http://127.0.0.1:4321")


def config_of(machine: PreparedMachine) -> Any:
    return json.loads((machine.state / "openclaw.json").read_text())


def row_of(path: Path, query: str) -> Any:
    with contextlib.closing(sqlite3.connect(path)) as database:
        return json.loads(database.execute(query).fetchone()[0])


@pytest.mark.parametrize(
    ("release", "key"),
    [
        ((2026, 4, 22), "imageGenerationModel"),
        ((2026, 5, 18), "imageGenerationModel"),
        ((2026, 7, 31), "imageGenerationModel"),
        ((2026, 8, 1), "mediaModels"),
        ((2026, 9, 6), "mediaModels"),
    ],
)
def test_the_image_model_stands_under_the_releases_key_or_the_others(
    release: Release, key: str, tmp_path: Path
) -> None:
    plan = Plan(primary="openai/gpt-image-2", fallbacks=("litellm/gpt-image-2",))
    wanted = {"primary": "openai/gpt-image-2", "fallbacks": ["litellm/gpt-image-2"]}
    defaults = config_of(prepare(tmp_path / "own", release, plan, FILLED))["agents"]["defaults"]
    assert defaults == {key: wanted if key == "imageGenerationModel" else {"image": wanted}}
    other = Plan(primary="openai/gpt-image-2", model_key="other")
    assert key not in config_of(prepare(tmp_path / "other", release, other, FILLED))["agents"]["defaults"]


@pytest.mark.parametrize("release", RELEASES)
def test_home_state_log_and_environment(release: Release, tmp_path: Path) -> None:
    plan = Plan(env={"OPENAI_API_KEY": "{openai_key}", "PLAIN": "as it is"})
    machine = prepare(tmp_path, release, plan, FILLED)
    assert machine.env == {
        "HOME": str(machine.home),
        "OPENCLAW_STATE_DIR": str(machine.state),
        "OPENAI_API_KEY": FILLED["openai_key"],
        "PLAIN": "as it is",
    }
    assert machine.state == machine.home / ".openclaw"
    assert config_of(machine) == {"logging": {"file": str(tmp_path / "openclaw.log")}}
    assert FILLED["openai_key"] not in repr(machine)
    assert not list(machine.state.glob("**/*.sqlite")) + list(machine.state.glob("**/auth-profiles.json"))
    assert stat.S_IMODE((machine.state / "openclaw.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("release", [(2026, 4, 22), (2026, 5, 18), (2026, 5, 31)])
def test_older_releases_keep_logins_in_json(release: Release, tmp_path: Path) -> None:
    plan = Plan(profiles=(Profile(), Profile(kind="api_key", name="manual", holds="{openai_key}")), order=("default",))
    machine = prepare(tmp_path, release, plan, FILLED)
    path = machine.state / "agents/main/agent/auth-profiles.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    store = json.loads(path.read_text())
    assert store["version"] == 1
    assert set(store["profiles"]) == {"openai-codex:default", "openai:manual"}
    assert store["profiles"]["openai:manual"]["key"] == FILLED["openai_key"]
    assert store["profiles"]["openai-codex:default"]["provider"] == "openai-codex"
    assert config_of(machine)["auth"]["order"] == {"openai-codex": ["openai-codex:default"]}


def test_newer_releases_keep_logins_in_sqlite(tmp_path: Path) -> None:
    plan = Plan(profiles=(Profile(expires_in=420), Profile(kind="token", name="pasted")), order=())
    machine = prepare(tmp_path, NEW, plan, FILLED)
    path = machine.state / "state/openclaw.sqlite"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    query = "select value_json from config_machine_state where state_key = '{}'"
    profiles = row_of(path, query.format("authProfiles.store"))["profiles"]
    assert row_of(path, query.format("auth.sharedStore")) == {"location": "state-db"}
    login = profiles["openai:default"]
    assert (login["type"], login["provider"], login["access"]) == ("oauth", "openai", FILLED["codex_token"])
    assert 400 < login["expires"] / 1000 - time.time() < 421
    assert profiles["openai:pasted"]["token"] == FILLED["codex_token"]
    assert config_of(machine)["auth"]["order"] == {"openai": []}
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("pragma user_version").fetchone() == (0,)
        assert database.execute("pragma journal_mode").fetchone() == ("wal",)


def test_an_agent_has_a_store_of_its_own(tmp_path: Path) -> None:
    agents = (Agent(id="first"), Agent(id="art", default=True))
    plan = Plan(agents=agents, profiles=(Profile(agent="art"), Profile(kind="api_key", holds="{openai_key}")))
    machine = prepare(tmp_path / "new", NEW, plan, FILLED)
    path = machine.state / "agents/art/agent/openclaw-agent.sqlite"
    own = row_of(path, "select store_json from auth_profile_store where store_key = 'primary'")
    assert list(own["profiles"]) == ["openai:default"]
    assert (machine.state / "state/openclaw.sqlite").is_file()
    assert config_of(machine)["agents"] == {
        "entries": {"first": {}, "art": {}},
        "ownership": "explicit",
        "defaults": {"systemAgent": {"agentId": "art"}},
    }
    machine = prepare(tmp_path / "old", (2026, 5, 18), plan, FILLED)
    assert config_of(machine)["agents"]["list"] == [{"id": "first"}, {"id": "art", "default": True}]
    content = json.loads((machine.state / "agents/art/agent/auth-profiles.json").read_text())
    assert set(content["profiles"]) == {"openai-codex:default", "openai:default"}


def test_a_legacy_store_is_where_the_release_no_longer_looks(tmp_path: Path) -> None:
    machine = prepare(tmp_path, NEW, Plan(store="legacy", profiles=(Profile(),)), FILLED)
    content = json.loads((machine.state / "agents/main/agent/auth-profiles.json").read_text())
    assert list(content["profiles"]) == ["openai-codex:default"]
    assert not list(machine.state.glob("**/*.sqlite"))


def test_providers_plugins_and_policies(tmp_path: Path) -> None:
    plan = Plan(
        providers=(
            Provider(headers={"X-Team": "images"}),
            Provider(id="litellm", api_key="{litellm_key}", base_url="{sandbox_url}/litellm"),
            Provider(id="other", base_url="https://images.example/v1", api="openai-completions"),
        ),
        plugins=("openai",),
        private_network=True,
        auto_fallback="off",
    )
    config = config_of(prepare(tmp_path / "new", NEW, plan, FILLED))
    assert config["models"]["providers"] == {
        "openai": {"baseUrl": "https://api.openai.com/v1", "models": [], "headers": {"X-Team": "images"}},
        "litellm": {
            "baseUrl": "http://127.0.0.1:4321/litellm",
            "models": [],
            "apiKey": FILLED["litellm_key"],
        },
        "other": {"baseUrl": "https://images.example/v1", "models": [], "api": "openai-completions"},
    }
    assert config["plugins"] == {"allow": ["openai"]}
    assert config["browser"] == {"ssrfPolicy": {"dangerouslyAllowPrivateNetwork": True}}
    assert "agents" not in config
    old = config_of(prepare(tmp_path / "old", (2026, 5, 18), plan, FILLED))
    assert old["agents"]["defaults"] == {"mediaGenerationAutoProviderFallback": False}


def test_a_placeholder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="no_such_key"):
        prepare(tmp_path, NEW, Plan(env={"A": "{no_such_key}"}), FILLED)


def test_a_folder_that_is_in_use(tmp_path: Path) -> None:
    prepare(tmp_path, NEW, Plan(), FILLED)
    with pytest.raises(FileExistsError):
        prepare(tmp_path, NEW, Plan(), FILLED)


@pytest.mark.parametrize("what", ["image_model", "agents", "login_provider", "store"])
@pytest.mark.parametrize("release", [(2026, 1, 1), *RELEASES, (2027, 12, 31)])
def test_there_is_one_spelling_for_every_release(what: str, release: Release) -> None:
    assert spelled(what, release)
