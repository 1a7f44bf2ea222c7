"""Writes the machine of a plan into a folder: a home with OpenClaw's config and auth store, as a release spells it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from diagnose.sandbox.plan import Plan, Profile, Provider, Release, within
from diagnose.sandbox.store import write_json_store, write_sqlite_store
from diagnose.sandbox.strict import DataError, build, read

_MAIN = "main"
"""The agent that is there when none is configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedMachine:
    """A written machine. `env` is all that OpenClaw may see of the environment beside PATH; it holds secrets."""

    home: Path
    state: Path
    env: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spelling:
    what: str
    value: str
    since: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _BaseUrl:
    provider: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    as_of: str
    source: str
    spelling: tuple[_Spelling, ...]
    base_url: tuple[_BaseUrl, ...]


@cache
def _file() -> _File:
    return build(_File, read("machine.toml"), "machine.toml")


def spelled(what: str, release: Release) -> str | None:
    """The spelling of `what` in that release; None when the release has no such thing."""
    rows = _file().spelling
    return next((row.value for row in rows if row.what == what and within(release, row.since, row.before)), None)


def _must(what: str, release: Release) -> str:
    found = spelled(what, release)
    if found is None:
        raise DataError(f"machine.toml: no spelling of {what} for {release}")
    return found


def prepare(folder: Path, release: Release, plan: Plan, placeholders: Mapping[str, str]) -> PreparedMachine:
    """Writes the plan's machine into `folder`, which must exist and be empty.

    `placeholders` fill the braces of the plan's texts (Sandbox.placeholders). Raises KeyError for one that is not
    there, and OSError when the folder cannot be written.
    """
    home = folder / "home"
    state = home / ".openclaw"
    state.mkdir(parents=True, mode=0o700)
    config = _config(release, plan, placeholders)
    config["logging"] = {"file": str(folder / "openclaw.log")}
    _private(state / "openclaw.json", config)
    _stores(state, release, plan, placeholders)
    env = {name: text.format_map(placeholders) for name, text in plan.env.items()}
    return PreparedMachine(home=home, state=state, env={"HOME": str(home), "OPENCLAW_STATE_DIR": str(state), **env})


def _private(path: Path, content: object) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _config(release: Release, plan: Plan, placeholders: Mapping[str, str]) -> dict[str, Any]:
    config: dict[str, Any] = {}
    if plan.primary or plan.fallbacks:
        model = ({"primary": plan.primary} if plan.primary else {}) | (
            {"fallbacks": list(plan.fallbacks)} if plan.fallbacks else {}
        )
        _put(config, _model_key(release, plan), model)
    if plan.auto_fallback and (key := spelled("auto_fallback", release)):
        _put(config, key, plan.auto_fallback == "on")
    if plan.private_network:
        _put(config, "browser.ssrfPolicy.dangerouslyAllowPrivateNetwork", True)
    if plan.plugins:
        _put(config, "plugins.allow", list(plan.plugins))
    for provider in plan.providers:
        _put(config, f"models.providers.{provider.id}", _provider(provider, placeholders))
    login = _must("login_provider", release)
    if plan.order is not None:
        _put(config, f"auth.order.{login}", [f"{login}:{name}" for name in plan.order])
    if plan.agents:
        _agents(config, release, plan)
    return config


def _model_key(release: Release, plan: Plan) -> str:
    own = _must("image_model", release)
    if plan.model_key == "own":
        return own
    return next(row.value for row in _file().spelling if row.what == "image_model" and row.value != own)


def _put(config: dict[str, Any], path: str, value: object) -> None:
    *folders, last = path.split(".")
    for name in folders:
        config = config.setdefault(name, {})
    config[last] = value


def _provider(provider: Provider, placeholders: Mapping[str, str]) -> dict[str, Any]:
    public = {row.provider: row.value for row in _file().base_url}
    settings: dict[str, Any] = {
        "baseUrl": provider.base_url.format_map(placeholders) or public[provider.id],
        # Older releases refuse a provider without a list of models.
        "models": [],
    }
    if provider.api_key:
        settings["apiKey"] = provider.api_key.format_map(placeholders)
    if provider.api:
        settings["api"] = provider.api
    if provider.headers:
        settings["headers"] = dict(provider.headers)
    return settings


def _agents(config: dict[str, Any], release: Release, plan: Plan) -> None:
    if _must("agents", release) == "list":
        _put(config, "agents.list", [{"id": a.id} | ({"default": True} if a.default else {}) for a in plan.agents])
        return
    _put(config, "agents.entries", {agent.id: {} for agent in plan.agents})
    _put(config, "agents.ownership", "explicit")
    _put(config, "agents.defaults.systemAgent.agentId", _default_agent(plan))


def _default_agent(plan: Plan) -> str:
    named = [agent.id for agent in plan.agents]
    return next((agent.id for agent in plan.agents if agent.default), named[0] if named else _MAIN)


def _stores(state: Path, release: Release, plan: Plan, placeholders: Mapping[str, str]) -> None:
    """The auth stores, one for each agent that has a login of its own, and the shared one."""
    now = time.time()
    old = _must("store", release) == "json" or plan.store == "legacy"
    login = "openai-codex" if plan.store == "legacy" else _must("login_provider", release)
    contents: dict[str, dict[str, Any]] = {}
    for profile in plan.profiles:
        provider = login if profile.kind == "oauth" else "openai"
        owner = profile.agent or (_default_agent(plan) if old else "")
        contents.setdefault(owner, {})[f"{provider}:{profile.name}"] = _entry(profile, provider, placeholders, now)
    for owner, profiles in contents.items():
        if old:
            write_json_store(state / "agents" / owner / "agent", profiles)
        else:
            write_sqlite_store(state, owner, profiles, now)


def _entry(profile: Profile, provider: str, placeholders: Mapping[str, str], now: float) -> dict[str, Any]:
    secret = profile.holds.format_map(placeholders)
    expires = int((now + profile.expires_in) * 1000)
    if profile.kind == "api_key":
        return {"type": "api_key", "provider": provider, "key": secret}
    if profile.kind == "token":
        return {"type": "token", "provider": provider, "token": secret, "expires": expires}
    return {
        "type": "oauth",
        "provider": provider,
        "access": secret,
        "refresh": placeholders["refresh_token"],
        "expires": expires,
        "accountId": placeholders["account"],
        "email": "sandbox.login@example.com",
    }
