"""The screen and the JSON of `routecheck providers`: the answer first, nothing cut, and frozen names."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from diagnose.model.inventory import Difference, FoundCredential, Inventory, ListedState, Live, ProviderRow, Turn
from reports import providers_json, providers_text
from reports.text import columns

SCHEMA_FILE = Path(reports.__file__).parent / "schemas" / "providers.v1.schema.json"

KEY = FoundCredential(kind="variable", name="OPENAI_API_KEY", origin="OPENAI_API_KEY in /home/op/.openclaw/.env")
LOGIN = FoundCredential(
    kind="profile",
    name="profile openai:default (oauth)",
    origin="authProfiles.store in /home/op/.openclaw/state/openclaw.sqlite",
    trouble="expired 2026-11-01 08:00 UTC and would be refreshed first",
)
FIRST = Turn(number=1, provider="openai", model="gpt-image-2", via="primary", host="api.openai.com",
             credential="OPENAI_API_KEY (api_key)")  # fmt: skip
IDLE = replace(FIRST, number=None)
REFUSED = Turn(number=None, provider="fal", model="fal-ai/flux/dev", via="fallback",
               refusal="no credential of fal is there")  # fmt: skip
SECOND = Turn(number=2, provider="litellm", model="gpt-image-2", via="auto", host="127.0.0.1",
              credential="LITELLM_API_KEY (api_key)")  # fmt: skip


def row(provider: str, **known: Any) -> ProviderRow:
    plain: dict[str, Any] = {
        "id": provider, "label": provider.title(), "presence": "built in", "plugin": "", "default_model": "m-1",
        "releases": "from 2026.4.22 or earlier", "models": ("m-1", "m-2"), "count": 4, "edit_images": 5,
        "edit_by_model": {}, "size": True, "aspect_ratio": False, "resolution": False, "sizes": ("1024x1024",),
        "aspect_ratios": (), "resolutions": (), "variables": (f"{provider.upper()}_KEY",), "found": (),
        "selected": False, "fallback": None, "turns": (), "note": "", "as_of": date(2026, 11, 20), "source": "a test",
    }  # fmt: skip
    return ProviderRow(**(plain | known))


ROWS = (
    row("comfy", presence="plugin", plugin="@openclaw/comfy-provider",
        releases="from 2026.4.22 or earlier; from 2026.9.6 as a plugin", size=False, edit_images=1),
    row("fal", edit_images=1, edit_by_model={"openai/*": 16}, resolution=True, resolutions=("1K", "2K", "4K"),
        turns=(REFUSED,)),
    row("litellm", turns=(SECOND,), fallback="detection", note="whom the proxy asks is its own affair"),
    row("microsoft-foundry", default_model=None, models=(), size=True, edit_images=0),
    row("openai", default_model="gpt-image-2", found=(KEY, LOGIN), selected=True, turns=(FIRST,)),
    row("openrouter", default_model="google/gemini-3.1-flash-image-preview", aspect_ratio=True),
    row("venice", presence="chat only", releases="", default_model=None, models=(), count=0, edit_images=0, size=False),
)  # fmt: skip
FULL = Inventory(
    release="2026.9.6", program="/usr/bin/openclaw", agent=None, primary="openai/gpt-image-2",
    primary_key="agents.defaults.mediaModels.image in /home/op/.openclaw/openclaw.json",
    turns=(FIRST, REFUSED, SECOND), rules=("A variable comes before the config (env-first, from 2026.4.22)",),
    rows=ROWS, next=("routecheck providers --live",),
)  # fmt: skip
LIVE = Live(
    states=(
        ListedState(provider="litellm", configured=True, selected=False,
                    but="not called selected, though OpenClaw would ask it when others fail"),
        ListedState(provider="openai", configured=True, selected=True),
    ),
    differences=(
        Difference(provider="aurora", field=None, table="unknown", listed="listed"),
        Difference(provider="google", field=None, table="built in", listed="absent"),
        Difference(provider="xai", field="models", table=("a", "b"), listed=("b", "c")),
        Difference(provider="xai", field="size", table=False, listed=True),
        Difference(provider="xai", field="edit_by_model", table={}, listed={"a/*": 3}),
    ),
    seconds=2.4,
)  # fmt: skip
NOTHING = replace(FULL, release=None, program=None, primary=None, primary_key=None, turns=(), rules=(),
                  rows=tuple(replace(r, found=(), turns=(), selected=False, fallback=None) for r in ROWS),
                  notes=("OpenClaw is not on PATH: what follows holds for 2026.9.6, the newest release of the table.",),
                  next=("routecheck run --no-fallback --no-spend",))  # fmt: skip
INVENTORIES = {
    "full": FULL,
    "live": replace(FULL, live=LIVE, next=()),
    "agrees": replace(FULL, live=Live(states=LIVE.states, seconds=2.0)),
    "no list": replace(FULL, live=Live(problem="OpenClaw config is invalid")),
    "nothing": NOTHING,
    "agent": replace(FULL, agent="art"),
    "stops": replace(FULL, stops="the config has a key that 2026.9.6 does not take", turns=(IDLE,)),
    "refused": replace(FULL, turns=(REFUSED,)),
}  # fmt: skip


@pytest.mark.parametrize("name", INVENTORIES)
def test_the_screen(name: str, snapshot: Any) -> None:
    assert providers_text.render(INVENTORIES[name]) == snapshot


@pytest.mark.parametrize("name", INVENTORIES)
@pytest.mark.parametrize("width", [100, 120])
def test_the_screen_fits(name: str, width: int) -> None:
    lines = providers_text.render(INVENTORIES[name], width=width).splitlines()
    assert max(map(columns, lines)) <= width


def test_the_answer_comes_first_and_names_who_could_answer_instead() -> None:
    first = providers_text.render(FULL, width=120).partition("\n\n")[0]
    assert "would ask openai (the configured primary) for gpt-image-2 at api.openai.com" in first
    assert "litellm (detected by its credential)" in first.replace("\n", " ")
    assert "fal" not in first


def test_what_is_not_asked_says_why() -> None:
    assert "Not asked: no credential of fal is there" in providers_text.render(FULL)
    assert providers_text.render(INVENTORIES["stops"]).startswith("OpenClaw 2026.9.6 would ask nobody: the config has")
    assert providers_text.render(INVENTORIES["refused"]).startswith("OpenClaw 2026.9.6 would ask nobody: no credential")


@given(st.text(max_size=200))
def test_no_text_of_strangers_steers_the_terminal(text: str) -> None:
    strange = replace(FULL, stops=text, notes=(text,), rows=(row("openai", default_model=text, note=text),))
    shown = providers_text.render(strange)
    steering = [char for char in shown.replace("\n", "") if unicodedata.category(char) in {"Cc", "Cf", "Cs"}]
    assert set(steering) <= set("\u200c\u200d")


FROZEN = {
    "": "schema tool openclaw agent primary asked stops order rules providers live notes next",
    "openclaw": "release program",
    "primary": "model origin",
    "order.0": "number provider model via host credential refusal",
    "providers.4": "id label presence plugin releases default_model models max_images edit controls variables "
    "credentials selected fallback note as_of source",
    "providers.1.edit": "images by_model",
    "providers.1.controls": "size aspect_ratio resolution sizes aspect_ratios resolutions",
    "providers.4.credentials.0": "kind name origin trouble",
    "live": "problem seconds listed differences",
    "live.listed.0": "provider configured selected but",
    "live.differences.0": "provider field table listed",
}


def rendered(inventory: Inventory) -> Any:
    return json.loads(providers_json.render(inventory, version="1.2.3"))


@pytest.mark.parametrize("where", FROZEN)
def test_no_frozen_name_is_missing(where: str) -> None:
    found = rendered(INVENTORIES["live"])
    for step in filter(None, where.split(".")):
        found = found[int(step)] if step.isdecimal() else found[step]
    assert set(found) == set(FROZEN[where].split())


def test_the_checked_in_schema_is_the_generated_one() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == providers_json.schema_text(), (
        "write reports.providers_json.schema_text() to " + str(SCHEMA_FILE)
    )


@pytest.mark.parametrize("name", INVENTORIES)
def test_real_output_fits_the_schema(name: str) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
    assert not list(validator.iter_errors(rendered(INVENTORIES[name])))


def test_the_values_of_the_json() -> None:
    found = rendered(FULL)
    assert found["schema"] == "routecheck.providers/v1"
    assert found["tool"] == {"name": "routecheck", "version": "1.2.3"}
    assert found["asked"] == "openai"
    assert [turn["number"] for turn in found["order"]] == [1, None, 2]
    openai = next(item for item in found["providers"] if item["id"] == "openai")
    assert openai["selected"] is True
    assert openai["credentials"][1]["trouble"].startswith("expired")
    assert next(item for item in found["providers"] if item["id"] == "litellm")["fallback"] == "detection"
    assert found["live"] is None
    assert rendered(NOTHING)["asked"] is None
