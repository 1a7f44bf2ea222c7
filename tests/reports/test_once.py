"""Long sentences are shown whole once."""

from __future__ import annotations

import pytest

from reports.once import LONG, Once

SENTENCE = "A web page answered instead of the backend: 403: " + "x" * LONG


def test_the_first_time_it_is_whole_and_afterwards_its_beginning() -> None:
    once = Once()
    assert once(SENTENCE) == SENTENCE
    assert once(SENTENCE) == "A web page answered instead of the … (as above)"


def test_a_part_of_what_was_shown_is_not_shown_again() -> None:
    once = Once()
    once(f"The login was refused: {SENTENCE} Nothing else was asked.")
    assert once(SENTENCE).endswith("(as above)")


@pytest.mark.parametrize("text", ["short", "x" * (LONG - 1)])
def test_short_texts_are_repeated(text: str) -> None:
    once = Once()
    assert [once(text), once(text)] == [text, text]


def test_a_longer_text_with_a_known_beginning_is_whole() -> None:
    once = Once()
    once(SENTENCE)
    assert once(f"{SENTENCE} And more.") == f"{SENTENCE} And more."


def test_a_long_word_is_cut() -> None:
    once = Once()
    once("y" * LONG)
    assert once("y" * LONG) == "y" * 40 + " … (as above)"
