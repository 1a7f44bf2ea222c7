"""The refusals of logins that the Codex CLI has kept: in the log of its logins, its database of logs, its sessions.

Of what stands there only the kind and the moment are taken over: the rest may be anybody's words.
"""

import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from diagnose.machine.codex_home import CodexHome, known

TAIL = 256 * 1024
"""How many bytes at the end of a file are read: a refusal that matters is a late one."""
SESSIONS = 20
"""How many sessions are looked at, the newest ones."""
DATABASE_LIMIT = 64 * 1024 * 1024
"""Bytes of a database of logs that are copied at most, to be read."""

_LAST = 253_402_300_800
"""The year 10000: no clock shows a later moment."""
_LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?)\d*Z +(?:ERROR|WARN|INFO) codex_login::")
_DATABASE = """select json_group_array(json_array(ts, feedback_log_body)) from (select ts, feedback_log_body from logs
where target like 'codex_login::%' and level in ('ERROR', 'WARN') order by ts desc limit 200)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredError:
    """One refusal: the matrix row that it stands for, the file, and the moment (Unix seconds).

    `over`: a login has succeeded since.
    """

    symptom: str
    file: Path
    at: float
    over: bool = False


def stored_errors(home: CodexHome) -> tuple[StoredError, ...]:
    """The refusals below that folder, the oldest first. Never raises: what cannot be read holds none."""
    logs = home.log_dir or home.folder
    found: list[StoredError] = []
    succeeded = 0.0
    for file in {home.folder / "log" / "codex-login.log", logs / "codex-login.log"}:
        for at, text in _lines(file):
            found += _error(file, at, text)
            if any(part in text for part in known()["success"]):
                succeeded = max(succeeded, at)
    for file in _sessions(home.folder):
        for at, text in _turns(file):
            found += _error(file, at, text)
    for at, text in _rows(logs / "logs_2.sqlite"):
        found += _error(logs / "logs_2.sqlite", at, text)
    found = [replace(error, over=error.at < succeeded) for error in found]
    return tuple(sorted(found, key=lambda error: error.at))


def _error(file: Path, at: float, text: str) -> Iterator[StoredError]:
    for row in known()["error"]:
        if any(part in text for part in row["contains"]):
            yield StoredError(symptom=row["symptom"], file=file, at=at)
            return


def _lines(file: Path) -> Iterator[tuple[float, str]]:
    """The lines of a log that the login itself wrote, each with its moment."""
    for line in _tail(file):
        head = _LINE.match(line)
        if head is not None and (at := _moment(head[1])) is not None:
            yield at, line


def _turns(file: Path) -> Iterator[tuple[float, str]]:
    """How turns of a session failed. The rest of the file is a conversation and is not looked at."""
    for line in _tail(file):
        if '"task_complete"' not in line:
            continue
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        payload = event.get("payload") if isinstance(event, dict) and event.get("type") == "event_msg" else None
        if not isinstance(payload, dict) or payload.get("type") != "task_complete":
            continue
        error = payload.get("error")
        message = error.get("message") if isinstance(error, dict) else None
        at = _moment(str(event.get("timestamp", "")).removesuffix("Z"))
        # Tools fail in their own words, which may quote these.
        if isinstance(message, str) and message.startswith(known()["turn_begins"]) and at is not None:
            yield at, message


def _rows(file: Path) -> list[tuple[float, str]]:
    """What the login wrote into the database of logs."""
    try:
        if file.stat().st_size > DATABASE_LIMIT:
            return []
    except OSError:
        return []
    from diagnose.machine.openclaw.sqlite_rows import StoreError, rows

    try:
        listed = json.loads(rows(file, [_DATABASE])[0] or "[]")
    except (StoreError, ValueError):
        return []
    return [
        (float(at), text) for at, text in listed if isinstance(at, int) and 0 < at < _LAST and isinstance(text, str)
    ]


def _sessions(folder: Path) -> list[Path]:
    """The newest sessions, by the day and the time in their names."""
    found: list[Path] = []
    try:
        for day in sorted(folder.glob("sessions/*/*/*"), reverse=True):
            found += sorted(day.glob("rollout-*.jsonl"), reverse=True)
            if len(found) >= SESSIONS:
                break
    except OSError:
        pass  # a folder that is closed to us holds nothing for us
    return found[:SESSIONS]


def _tail(file: Path) -> list[str]:
    """The last lines of a regular file, without the one that the reading began in; none where it cannot be read."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return []
    with os.fdopen(descriptor, "rb") as stream:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return []
        begin = max(0, found.st_size - TAIL)
        stream.seek(begin)
        content = stream.read(TAIL)
    lines = content.decode("utf-8", "replace").split("\n")
    return lines[1:] if begin else lines


def _moment(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return None
