"""The dated rows about the Codex backend."""

from datetime import date

import pytest

from diagnose import capabilities, routes
from diagnose.capabilities.codex import advice, carrier, carriers, edit_limits, pinned

CODEX = ("codex-responses", "codex-images")


@pytest.mark.parametrize("route", CODEX)
def test_the_claimed_model_is_met_by_the_model_of_the_backend_alone(route: str) -> None:
    row = pinned(route, "gpt-image-2")
    assert row is not None
    assert row.served == "gpt-image-2-codex"
    assert capabilities.find_model(row.served) is not None
    for other in ("gpt-image-2-2026-04-21", "gpt-image-2.5-sunburst", "gpt-image-1.5", ""):
        assert pinned(route, other) is None


def test_on_the_api_platform_a_model_is_met_by_itself() -> None:
    assert pinned("openai-images", "gpt-image-2") is None
    assert advice("openai-images") == frozenset()


def test_every_row_is_about_a_route_that_there_is() -> None:
    for route in CODEX:
        assert route in routes.ROUTES
        assert advice(route) == {"size", "quality", "background", "output_format"}


def test_every_route_through_which_images_are_edited_has_limits() -> None:
    for name in routes.ROUTES:
        if routes.load(name).edits is None:
            with pytest.raises(KeyError):
                edit_limits(name)
        else:
            assert (edit_limits(name).images, edit_limits(name).formats) == (16, ("png", "jpeg", "webp"))


def test_the_first_text_model_is_one_that_is_not_retired() -> None:
    rows = carriers()
    assert len({row.id for row in rows}) == len(rows)
    assert carrier() == next(row for row in rows if row.retired is None)
    assert {row.id: row.retired for row in rows}["gpt-5.4"] == date(2026, 8, 31)
    active = [row.retired is None for row in rows]
    assert active == sorted(active, reverse=True)
    assert all(row.retired is None or row.retired <= row.as_of for row in rows)


def test_the_model_of_the_backend_bills_by_the_known_formula() -> None:
    row = capabilities.find_model("gpt-image-2-codex")
    assert capabilities.image_tokens(row, "1536x1024", "medium") == 1372
    assert capabilities.ceiling_usd(row, capabilities.Parameters(), "x") is None
