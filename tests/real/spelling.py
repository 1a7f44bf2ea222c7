"""How a release spells a described case: its config, its stores, its options. The code under test is not used."""

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from described import DAY, Asked, Case

IMAGE_HOST = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """What a release calls things. `needs_base`: a provider must have `baseUrl` and `models`. `sqlite`: its stores
    are databases. `knob`: automatic fallbacks can be switched off. `options`: its flags that not every release has."""

    release: str
    login: str
    image_key: str
    needs_base: bool
    agents_key: str
    bare_env: bool
    sqlite: bool
    knob: bool
    options: frozenset[str]


SPELLINGS: Mapping[str, Spelling] = {
    "2026.4.22": Spelling(
        release="2026.4.22",
        login="openai-codex",
        image_key="imageGenerationModel",
        needs_base=True,
        agents_key="list",
        bare_env=True,
        sqlite=False,
        knob=True,
        options=frozenset(),
    ),
    "2026.5.18": Spelling(
        release="2026.5.18",
        login="openai-codex",
        image_key="imageGenerationModel",
        needs_base=True,
        agents_key="list",
        bare_env=True,
        sqlite=False,
        knob=True,
        options=frozenset({"background", "output-format"}),
    ),
    "2026.9.6": Spelling(
        release="2026.9.6",
        login="openai",
        image_key="mediaModels.image",
        needs_base=False,
        agents_key="entries",
        bare_env=False,
        sqlite=True,
        knob=False,
        options=frozenset({"background", "output-format", "quality", "agent"}),
    ),
}


def named(spelling: Spelling, labelled: Any) -> Any:
    """The same with the release's number, and its name for the provider of logins."""
    if isinstance(labelled, Mapping):
        return {named(spelling, name): named(spelling, value) for name, value in labelled.items()}
    if isinstance(labelled, list | tuple):
        return [named(spelling, item) for item in labelled]
    if not isinstance(labelled, str):
        return labelled
    return labelled.replace("LOGIN", spelling.login).replace("RELEASE", spelling.release)


def words(spelling: Spelling, asked: Asked) -> list[str]:
    """The options of `infer image generate`; what the release does not know is left out."""
    given = {
        "model": asked.model,
        "size": asked.size,
        "aspect-ratio": asked.aspect_ratio,
        "resolution": asked.resolution,
        "background": asked.background,
        "output-format": asked.format,
        "quality": asked.quality,
        "agent": asked.agent,
        "count": str(asked.count) if asked.count != 1 else None,
    }
    known = spelling.options | {"model", "size", "aspect-ratio", "resolution", "count"}
    pairs = [(name, value) for name, value in given.items() if value is not None and name in known]
    return [word for name, value in pairs for word in (f"--{name}", value)]


def config(spelling: Spelling, case: Case) -> dict[str, Any]:
    """The whole config, with labels; `$include` is written by `write`."""
    found: dict[str, Any] = json.loads(json.dumps(dict(case.config)))
    defaults: dict[str, Any] = {}
    if case.image is not None:
        _put(defaults, spelling.image_key, case.image)
    if case.auto_fallback is not None:
        defaults["mediaGenerationAutoProviderFallback"] = case.auto_fallback
    agents = _agents(spelling, case)
    if defaults:
        agents.setdefault("defaults", {}).update(defaults)
    if agents:
        found["agents"] = agents
    if case.providers:
        base: dict[str, Any] = {"baseUrl": IMAGE_HOST, "models": []} if spelling.needs_base else {}
        providers = {name: {**base, **value} for name, value in case.providers.items()}
        found["models"] = {"providers": providers}
    auth: dict[str, Any] = {}
    if case.declared:
        auth["profiles"] = {name: {"provider": _owner(name), "mode": mode} for name, mode in case.declared.items()}
    if case.auth_order is not None:
        auth["order"] = _by_provider(spelling, case.auth_order) or {spelling.login: []}
    if auth:
        found["auth"] = auth
    if case.config_env:
        found["env"] = {"vars": dict(case.config_env)}
    spelled: dict[str, Any] = named(spelling, found)
    return spelled


def _agents(spelling: Spelling, case: Case) -> dict[str, Any]:
    if not case.agents:
        return {}
    rows = {}
    for name, about in case.agents.items():
        rows[name] = {}
        if "image" in about:
            _put(rows[name], spelling.image_key, about["image"])
    if spelling.agents_key == "list":
        default = [{"default": True} if name == case.default_agent else {} for name in rows]
        return {"list": [{"id": name, **row, **mark} for (name, row), mark in zip(rows.items(), default, strict=True)]}
    found: dict[str, Any] = {"entries": rows}
    if len(rows) > 1:
        found |= {"ownership": "explicit", "defaults": {"systemAgent": {"agentId": case.default_agent}}}
    return found


def _put(tree: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for name in above:
        tree = tree.setdefault(name, {})
    tree[last] = value


def _owner(profile: str) -> str:
    return profile.partition(":")[0]


def _by_provider(spelling: Spelling, ids: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in named(spelling, list(ids)):
        found.setdefault(_owner(name), []).append(name)
    return found


def store(spelling: Spelling, profiles: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The profiles as every release stores them, with labels and absolute times."""
    return {"version": 1, "profiles": {named(spelling, k): _profile(spelling, k, v) for k, v in profiles.items()}}


def _profile(spelling: Spelling, name: str, about: Mapping[str, Any]) -> dict[str, Any]:
    kind, secret = about["kind"], about.get("secret")
    provider = named(spelling, about.get("provider", _owner(name)))
    found: dict[str, Any] = {"type": kind, "provider": provider}
    held = {"api_key": "key", "token": "token", "oauth": "access"}[kind]
    if "ref" in about:
        found[f"{held}Ref"] = {"source": "env", "provider": "default", "id": about["ref"]}
    else:
        found[held] = secret
    if "days" in about:
        found["expires"] = int((time.time() + about["days"] * DAY) * 1000)
    if kind == "oauth":
        number = str(secret)[-1]
        found |= {"refresh": f"REFRESH{number}", "accountId": f"acct-made-up-{number}"}
        found["email"] = f"made-up-{number}@example.invalid"
    return found


def state(spelling: Spelling, case: Case) -> dict[str, Any]:
    """Order and last good profile as they stand beside the profiles; empty when the case says nothing of them."""
    found: dict[str, Any] = {}
    if case.stored_order is not None:
        found["order"] = _by_provider(spelling, case.stored_order)
    if case.last_good is not None:
        name = named(spelling, case.last_good)
        found["lastGood"] = {_owner(name): name}
    return {"version": 1, **found} if found else {}


def codex_login(kind: str) -> dict[str, Any]:
    """`auth.json` of the Codex CLI, with labels."""
    if kind == "api_key":
        return {"OPENAI_API_KEY": "KEY7"}
    tokens = {"id_token": "JWT3", "access_token": "JWT3", "refresh_token": "REFRESH3", "account_id": "acct-made-up-3"}
    return {"OPENAI_API_KEY": None, "tokens": tokens, "last_refresh": "2026-11-01T00:00:00Z"}


def write_rows(database: Path, table: str, rows: Mapping[str, Any]) -> None:
    """Put JSON documents into a table of OpenClaw's own, over those that are there."""
    columns = {
        "config_machine_state": "state_key, value_json, updated_at_ms",
        "auth_profile_store": "store_key, store_json, updated_at",
        "auth_profile_state": "state_key, state_json, updated_at",
    }[table]
    now = int(time.time() * 1000)
    with contextlib.closing(sqlite3.connect(database)) as opened, opened:
        opened.executemany(
            f"insert or replace into {table} ({columns}) values (?, ?, ?)",
            [(name, json.dumps(value), now) for name, value in rows.items()],
        )
