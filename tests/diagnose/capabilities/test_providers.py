"""The table of image providers: its rows, and what each release has."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

import diagnose
from diagnose.capabilities import providers
from diagnose.capabilities.providers import (
    ImageProvider,
    history,
    measured,
    providers_of,
    release,
    shown,
    turning_points,
)

TABLE = Path(next(iter(diagnose.__path__))) / "capabilities" / "image_providers.toml"
NAMED = {
    "comfy", "deepinfra", "fal", "google", "litellm", "minimax", "openai", "openrouter", "venice", "vydra", "xai",
}  # fmt: skip
OLDEST, MIDDLE, NEWEST = (2026, 4, 22), (2026, 5, 18), (2026, 9, 6)


def of(version: providers.Release | None) -> dict[str, ImageProvider]:
    return {row.id: row for row in providers_of(version)}


def test_every_row_is_dated_and_has_a_source() -> None:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    for row in [*table["provider"], *table["measured"]]:
        assert isinstance(row["as_of"], date), row
        assert row["source"].strip(), row


def test_rows_of_a_provider_stand_in_the_order_of_releases_and_each_says_something() -> None:
    for rows in history().values():
        assert [row.since for row in rows] == sorted({row.since for row in rows})
    known = set(ImageProvider.__dataclass_fields__)
    for row in tomllib.loads(TABLE.read_text(encoding="utf-8"))["provider"]:
        assert set(row) <= known
        assert len(row) > 4 or "absent" in row["source"], row


@pytest.mark.parametrize("version", [OLDEST, MIDDLE, NEWEST, None])
def test_every_provider_has_one_row_in_every_release(version: providers.Release | None) -> None:
    rows = providers_of(version)
    assert {row.id for row in rows} >= NAMED | {"minimax-portal", "microsoft-foundry"}
    assert len({row.id for row in rows}) == len(rows)


def test_what_can_make_images_has_figures_and_a_way_to_pay() -> None:
    for rows in history().values():
        for row in rows:
            assert row.variables
            assert row.presence in {"built in", "plugin", "chat only"}
            assert (row.count > 0) == (row.presence != "chat only"), row
            assert row.default_model in row.models or not row.models
            assert bool(row.plugin) == (row.presence == "plugin")


@pytest.mark.parametrize(
    ("provider", "oldest", "middle", "newest"),
    [
        ("comfy", "built in", "built in", "plugin"), ("deepinfra", "not yet", "built in", "plugin"),
        ("litellm", "not yet", "built in", "built in"), ("openrouter", "not yet", "built in", "built in"),
        ("microsoft-foundry", "chat only", "chat only", "built in"), ("venice", "chat only", "chat only", "chat only"),
        ("vydra", "built in", "built in", "plugin"), ("openai", "built in", "built in", "built in"),
    ],
)  # fmt: skip
def test_where_a_provider_is_built_in(provider: str, oldest: str, middle: str, newest: str) -> None:
    assert [of(v)[provider].presence for v in (OLDEST, MIDDLE, NEWEST)] == [oldest, middle, newest]


def test_a_row_inherits_what_it_does_not_say() -> None:
    assert of(NEWEST)["comfy"].default_model == of(OLDEST)["comfy"].default_model == "workflow"
    assert of(NEWEST)["google"].default_model == "gemini-3.1-flash-image"
    assert of(NEWEST)["google"].sizes == of(OLDEST)["google"].sizes


@pytest.mark.parametrize(
    ("version", "logins", "codex", "variables"),
    [
        (OLDEST, ("openai",), False, ("OPENAI_API_KEY",)),
        ((2026, 4, 24), ("openai-codex", "openai"), True, ("OPENAI_API_KEY",)),
        (MIDDLE, ("openai-codex", "openai"), True, ("OPENAI_API_KEY",)),
        ((2026, 7, 1), ("openai",), True, ("OPENAI_API_KEY",)),
        (NEWEST, ("openai",), False, ("CODEX_API_KEY", "OPENAI_API_KEY")),
    ],
)
def test_what_gives_openai_a_credential_depends_on_the_release(
    version: providers.Release, logins: tuple[str, ...], codex: bool, variables: tuple[str, ...]
) -> None:
    row = of(version)["openai"]
    assert (row.logins, row.codex_login, row.variables) == (logins, codex, variables)


def test_a_release_between_two_rows_takes_the_older_one_and_the_newest_rows_hold_for_what_comes() -> None:
    assert of((2026, 8, 1))["xai"] == of(MIDDLE)["xai"]
    assert of((2027, 1, 1)) == of(NEWEST) == of(None)
    assert of((2025, 1, 1)) == of(OLDEST)


def test_the_limits_of_edits() -> None:
    assert (of(OLDEST)["xai"].edit_images, of(NEWEST)["xai"].edit_images) == (5, 3)
    assert of(OLDEST)["vydra"].edit_images == 0
    assert of(NEWEST)["fal"].edit_by_model["openai/gpt-image-*"] == 10


def test_it_is_told_when_a_provider_came_and_went() -> None:
    told = [(row.presence, row.since) for row in turning_points("deepinfra")]
    assert told == [("built in", (2026, 4, 27)), ("plugin", NEWEST)]
    assert [row.presence for row in turning_points("openai")] == ["built in"]
    assert turning_points("nobody") == ()


def test_releases_are_read_and_shown_alike() -> None:
    assert measured() == (OLDEST, MIDDLE, NEWEST)
    assert shown(release("2026.9.6")) == "2026.9.6"
