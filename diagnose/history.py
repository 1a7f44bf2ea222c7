"""Past runs, in one SQLite file below the state folder: a stored proof is what `generate` builds on."""

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diagnose.model.claim import Claim
from diagnose.model.verdict import Verdict

FILE_NAME = "history.sqlite"
PROOF_LASTS = 24 * 3600.0
"""Seconds for which a stored proof stands in for a new one."""

_SCHEMA = """
create table if not exists runs (
  id integer primary key,
  at real not null,
  claim_key text not null,
  verdict text not null,
  conclusive integer not null,
  report text not null
);
create index if not exists runs_by_claim on runs (claim_key, at);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A stored run: when (Unix seconds), how it ended, and its report as public JSON (version 1)."""

    at: float
    verdict: Verdict
    report: Mapping[str, Any]


def state_folder(env: Mapping[str, str]) -> Path:
    """Where routecheck keeps its own files: `ROUTECHECK_STATE_DIR`, or the platform's place for state.

    Raises OSError when there is none, as for a user without a home.
    """
    override = env.get("ROUTECHECK_STATE_DIR")
    try:
        if override:
            return Path(override).expanduser()
        import platformdirs

        folder = Path(platformdirs.user_state_dir("routecheck"))
    except RuntimeError as error:
        raise OSError(f"there is no state folder ({error}); set ROUTECHECK_STATE_DIR") from error
    if not folder.is_absolute():  # "~" is left in where nobody knows the home
        raise OSError("there is no state folder (the home is not known); set ROUTECHECK_STATE_DIR")
    return folder


def claim_key(
    claim: Claim, *, base_url: str, fingerprint: str, sandbox: bool, through: str = "", account: str = ""
) -> str:
    """What makes two runs claims of the same thing; the image parameters do not.

    `through` is the program that was asked in place of the host, "" for none; `account` goes along with a login, whose
    token alone does not say which of its workspaces is asked.
    """
    parts = [claim.route, base_url, fingerprint, claim.model, claim.owner or "", claim.fallback, str(sandbox)]
    parts += [through] if through else []
    parts += [f"account {account}"] if account else []
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A stored run in a list: its number, when (Unix seconds), and how it ended."""

    number: int
    at: float
    verdict: str


class History:
    """The stored runs. Every method raises OSError or sqlite3.Error when the file cannot be used."""

    # sqlite3.DataError stands for a row that is not ours or is damaged.

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def record(self, *, at: float, key: str, verdict: Verdict, conclusive: bool, report: str) -> None:
        """Store a finished run; `report` is its public JSON, already redacted.

        `conclusive` is False for a run that asked for no image by choice: it neither proves nor disproves.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._open() as database:
            database.executescript(_SCHEMA)
            database.execute(
                "insert into runs (at, claim_key, verdict, conclusive, report) values (?, ?, ?, ?, ?)",
                (at, key, verdict.value, conclusive, report),
            )

    def newest(self, key: str) -> Past | None:
        """The newest conclusive run of a claim, whatever its verdict; None when there is none."""
        if not self._path.exists():
            return None
        with self._open() as database:
            row = database.execute(
                "select at, verdict, report from runs where claim_key = ? and conclusive "
                "order by at desc, id desc limit 1",
                (key,),
            ).fetchone()
        if row is None:
            return None
        try:
            report = json.loads(row[2])
            at, verdict = float(row[0]), Verdict(row[1])
        except (ValueError, TypeError, RecursionError) as error:
            raise sqlite3.DataError(f"{self._path}: the newest run of this claim cannot be read") from error
        if not isinstance(report, dict):
            raise sqlite3.DataError(f"{self._path}: the newest run of this claim is no report")
        return Past(at=at, verdict=verdict, report=report)

    def proof(self, key: str, *, now: float) -> Past | None:
        """The newest conclusive run of a claim if it is a proof that still stands.

        A newer run that did not prove the claim ends it, however young the proof is.
        """
        past = self.newest(key)
        if past is None or past.verdict is not Verdict.PROVEN or not 0 <= now - past.at < PROOF_LASTS:
            return None
        return past

    def report(self, number: int | None) -> Mapping[str, Any] | None:
        """The public JSON of the run of that number, or of the newest run of all; None when there is none."""
        if not self._path.exists():
            return None
        which, values = ("where id = ?", (number,)) if number is not None else ("order by at desc, id desc limit 1", ())
        with self._open() as database:
            row = database.execute(f"select report from runs {which}", values).fetchone()  # noqa: S608
        if row is None:
            return None
        try:
            report = json.loads(row[0])
        except (ValueError, TypeError, RecursionError) as error:
            raise sqlite3.DataError(f"{self._path}: this run cannot be read") from error
        if not isinstance(report, dict):
            raise sqlite3.DataError(f"{self._path}: this run is no report")
        return report

    def listed(self, most: int) -> tuple[Listed, ...]:
        """The newest runs, the newest first."""
        if not self._path.exists():
            return ()
        with self._open() as database:
            rows = database.execute(
                "select id, at, verdict from runs order by at desc, id desc limit ?", (most,)
            ).fetchall()
        return tuple(Listed(number=row[0], at=row[1], verdict=str(row[2])) for row in rows)

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self._path, timeout=5)) as database, database:
            yield database
