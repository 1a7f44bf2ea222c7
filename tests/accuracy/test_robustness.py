"""However an error is pasted, it is never explained by another branch: at worst the answer is ambiguous or unknown."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mangling import MANGLINGS, coloured, cut, reordered, russian
from scoring import CASES, OWN, Report, Verdict, explained

EVERY = (*CASES, *OWN)
BY_ID = {one.id: one for one in EVERY}
Mangle = Callable[[str], str]


@cache
def whole(one: Report) -> Verdict:
    return explained(one.text, one.status, one.route)


def strays(one: Report, verdict: Verdict) -> bool:
    """Whether a branch is diagnosed that is neither true nor what the whole text gave."""
    return verdict.outcome == "diagnosed" and verdict.branch not in one.defensible | whole(one).named


def strayed(asked: Iterable[tuple[Report, Verdict]]) -> list[str]:
    return [
        f"{one.id}: {whole(one).symptom or whole(one).outcome} became {verdict.symptom} ({verdict.branch})"
        for one, verdict in asked
        if strays(one, verdict)
    ]


@pytest.mark.parametrize("mangle", MANGLINGS, ids=lambda mangle: mangle.__name__)
def test_however_it_is_pasted(mangle: Mangle) -> None:
    assert strayed((one, explained(mangle(one.text), one.status, one.route)) for one in EVERY) == []


def test_without_route_and_status() -> None:
    assert strayed((one, explained(one.text, None, "")) for one in EVERY) == []


def test_without_route_and_status_and_cut() -> None:
    assert strayed((one, explained(cut(one.text), None, "")) for one in EVERY) == []


@pytest.mark.parametrize("length", [100, 150, 300])
def test_cut_with_route_and_status(length: int) -> None:
    assert strayed((one, explained(one.text[:length], one.status, one.route)) for one in EVERY) == []


def test_cut_behind_the_heads_of_lines() -> None:
    assert strayed((one, explained(cut(coloured(one.text)), None, "")) for one in EVERY) == []


@pytest.mark.parametrize("length", [100, 120, 150, 200, 300])
def test_cut_shorter(length: int) -> None:
    assert strayed((one, explained(one.text[:length], None, "")) for one in EVERY) == []


@settings(max_examples=300)
@given(st.sampled_from(sorted(BY_ID)), st.lists(st.sampled_from(MANGLINGS), max_size=4), st.booleans(), st.booleans())
@example("ws-no-workspace", [coloured, cut], False, False)
@example("openclaw-56658", [russian, russian, cut, coloured], False, False)
def test_any_order_of_mishaps(name: str, mangled: list[Mangle], status: bool, route: bool) -> None:
    one = BY_ID[name]
    text = one.text
    for mangle in mangled:
        text = mangle(text)
    verdict = explained(text, one.status if status else None, one.route if route else "")
    assert strayed([(one, verdict)]) == []


@settings(max_examples=200)
@given(st.sampled_from(sorted(BY_ID)), st.randoms(use_true_random=False))
def test_any_order_of_keys(name: str, chance: random.Random) -> None:
    one = BY_ID[name]
    assert strayed([(one, explained(reordered(one.text, chance), one.status, one.route))]) == []


@settings(max_examples=200)
@given(st.sampled_from(sorted(BY_ID)), st.integers(min_value=100, max_value=2000))
def test_cut_anywhere(name: str, length: int) -> None:
    one = BY_ID[name]
    assert strayed([(one, explained(one.text[:length], None, ""))]) == []


@settings(max_examples=200)
@given(st.text(st.characters(exclude_categories=["L"]), max_size=400))
def test_signs_and_numbers_are_not_taken_for_an_error(text: str) -> None:
    assert explained(text, None, "").outcome != "diagnosed"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n\t ",
        "It works now, thank you all!",
        "Image saved to /home/me/pictures/teapot.png (1024x1024, 1.4 MB)",
        '{"created":1795132800,"data":[{"b64_json":"iVBORw0KGgo"}],"usage":{"total_tokens":208}}',
        "HTTP/2 200\ncontent-type: application/json\nx-request-id: req_1\n\n{}",
        "$ openclaw --version\nOpenClaw 2026.9.6 (eb377ac)",
        "Which model should I take for posters, and what does a picture of 3840x2160 cost?",
        "2026-11-20T10:00:00Z INFO [gateway] listening on ws://127.0.0.1:18789\n2026-11-20T10:00:01Z INFO ready",
        "Сегодня хорошая погода, картинки рисуются быстро.",
        "今天天气很好，图片生成得很快。",  # noqa: RUF001
        "def generate(prompt: str) -> bytes:\n    return client.images.generate(model='gpt-image-2', prompt=prompt)",
    ],
)
def test_what_is_no_error_is_not_taken_for_one(text: str) -> None:
    assert explained(text, None, "").outcome != "diagnosed"
