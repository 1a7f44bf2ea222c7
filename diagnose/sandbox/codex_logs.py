"""What the Codex CLI (0.169.0) has written down on a machine before: stored errors, in its own places and forms."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from diagnose.sandbox.tokens import CHATGPT_USER, Login

_REUSED = (
    "Your access token could not be refreshed because your refresh token was already used. "
    "Please log out and sign in again."
)
_MANAGER = "codex_login::auth::manager"
_LOGS = """
CREATE TABLE logs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, ts INTEGER NOT NULL, ts_nanos INTEGER NOT NULL, level TEXT NOT NULL,
  target TEXT NOT NULL, feedback_log_body TEXT, module_path TEXT, file TEXT, line INTEGER, thread_id TEXT,
  process_uuid TEXT, estimated_bytes INTEGER NOT NULL DEFAULT 0
)
"""


def write_logs(home: Path, names: Sequence[str], login: Login, at: float) -> None:
    """Writes into the CODEX_HOME `home` what is left of each of LoginPlan.logs; they happened at Unix second `at`."""
    if "invalid_scope" in names:
        _invalid_scope(home, at)
    if "refresh_token_reused" in names:
        _rollout(home, login, at)
        _log_rows(home, at)


def _invalid_scope(home: Path, at: float) -> None:
    """A login in the browser that asked for a scope which this client may not ask for."""
    told = [
        (" INFO", "codex_cli::login", "starting browser login flow"),
        (
            " INFO",
            "codex_login::server",
            "received login callback path=/auth/callback has_code=false has_state=true has_error=true state_valid=true",
        ),
        (
            " WARN",
            "codex_login::server",
            'oauth callback returned error error_code="invalid_scope" has_error_description=true',
        ),
    ]
    lines = [f"{_moment(at + step)} {level} {target}: {text}\n" for step, (level, target, text) in enumerate(told)]
    _write(home / "log" / "codex-login.log", "".join(lines))


def _rollout(home: Path, login: Login, at: float) -> None:
    """The session whose turn failed because the refresh was refused."""
    name = uuid.uuid4()
    error = {"message": _REUSED, "codex_error_info": "unauthorized"}
    turn = {"type": "task_complete", "turn_id": str(uuid.uuid4()), "last_agent_message": None, "error": error}
    about = {"id": str(name), "creator_account_id": login.account, "creator_user_id": CHATGPT_USER}
    rows: list[dict[str, Any]] = [
        {"timestamp": _moment(at - 2, "milliseconds"), "ordinal": 0, "type": "session_meta", "payload": about},
        {"timestamp": _moment(at, "milliseconds"), "ordinal": 13, "type": "event_msg", "payload": turn},
    ]
    day = datetime.fromtimestamp(at, UTC)
    folder = home / "sessions" / f"{day:%Y}" / f"{day:%m}" / f"{day:%d}"
    text = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
    _write(folder / f"rollout-{day:%Y-%m-%dT%H-%M-%S}-{name}.jsonl", text)


def _log_rows(home: Path, at: float) -> None:
    import sqlite3

    told = [
        ("INFO", "auth: Refreshing token", 1799),
        ("ERROR", "auth: Failed to refresh token status=401 Unauthorized", 1838),
        ("ERROR", f"auth: Failed to refresh token: {_REUSED}", 2711),
    ]
    path = home / "logs_2.sqlite"
    path.touch(mode=0o600)
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("pragma journal_mode = wal")
        database.execute("pragma synchronous = off")
        database.execute(_LOGS)
        for level, text, line in told:
            row = (int(at), 0, level, _MANAGER, text, _MANAGER, "login/src/auth/manager.rs", line, len(text))
            database.execute(
                "insert into logs (ts, ts_nanos, level, target, feedback_log_body, module_path, file, line,"
                " estimated_bytes) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )


def _moment(at: float, to: str = "microseconds") -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec=to).replace("+00:00", "Z")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
