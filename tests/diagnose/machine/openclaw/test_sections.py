"""The parts of the config that decide: image models, agents, keys, declared logins, plugins."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from diagnose.machine.host import Host
from diagnose.machine.json5 import ConfigError
from diagnose.machine.openclaw.config import Config, Plugins, read_config
from diagnose.machine.openclaw.facts import AuthProfile
from diagnose.machine.openclaw.sections import agent_id

PLANTED = "sk-proj-planted-0123456789abcdef"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".openclaw").mkdir()
    return tmp_path


def host(home: Path, **env: str) -> Host:
    return Host(env=env, home=home, which=lambda _: None)


@pytest.fixture
def read(home: Path) -> Callable[..., Config]:
    """Writes the config (text or value) and reads it back."""

    def write_and_read(content: Any, **env: str) -> Config:
        text = content if isinstance(content, str) else json.dumps(content)
        (home / ".openclaw" / "openclaw.json").write_text(text, encoding="utf-8")
        return read_config(host(home, **env))

    return write_and_read


def key_of(config: Config) -> tuple[str | None, str | None]:
    """The OpenAI key that the config gives, and in which form."""
    key = config.provider.api_key
    if key is None:
        return None, None
    return key.secret.reveal() if key.secret else None, key.form


def error(read: Callable[..., Config], content: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        read(content)
    return str(caught.value)


# Image models


def setting(key: str, value: Any) -> dict[str, Any]:
    media = key == "mediaModels.image"
    return {"agents": {"defaults": {"mediaModels": {"image": value}} if media else {"imageGenerationModel": value}}}


@pytest.mark.parametrize("key", ["imageGenerationModel", "mediaModels.image"])
def test_the_old_and_the_new_key_in_both_forms(read: Callable[..., Config], key: str) -> None:
    (plain,) = read(setting(key, "openai/gpt-image-2")).image_models
    assert (plain.key, plain.primary, plain.fallbacks) == (f"agents.defaults.{key}", "openai/gpt-image-2", ())
    value = {"primary": "openai/gpt-image-2", "fallbacks": ["google/x", 5, "fal/y"], "timeoutMs": 1000}
    (full,) = read(setting(key, value)).image_models
    assert (full.primary, full.fallbacks) == ("openai/gpt-image-2", ("google/x", "fal/y"))
    (bare,) = read(setting(key, {"fallbacks": "google/x"})).image_models
    assert (bare.primary, bare.fallbacks) == (None, ())
    assert f"agents.defaults.{key}" in error(read, setting(key, 5))


def test_agents_that_override_the_model_are_named_in_both_forms(read: Callable[..., Config]) -> None:
    listed = [{"id": "main"}, {"id": "Old One", "imageGenerationModel": "google/x"}, "odd", None]
    (old,) = read({"agents": {"list": listed}}).image_models
    assert (old.agent, old.key, old.primary) == ("old-one", "agents.list.1.imageGenerationModel", "google/x")
    entries = {"new": {"mediaModels": {"image": {"primary": "fal/y", "timeoutMs": 5}}}, "plain": {}, "odd": 5}
    (new,) = read({"agents": {"entries": entries, "list": listed}}).image_models
    assert (new.agent, new.key, new.timeout_ms) == ("new", "agents.entries.new.mediaModels.image", 5)


@pytest.mark.parametrize("value", [True, False])
def test_auto_fallback_is_read(read: Callable[..., Config], value: bool) -> None:
    assert read({"agents": {"defaults": {"mediaGenerationAutoProviderFallback": value}}}).auto_fallback is value
    assert read({}).auto_fallback is None


# Keys and variables


def keyed(value: Any, **more: Any) -> dict[str, Any]:
    return {"models": {"providers": {"openai": {"apiKey": value}}}} | more


def test_a_variable_is_filled_from_the_environment_first(read: Callable[..., Config]) -> None:
    config = keyed("${MY_KEY}", env={"vars": {"MY_KEY": "from-vars"}})
    assert key_of(read(config))[0] == "from-vars"
    found = read(config, MY_KEY="from-env")
    assert (*key_of(found), found.unset) == ("from-env", "variable MY_KEY", ())


def test_a_variable_that_is_not_set_is_named(read: Callable[..., Config]) -> None:
    config = keyed("${MY_KEY}")
    config["models"]["providers"]["openai"]["baseUrl"] = "https://${MY_HOST}/v1"
    found = read(config, MY_HOST="")
    assert key_of(found) == (None, "variable MY_KEY")
    assert found.provider.base_url == "https://${MY_HOST}/v1", "OpenClaw leaves it as it is, and so another host"
    assert set(found.unset) == {"MY_KEY", "MY_HOST"}


def test_both_env_sections_are_read_and_the_direct_key_wins(read: Callable[..., Config]) -> None:
    found = read({"env": {"A": "1", "B": "1", "vars": {"B": "2", "C": 5, "D": "3"}, "shellEnv": {"enabled": True}}})
    assert found.variables == {"A": "1", "B": "1", "D": "3"}


def test_the_env_section_sets_no_proxy_nothing_blank_and_nothing_that_refers_to_more(
    read: Callable[..., Config],
) -> None:
    vars = {"https_proxy": "x", "NODE_EXTRA_CA_CERTS": "x", "A": "  ", "B": "${A}", "C-D": "x", "E": "$${A}"}
    assert read({"env": {"vars": vars}}).variables == {"E": "$${A}"}


@pytest.mark.parametrize(
    ("value", "key", "form"),
    [
        ({"source": "env", "provider": "default", "id": "MY_KEY"}, "from-env", "reference to env MY_KEY"),
        ({"source": "env", "provider": "default", "id": "NOT_SET"}, None, "reference to env NOT_SET"),
        ({"source": "file", "provider": "default", "id": "/key"}, None, "reference to file"),
        ({"source": "exec", "provider": "default", "id": "pass"}, None, "reference to exec"),
        ({"source": "store", "provider": "default", "id": "x"}, None, "reference to store"),
        ({"source": {"key": PLANTED}}, None, "reference to something else"),
        ({"source": PLANTED}, None, "reference to something else"),
        ({"source": "env", "id": 5}, None, "reference to something else"),
        ("$MY_KEY", "from-env", "reference to env MY_KEY"), ("$my_key", "$my_key", "plain"),
        ("a-${MY_KEY}", "a-from-env", "variable MY_KEY"), ("$${MY_KEY}", "${MY_KEY}", "plain"),
        ("", None, None), (None, None, None), (5, None, None), ([], None, None),
    ],
)  # fmt: skip
def test_every_form_of_a_key(read: Callable[..., Config], value: Any, key: str | None, form: str | None) -> None:
    found = read(keyed(value), MY_KEY="from-env")
    assert key_of(found) == (key, form)


def test_no_repr_shows_a_key(read: Callable[..., Config]) -> None:
    found = read(keyed(PLANTED, env={"vars": {"OPENAI_API_KEY": PLANTED}}))
    assert key_of(found)[0] == PLANTED
    assert PLANTED not in repr(found)
    headers = {"models": {"providers": {"x": {"headers": {"Authorization": PLANTED}, "request": {"auth": PLANTED}}}}}
    assert PLANTED not in repr(read(headers))


def test_no_key_is_shown_that_refers_to_a_profile(read: Callable[..., Config]) -> None:
    """2026.9.6 writes the name of the stored profile into the place of the key."""
    config = keyed("openai:manual", auth={"profiles": {"openai:manual": {"provider": "openai", "mode": "api_key"}}})
    assert key_of(read(config)) == (None, "reference to profile")


def test_providers_go_by_lower_case_and_keep_the_rest(read: Callable[..., Config]) -> None:
    wanted = {"baseUrl": " ", "apiKey": "k", "api": "x", "request": {"allowPrivateNetwork": True}, "y": "${HOST}"}
    found = read({"models": {"providers": {"LiteLLM": wanted}}}, HOST="h").providers["litellm"]
    assert (found.id, found.base_url) == ("LiteLLM", None)
    assert dict(found.settings) == {"baseUrl": " ", "api": "x", "request": {"allowPrivateNetwork": True}, "y": "h"}
    assert found.origin.key == "models.providers.LiteLLM"
    assert "providers.openai: must be" in error(read, {"models": {"providers": {"openai": 5}}})


# Agents


@pytest.mark.parametrize(
    ("agents", "default"),
    [
        ({}, "main"),
        ({"list": []}, "main"),
        ({"list": [{"id": "a"}, {"id": "b"}]}, "a"),
        ({"list": [{"id": "a"}, {"id": "B", "default": True}, {"id": "c", "default": True}]}, "b"),
        ({"list": [{"id": " "}, {}]}, "main"),
        ({"entries": {}}, ""),
        ({"entries": {"a": {}}}, "a"),
        ({"entries": {"a": {}, "b": {}}}, ""),
        ({"entries": {"a": {}, "b": {"default": True}}}, "b"),
        ({"entries": {"a": {"default": True}, "b": {"default": True}}}, ""),
        ({"ownership": "explicit", "entries": {"a": {}}}, "a"),
        ({"ownership": "explicit", "entries": {"a": {}, "b": {"default": True}}}, ""),
        ({"ownership": "explicit", "entries": {"a": {}, "b": {}}, "defaults": {"systemAgent": {"agentId": "B"}}}, "b"),
        ({"ownership": "explicit", "entries": {"a": {}, "b": {}}, "defaults": {"systemAgent": {"agentId": "x"}}}, ""),
        ({"entries": {"a": {}, "b": {}}, "defaults": {"systemAgent": {"agentId": "b"}}}, ""),
    ],
)
def test_the_agent_of_a_request_that_names_none(read: Callable[..., Config], agents: Any, default: str) -> None:
    found = read({"agents": agents})
    assert found.default_agent == default
    assert [agent.id for agent in found.agents if agent.default] == ([default] if default and found.agents else [])


def test_an_agents_folder_is_in_the_state_folder_or_where_the_config_says(
    home: Path, read: Callable[..., Config]
) -> None:
    found = read(
        {"agents": {"list": [{"id": "My Art!"}, {"id": "b", "agentDir": "~/b"}, {"id": "b", "agentDir": "/c"}]}}
    )
    assert [(agent.id, agent.folder) for agent in found.agents] == [
        ("my-art", home / ".openclaw" / "agents" / "my-art" / "agent"), ("b", home / "b"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Main", "main"), (" a_b-c ", "a_b-c"), ("-x-", "x"), ("a  b", "a-b"), ("ä", "main"), ("", "main"),
        ("x" * 99, "x" * 64),
    ],
)  # fmt: skip
def test_an_agents_id_as_a_folder(text: str, name: str) -> None:
    assert agent_id(text) == name


# Logins and plugins


def test_declared_logins_and_their_order(read: Callable[..., Config]) -> None:
    profiles = {"openai:a": {"provider": " OpenAI ", "mode": "oauth"}, "b": 5}
    found = read({"auth": {"profiles": profiles, "order": {"OpenAI": ["openai:a", 5], "google": [], "x": "y"}}})
    assert found.auth_profiles == (
        AuthProfile(id="openai:a", provider="openai", mode="oauth"), AuthProfile(id="b", provider=None, mode=None),
    )  # fmt: skip
    assert found.auth_order == {"openai": ("openai:a",), "google": ()}, "an empty order rules out every login"


def test_plugins(read: Callable[..., Config]) -> None:
    assert read({}).plugins == Plugins()
    entries = {"openai": {"enabled": False}, "x": {"enabled": "no"}, "y": 5}
    found = read({"plugins": {"enabled": False, "allow": [], "deny": ["fal", 5], "entries": entries}}).plugins
    assert found == Plugins(on=False, allow=(), deny=("fal",), enabled={"openai": False})


@pytest.mark.parametrize("section", ["agents", "models", "env", "auth", "plugins", "agents.defaults", "auth.order"])
def test_a_section_that_is_no_object_is_named(read: Callable[..., Config], section: str) -> None:
    outer, _, inner = section.partition(".")
    assert f"key {section}: must be an object, not list" in error(
        read, {outer: {inner: [PLANTED]} if inner else [PLANTED]}
    )
