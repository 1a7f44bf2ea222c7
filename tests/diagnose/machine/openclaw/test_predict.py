"""The prediction, rule by rule, for settings that nobody captured."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diagnose.machine.host import Host
from diagnose.machine.openclaw.config import read_config
from diagnose.machine.openclaw.facts import Origin, Profile, Stores, Usage, Version
from diagnose.machine.openclaw.installation import Installation
from diagnose.machine.openclaw.predict import predict
from diagnose.machine.openclaw.prediction import Asked, Candidate, Prediction
from diagnose.machine.openclaw.setting import Setting
from diagnose.model.secret import Secret

NOW = 1_795_200_000
OLD, MIDDLE, NEW = (2026, 4, 22), (2026, 5, 18), (2026, 9, 6)
IMAGES, CHATGPT = "api.openai.com:443", "chatgpt.com:443"
FREE = {"browser": {"ssrfPolicy": {"dangerouslyAllowPrivateNetwork": True}}}
PROXIES = {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}


class World:
    """Settings for one release, made of files and plain facts: `World(tmp_path).predict(NEW, config=…, env=…)`."""

    def __init__(self, root: Path) -> None:
        self.home = root

    def setting(
        self,
        version: Version | None,
        config: dict[str, Any] | None = None,
        env: dict[str, str] | None = None,
        stores: Stores | None = None,
        dotenv: str = "",
    ) -> Setting:
        state = self.home / ".openclaw"
        state.mkdir(exist_ok=True)
        (state / "openclaw.json").write_text(json.dumps(config or {}))
        (state / ".env").write_text(dotenv)
        host = Host(env=env or {}, home=self.home, which=lambda _: None)
        read = read_config(host)
        return Setting(
            installation=Installation(program=Path("openclaw"), version=version),
            state=state,
            config=read,
            variables=read.environment,
            stores=stores or Stores(),
            now=NOW,
        )

    def predict(self, version: Version | None, asked: Asked | None = None, **parts: Any) -> Prediction:
        refreshing = parts.pop("refreshing", True)
        return predict(self.setting(version, **parts), asked or Asked(), refreshing=refreshing)

    def first(self, version: Version | None, asked: Asked | None = None, **parts: Any) -> Candidate:
        prediction = self.predict(version, asked, **parts)
        assert prediction.first is not None, (prediction.stops, prediction.candidates)
        return prediction.first

    def refused(self, version: Version | None, asked: Asked | None = None, **parts: Any) -> str | None:
        prediction = self.predict(version, asked, **parts)
        assert prediction.first is None
        return prediction.stops or prediction.candidates[0].refused


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def profile(name: str, kind: Any = "api_key", value: str | None = None, **more: Any) -> Profile:
    login = {"expires_ms": (NOW + 86_400) * 1000, "refresh": "00000000"} if kind == "oauth" else {}
    more = {"agent": None, "form": "other", **login, **more}
    origin = Origin(file=Path("auth-profiles.json"), key=name)
    secret = Secret(value or f"secret of {name}")
    return Profile(id=name, provider=name.partition(":")[0], kind=kind, origin=origin, secret=secret, **more)


def stores(*profiles: Profile, **more: Any) -> Stores:
    return Stores(profiles=profiles, **more)


def openai(**keys: Any) -> dict[str, Any]:
    return {"models": {"providers": {"openai": {"baseUrl": "https://api.openai.com/v1", "models": [], **keys}}}}


def rules(what: Candidate | Prediction) -> set[str]:
    return {rule.id for rule in what.rules}


# Which rules


@pytest.mark.parametrize(
    ("version", "release", "newer", "says"),
    [
        ((2027, 1, 1), NEW, True, "release-newer"),
        ((2026, 1, 5), OLD, False, "release-older"),
        (None, NEW, False, "release-unknown"),
        ((2026, 7, 3), (2026, 7, 3), False, None),
    ],
)
def test_a_release_outside_the_tables_has_the_rules_of_the_nearest(
    world: World, version: Version | None, release: Version, newer: bool, says: str | None
) -> None:
    found = world.predict(version, env={"OPENAI_API_KEY": "k"})
    assert (found.release, found.newer) == (release, newer)
    assert {rule for rule in rules(found) if rule.startswith("release")} == ({says} if says else set())
    stopped = world.predict(version)
    assert stopped.newer == newer


@pytest.mark.parametrize(
    ("version", "surface", "carrier"),
    [
        ((2026, 4, 22), None, None),
        ((2026, 4, 23), "codex-responses", "gpt-5.4"),
        ((2026, 4, 25), "codex-responses", "gpt-5.5"),
        ((2026, 5, 31), "codex-responses", "gpt-5.5"),
        ((2026, 6, 1), None, None),
    ],
)
def test_a_login_of_openai_codex_works_in_some_releases(
    world: World, version: Version, surface: str | None, carrier: str | None
) -> None:
    first = world.predict(version, stores=stores(profile("openai-codex:default", "oauth"))).first
    assert (first.surface, first.carrier) == (surface, carrier) if first else surface is None


@pytest.mark.parametrize(("version", "carrier"), [((2026, 8, 1), "gpt-5.6-sol"), (NEW, "gpt-6-astra")])
def test_a_login_of_openai_works_in_the_later_releases(world: World, version: Version, carrier: str) -> None:
    first = world.first(version, stores=stores(profile("openai:default", "oauth")))
    assert (first.host, first.carrier) == (CHATGPT, carrier)
    assert "codex-by-openai-profiles" in rules(first)


@pytest.mark.parametrize(("version", "count"), [((2026, 4, 23), 2), ((2026, 4, 24), 1), (NEW, 1)])
def test_a_named_model_is_exact_from_one_release_on(world: World, version: Version, count: int) -> None:
    found = world.predict(version, env={"OPENAI_API_KEY": "k", "MINIMAX_API_KEY": "m"})
    assert len([c for c in found.candidates if c.provider != "minimax-portal"]) == count


# Which candidates


def test_the_provider_of_the_text_model_is_detected_first(world: World) -> None:
    env = {"OPENAI_API_KEY": "k", "GEMINI_API_KEY": "g", "MINIMAX_API_KEY": "m", "XAI_API_KEY": "x"}
    config = {"agents": {"defaults": {"model": {"primary": "google/whatever"}}}}
    found = world.predict(NEW, Asked(model=None), config=config, env=env)
    assert [c.provider for c in found.candidates] == ["google", "minimax", "minimax-portal", "openai", "xai"]
    assert {c.via for c in found.candidates} == {"auto"}
    plain = world.predict(NEW, Asked(model=None), env=env)
    assert [c.provider for c in plain.candidates][:2] == ["openai", "google"]


def test_a_key_in_the_config_is_detected_by_the_newest_release_only(world: World) -> None:
    key = {"baseUrl": "https://x.example/v1", "apiKey": "k", "models": []}
    config = {"models": {"providers": {"litellm": key}}}
    assert world.refused(MIDDLE, Asked(model=None), config=config) == "no-image-model"
    assert world.first(NEW, Asked(model=None), config=config).host == "x.example:443"


@pytest.mark.parametrize(
    ("version", "plugins", "stores_", "refused"),
    [
        (NEW, {"deny": ["openai"]}, None, "plugin-not-allowed"),
        (OLD, {"entries": {"openai": {"enabled": False}}}, None, "plugin-not-allowed"),
        (OLD, {"allow": ["litellm"]}, None, None),
        (MIDDLE, {"allow": ["litellm"]}, None, "plugin-not-allowed"),
        (MIDDLE, {"allow": ["telegram"]}, None, None),
        (NEW, {"allow": ["telegram"]}, None, "plugin-not-allowed"),
        (NEW, {"allow": ["litellm"], "entries": {"openai": {"enabled": True}}}, None, None),
        (NEW, {"allow": ["litellm"]}, Stores(database=True), None),
        (NEW, {"allow": ["litellm"]}, Stores(database=True, discovery="allowlist"), "plugin-not-allowed"),
        (NEW, {"enabled": False}, None, "plugin-not-allowed"),
    ],
)
def test_plugins_decide_who_is_registered(
    world: World, version: Version, plugins: dict[str, Any], stores_: Stores | None, refused: str | None
) -> None:
    found = world.predict(version, config={"plugins": plugins}, env={"OPENAI_API_KEY": "k"}, stores=stores_)
    assert found.candidates[0].refused == refused


def test_a_configured_model_allows_its_plugin(world: World) -> None:
    config = {"plugins": {"allow": ["litellm"]}, "agents": {"defaults": {"model": "openai/gpt-5.5"}}}
    assert world.first(NEW, config=config, env={"OPENAI_API_KEY": "k"}).provider == "openai"


def test_a_config_that_the_newest_release_wrote_is_a_wall(world: World) -> None:
    config = {"plugins": {"allow": ["litellm"]}, "meta": {"lastTouchedVersion": "2026.9.6"}}
    found = world.refused(NEW, config=config, env={"OPENAI_API_KEY": "k"}, stores=Stores(database=True))
    assert found == "plugin-not-allowed"


# Which credential


def test_the_order_of_the_store_goes_before_that_of_the_config(world: World) -> None:
    kept = stores(profile("openai:a"), profile("openai:b"), order={"openai": ("openai:b",)})
    first = world.first(NEW, config={"auth": {"order": {"openai": ["openai:a"]}}}, stores=kept)
    assert first.credential is not None
    assert first.credential.source == "profile openai:b"
    assert "auth-order" in rules(first)


def test_a_profile_that_cools_down_is_tried_after_the_others(world: World) -> None:
    until = (NOW + 60) * 1000
    kept = stores(profile("openai:a"), profile("openai:b"), usage={"openai:a": Usage(cooldown_until=until)})
    first = world.first(MIDDLE, stores=kept)
    assert first.credential is not None
    assert first.credential.source == "profile openai:b"
    assert "cooldown-last" in rules(first)


def test_profiles_of_one_kind_go_by_when_they_were_used_last(world: World) -> None:
    kept = stores(profile("openai:a"), profile("openai:b"), usage={"openai:a": Usage(last_used=5)})
    first = world.first(MIDDLE, stores=kept)
    assert first.credential is not None
    assert first.credential.source == "profile openai:b"


def test_a_key_put_first_in_the_order_of_openai_goes_to_chatgpt(world: World) -> None:
    kept = stores(profile("openai-codex:default", "oauth"), profile("openai:manual"))
    config = {"auth": {"order": {"openai": ["openai:manual", "openai-codex:default"]}}}
    first = world.first(MIDDLE, config=config, stores=kept)
    assert first.credential is not None
    assert (first.host, first.credential.source) == (CHATGPT, "profile openai:manual")


def test_an_own_profile_of_the_agent_hides_the_shared_one(world: World) -> None:
    shared, own = profile("openai:default", value="shared"), profile("openai:default", value="own", agent="work")
    config = {"agents": {"list": [{"id": "main", "default": True}, {"id": "work"}]}}
    found = [
        world.first(NEW, Asked(agent=agent), config=config, stores=stores(own, shared)) for agent in (None, "work")
    ]
    assert [c.credential.fingerprint for c in found if c.credential] == [
        Secret("shared").fingerprint,
        Secret("own").fingerprint,
    ]


def test_the_name_of_a_profile_can_stand_for_the_key(world: World) -> None:
    kept = stores(profile("openai:manual", value="stored"))
    first = world.first(NEW, config=openai(apiKey="openai:manual"), stores=kept)
    assert first.credential is not None
    assert first.credential.fingerprint == Secret("stored").fingerprint


def test_the_name_of_a_variable_can_stand_for_the_key(world: World) -> None:
    config = {"models": {"providers": {"litellm": {"apiKey": "OPENAI_API_KEY", "baseUrl": "https://x.example"}}}}
    asked = Asked(model="litellm/gpt-image-2")
    assert world.refused(NEW, asked, config=config) == "no-credential"
    first = world.first(NEW, asked, config=config, env={"OPENAI_API_KEY": "named"})
    assert first.credential is not None
    assert first.credential.fingerprint == Secret("named").fingerprint


def test_a_reference_of_a_profile_is_followed_to_a_variable_only(world: World) -> None:
    by_variable = replace(profile("openai:manual"), secret=None, reference="env IMAGE_KEY")
    by_file = replace(by_variable, reference="file")
    first = world.first(MIDDLE, env={"IMAGE_KEY": "referred"}, stores=stores(by_variable))
    assert first.credential is not None
    assert first.credential.fingerprint == Secret("referred").fingerprint
    assert world.refused(MIDDLE, stores=stores(by_file)) == "no-credential"


def test_auth_oauth_sends_the_key_of_the_environment_to_chatgpt(world: World) -> None:
    first = world.first(NEW, config=openai(auth="oauth"), env={"CODEX_API_KEY": "c"})
    assert first.credential is not None
    assert (first.host, first.credential.kind, first.credential.source) == (CHATGPT, "api_key", "CODEX_API_KEY")


def test_the_environment_goes_before_a_stored_key_when_the_config_has_one(world: World) -> None:
    kept = stores(profile("openai:manual"))
    with_key = world.first(NEW, config=openai(apiKey="k"), env={"OPENAI_API_KEY": "e"}, stores=kept)
    assert with_key.credential is not None
    assert with_key.credential.source == "OPENAI_API_KEY"
    assert "environment-before-profiles" in rules(with_key)


def test_headers_and_request_can_put_another_credential_in_its_place(world: World) -> None:
    for keys in (
        {"headers": {"authorization": "Bearer other"}},
        {"request": {"auth": {"mode": "authorization-bearer", "token": "other"}}},
        {"request": {"headers": {"Authorization": "Bearer other"}}},
    ):
        first = world.first(NEW, config=openai(apiKey="k", **keys))
        assert first.credential is not None
        assert first.credential.fingerprint == Secret("other").fingerprint
        assert world.first(MIDDLE, config=openai(apiKey="k", **keys)).credential != first.credential


def test_a_local_server_without_a_key_gets_a_placeholder(world: World) -> None:
    keys = {"baseUrl": "http://127.0.0.1:8080/v1", "api": "openai-completions", "models": [{"id": "m", "name": "m"}]}
    first = world.first(NEW, config={**FREE, **openai(**keys)})
    assert first.credential is not None
    assert first.credential.fingerprint == Secret("custom-local").fingerprint


# Logins that end


def test_a_login_about_to_end_is_refreshed_first_and_its_token_is_not_known(world: World) -> None:
    ending = profile("openai:default", "oauth", expires_ms=(NOW + 200) * 1000)
    first = world.first(NEW, stores=stores(ending))
    assert first.refreshes_first
    assert first.credential is not None
    assert first.credential.fingerprint is None


def test_what_happens_when_the_refresh_fails(world: World) -> None:
    ending = profile("openai:default", "oauth", expires_ms=1)
    alone, env = stores(ending), {"OPENAI_API_KEY": "e"}
    assert world.refused(NEW, stores=alone, env=env, refreshing=False) == "login-refresh-fails"
    with_key = world.first(NEW, stores=stores(ending, profile("openai:manual")), refreshing=False)
    assert with_key.credential is not None
    assert (with_key.host, with_key.credential.source) == (IMAGES, "profile openai:manual")
    assert with_key.refreshes_first
    old = replace(ending, id="openai-codex:default", provider="openai-codex")
    assert world.refused(MIDDLE, stores=stores(old), env=env, refreshing=False) == "no-credential"


def test_a_login_that_a_failed_refresh_destroyed_is_not_there_for_the_fallback(world: World) -> None:
    model = {"primary": "openai/gpt-image-2", "fallbacks": ["openai/gpt-image-1.5"]}
    config = {"agents": {"defaults": {"mediaModels": {"image": model}}}}
    ending, env = stores(profile("openai:default", "oauth", expires_ms=1)), {"OPENAI_API_KEY": "e"}
    found = world.predict(NEW, Asked(model=None), config=config, env=env, stores=ending, refreshing=False)
    assert [c.refused for c in found.candidates] == ["login-refresh-fails", None]
    assert found.candidates[1].host == IMAGES


def test_a_login_is_refreshed_even_where_it_is_not_used_in_the_end(world: World) -> None:
    ending = profile("openai:default", "oauth", expires_ms=1)
    found = world.predict(NEW, config=openai(baseUrl="https://x.example/v1"), stores=stores(ending))
    assert found.candidates[0].refused == "login-only-at-public-host"
    assert found.candidates[0].refreshes_first


def test_a_login_without_a_refresh_token_cannot_be_used(world: World) -> None:
    ended = profile("openai:default", "oauth", expires_ms=1, refresh=None)
    assert world.refused(NEW, stores=stores(ended), env={"OPENAI_API_KEY": "e"}) == "login-cannot-be-refreshed"


def test_a_destroyed_login_is_passed_over(world: World) -> None:
    destroyed = replace(profile("openai:default", "oauth", fenced=True), secret=None)
    first = world.first(NEW, stores=stores(destroyed), env={"OPENAI_API_KEY": "e"})
    assert first.credential is not None
    assert first.credential.source == "OPENAI_API_KEY"


# What ends it at once


@pytest.mark.parametrize(
    ("version", "config"),
    [
        (NEW, {"agents": {"defaults": {"imageGenerationModel": "openai/gpt-image-2"}}}),
        (MIDDLE, {"agents": {"defaults": {"mediaModels": {"image": "openai/gpt-image-2"}}}}),
        (NEW, {"agents": {"defaults": {"mediaGenerationAutoProviderFallback": False}}}),
        (OLD, {"agents": {"defaults": {"imageGenerationModel": {"primary": "a/b", "timeoutMs": 1}}}}),
        (NEW, {"env": {"OPENAI_API_KEY": "k"}}),
        (MIDDLE, {"agents": {"entries": {"main": {}}}}),
        (NEW, {"agents": {"entries": {"main": {"mediaModels": {"image": "openai/gpt-image-2"}}}}}),
        (MIDDLE, {"browser": {"ssrfPolicy": {"allowPrivateNetwork": True}}}),
        (NEW, openai(api="openai-codex-responses")),
        (MIDDLE, openai(api="openai-chatgpt-responses")),
        (MIDDLE, {"models": {"providers": {"openai": {"apiKey": "k"}}}}),
    ],
)
def test_a_key_that_the_release_rejects_ends_everything(world: World, version: Version, config: dict[str, Any]) -> None:
    found = world.predict(version, config=config, env={"OPENAI_API_KEY": "k"})
    assert found.stops == "config-invalid"
    assert len(found.rules) > 1
    assert found.why


@pytest.mark.parametrize(
    "config",
    [
        {"env": {"vars": {"A": "b"}, "shellEnv": {"enabled": False}}},
        {"agents": {"list": [{"id": "main"}]}},
        openai(api="openai-completions"),
    ],
)
def test_what_the_newest_release_accepts_is_no_reason_to_stop(world: World, config: dict[str, Any]) -> None:
    assert world.predict(NEW, config=config, env={"OPENAI_API_KEY": "k"}).stops is None


@pytest.mark.parametrize(
    ("version", "key", "stops"),
    [
        (NEW, "${NOT_SET_HERE}", "secret-unresolved"),
        (MIDDLE, "${NOT_SET_HERE}", None),
        (MIDDLE, {"source": "env", "provider": "default", "id": "NOT_SET_HERE"}, "secret-unresolved"),
        (OLD, {"source": "env", "provider": "default", "id": "NOT_SET_HERE"}, None),
    ],
)
def test_a_secret_of_any_provider_that_does_not_resolve_ends_it(
    world: World, version: Version, key: Any, stops: str | None
) -> None:
    config = {"models": {"providers": {"litellm": {"baseUrl": "https://x.example", "models": [], "apiKey": key}}}}
    assert world.predict(version, config=config, env={"OPENAI_API_KEY": "k"}).stops == stops


def test_a_header_with_a_variable_that_is_not_set_ends_it(world: World) -> None:
    config = openai(apiKey="k", headers={"X-Team": "${NOT_SET_HERE}"})
    assert world.refused(NEW, config=config) == "secret-unresolved"


def test_agents_that_are_not_there_or_not_clear(world: World) -> None:
    two = {"agents": {"ownership": "explicit", "entries": {"a": {}, "b": {}}}}
    env = {"OPENAI_API_KEY": "k"}
    assert world.refused(NEW, config=two, env=env) == "agent-ambiguous"
    assert world.refused(NEW, Asked(agent="c"), config=two, env=env) == "agent-unknown"
    assert world.first(NEW, Asked(agent="A"), config=two, env=env).provider == "openai"


@pytest.mark.parametrize(
    ("version", "asked"),
    [
        (OLD, Asked(background="transparent")),
        (MIDDLE, Asked(quality="low")),
        (OLD, Asked(size="1024x1024", edit=True, images=1)),
        (MIDDLE, Asked(agent="main")),
    ],
)
def test_an_option_that_the_release_does_not_have_ends_it(world: World, version: Version, asked: Asked) -> None:
    assert world.refused(version, asked, env={"OPENAI_API_KEY": "k"}) == "option-unknown"


def test_a_store_that_waits_stops_openai_and_every_detection(world: World) -> None:
    waiting = Stores(waiting=(Path("auth-profiles.json"),))
    env = {"OPENAI_API_KEY": "k", "LITELLM_API_KEY": "l"}
    assert world.refused(NEW, env=env, stores=waiting) == "store-waits-for-migration"
    assert world.predict(NEW, Asked(model=None), env=env, stores=waiting).stops == "store-waits-for-migration"
    assert world.first(NEW, Asked(model="litellm/gpt-image-2"), env=env, stores=waiting).provider == "litellm"
    assert world.first(MIDDLE, env=env, stores=waiting).provider == "openai"


# Where it goes


@pytest.mark.parametrize(
    ("name", "blocked"),
    [
        ("127.0.0.1", True), ("[::1]", True), ("localhost", True), ("a.localhost", True), ("nas.local", True),
        ("x.internal", True), ("10.1.2.3", True), ("192.168.1.1", True), ("100.64.0.1", True), ("127.1", True),
        ("169.254.169.254", True), ("[fd00::1]", True), ("0x7f.1", True), ("8.8.8.8", False), ("x.example", False),
    ],
)  # fmt: skip
def test_private_addresses_are_blocked_until_they_are_allowed(world: World, name: str, blocked: bool) -> None:
    config = openai(apiKey="k", baseUrl=f"http://{name}:8080/v1/")
    found = world.predict(NEW, config=config).candidates[0]
    assert found.refused == ("private-network-blocked" if blocked else None)
    allowed = world.first(NEW, config={**config, **FREE})
    assert (allowed.host, allowed.path) == (f"{name}:8080", "/v1/images/generations")


def test_what_allows_private_addresses_depends_on_the_route(world: World) -> None:
    base, request = "http://10.0.0.1/v1", {"allowPrivateNetwork": True}
    login = stores(profile("openai:default", "oauth"))
    assert world.refused(NEW, config=openai(apiKey="k", baseUrl=base, request=request)) == "private-network-blocked"
    chatgpt = openai(baseUrl=base, api="openai-chatgpt-responses", request=request)
    assert world.first(NEW, config=chatgpt, stores=login).path == "/v1/responses"
    assert world.refused(OLD, config={**FREE, **openai(apiKey="k", baseUrl=base)}) == "private-network-blocked"
    litellm: dict[str, Any] = {"baseUrl": base, "apiKey": "k", "models": []}
    asked = Asked(model="litellm/gpt-image-2")
    assert (
        world.refused(NEW, asked, config={"models": {"providers": {"litellm": litellm}}}) == "private-network-blocked"
    )
    litellm["request"] = request
    assert world.first(NEW, asked, config={"models": {"providers": {"litellm": litellm}}}).host == "10.0.0.1:80"


def test_the_oldest_release_leaves_private_addresses_to_a_proxy(world: World) -> None:
    config = openai(apiKey="k", baseUrl="http://10.0.0.1/v1")
    first = world.first(OLD, config=config, env=PROXIES)
    assert "private-check-left-to-proxy" in rules(first)
    assert world.refused(OLD, config=config, env={**PROXIES, "NO_PROXY": "10.0.0.1"}) == "private-network-blocked"


@pytest.mark.parametrize("url", ["ftp://x.example/v1", "x.example/v1", "http://", "http://x.example:99999/v1"])
def test_a_base_url_that_is_none_is_refused(world: World, url: str) -> None:
    assert world.refused(NEW, config=openai(apiKey="k", baseUrl=url)) == "base-url-invalid"


def test_a_model_can_have_a_base_url_of_its_own(world: World) -> None:
    models = [{"id": "gpt-image-2", "name": "x", "baseUrl": "https://own.example/images"}]
    assert world.first(NEW, config=openai(apiKey="k", models=models)).host == "own.example:443"
    assert world.first(MIDDLE, config=openai(apiKey="k", models=models)).host == IMAGES


def test_an_azure_host_has_the_model_in_the_path(world: World) -> None:
    first = world.first(NEW, config=openai(apiKey="k", baseUrl="https://team.openai.azure.com/openai/v1"))
    assert first.path == "/openai/deployments/gpt-image-2/images/generations"


@pytest.mark.parametrize(
    ("version", "config", "env", "dotenv", "bypasses"),
    [
        (NEW, {}, {}, "", False),
        (NEW, {}, {"NO_PROXY": "*"}, "", False),
        (NEW, {}, {}, "NO_PROXY=.openai.com\n", True),
        (NEW, {}, {}, "NO_PROXY=api.openai.com:8080 x\n", False),
        (NEW, {}, {"OPENCLAW_PROXY_URL": "http://p.example:1"}, "", True),
        (MIDDLE, {}, {"OPENCLAW_PROXY_URL": "http://p.example:1"}, "", False),
        (NEW, {"proxy": {"proxyUrl": "http://p.example:1"}}, {}, "", True),
        (MIDDLE, {"proxy": {"proxyUrl": "http://p.example:1"}}, {}, "", False),
        (MIDDLE, {"proxy": {"enabled": True, "proxyUrl": "http://p.example:1"}}, {}, "", True),
        (NEW, {"proxy": {"enabled": False, "proxyUrl": "http://p.example:1"}}, {}, "", False),
        (NEW, openai(request={"tls": {"serverName": "x"}}), {}, "", True),
        (NEW, openai(request={"proxy": {"mode": "explicit-proxy", "url": "http://p.example:1"}}), {}, "", True),
        (NEW, openai(request={"proxy": {"mode": "env-proxy"}}), {}, "", False),
        (MIDDLE, openai(request={"tls": {"serverName": "x"}}), {}, "", False),
    ],
)
def test_what_leads_past_a_proxy_of_the_environment(
    world: World, version: Version, config: dict[str, Any], env: dict[str, str], dotenv: str, bypasses: bool
) -> None:
    key = {"OPENAI_API_KEY": "k"}
    assert world.first(version, config=config, env=env | key, dotenv=dotenv).bypasses_proxy == bypasses


def test_fal_never_follows_a_proxy_and_a_private_one_is_refused(world: World) -> None:
    fal = world.first(NEW, Asked(model="fal/fal-ai/flux/dev"), env={"FAL_KEY": "f"})
    assert (fal.host, fal.path, fal.bypasses_proxy) == ("fal.run:443", "/fal-ai/flux/dev", True)
    proxy = {"mode": "explicit-proxy", "url": "http://127.0.0.1:1"}
    assert world.refused(NEW, config=openai(apiKey="k", request={"proxy": proxy})) == "private-proxy-blocked"


@pytest.mark.parametrize(
    ("model", "env", "base", "host", "path"),
    [
        ("minimax/image-01", "MINIMAX_API_KEY", None, "api.minimax.io:443", "/v1/image_generation"),
        ("minimax/image-01", "MINIMAX_API_KEY", "https://api.minimaxi.com/x", "api.minimaxi.com:443", None),
        ("minimax/image-01", "MINIMAX_API_KEY", "https://else.example", "api.minimax.io:443", None),
        (
            "google/g",
            "GEMINI_API_KEY",
            None,
            "generativelanguage.googleapis.com:443",
            "/v1beta/models/g:generateContent",
        ),
        ("openrouter/a/b", "OPENROUTER_API_KEY", None, "openrouter.ai:443", "/api/v1/images"),
        ("openrouter/a/b", "OPENROUTER_API_KEY", "https://or.example/v1", "or.example:443", "/v1/chat/completions"),
        ("litellm/m", "LITELLM_API_KEY", None, "localhost:4000", "/images/generations"),
        ("xai/grok", "XAI_API_KEY", None, "api.x.ai:443", "/v1/images/generations"),
    ],
)
def test_where_the_other_providers_are_asked(
    world: World, model: str, env: str, base: str | None, host: str, path: str | None
) -> None:
    name = model.partition("/")[0]
    config = {"models": {"providers": {name: {"baseUrl": base, "models": []}}}} if base else {}
    first = world.first(NEW, Asked(model=model), config=config, env={env: "k"})
    assert first.host == host
    assert path is None or first.path == path


def test_google_is_asked_at_its_own_host_only(world: World) -> None:
    config = {"models": {"providers": {"google": {"baseUrl": "https://else.example", "models": []}}}}
    asked = Asked(model="google/g")
    assert world.refused(NEW, asked, config=config, env={"GEMINI_API_KEY": "g"}) == "base-url-invalid"


# What is sent


@pytest.mark.parametrize(
    ("version", "base", "model", "size", "sent"),
    [
        (MIDDLE, None, "gpt-image-2", "1024x640", "1536x1024"),
        (NEW, None, "gpt-image-2", "1024x640", "1024x640"),
        (NEW, None, "gpt-image-2", "1000x640", "1536x1024"),
        (NEW, None, "gpt-image-2", "auto", "1024x1024"),
        (NEW, None, "gpt-image-2.5-flare", "auto", "auto"),
        (NEW, "https://x.example/v1", "gpt-image-2", "123x77", "123x77"),
        (NEW, None, "gpt-image-1", "3840x2160", "1536x1024"),
        (NEW, None, "gpt-image-2", None, "1024x1024"),
        (OLD, "https://x.example/v1", "gpt-image-2", "123x77", "1536x1024"),
    ],
)
def test_which_size_is_sent(
    world: World, version: Version, base: str | None, model: str, size: str | None, sent: str
) -> None:
    config = openai(apiKey="k", **({"baseUrl": base} if base else {}))
    assert world.first(version, Asked(model=f"openai/{model}", size=size), config=config).sent["size"] == sent


def test_counts_options_and_ratios(world: World) -> None:
    env = {"OPENAI_API_KEY": "k", "MINIMAX_API_KEY": "m"}
    many = world.first(NEW, Asked(count=9, quality="max", resolution="4K", aspect_ratio="16:9"), env=env)
    assert dict(many.sent) == {"size": "2048x1152", "n": "4"}
    assert set(many.ignored) == {"quality", "resolution"}
    assert world.first(OLD, Asked(count=9), env=env).sent["n"] == "9"
    turned = world.first(NEW, Asked(model="minimax/image-01", size="1920x1080"), env=env)
    assert turned.sent["aspect_ratio"] == "16:9"
    login = world.first(NEW, Asked(count=3), stores=stores(profile("openai:default", "oauth")))
    assert (login.requests, "n" in login.sent) == (3, False)


def test_reference_images_are_limited(world: World) -> None:
    env = {"OPENAI_API_KEY": "k", "VYDRA_API_KEY": "v"}
    assert world.refused(NEW, Asked(edit=True, images=6), env=env) == "too-many-references"
    assert world.first(MIDDLE, Asked(edit=True, images=6), env=env).path == "/v1/images/edits"
    assert world.refused(MIDDLE, Asked(model="vydra/grok-imagine", images=1), env=env) == "edit-not-supported"


def test_it_takes_less_than_five_milliseconds(world: World) -> None:
    env = {"OPENAI_API_KEY": "k", "GEMINI_API_KEY": "g", "MINIMAX_API_KEY": "m", "XAI_API_KEY": "x", "FAL_KEY": "f"}
    kept = stores(profile("openai:default", "oauth"), *(profile(f"openai:{number}") for number in range(10)))
    setting = world.setting(NEW, env=env, stores=kept)
    predict(setting, Asked(model=None))
    fastest = min(_timed(setting) for _ in range(20))
    assert fastest < 0.005


def _timed(setting: Setting) -> float:
    start = time.perf_counter()
    predict(setting, Asked(model=None))
    return time.perf_counter() - start
