"""The tables of the prediction: every row is dated, is said in a sentence, and is used by the engine."""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import diagnose.machine.openclaw.predict as engine
from diagnose.machine.openclaw.releases import parse_version
from diagnose.machine.openclaw.rules import Trail, rules_for

FOLDER = Path(engine.__file__).parent
ROWS: list[dict[str, Any]] = [
    row
    for name in ("rules.toml", "rules_providers.toml")
    for table, listed in tomllib.loads((FOLDER / name).read_text(encoding="utf-8")).items()
    if table != "tables"
    for row in listed
]
CODE = "".join(file.read_text(encoding="utf-8") for file in [*FOLDER.glob("predict*.py"), FOLDER / "rules.py"])
KINDS = ("provider-", "config-")
"""Rows that the engine takes by table, not by name."""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['id']} {row.get('since', '')}-{row.get('until', '')}")
def test_every_row_is_dated_has_a_source_and_says_something(row: dict[str, Any]) -> None:
    assert row["as_of"].year == 2026
    assert row["source"].strip()
    assert row["says"].endswith(".")
    for key in ("since", "until"):
        assert key not in row or parse_version(row[key]) is not None


def test_every_rule_is_used_and_every_rule_that_is_used_is_there() -> None:
    by_name = {row["id"] for row in ROWS if not row["id"].startswith(KINDS)} - {"provider-alias"}
    in_code = set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+){1,6})"', CODE))
    in_toml = {row["id"] for row in ROWS}
    assert {rule for rule in by_name if rule not in in_code} == set()
    called = set(re.findall(r'(?:holds|value|note)\(\s*"([a-z0-9-]+)"', CODE))
    assert called - in_toml == set()


def test_rows_of_one_id_do_not_overlap() -> None:
    by_id: dict[str, list[dict[str, Any]]] = {}
    for row in ROWS:
        by_id.setdefault(row["id"], []).append(row)
    for rows in by_id.values():
        ordered = sorted(rows, key=lambda row: parse_version(row.get("since", "")) or (0, 0, 0))
        for before, after in pairwise(ordered):
            end, start = parse_version(before.get("until", "")), parse_version(after.get("since", ""))
            assert end is not None, before["id"]
            assert start is not None, after["id"]
            assert end <= start


def test_a_rule_tells_for_which_releases_it_holds() -> None:
    newest = rules_for((2026, 9, 6)).rows
    assert newest["named-model-is-exact"].rule.releases == "2026.4.24 and later"
    assert newest["no-credential"].rule.releases == "all releases"
    middle = rules_for((2026, 5, 18)).rows
    assert middle["codex-by-own-provider"].rule.releases == "2026.4.23 and later, before 2026.6.1"
    assert rules_for((2026, 4, 22)).rows["key-route-only"].rule.releases == "before 2026.4.23"


def test_a_rule_that_does_not_hold_cannot_be_noted() -> None:
    trail = Trail(rules_for((2026, 4, 22)))
    assert not trail.holds("codex-by-own-provider")
    with pytest.raises(KeyError):
        trail.note("codex-by-own-provider")
    assert trail.all == ()
