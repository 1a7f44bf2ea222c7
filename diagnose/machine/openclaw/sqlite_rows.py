"""Rows of OpenClaw's SQLite stores, read from a private copy: opening the original would write beside it.

Imported only when there is such a store.
"""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable
from pathlib import Path

_LIMIT = 1024 * 1024 * 1024
"""Bytes that are copied at most: a store also holds what agents said, and the copy takes as much room again."""
_ATTEMPTS = 3


class StoreError(Exception):
    """A store that cannot be read; the message is the reason, without anything of its content."""


def rows(file: Path, queries: Iterable[str]) -> list[str | None]:
    """The first cell of each query's first row; None where there is no table, no row or no text.

    Raises StoreError.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="routecheck-") as folder:
            copy = _copied(file, Path(folder))
            with contextlib.closing(sqlite3.connect(copy)) as database:
                return [_cell(database, query) for query in queries]
    except sqlite3.Error as error:
        raise StoreError(f"it is no database that can be read ({type(error).__name__})") from error
    except (OSError, shutil.Error, ValueError) as error:
        raise StoreError(getattr(error, "strerror", None) or type(error).__name__) from error


def _cell(database: sqlite3.Connection, query: str) -> str | None:
    try:
        row = database.execute(query).fetchone()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return None
        raise
    return row[0] if row and isinstance(row[0], str) else None


def _copied(file: Path, folder: Path) -> Path:
    """Database and log as they were at one moment: copied again when somebody wrote meanwhile."""
    copy = folder / file.name
    for _ in range(_ATTEMPTS):
        before = _state(file)
        if sum(size for size, _ in before) > _LIMIT:
            raise StoreError(f"it is larger than {_LIMIT // 1024**3} GiB")
        for suffix in ("", "-wal"):
            source, target = file.with_name(file.name + suffix), copy.with_name(copy.name + suffix)
            target.unlink(missing_ok=True)
            if not suffix or source.exists():
                shutil.copyfile(source, target)
        if _state(file) == before:
            return copy
    raise StoreError("somebody keeps writing to it")


def _state(file: Path) -> list[tuple[int, int]]:
    found = []
    for suffix in ("", "-wal"):
        try:
            entry = os.stat(f"{file}{suffix}")  # noqa: PTH116
        except FileNotFoundError:
            continue
        found.append((entry.st_size, entry.st_mtime_ns))
    return found
