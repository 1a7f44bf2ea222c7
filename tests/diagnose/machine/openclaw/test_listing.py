"""OpenClaw's own list against the table. The lists are those that the three releases printed in an empty home."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import diagnose
from diagnose.capabilities.providers import ImageProvider, providers_of, release
from diagnose.machine.openclaw.listing import capabilities_of, differences, states
from diagnose.machine.openclaw.observation import Listing, Ran
from diagnose.model.inventory import Difference, FoundCredential, ProviderRow, Turn

RELEASES = ["2026.4.22", "2026.5.18", "2026.9.6"]
RAN = Ran(words=("openclaw",), exit_code=0, stdout="", stderr="", seconds=1.0, limit=60.0)


def printed(version: str) -> dict[str, dict[str, Any]]:
    text = (Path(__file__).parent / "listed" / f"{version}.json").read_text(encoding="utf-8")
    return {row["id"]: row for row in json.loads(text)}


def listing(providers: dict[str, Any]) -> Listing:
    return Listing(ran=RAN, providers=providers)


def row_of(row: ImageProvider, **known: Any) -> ProviderRow:
    shared = {name: getattr(row, name) for name in ProviderRow.__dataclass_fields__ if hasattr(row, name)}
    own = {"releases": "", "found": (), "selected": False, "fallback": None, "turns": ()}
    return ProviderRow(**(own | shared | known))


def rows(version: str, **known: dict[str, Any]) -> list[ProviderRow]:
    return [row_of(row, **known.get(row.id, {})) for row in providers_of(release(version))]


def turn(number: int | None, via: Any = "primary") -> Turn:
    return Turn(number=number, provider="openai", model="gpt-image-2", via=via)


KEY = FoundCredential(kind="variable", name="OPENAI_API_KEY", origin="OPENAI_API_KEY in the environment")
OLD = FoundCredential(kind="profile", name="profile openai:default (oauth)", origin="store", trouble="expired long ago")


@pytest.mark.parametrize("version", RELEASES)
def test_the_table_says_what_the_release_lists(version: str) -> None:
    assert differences(rows(version), listing(printed(version))) == ()


@pytest.mark.parametrize("version", RELEASES)
def test_a_provider_of_the_release_that_is_not_listed_is_a_difference(version: str) -> None:
    providers = printed(version)
    providers.pop("google")
    assert differences(rows(version), listing(providers)) == (
        Difference(provider="google", field=None, table="built in", listed="absent"),
    )


def test_a_provider_that_the_table_does_not_know_comes_last() -> None:
    providers = {"aurora": {"id": "aurora"}, **printed("2026.9.6")}
    assert differences(rows("2026.9.6"), listing(providers)) == (
        Difference(provider="aurora", field=None, table="unknown", listed="listed"),
    )


def test_an_installed_plugin_is_named_and_its_figures_are_compared() -> None:
    providers = printed("2026.9.6") | {"comfy": printed("2026.5.18")["comfy"] | {"defaultModel": "other"}}
    assert differences(rows("2026.9.6"), listing(providers)) == (
        Difference(provider="comfy", field=None, table="plugin", listed="listed"),
        Difference(provider="comfy", field="default_model", table="workflow", listed="other"),
    )


def test_of_a_provider_without_images_only_its_presence_is_compared() -> None:
    providers = printed("2026.9.6") | {"venice": {"id": "venice", "models": ["x"]}}
    assert [d.field for d in differences(rows("2026.9.6"), listing(providers))] == [None]


def test_each_figure_that_differs_is_a_difference_and_the_order_of_names_is_none() -> None:
    providers = printed("2026.9.6")
    xai = providers["xai"]
    xai["models"] = [*reversed(xai["models"])]
    xai["capabilities"]["edit"]["maxInputImages"] = 5
    xai["capabilities"]["generate"]["supportsSize"] = True
    xai["capabilities"]["geometry"]["resolutions"].append("4K")
    assert differences(rows("2026.9.6"), listing(providers)) == (
        Difference(provider="xai", field="edit_images", table=3, listed=5),
        Difference(provider="xai", field="size", table=False, listed=True),
        Difference(provider="xai", field="resolutions", table=("1K", "2K"), listed=("1K", "2K", "4K")),
    )


def test_an_edit_that_is_switched_off_takes_no_images() -> None:
    listed = {"capabilities": {"edit": {"enabled": False, "maxInputImages": 4}}}
    assert capabilities_of(listed)["edit_images"] == 0


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["models", "capabilities", "generate", "edit", "geometry", "sizes", "maxCount", "maxInputImagesByModel",
         "enabled", "defaultModel", "configured"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["openai", "fal", "zzz"]), st.dictionaries(st.text(max_size=3), json_values)))
def test_any_printed_form_is_compared_without_an_error(providers: dict[str, dict[str, Any]]) -> None:
    table = rows("2026.9.6")
    assert len(differences(table, listing(providers))) >= 1
    assert len(states(table, listing(providers))) == len(providers)


def said(listed: dict[str, bool], **known: Any) -> str | None:
    own = rows("2026.9.6", openai=known)
    return states(own, listing({"openai": listed}))[0].but


@pytest.mark.parametrize(
    ("configured", "selected", "known", "words"),
    [
        (False, False, {}, None),
        (False, False, {"found": (KEY,)}, "not called configured, though OPENAI_API_KEY is there"),
        (False, False, {"found": (OLD,)}, None),
        (True, False, {}, "though no credential was found"),
        (True, True, {"turns": (turn(None),)}, "because the configured primary names it"),
        (True, False, {"found": (OLD,)}, "though profile openai:default (oauth) expired long ago"),
        (True, True, {"found": (KEY,), "turns": (turn(1),)}, None),
        (True, True, {"found": (KEY,), "turns": (turn(2),)}, "would ask another one first"),
        (True, False, {"found": (KEY,), "turns": (turn(2, "auto"),)}, "would ask it when others fail"),
        (True, False, {"found": (KEY,), "turns": (turn(1, "auto"),)}, "would ask it now"),
    ],
)
def test_what_configured_and_selected_mean_here(
    configured: bool, selected: bool, known: dict[str, Any], words: str | None
) -> None:
    but = said({"configured": configured, "selected": selected}, **known)
    assert (but is None) if words is None else words in (but or "")


@pytest.mark.parametrize("version", RELEASES)
def test_the_rules_of_the_prediction_know_the_same_providers(version: str) -> None:
    folder = Path(next(iter(diagnose.__path__))) / "machine" / "openclaw"
    rules = tomllib.loads((folder / "rules_providers.toml").read_text(encoding="utf-8"))["provider"]
    of = release(version)
    held = {
        row["name"]: row
        for row in rules
        if release(row.get("since", version)) <= of and ("until" not in row or of < release(row["until"]))
    }
    own = {row.id: row for row in providers_of(of) if row.makes_images}
    assert set(own) == set(held)
    for provider_id, row in own.items():
        other = held[provider_id]
        assert list(row.variables) == other["env"], provider_id
        assert row.default_model == other.get("default"), provider_id
        for name, key in (("sizes", "sizes"), ("aspect_ratios", "ratios"), ("resolutions", "resolutions")):
            assert list(getattr(row, name)) == other.get(key, []), (provider_id, name)
