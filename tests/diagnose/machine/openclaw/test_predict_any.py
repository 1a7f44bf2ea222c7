"""The prediction for any settings at all: it neither raises nor shows a secret."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from diagnose.machine.host import Host
from diagnose.machine.json5 import ConfigError
from diagnose.machine.openclaw.config import Config, read_config
from diagnose.machine.openclaw.facts import Origin, Profile, Stores, Version
from diagnose.machine.openclaw.installation import Installation
from diagnose.machine.openclaw.predict import predict
from diagnose.machine.openclaw.prediction import Asked
from diagnose.machine.openclaw.setting import Setting
from diagnose.model.secret import Secret

NOW = 1_795_200_000
RELEASES = [None, (2026, 4, 22), (2026, 4, 24), (2026, 5, 18), (2026, 6, 2), (2026, 8, 1), (2026, 9, 6), (2030, 1, 1)]

CANARY = "sk-CANARY-" + "c" * 30
TEXT = st.one_of(
    st.sampled_from([CANARY, "openai", "openai:a", "${X}", "https://x.example/v1", ""]), st.text(max_size=8)
)
VALUE = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=6,
)
PROVIDER = st.fixed_dictionaries(
    {},
    optional={
        "baseUrl": st.one_of(TEXT, st.sampled_from(["http://127.0.0.1:1/v1", f"https://u:{CANARY}@x.example/v1"])),
        "apiKey": st.one_of(TEXT, st.just({"source": "env", "id": "X"}), VALUE),
        "api": VALUE, "auth": VALUE, "headers": VALUE, "authHeader": VALUE, "models": VALUE,
        "request": st.one_of(VALUE, st.fixed_dictionaries({"proxy": VALUE, "tls": VALUE, "auth": VALUE})),
    },
)  # fmt: skip
NAMES = st.sampled_from(["openai", "openai-codex", "litellm", "google", "minimax", "fal", "comfy", "OpenAI", "x"])
LISTED = st.lists(TEXT)
CONFIG = st.fixed_dictionaries(
    {},
    optional={
        "models": st.fixed_dictionaries({"providers": st.dictionaries(NAMES, PROVIDER, max_size=3)}),
        "agents": st.fixed_dictionaries({}, optional={"defaults": st.dictionaries(TEXT, VALUE), "list": VALUE}),
        "auth": st.fixed_dictionaries({}, optional={"order": st.dictionaries(NAMES, LISTED), "profiles": VALUE}),
        "plugins": st.dictionaries(st.sampled_from(["allow", "deny", "entries", "enabled"]), VALUE),
        "browser": VALUE, "proxy": VALUE, "env": VALUE, "meta": VALUE,
    },
)  # fmt: skip
PROFILES = st.lists(
    st.builds(
        Profile,
        id=st.sampled_from(["openai:a", "openai:b", "openai-codex:default", "minimax:x", ""]),
        provider=NAMES,
        kind=st.sampled_from(["api_key", "oauth", "token", "other"]),
        origin=st.just(Origin(file=None, key="k")),
        agent=st.sampled_from([None, "main", "x"]),
        secret=st.one_of(st.none(), st.just(Secret(CANARY))),
        form=st.just("other"),
        reference=st.sampled_from([None, "env X", "file"]),
        refresh=st.sampled_from([None, "00000000"]),
        expires_ms=st.one_of(st.none(), st.integers(-1, NOW * 2000)),
        fenced=st.booleans(),
    ),
    max_size=4,
)
ASKED = st.builds(
    Asked,
    model=st.one_of(st.none(), TEXT, st.sampled_from(["openai/gpt-image-2", "litellm/x", "google/g", "fal/a"])),
    size=st.one_of(st.none(), TEXT, st.sampled_from(["auto", "1024x640", "0x0", "9" * 30 + "x1"])),
    aspect_ratio=st.sampled_from([None, "16:9", "0:1", "x"]),
    resolution=st.sampled_from([None, "4K", "x"]),
    background=st.sampled_from([None, "transparent"]),
    count=st.integers(-2, 12),
    images=st.integers(0, 7),
    agent=st.sampled_from([None, "main", "x"]),
)
ENV = st.dictionaries(
    st.sampled_from(["OPENAI_API_KEY", "CODEX_API_KEY", "X", "NO_PROXY", "HTTP_PROXY", "FAL_KEY", "MINIMAX_API_KEY"]),
    st.sampled_from([CANARY, "", " ", "x"]),
)
VERSIONS = st.sampled_from(RELEASES)


def setting(
    home: Path, version: Version | None, config: dict[str, Any], env: dict[str, str], stores: Stores
) -> Setting:
    file = home / ".openclaw" / "openclaw.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(config))
    read = read_config(Host(env=env, home=home, which=lambda _: None))
    return Setting(
        installation=Installation(program=Path("openclaw"), version=version),
        state=file.parent,
        config=read,
        variables=read.environment,
        stores=stores,
        now=NOW,
    )


@hypothesis_settings(max_examples=150)
@given(config=CONFIG, profiles=PROFILES, env=ENV, asked=ASKED, version=VERSIONS, refreshing=st.booleans())
def test_it_never_raises_and_never_shows_a_secret(
    tmp_path_factory: pytest.TempPathFactory,
    config: dict[str, Any],
    profiles: list[Profile],
    env: dict[str, str],
    asked: Asked,
    version: Version | None,
    refreshing: bool,
) -> None:
    home, stores = tmp_path_factory.mktemp("machine"), Stores(profiles=tuple(profiles))
    try:
        read = setting(home, version, config, env, stores)
    except ConfigError:  # what a reader would not give out must not make it raise, either
        read = replace(setting(home, version, {}, env, stores), config=Config(tree=config))
    # What is asked for is shown as it is: nobody writes a key there.
    asked = replace(asked, model=(asked.model or "").replace(CANARY, "m") or None)
    found = predict(read, asked, refreshing=refreshing)
    assert (found.stops is None) == bool(found.candidates)
    shown = repr(found)
    for candidate in found.candidates:
        assert CANARY not in repr(candidate.credential)
        assert candidate.refused is not None or candidate.credential is not None
    named = json.dumps(config.get("agents", {}).get("defaults", {}))
    assert CANARY not in shown or CANARY in named
