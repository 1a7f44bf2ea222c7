"""From what was read and predicted to the inventory: credentials by name, turns in order, what is worth a note."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diagnose.capabilities.providers import providers_of
from diagnose.cli.finding import found
from diagnose.cli.providing import inventory
from diagnose.machine.openclaw.config import Config
from diagnose.machine.openclaw.facts import (
    ApiKey,
    CodexLogin,
    ImageModel,
    Origin,
    Profile,
    Provider,
    Stores,
    Usage,
    Variable,
    Version,
)
from diagnose.machine.openclaw.installation import Installation
from diagnose.machine.openclaw.prediction import Candidate, Prediction, Rule, UsedCredential
from diagnose.machine.openclaw.setting import Setting
from diagnose.model.inventory import FoundCredential, ProviderRow
from diagnose.model.secret import Secret

CANARY = "sk-canary-0123456789abcdefghij"
NOW = 1_795_200_000.0
FILE = Path("/home/op/.openclaw/openclaw.json")
STORE = Origin(file=Path("/home/op/.openclaw/store"), key="profiles")
ENV = {"OPENAI_API_KEY": Variable(value=CANARY, origin=Origin(file=None, key="OPENAI_API_KEY"))}


def installed(version: Version | None) -> Installation:
    return Installation(program=Path("/usr/bin/openclaw"), version=version)


def setting(version: Version | None = (2026, 9, 6), **known: Any) -> Setting:
    plain: dict[str, Any] = {
        "installation": installed(version), "state": Path("/home/op/.openclaw"), "config": Config(), "now": NOW,
    }  # fmt: skip
    return Setting(**(plain | known))


def profile(provider: str = "openai", **known: Any) -> Profile:
    plain: dict[str, Any] = {
        "id": f"{provider}:default", "provider": provider, "kind": "oauth", "origin": STORE, "agent": None,
        "secret": Secret(CANARY), "form": "jwt", "expires_ms": int((NOW + 86400) * 1000),
    }  # fmt: skip
    return Profile(**(plain | known))


def found_for(provider: str, of: Setting, agent: str | None = None) -> list[FoundCredential]:
    row = next(row for row in providers_of(of.version) if row.id == provider)
    return list(found(row, of, agent))


def key_of(provider: str, secret: Secret | None, form: str = "plain") -> Config:
    origin = Origin(file=FILE, key=f"models.providers.{provider}.apiKey")
    key = ApiKey(form=form, secret=secret, origin=origin)
    return Config(providers={provider: Provider(id=provider, base_url=None, api_key=key, origin=origin)})


def test_a_variable_is_found_by_name_and_an_empty_one_is_not() -> None:
    (credential,) = found_for("openai", setting(variables=ENV))
    assert (credential.kind, credential.name) == ("variable", "OPENAI_API_KEY")
    empty = Variable(value=" ", origin=Origin(file=None, key="OPENAI_API_KEY"))
    assert found_for("openai", setting(variables={"OPENAI_API_KEY": empty})) == []
    assert found_for("xai", setting(variables=ENV)) == []


def test_a_key_in_the_config_is_found_and_one_that_does_not_resolve_says_so() -> None:
    (credential,) = found_for("litellm", setting(config=key_of("litellm", Secret(CANARY))))
    assert (credential.name, credential.trouble) == ("models.providers.litellm.apiKey", None)
    (credential,) = found_for("litellm", setting(config=key_of("litellm", None, "variable MISSING")))
    assert "variable MISSING" in (credential.trouble or "")


@pytest.mark.parametrize(
    ("version", "stored_as", "is_found"),
    [
        ((2026, 4, 22), "openai-codex", False), ((2026, 5, 18), "openai-codex", True),
        ((2026, 9, 6), "openai-codex", False), ((2026, 9, 6), "openai", True), ((2026, 5, 18), "openai", True),
    ],
)  # fmt: skip
def test_a_stored_login_counts_under_the_id_of_the_release(version: Version, stored_as: str, is_found: bool) -> None:
    stores = Stores(profiles=(profile(stored_as),))
    assert bool(found_for("openai", setting(version, stores=stores))) is is_found


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({}, None),
        ({"fenced": True}, "a new login is needed"),
        (
            {"expires_ms": 1_795_100_000_000, "refresh": "abcd1234"},
            "expired 2026-11-19 14:53 UTC and would be refreshed",
        ),
        ({"kind": "token", "expires_ms": 1}, "expired 1970-01-01 00:00 UTC"),
        ({"expires_ms": -(10**30)}, "expired at an impossible time"),
        ({"expires_ms": None, "secret": None, "reference": "env NAME"}, "refers to env NAME"),
        ({"expires_ms": None, "secret": None}, "holds nothing"),
    ],
)
def test_why_a_stored_login_may_not_serve(known: dict[str, Any], words: str | None) -> None:
    (credential,) = found_for("openai", setting(stores=Stores(profiles=(profile(**known),))))
    assert (credential.trouble is None) if words is None else words in (credential.trouble or "")


def test_a_login_that_cools_down_says_until_when() -> None:
    usage = {"openai:default": Usage(cooldown_until=int((NOW + 60) * 1000), disabled_until=int((NOW - 60) * 1000))}
    (credential,) = found_for("openai", setting(stores=Stores(profiles=(profile(),), usage=usage)))
    assert (credential.trouble or "").startswith("is cooling down until 2026-11-20")


def test_logins_of_other_agents_are_left_out() -> None:
    stores = Stores(profiles=(profile(id="openai:mine", agent="art"), profile(id="openai:main", agent="main")))
    assert [c.name for c in found_for("openai", setting(stores=stores), "art")] == ["profile openai:mine (oauth)"]
    assert [c.name for c in found_for("openai", setting(stores=stores))] == ["profile openai:main (oauth)"]


def test_the_login_of_the_codex_cli_counts_where_the_release_reads_it() -> None:
    codex = CodexLogin(path=Path("/home/op/.codex/auth.json"), kind="chatgpt", secret=Secret(CANARY))
    assert [c.kind for c in found_for("openai", setting((2026, 5, 18), codex=codex))] == ["codex login"]
    assert found_for("openai", setting((2026, 9, 6), codex=codex)) == []
    assert found_for("openai", setting((2026, 5, 18), codex=replace(codex, kind="api_key"))) == []


RULE = Rule(id="env-first", says="A variable comes before the config.", releases="from 2026.4.22")
USED = UsedCredential(kind="api_key", source="OPENAI_API_KEY", origin=Origin(file=None, key="OPENAI_API_KEY"),
                      fingerprint="12345678")  # fmt: skip
OPENAI = Candidate(provider="openai", named="gpt-image-2", model="gpt-image-2", via="primary", host="api.openai.com",
                   credential=USED, rules=(RULE,))  # fmt: skip
FAL = Candidate(provider="fal", named="fal-ai/flux/dev", model="fal-ai/flux/dev", via="fallback", refused="no-key",
                refusal="There is no credential.")  # fmt: skip
GOOGLE = Candidate(provider="google", named="gemini-3.1-flash-image", model="gemini-3.1-flash-image", via="auto")
PRIMARY = Config(
    path=FILE,
    image_models=(
        ImageModel(
            key="agents.defaults.mediaModels.image",
            primary="openai/gpt-image-2",
            origin=Origin(file=FILE, key="agents.defaults.mediaModels.image"),
        ),
    ),
)


def predicted(*candidates: Candidate, **known: Any) -> Prediction:
    return Prediction(release=(2026, 9, 6), newer=False, candidates=candidates, **known)


def rows_of(taken: Any) -> dict[str, ProviderRow]:
    return {row.id: row for row in taken.rows}


def test_turns_are_numbered_by_the_requests_that_would_leave() -> None:
    taken = inventory(setting(config=PRIMARY, variables=ENV), predicted(OPENAI, FAL, GOOGLE), None)
    assert [(t.number, t.provider, t.via) for t in taken.turns] == [
        (1, "openai", "primary"), (None, "fal", "fallback"), (2, "google", "auto"),
    ]  # fmt: skip
    assert taken.first is not None
    assert taken.first.credential == "OPENAI_API_KEY (api_key)"
    assert [t.provider for t in taken.later] == ["google"]
    assert taken.turns[1].refusal == "There is no credential."
    assert taken.rules == ("A variable comes before the config. (env-first, from 2026.4.22)",)
    rows = rows_of(taken)
    assert (rows["openai"].selected, rows["openai"].fallback) == (True, None)
    assert (rows["google"].selected, rows["google"].fallback) == (False, "detection")
    assert (rows["fal"].selected, rows["fal"].fallback) == (False, None)


def test_a_configured_fallback_that_would_be_asked_is_one() -> None:
    taken = inventory(setting(config=PRIMARY), predicted(OPENAI, replace(GOOGLE, via="fallback")), None)
    assert rows_of(taken)["google"].fallback == "config"


def test_where_openclaw_stops_nobody_has_a_turn_and_the_primary_is_still_selected() -> None:
    taken = inventory(setting(config=PRIMARY), predicted(stops="config-invalid", why="The config is refused."), None)
    assert taken.first is None
    assert taken.stops == "The config is refused."
    assert rows_of(taken)["openai"].selected
    assert taken.primary_key == f"agents.defaults.mediaModels.image in {FILE}"


def test_the_agents_own_model_comes_before_that_of_all() -> None:
    own = replace(PRIMARY.image_models[0], primary="fal/fal-ai/flux/dev", agent="art")
    config = replace(PRIMARY, image_models=(*PRIMARY.image_models, own))
    assert inventory(setting(config=config), predicted(), "art").primary == "fal/fal-ai/flux/dev"
    assert inventory(setting(config=config), predicted(), None).primary == "openai/gpt-image-2"


def test_a_login_id_of_older_releases_is_the_same_provider() -> None:
    codex = replace(OPENAI, provider="openai-codex")
    taken = inventory(setting((2026, 5, 18)), predicted(codex), None)
    assert rows_of(taken)["openai"].selected
    assert [turn.number for turn in rows_of(taken)["openai"].turns] == [1]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"installation": None}, "not on PATH"),
        ({"installation": installed(None)}, "release of OpenClaw is unknown"),
        ({"installation": installed((2027, 1, 1))}, "newer than the table"),
        ({"installation": installed((2026, 1, 1))}, "older than the table"),
        ({"installation": installed((2026, 7, 1))}, "rows of the release before it"),
        ({"others": (installed((2026, 5, 18)),)}, "Another OpenClaw, 2026.5.18"),
        ({"stores": Stores(unreadable={FILE: "permission denied"})}, "permission denied"),
        ({"stores": Stores(waiting=(FILE,))}, "waits to be migrated"),
    ],
)
def test_what_makes_the_table_less_sure_is_noted(known: dict[str, Any], words: str) -> None:
    notes = inventory(setting(**known), predicted(), None).notes
    assert any(words in note for note in notes), notes
    assert inventory(setting(), predicted(), None).notes == ()


def test_the_next_command_is_for_what_was_found() -> None:
    taken = inventory(setting(), predicted(OPENAI), None)
    assert taken.next[0] == "routecheck run --no-fallback --no-spend --model openai/gpt-image-2"
    assert inventory(setting(installation=None), predicted(), None).next == ("routecheck run --no-fallback --no-spend",)


def test_no_value_of_a_credential_is_in_the_inventory() -> None:
    config = replace(PRIMARY, providers=key_of("openai", Secret(CANARY)).providers)
    of = setting(config=config, variables=ENV, stores=Stores(profiles=(profile(),)))
    taken = inventory(of, predicted(OPENAI), None)
    assert len(rows_of(taken)["openai"].found) == 3
    assert CANARY not in repr(taken)
    assert CANARY not in repr(of)
