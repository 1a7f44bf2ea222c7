"""Releases and their bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.sandbox.plan import Plan, Release, parsed, within
from diagnose.sandbox.strict import DataError

NUMBERS = st.integers(min_value=0, max_value=9999)
ANY = st.tuples(NUMBERS, NUMBERS, NUMBERS)


def shown(release: Release) -> str:
    return ".".join(map(str, release))


@given(ANY)
def test_a_release_is_read_as_it_is_written(release: Release) -> None:
    assert parsed(shown(release)) == release


@given(ANY, ANY, ANY)
def test_bounds(release: Release, since: Release, before: Release) -> None:
    assert within(release, shown(since), shown(before)) == (since <= release < before)
    assert within(release, "", "")
    assert Plan(since=shown(since)).fits(release) == (release >= since)


@pytest.mark.parametrize("text", ["2026", "2026.9", "2026.9.6.1", "v2026.9.6", "2026.9.-6", "2026.9.6 "])
def test_what_is_no_release(text: str) -> None:
    with pytest.raises(DataError, match="no release"):
        parsed(text)
