"""Markdown that a stranger's words cannot break out of, read back with a real parser."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.model.report import Report
from reports import markdown

HEADINGS = {
    "Operating contract", "Cause to act on", "Claimed and served", "OpenClaw", "Evidence", "Witnesses", "Checks",
    "Matrix rows that applied", "Smoke image", "Spend", "Notes", "Next",
}  # fmt: skip


def _cells(line: str) -> int:
    return line.replace("\\\\", "").replace("\\|", "").count("|") - 1


def test_the_smoke_image_is_embedded_as_received(runs: Mapping[str, Report]) -> None:
    report = runs["proven"]
    start = "![smoke image](data:image/png;base64,"
    line = next(line for line in markdown.render(report).splitlines() if line.startswith(start))
    assert b64decode(line.removeprefix(start).removesuffix(")")) == report.image


def test_bytes_that_are_no_image_are_not_embedded(runs: Mapping[str, Report]) -> None:
    page = b"<svg onload=alert(1)>"
    text = markdown.render(replace(runs["proven"], image=page))
    assert "data:" not in text
    assert b64encode(page).decode() not in text


def test_the_six_rows_of_the_contract_come_first(runs: Mapping[str, Report]) -> None:
    text = markdown.render(runs["proven"])
    places = [text.index(f"| {row.item} | ") for row in runs["proven"].contract]
    assert places == sorted(places)
    assert places[-1] < text.index("## Evidence")


@pytest.mark.parametrize("number", range(11))
def test_hostile_words_keep_the_structure(number: int, runs: Mapping[str, Report]) -> None:
    _assert_intact(markdown.render(runs[f"hostile-{number}"]))


@settings(deadline=None)
@given(st.text(alphabet=st.characters() | st.sampled_from("|`<>[]()*_#~\\&!\n\r -:w.h"), max_size=40))
def test_no_text_breaks_a_table_or_becomes_markup(poisoned: Callable[[str], Report], text: str) -> None:
    _assert_intact(markdown.render(poisoned(text)))


def _assert_intact(text: str) -> None:
    """Every table is rectangular; no heading, tag, link or image is there but ours."""
    body, _, fenced = text.partition("## Next")
    columns = 0
    for line in body.splitlines():
        if line.startswith("|"):
            columns = columns or _cells(line)
            assert _cells(line) == columns, line[:200]
        else:
            columns = 0
        if line.startswith("#"):
            title = line.lstrip("#").strip()
            assert title in HEADINGS or title.startswith("Operating contract: "), line[:200]
        if not line.startswith("![smoke image](data:image/png;base64,"):
            assert "<" not in line
            assert "](" not in line.replace("\\]", "")
            assert "://" not in line
    fence = fenced.strip().splitlines()[0].rstrip("sh")
    assert len(fence) >= 3
    assert fenced.count(fence) == 2
