"""How often an explanation is right, on public reports and on our own; -s prints the table of both."""

from __future__ import annotations

import pytest
from scoring import CASES, OWN, Mark, error_texts, marks, score
from table import PAGE, PUBLIC, UNSEEN, Goal, misses, table, written

import diagnose.matrix


@pytest.fixture(scope="module")
def public() -> tuple[Mark, ...]:
    return marks(CASES)


@pytest.fixture(scope="module")
def own() -> tuple[Mark, ...]:
    return marks(OWN)


def reached(goal: Goal, marked: tuple[Mark, ...]) -> None:
    assert goal.met(score(marked)), f"{score(marked)}\n{misses(marked)}"


def test_the_table(public: tuple[Mark, ...], own: tuple[Mark, ...]) -> None:
    print("", table(public, own), sep="\n")


def test_public_reports_that_quote_an_error(public: tuple[Mark, ...]) -> None:
    quoted = {one.id for one in error_texts(CASES)}
    assert len(quoted) == 52
    reached(PUBLIC, tuple(mark for mark in public if mark.report.id in quoted))


def test_our_own_texts(own: tuple[Mark, ...]) -> None:
    reached(UNSEEN, own)


def test_our_own_texts_cover_every_branch_and_every_route_of_the_public_ones() -> None:
    assert len(OWN) >= 120
    assert len({one.id for one in (*CASES, *OWN)}) == len(CASES) + len(OWN)
    assert {one.branch for one in OWN} == {one.branch for one in CASES}
    assert {one.route for one in OWN} == {one.route for one in CASES}


def test_every_text_names_branches_and_actions_of_the_matrix() -> None:
    rows = diagnose.matrix.rows().values()
    assert {branch for one in (*CASES, *OWN) for branch in one.defensible} <= {row.branch for row in rows}
    assert {one.action for one in (*CASES, *OWN)} <= {row.action for row in rows}


@pytest.mark.skipif(not PAGE.is_file(), reason="runs in the source tree")
def test_the_page_prints_this_table(public: tuple[Mark, ...], own: tuple[Mark, ...]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert written(page, table(public, own)) == page, "python tests/accuracy --write"
