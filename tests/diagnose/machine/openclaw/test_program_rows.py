"""Every row says when and from where it is known, and is one that something asks for."""

import fnmatch
import re
from datetime import date

import pytest

from diagnose.machine.openclaw.installation import parse_version
from diagnose.machine.openclaw.program import housekeeping
from diagnose.machine.openclaw.program_rows import goes_through_proxy, has, table

ROWS = [(kind, number) for kind, rows in table().items() for number in range(len(rows))]


@pytest.mark.parametrize(("kind", "number"), ROWS)
def test_a_row_is_dated_and_sourced(kind: str, number: int) -> None:
    row = table()[kind][number]
    assert isinstance(row["as_of"], date)
    assert row["source"]
    for name in ("since", "without", "until"):
        assert name not in row or parse_version(row[name]) is not None
    re.compile(row.get("pattern", ""))


def test_the_kinds_are_those_that_are_used() -> None:
    kinds = ["option", "variable", "harmless", "request", "proxied", "private", "unsent", "housekeeping"]
    assert list(table()) == kinds
    assert {row["where"] for row in table()["variable"]} == {"file", "always"}


def test_between_two_known_releases_nothing_is_known() -> None:
    assert has("--quality", (2026, 6, 10)) is False
    assert has("--quality", (2026, 6, 11)) is True
    assert has("--agent", (2026, 6, 11)) is None
    assert has("--nope", (2026, 9, 6)) is None


def test_an_unknown_release_is_taken_for_the_newest() -> None:
    assert has("--agent", None) is True
    assert has("--nope", None) is None


def test_a_provider_obeys_a_proxy_from_the_release_on_that_it_was_seen_in() -> None:
    assert goes_through_proxy("openai", (2026, 4, 22))
    assert not goes_through_proxy("openai", (2026, 4, 21))
    assert not goes_through_proxy("openai", None)


def test_housekeeping_goes_by_release() -> None:
    def written(path: str, *version: int) -> bool:
        known = (version[0], version[1], version[2]) if version else None
        return any(fnmatch.fnmatch(path, pattern) for pattern in housekeeping(known))

    assert written("logs/config-health.json", 2026, 5, 18)
    assert not written("logs/config-health.json", 2026, 9, 6)
    assert written("state/openclaw.sqlite-wal", 2026, 9, 6)
    assert written("state/openclaw.sqlite-wal"), "an unknown release may write what any writes"
    assert not written("openclaw.json")
    assert not written("agents/main/agent/auth-profiles.json")
