"""The rules go by mechanisms: several phrasings and a source each, and no score that hangs on a first phrasing."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import pytest
from scoring import CASES, Verdict, error_texts, marks

import diagnose.matrix
from diagnose.matrix.explaining import explain
from diagnose.matrix.reading import Reading, read

TABLES = {"matrix.toml": "row", "questions.toml": "question"}
ASKED = error_texts(CASES)


@dataclass(frozen=True, slots=True)
class Rule:
    """One match of the tables: `path` leads to it from the table's root."""

    table: str
    path: tuple[str | int, ...]
    owner: Mapping[str, Any]

    def within(self, data: Any) -> dict[str, Any]:
        for step in self.path:
            data = data[step]
        assert isinstance(data, dict)
        return data

    @property
    def name(self) -> str:
        return "/".join([str(self.owner["id"]), *(str(step) for step in self.path[2:])])


@cache
def data(table: str) -> Mapping[str, Any]:
    return diagnose.matrix.load(table)


def matches(table: str, value: Any, path: tuple[str | int, ...], owner: Mapping[str, Any]) -> Iterator[Rule]:
    """Every table that holds `says`, however deep below a row or a question."""
    if isinstance(value, dict):
        if "says" in value:
            yield Rule(table, path, owner)
        for key, member in value.items():
            yield from matches(table, member, (*path, key), owner)
    elif isinstance(value, list):
        for at, member in enumerate(value):
            yield from matches(table, member, (*path, at), owner)


RULES = [
    rule
    for table, kind in TABLES.items()
    for at, owner in enumerate(data(table)[kind])
    for rule in matches(table, owner, (kind, at), owner)
]


def says(rule: Rule) -> list[str]:
    phrases = rule.within(data(rule.table))["says"]
    assert isinstance(phrases, list)
    return phrases


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_by_words_has_several_phrasings_and_a_source(rule: Rule) -> None:
    phrases = says(rule)
    assert len(set(phrases)) == len(phrases)
    assert all(phrase == phrase.lower() and len(phrase.strip()) >= 3 for phrase in phrases)
    others = [phrase for phrase in phrases if not any(short in phrase for short in phrases if short != phrase)]
    assert len(others) >= 2, f"only {others}: what holds another phrase adds nothing to it"
    assert rule.owner["source"].strip()
    assert rule.owner["as_of"] <= date(2026, 11, 21)


def test_no_phrase_is_the_whole_of_one_report() -> None:
    texts = {" ".join(one.text.lower().split()): one.id for one in CASES}
    long = {phrase: texts[phrase] for rule in RULES for phrase in says(rule) if phrase in texts and len(phrase) > 60}
    assert long == {}


# Taking a phrase away ------------------------------------------------------------------------------------------------


@cache
def readings() -> Mapping[str, Reading]:
    return {one.id: read(one.text, status=one.status, route=one.route) for one in ASKED}


def occurs(phrase: str) -> bool:
    """Whether any report says it: a phrase that none says can lower no score."""
    return any(phrase in seen.said for one in readings().values() for seen in (*one.attempts, one.outer))


def points() -> set[str]:
    """The reports that are strictly right with the tables as they are now."""
    by_text = {(one.text, one.status, one.route): readings()[one.id] for one in ASKED}

    def decided(text: str, status: int | None, route: str) -> Verdict:
        answer = explain(by_text[text, status, route])
        return Verdict(outcome=answer.outcome, branch=answer.found.branch if answer.found else "")

    return {mark.report.id for mark in marks(ASKED, decided) if mark.strict}


def forget() -> None:
    """Drops whatever the package keeps of its tables."""
    for name, module in list(sys.modules.items()):
        if name.startswith("diagnose.matrix") and not name.startswith("diagnose.matrix.reading"):
            for member in vars(module).values():
                if callable(getattr(member, "cache_clear", None)):
                    member.cache_clear()


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Rule, Callable[[list[str]], list[str]]], None]]:
    """Changes the phrases of a rule for one test; of several rules when it is called again."""
    tables = {table: copy.deepcopy(data(table)) for table in TABLES}
    loaded = diagnose.matrix.load

    def change(rule: Rule, how: Callable[[list[str]], list[str]]) -> None:
        match = rule.within(tables[rule.table])
        match["says"] = how(match["says"])
        forget()

    def load(name: str) -> Mapping[str, Any]:
        return copy.deepcopy(tables[name]) if name in tables else loaded(name)

    monkeypatch.setattr(diagnose.matrix, "load", load)
    yield change
    monkeypatch.undo()
    forget()


@cache
def before() -> frozenset[str]:
    return frozenset(points())


def test_the_score_does_hang_on_the_phrases(changed: Any) -> None:
    for rule in RULES:
        changed(rule, lambda _: ["nobody ever says this"])
    assert len(points()) < len(ASKED) / 2


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_without_its_first_phrasing_the_score_stays(rule: Rule, changed: Any) -> None:
    had = before()
    if not occurs(says(rule)[0]):
        return
    changed(rule, lambda phrases: phrases[1:] or ["nobody ever says this"])
    now = points()
    assert len(had) - len(now) < 1, f"lost: {had - now}"
