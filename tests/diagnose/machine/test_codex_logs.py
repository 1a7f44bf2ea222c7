"""The refusals that the Codex CLI has kept, in the forms that 0.169.0 writes; of the rest nothing is taken over."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagnose.machine import codex_logs
from diagnose.machine.codex_home import CodexHome
from diagnose.machine.codex_logs import stored_errors

AT = 1_795_260_704.0
"""2026-11-21 11:31:44 UTC."""
CALLBACK = "2026-11-21T11:31:44.699973Z  WARN codex_login::server: oauth callback returned error "
INVALID_SCOPE = CALLBACK + 'error_code="invalid_scope" has_error_description=true\n'
DENIED = CALLBACK + 'error_code="access_denied" has_error_description=false\n'
SUCCESS = "2026-11-21T11:40:00.000001Z  INFO codex_login::server: oauth token exchange succeeded\n"
SENTENCE = "Your access token could not be refreshed because your refresh token {}. Please log out and sign in again."
REUSED = SENTENCE.format("was already used")


def found(folder: Path, **changes: Any) -> list[tuple[str, float, bool]]:
    errors = stored_errors(CodexHome(folder=folder, **changes))
    return [(error.symptom, error.at, error.over) for error in errors]


def login_log(folder: Path, text: str) -> None:
    (folder / "log").mkdir(exist_ok=True)
    (folder / "log" / "codex-login.log").write_text(text)


def session(folder: Path, *lines: Any, day: str = "21", name: str = "a") -> Path:
    place = folder / "sessions" / "2026" / "11" / day
    place.mkdir(parents=True, exist_ok=True)
    file = place / f"rollout-2026-11-{day}T11-00-00-{name}.jsonl"
    file.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return file


def turn(message: Any, *, type_: str = "event_msg", kind: str = "task_complete") -> dict[str, Any]:
    payload = {"type": kind, "turn_id": "1", "error": {"message": message, "codex_error_info": "unauthorized"}}
    return {"timestamp": "2026-11-21T11:31:44.000Z", "ordinal": 13, "type": type_, "payload": payload}


def database(file: Path, *rows: tuple[Any, str, str, str]) -> None:
    file.parent.mkdir(exist_ok=True)
    with contextlib.closing(sqlite3.connect(file)) as made, made:
        made.execute("pragma journal_mode = wal")
        made.execute("create table logs (id integer primary key, ts, ts_nanos, level, target, feedback_log_body)")
        made.executemany("insert into logs (ts, level, target, feedback_log_body) values (?, ?, ?, ?)", rows)


MANAGER = "codex_login::auth::manager"


def test_a_folder_without_logs_holds_none(tmp_path: Path) -> None:
    assert found(tmp_path) == []
    assert found(tmp_path / "nothing") == []


def test_a_login_that_asked_for_a_scope(tmp_path: Path) -> None:
    login_log(tmp_path, INVALID_SCOPE + DENIED)
    assert found(tmp_path) == [("invalid-scope-login", pytest.approx(AT, abs=1), False)]


def test_a_later_login_that_succeeded_ends_what_stands_before_it(tmp_path: Path) -> None:
    login_log(tmp_path, INVALID_SCOPE + SUCCESS)
    session(tmp_path, turn(REUSED))
    assert [over for _, _, over in found(tmp_path)] == [True, True]


@pytest.mark.parametrize(
    ("words", "symptom"),
    [
        ("was already used", "refresh-token-reused"),
        ("has expired", "login-revoked"),
        ("was revoked", "login-revoked"),
    ],
)
def test_a_turn_that_failed_by_the_refresh(tmp_path: Path, words: str, symptom: str) -> None:
    session(tmp_path, {"type": "session_meta", "payload": {}}, turn(SENTENCE.format(words)))
    assert found(tmp_path) == [(symptom, AT, False)]


@pytest.mark.parametrize(
    "line",
    [
        turn(REUSED, type_="response_item"),
        turn(REUSED, kind="agent_message"),
        turn(None),
        turn("usage limit"),
        turn(f"The tool `mail` failed: {REUSED}"),
        {
            "type": "event_msg",
            "timestamp": "2026-11-21T11:31:44Z",
            "payload": {"type": "user_message", "message": REUSED},
        },
        {"type": "event_msg", "timestamp": "x", "payload": {"type": "task_complete", "error": {"message": REUSED}}},
        {"type": "event_msg", "payload": {"type": "task_complete", "last_agent_message": REUSED, "error": None}},
        '"task_complete" ' + REUSED,
        "[" * 100_000 + '"task_complete"',
    ],
)
def test_what_was_only_said_in_a_conversation_is_no_refusal(tmp_path: Path, line: Any) -> None:
    session(tmp_path, line)
    assert found(tmp_path) == []


def test_a_line_of_another_part_of_the_program_is_no_refusal(tmp_path: Path) -> None:
    login_log(tmp_path, INVALID_SCOPE.replace("codex_login::server", "codex_core::chat") + "invalid_scope\n")
    assert found(tmp_path) == []


def test_the_database_of_logs_is_read_with_what_waits_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "logs_2.sqlite"
    told = (int(AT), "ERROR", MANAGER, f"auth: Failed to refresh token: {REUSED}")
    database(file, told, (int(AT), "INFO", MANAGER, REUSED), (int(AT), "ERROR", "codex_core::chat", REUSED))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert found(tmp_path) == [("refresh-token-reused", AT, False)]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_database_moves_with_the_folder_of_logs(tmp_path: Path) -> None:
    database(tmp_path / "logs" / "logs_2.sqlite", (int(AT), "ERROR", MANAGER, REUSED))
    assert found(tmp_path) == []
    assert len(found(tmp_path, log_dir=tmp_path / "logs")) == 1


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + bytes(200)])
def test_a_damaged_database_holds_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "logs_2.sqlite").write_bytes(content)
    assert found(tmp_path) == []


def test_a_moment_that_no_clock_shows_is_passed_over(tmp_path: Path) -> None:
    rows = [(at, "ERROR", MANAGER, REUSED) for at in (-5, 0, 2**62, "then", 1.5, None)]
    database(tmp_path / "logs_2.sqlite", *rows)
    assert found(tmp_path) == []


def test_a_large_database_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database(tmp_path / "logs_2.sqlite", (int(AT), "ERROR", MANAGER, REUSED))
    monkeypatch.setattr(codex_logs, "DATABASE_LIMIT", 10)
    assert found(tmp_path) == []


def test_only_the_end_of_a_long_log_is_read(tmp_path: Path) -> None:
    filler = "2026-11-21T11:00:00.000000Z  INFO codex_login::server: x\n"
    padding = filler * (codex_logs.TAIL // len(filler) + 1)
    login_log(tmp_path, INVALID_SCOPE + padding)
    assert found(tmp_path) == []
    login_log(tmp_path, padding + INVALID_SCOPE)
    assert len(found(tmp_path)) == 1


def test_only_the_newest_sessions_are_read(tmp_path: Path) -> None:
    session(tmp_path, turn(REUSED), day="01")
    for at in range(codex_logs.SESSIONS):
        session(tmp_path, turn("fine"), day="20", name=f"{at:02}")
    assert found(tmp_path) == []
    session(tmp_path, turn(REUSED), day="21")
    assert len(found(tmp_path)) == 1


def test_a_pipe_in_the_place_of_a_log_does_not_make_us_wait(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    os.mkfifo(tmp_path / "log" / "codex-login.log")
    assert found(tmp_path) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.binary(max_size=300))
def test_no_content_breaks_the_reading(tmp_path: Path, log: bytes, line: bytes) -> None:
    (tmp_path / "log").mkdir(exist_ok=True)
    (tmp_path / "log" / "codex-login.log").write_bytes(INVALID_SCOPE.encode()[:40] + log)
    session(tmp_path).write_bytes(b'{"task_complete"' + line)
    stored_errors(CodexHome(folder=tmp_path))
