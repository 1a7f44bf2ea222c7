"""The dated tables: sizes, tokens, prices and vendors, each row with its date and source."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import diagnose
from diagnose import capabilities
from diagnose.capabilities import (
    ceiling_usd,
    find_model,
    hosts_of,
    image_tokens,
    models,
    other_parties,
    refused_values,
    size_problem,
    surface_headers,
    usage_usd,
    vendor_of_host,
)
from diagnose.model.claim import Parameters

ROOT = Path(next(iter(diagnose.__path__)))
# The sandbox and the image marks date their files as a whole.
TABLES = [ROOT / "capabilities" / n for n in ("models.toml", "vendors.toml", "codex.toml")]
TABLES += [ROOT / "machine" / "credential_kinds.toml", ROOT / "matrix" / "matrix.toml"]


def dated_rows(table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for value in table.values():
        yield from value if isinstance(value, list) else [value]


@pytest.mark.parametrize("file", TABLES, ids=lambda p: p.name)
def test_every_row_is_dated_and_has_a_source(file: Path) -> None:
    rows = list(dated_rows(tomllib.loads(file.read_text(encoding="utf-8"))))
    assert rows
    for row in rows:
        assert isinstance(row.get("as_of"), date), row
        assert row["as_of"] <= date(2026, 11, 21), row
        assert str(row.get("source", "")).strip(), row


GPT = find_model("gpt-image-2")


@pytest.mark.parametrize(
    "size",
    ["auto", "1024x1024", "1536x1024", "1024x1536", "2048x2048", "2048x1152", "1152x2048", "3840x2160", "2160x3840",
     "1024x640", "3840x1280"],
)  # fmt: skip
def test_sizes_that_can_be_asked_for(size: str) -> None:
    assert size_problem(size, GPT) is None


@pytest.mark.parametrize(
    ("size", "word"),
    [
        ("9x9", "multiples of 16"), ("1000x1000", "multiples of 16"), ("4096x4096", "longest edge"),
        ("576x1024", "pixels"), ("3840x1264", "factor of 3"), ("3840x2176", "pixels"), ("1024x624", "pixels"),
        ("0x0", "factor"), ("bogus", "no size"), ("", "no size"), ("1024", "no size"), ("9" * 5000 + "x16", "no size"),
    ],
)  # fmt: skip
def test_sizes_that_cannot_be_asked_for_and_why(size: str, word: str) -> None:
    assert word in (size_problem(size, GPT) or "")
    assert size_problem(size, None) == size_problem(size, GPT)


@given(st.integers(0, 300), st.integers(0, 300))
def test_the_size_rule_is_that_of_the_vendor(a: int, b: int) -> None:
    width, height = a * 16, b * 16
    legal = (
        max(width, height) <= 3840
        and width * 3 >= height
        and height * 3 >= width
        and 655_360 <= width * height <= 8_294_400
    )
    assert (size_problem(f"{width}x{height}", GPT) is None) is legal


def test_a_model_with_a_closed_list_is_held_to_it() -> None:
    mini = find_model("gpt-image-1-mini")
    assert size_problem("1536x1024", mini) is None
    assert "takes only" in (size_problem("2048x2048", mini) or "")


@pytest.mark.parametrize(
    ("size", "low", "medium", "high"),
    [
        ("1024x1024", 196, 1756, 7024), ("1536x1024", 158, 1372, 5488), ("1024x1536", 158, 1372, 5488),
        ("2048x1152", 157, 1413, 5650), ("2048x2048", 397, 3568, 14272), ("3840x2160", 371, 3336, 13342),
        ("976x704", 129, 1129, 4450),
    ],
)  # fmt: skip
def test_the_published_token_figures(size: str, low: int, medium: int, high: int) -> None:
    assert [image_tokens(GPT, size, q) for q in ("low", "medium", "high")] == [low, medium, high]


@pytest.mark.parametrize(
    ("size", "quality"),
    [("auto", "low"), ("1024x1024", "auto"), ("1024x1024", "max"), ("0x0", "low"), ("0x16", "low"), ("16x0", "low"),
     ("9" * 5000 + "x16", "low"), ("bogus", "low")],
)  # fmt: skip
def test_no_figure_where_no_formula_applies(size: str, quality: str) -> None:
    assert image_tokens(GPT, size, quality) is None
    assert image_tokens(find_model("gpt-image-2.5-flare"), "1024x1024", "low") is None
    assert image_tokens(None, "1024x1024", "low") is None


@given(st.integers(1, 240), st.integers(1, 240), st.integers(2, 4))
def test_more_quality_and_more_pixels_of_one_shape_never_cost_less(a: int, b: int, factor: int) -> None:
    def tokens(width: int, height: int, quality: str) -> int:
        return image_tokens(GPT, f"{width}x{height}", quality) or 0

    small = [tokens(a * 16, b * 16, q) for q in ("low", "medium", "high")]
    large = [tokens(a * 16 * factor, b * 16 * factor, q) for q in ("low", "medium", "high")]
    assert small == sorted(small)
    assert large == sorted(large)
    assert all(more >= less for less, more in zip(small, large, strict=True))
    assert tokens(a * 16, b * 16, "high") == tokens(b * 16, a * 16, "high")


def ceiling(size: str = "1024x1024", quality: str = "low", prompt: str = "a mug") -> float:
    found = ceiling_usd(GPT, Parameters(size=size, quality=quality), prompt)
    assert found is not None
    return found


def test_the_ceiling_is_the_tokens_at_the_dated_price() -> None:
    assert ceiling(prompt="") == pytest.approx(196 * 30 / 1e6)
    assert ceiling(prompt="x" * 100) == pytest.approx((196 * 30 + 100 * 5) / 1e6)
    assert ceiling(prompt="é" * 100) == pytest.approx((196 * 30 + 200 * 5) / 1e6)


def test_the_ceiling_rises_with_quality_size_and_prompt_and_auto_is_the_dearest() -> None:
    assert ceiling(quality="low") < ceiling(quality="medium") < ceiling(quality="high") == ceiling(quality="auto")
    assert ceiling() < ceiling(size="2048x2048") <= ceiling(size="auto")
    assert ceiling() < ceiling(prompt="a mug on a desk")


def test_without_a_price_or_a_figure_there_is_no_ceiling() -> None:
    for model_id in ("gpt-image-2.5-flare", "no-such-model"):
        assert ceiling_usd(find_model(model_id), Parameters(), "x") is None
    assert ceiling_usd(GPT, Parameters(quality="max"), "x") is None
    assert ceiling_usd(GPT, Parameters(size="bogus"), "x") is None


def test_the_price_of_a_usage_block() -> None:
    assert usage_usd(GPT, {"input_tokens": 12, "output_tokens": 196}) == pytest.approx((12 * 5 + 196 * 30) / 1e6)
    for odd in (None, {}, {"input_tokens": 12}, {"input_tokens": "12", "output_tokens": 196}):
        assert usage_usd(GPT, odd) is None
    assert usage_usd(None, {"input_tokens": 12, "output_tokens": 196}) is None


def test_models_are_found_by_id_and_by_alias_and_by_nothing_else() -> None:
    names = [name for row in models().values() for name in (row.id, *row.aliases)]
    assert len(names) == len(set(names))
    for row in models().values():
        assert all(find_model(name) is row for name in (row.id, *row.aliases))
    for other in ("", "openai/gpt-image-2", "GPT-IMAGE-2", "gpt-image-2 ", "gpt-image-2-base"):
        assert find_model(other) is None


def test_the_table_knows_the_life_of_a_model() -> None:
    assert GPT is not None
    assert (GPT.shutdown, GPT.sizes, GPT.formula) == (None, None, "gpt-image-2")
    retired = find_model("gpt-image-1")
    assert retired is not None
    assert retired.shutdown == date(2026, 10, 23)
    for row in models().values():
        assert row.transparent in {"supported", "preview", "rejected", "unknown"}
        assert {"png"} <= set(row.formats)
        assert (row.text_usd is None) is (row.image_usd is None)


def test_a_vendor_is_known_by_its_whole_host_name() -> None:
    assert vendor_of_host("api.openai.com") == vendor_of_host("API.OpenAI.com") == "openai"
    for host in (
        "openai.com",
        "api.openai.com.attacker.test",
        "xapi.openai.com",
        "x.api.openai.com",
        "api.openai.com.",
        "",
    ):
        assert vendor_of_host(host) is None
    assert hosts_of("openai") == ("api.openai.com",)
    assert hosts_of("nobody") == ()


def test_headers_that_name_another_party() -> None:
    assert other_parties({"server": "cloudflare", "openai-organization": "x"}, "openai") == ()
    (found,) = other_parties({"server": "Scaffolding on HTTPServer2"}, "openai")
    assert found.party == "google"
    assert other_parties({"server": "Scaffolding on HTTPServer2"}, "google") == ()
    (litellm,) = other_parties({"x-litellm-version": ""}, "openai")
    assert litellm.party == "litellm"


def test_headers_of_one_surface_are_known_by_their_beginning() -> None:
    (mark,) = surface_headers({"x-codex-primary-used-percent": "12", "server": "cloudflare"}, "openai")
    assert mark.routes == ("codex-responses", "codex-images")
    assert surface_headers({"x-request-id": "1", "codex": "x"}, "openai") == ()
    assert surface_headers({"x-codex-active-limit": "1"}, "google") == ()


def test_only_measured_refusals_are_sent_without_a_safeguard() -> None:
    rows = refused_values("openai", "gpt-image-2")
    assert {(row.param, row.value) for row in rows} == {("size", "9x9"), ("quality", "ultra")}
    for row in rows:
        assert row.param != "size" or size_problem(row.value, GPT)
        assert GPT is not None
        assert row.param != "quality" or row.value not in GPT.qualities
    assert refused_values("openai", "gpt-image-2.5-flare") == refused_values("other", "gpt-image-2") == ()
    assert capabilities.hosts_of("openai")
