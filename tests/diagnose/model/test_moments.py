"""Moments for people."""

from __future__ import annotations

import pytest

from diagnose.model.moments import distance, span, when


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.9, "0 s"), (59, "59 s"), (60, "1 min"), (3661, "1 h 1 min"), (86_400, "1 d"), (90_000, "1 d 1 h")],
)
def test_a_span_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_a_moment_says_how_far_away_it_is() -> None:
    assert when(1_800_000_000, 1_800_000_000 - 7200) == "2027-01-15 08:00 UTC, in 2 h"
    assert (distance(-61), distance(0.2)) == ("1 min 1 s ago", "now")
