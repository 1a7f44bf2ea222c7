"""What the program that owns a login has noted about it, and what of that still matters."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from diagnose.model.check import Status

NOW = 1_795_260_000.0
REUSED = "Your access token could not be refreshed because your refresh token was already used."


@pytest.mark.parametrize(
    ("message", "symptom"),
    [
        (REUSED, "refresh-token-reused"),
        ("Your access token could not be refreshed because your refresh token has expired.", "login-revoked"),
        ("Your access token could not be refreshed because your refresh token was revoked.", "login-revoked"),
    ],
)
def test_a_refusal_since_the_last_refresh_fails_a_token_that_has_run_out_and_warns_of_one_in_force(
    world: Any, message: str, symptom: str
) -> None:
    world.write_login()
    world.noted(NOW - 60, message)
    found = world.check("credentials.history")
    assert (found.status, found.symptom, found.remedy) == (Status.WARN, symptom, ("codex login",))
    assert "1 min ago" in found.summary
    world.text = world.token(exp=NOW - 30)
    found = world.check("credentials.history")
    assert (found.status, found.symptom) == (Status.FAIL, symptom)


def refused_anew(world: Any, at: float) -> None:
    """A login that asked for a scope which this client may not ask for, at a moment."""
    from datetime import UTC, datetime

    when = datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    (world.codex / "log").mkdir(parents=True)
    line = f'{when}  WARN codex_login::server: oauth callback returned error error_code="invalid_scope"\n'
    (world.codex / "log" / "codex-login.log").write_text(line)


@pytest.mark.parametrize(
    ("ago", "logged_in", "expires", "status"),
    [
        (3600, False, 0, Status.FAIL),
        (2 * 86_400, False, 0, Status.SKIP),
        (600, True, -3600, Status.WARN),
        (2 * 86_400, True, -3600, Status.PASS),
        (600, True, 3600, Status.PASS),
    ],
)
def test_a_refused_new_login_is_the_cause_only_where_nobody_is_logged_in_and_it_is_of_today(
    world: Any, ago: float, logged_in: bool, expires: float, status: Status
) -> None:
    from dataclasses import replace

    from checks.codex_history import history

    refused_anew(world, NOW - ago)
    world.text, world.held = world.token(exp=NOW + expires, iat=NOW - 900_000), {"last_refresh": NOW - 900_000}
    context = world.context()
    found = history(context if logged_in else replace(context, logins=(), credentials=(), route=None, claims=None))
    assert found.status is status
    assert found.symptom == ("invalid-scope-login" if status in {Status.FAIL, Status.WARN} else None)
    assert found.remedy == (("codex login",) if found.symptom else ())


def test_a_spent_refresh_token_is_told_to_the_later_checks(world: Any) -> None:
    world.write_login()
    world.noted(NOW - 60)
    world.check("credentials.history")
    assert world.learned.refresh_spent


def test_an_older_refusal_is_past(world: Any) -> None:
    world.write_login()
    world.noted(NOW - 7200)
    found = world.check("credentials.history")
    assert found.status is Status.PASS
    assert "is past" in found.summary


def test_the_logs_of_codex_say_nothing_of_another_login(world: Any) -> None:
    world.write_login()
    world.noted(NOW - 60)
    world.held = {"id": "openai:default", "file": Path("/x/openclaw.sqlite"), "refresh": "0a0b0c0d"}
    assert world.check("credentials.history").status is Status.PASS
    world.held = {"id": "openai:default", "file": Path("/x/openclaw.sqlite"), "last_refresh": None}
    world.others = (world.login(id="codex", file=world.codex / "auth.json"),)  # the same login, in two places
    assert world.check("credentials.history").symptom == "refresh-token-reused"


def remembered(world: Any, stats: dict[str, Any]) -> None:
    """OpenClaw's store of the newest release, with what it remembers of the profile openai:default."""
    file = world.host.home / ".openclaw" / "state" / "openclaw.sqlite"
    file.parent.mkdir(parents=True)
    rows = {
        "auth.sharedStore": {"location": "state-db"},
        "authProfiles.store": {"version": 1, "profiles": {}},
        "authProfiles.state": {"version": 1, "usageStats": {"openai:default": stats}},
    }
    with contextlib.closing(sqlite3.connect(file)) as made, made:
        made.execute("create table config_machine_state (state_key text, value_json text)")
        made.executemany(
            "insert into config_machine_state values (?, ?)", [(k, json.dumps(v)) for k, v in rows.items()]
        )
    world.held = {"id": "openai:default", "file": file, "refresh": "0a0b0c0d"}


@pytest.mark.parametrize(
    ("stats", "status", "words"),
    [
        ({"disabledUntil": (NOW + 600) * 1000, "disabledReason": "auth_permanent"}, Status.WARN, "in 10 min (auth_p"),
        ({"cooldownUntil": 2**62}, Status.WARN, "until 9999-12-31"),
        ({"disabledUntil": (NOW - 1) * 1000, "disabledReason": "auth"}, Status.PASS, "remembers no trouble"),
        ({}, Status.PASS, "remembers no trouble"),
    ],
)
def test_a_profile_that_openclaw_lets_rest_is_told_and_stops_nothing(
    world: Any, stats: dict[str, Any], status: Status, words: str
) -> None:
    remembered(world, stats)
    found = world.check("credentials.history")
    assert (found.status, found.symptom) == (status, None)
    assert words in found.summary
