"""A stored proof stands in for a new one: only the newest run, only for a day, only for the same claim."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from diagnose.history import FILE_NAME, PROOF_LASTS, History, claim_key, state_folder
from diagnose.model.claim import Claim, Parameters
from diagnose.model.verdict import Verdict

CLAIM = Claim(route="openai-images", model="openai/gpt-image-2", fallback="forbidden")
NOW = 1_795_132_800.0
DOCUMENTED = (OSError, sqlite3.Error)


def key(
    claim: Claim = CLAIM, base_url: str = "https://h/v1", fingerprint: str = "0a1b2c3d", sandbox: bool = False
) -> str:
    return claim_key(claim, base_url=base_url, fingerprint=fingerprint, sandbox=sandbox)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "state")


def record(
    history: History, at: float, verdict: Verdict = Verdict.PROVEN, *, of: str = "", conclusive: bool = True
) -> None:
    report = json.dumps({"at": at, "verdict": verdict})
    history.record(at=at, key=of or key(), verdict=verdict, conclusive=conclusive, report=report)


def test_without_a_file_there_is_nothing_and_none_is_made(history: History, tmp_path: Path) -> None:
    assert history.newest(key()) is None
    assert history.proof(key(), now=NOW) is None
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_kept_with_its_report(history: History, tmp_path: Path) -> None:
    record(history, NOW)
    past = history.newest(key())
    assert past is not None
    assert (past.at, past.verdict, past.report) == (NOW, Verdict.PROVEN, {"at": NOW, "verdict": "proven"})
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("age", "stands"),
    [
        (0, True),
        (1, True),
        (PROOF_LASTS - 0.001, True),
        (PROOF_LASTS, False),
        (PROOF_LASTS * 9, False),
        (-0.001, False),
    ],
)
def test_a_proof_stands_for_a_day_and_never_from_the_future(history: History, age: float, stands: bool) -> None:
    record(history, NOW)
    assert (history.proof(key(), now=NOW + age) is not None) is stands


@pytest.mark.parametrize("worse", [Verdict.UNPROVEN, Verdict.BROKEN, Verdict.CONTRADICTED])
def test_the_newest_run_wins_in_both_directions(history: History, worse: Verdict) -> None:
    record(history, NOW)
    record(history, NOW + 1, worse)
    assert history.proof(key(), now=NOW + 2) is None
    record(history, NOW + 3)
    assert history.proof(key(), now=NOW + 4) is not None
    record(history, NOW - 100, worse)  # written later, and older all the same
    assert history.proof(key(), now=NOW + 4) is not None


def test_of_two_runs_at_one_time_the_later_row_wins(history: History) -> None:
    record(history, NOW)
    record(history, NOW, Verdict.CONTRADICTED)
    assert history.proof(key(), now=NOW) is None


def test_a_run_that_asked_for_nothing_ends_nothing_and_proves_nothing(history: History) -> None:
    record(history, NOW)
    record(history, NOW + 1, Verdict.UNPROVEN, conclusive=False)
    assert history.proof(key(), now=NOW + 2) is not None


def test_what_makes_a_claim_another_one() -> None:
    others = [
        key(replace(CLAIM, model="openai/gpt-image-2.5-flare")),
        key(replace(CLAIM, owner="org-example")),
        key(replace(CLAIM, fallback="undeclared")),
        key(replace(CLAIM, route="codex-images")),
        key(base_url="https://other/v1"),
        key(fingerprint="ffffffff"),
        key(sandbox=True),
    ]
    assert len({key(), *others}) == len(others) + 1
    assert key(replace(CLAIM, parameters=Parameters(size="1536x1024"))) == key()


def test_a_sandbox_run_is_no_proof_of_the_real_route(history: History) -> None:
    record(history, NOW, of=key(sandbox=True))
    assert history.proof(key(), now=NOW) is None
    assert history.proof(key(sandbox=True), now=NOW) is not None


@pytest.mark.parametrize(
    "content", [b"this is no database, whatever its name may say" * 99, b"SQLite format 3\0" + bytes(84), b""]
)
def test_a_file_that_is_no_database_raises_what_is_documented(history: History, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / FILE_NAME).write_bytes(content)
    with pytest.raises(DOCUMENTED):
        history.newest(key())


def test_a_folder_in_the_place_of_the_file_raises_what_is_documented(history: History, tmp_path: Path) -> None:
    (tmp_path / "state" / FILE_NAME).mkdir(parents=True)
    with pytest.raises(DOCUMENTED):
        history.newest(key())
    with pytest.raises(DOCUMENTED):
        record(history, NOW)


def test_a_file_in_the_place_of_the_folder_raises_what_is_documented(history: History, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    assert history.newest(key()) is None
    with pytest.raises(DOCUMENTED):
        record(history, NOW)


@pytest.mark.parametrize(("column", "value"), [("report", "{"), ("verdict", "splendid"), ("report", 5), ("at", "soon")])
def test_a_damaged_row_raises_what_is_documented(history: History, tmp_path: Path, column: str, value: object) -> None:
    record(history, NOW)
    database = sqlite3.connect(tmp_path / "state" / FILE_NAME)
    if (column, value) == ("report", 5):
        value = b"\xff\xfe"
    database.execute(f"update runs set {column} = ?", (value,))
    database.commit()
    database.close()
    with pytest.raises(DOCUMENTED):
        history.newest(key())


def test_where_the_state_is(tmp_path: Path) -> None:
    assert state_folder({"ROUTECHECK_STATE_DIR": str(tmp_path)}) == tmp_path
    assert state_folder({}).name == "routecheck"


def test_a_folder_that_nobody_can_find_is_an_oserror(monkeypatch: pytest.MonkeyPatch) -> None:
    import platformdirs

    with pytest.raises(OSError, match="ROUTECHECK_STATE_DIR"):
        state_folder({"ROUTECHECK_STATE_DIR": "~nosuchuser/x"})
    monkeypatch.setattr(platformdirs, "user_state_dir", lambda name: f"~/.local/state/{name}")
    with pytest.raises(OSError, match="home"):
        state_folder({})


@pytest.mark.parametrize("report", ["[]", "7", "null", "[" * 100_000, "{"])
def test_a_row_that_holds_no_report_is_no_proof(tmp_path: Path, report: str) -> None:
    history = History(tmp_path)
    history.record(at=1.0, key="k", verdict=Verdict.PROVEN, conclusive=True, report=report)
    with pytest.raises(sqlite3.DataError):
        history.proof("k", now=2.0)
