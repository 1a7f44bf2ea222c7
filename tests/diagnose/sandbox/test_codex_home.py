"""The machine of a login: files, places, modes, and what was written down before."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import stat
import time
import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from diagnose.sandbox.codex_home import prepare_login
from diagnose.sandbox.plan import LoginPlan
from diagnose.sandbox.scenarios import load
from diagnose.sandbox.server import Sandbox
from diagnose.sandbox.tokens import CHATGPT_USER, OTHER_ACCOUNT


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as server:
        yield server


def auth_of(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / ".codex" / "auth.json").read_text())
    return found


def test_the_file_is_that_of_the_real_client(tmp_path: Path, sandbox: Sandbox) -> None:
    made = prepare_login(tmp_path, LoginPlan(last_refresh_ago=7200), sandbox)
    assert made.env == {"HOME": str(made.home), "CODEX_HOME": str(made.home / ".codex")}
    assert [path.name for path in (made.home / ".codex").iterdir()] == ["auth.json"]
    assert stat.S_IMODE((made.home / ".codex" / "auth.json").stat().st_mode) == 0o600
    auth = auth_of(made.home)
    assert list(auth) == ["auth_mode", "OPENAI_API_KEY", "tokens", "last_refresh"]
    assert (auth["auth_mode"], auth["OPENAI_API_KEY"]) == ("chatgpt", None)
    assert set(auth["tokens"]) == {"id_token", "access_token", "refresh_token", "account_id"}
    assert auth["last_refresh"].endswith("Z")
    refreshed = datetime.fromisoformat(auth["last_refresh"]).timestamp()
    assert time.time() - refreshed == pytest.approx(7200, abs=30)
    assert auth["tokens"]["access_token"] not in repr(made)


def test_the_login_is_taken_by_its_sandbox(tmp_path: Path, sandbox: Sandbox) -> None:
    import httpx

    auth = auth_of(prepare_login(tmp_path, LoginPlan(), sandbox).home)
    headers = {
        "authorization": f"Bearer {auth['tokens']['access_token']}",
        "chatgpt-account-id": auth["tokens"]["account_id"],
    }
    answer = httpx.get(f"{sandbox.url}/backend-api/wham/usage", headers=headers, trust_env=False)
    assert answer.json()["user_id"] == CHATGPT_USER


def test_a_keyring_leaves_no_file(tmp_path: Path, sandbox: Sandbox) -> None:
    codex = prepare_login(tmp_path, LoginPlan(keyring=True), sandbox).home / ".codex"
    assert tomllib.loads((codex / "config.toml").read_text()) == {"cli_auth_credentials_store": "keyring"}
    assert not (codex / "auth.json").exists()


def test_a_workspace_can_be_forced(tmp_path: Path, sandbox: Sandbox) -> None:
    forced = {}
    for which in ("same", "other"):
        folder = tmp_path / which
        folder.mkdir()
        home = prepare_login(folder, LoginPlan(forced_workspace=which), sandbox).home  # type: ignore[arg-type]
        config = tomllib.loads((home / ".codex" / "config.toml").read_text())
        forced[which] = config["forced_chatgpt_workspace_id"]
        own = auth_of(home)["tokens"]["account_id"]
    assert forced == {"same": own, "other": OTHER_ACCOUNT}


def test_the_config_can_name_a_text_model(tmp_path: Path, sandbox: Sandbox) -> None:
    home = prepare_login(tmp_path, LoginPlan(model="gpt-5.4"), sandbox).home
    assert tomllib.loads((home / ".codex" / "config.toml").read_text()) == {"model": "gpt-5.4"}


def test_the_token_or_the_key_can_be_exported(tmp_path: Path, sandbox: Sandbox) -> None:
    for name, plan in (("token", LoginPlan(in_env=True)), ("key", LoginPlan(key_in_env=True))):
        folder = tmp_path / name
        folder.mkdir()
        made = prepare_login(folder, plan, sandbox)
        token = auth_of(made.home)["tokens"]["access_token"]
        assert made.env["OPENAI_API_KEY"] == (token if plan.in_env else sandbox.key)


def test_openclaw_can_hold_the_same_login(tmp_path: Path, sandbox: Sandbox) -> None:
    made = prepare_login(tmp_path, LoginPlan(also_in_openclaw=True, stored_account="other"), sandbox)
    with contextlib.closing(sqlite3.connect(made.state / "state" / "openclaw.sqlite")) as store:
        [[text]] = store.execute("select value_json from config_machine_state where state_key = 'authProfiles.store'")
    [profile] = json.loads(text)["profiles"].values()
    tokens = auth_of(made.home)["tokens"]
    assert profile["refresh"] == tokens["refresh_token"]
    assert profile["access"] == tokens["access_token"]
    assert profile["accountId"] == tokens["account_id"] == OTHER_ACCOUNT
    assert made.env["OPENCLAW_STATE_DIR"] == str(made.state)


def test_a_login_that_asked_for_too_much_is_in_the_log(tmp_path: Path, sandbox: Sandbox) -> None:
    made = prepare_login(tmp_path, LoginPlan(logs=("invalid_scope",)), sandbox)
    log = made.home / ".codex" / "log" / "codex-login.log"
    last = log.read_text().splitlines()[-1]
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert 'oauth callback returned error error_code="invalid_scope"' in last
    assert datetime.fromisoformat(last.split()[0]).timestamp() > _refreshed(made.home)


def test_a_refused_refresh_is_in_both_of_its_places(tmp_path: Path, sandbox: Sandbox) -> None:
    made = prepare_login(tmp_path, LoginPlan(logs=("refresh_token_reused",)), sandbox)
    codex = made.home / ".codex"
    [rollout] = codex.glob("sessions/*/*/*/rollout-*.jsonl")
    ended = json.loads(rollout.read_text().splitlines()[-1])
    assert ended["payload"]["error"]["codex_error_info"] == "unauthorized"
    assert "refresh token was already used" in ended["payload"]["error"]["message"]
    assert datetime.fromisoformat(ended["timestamp"]).timestamp() > _refreshed(made.home)
    with contextlib.closing(sqlite3.connect(codex / "logs_2.sqlite")) as database:
        rows = database.execute("select ts, level, target, feedback_log_body from logs order by id").fetchall()
    assert [row[1] for row in rows] == ["INFO", "ERROR", "ERROR"]
    assert rows[-1][0] > _refreshed(made.home)
    assert "refresh token was already used" in rows[-1][3]


def _refreshed(home: Path) -> float:
    return datetime.fromisoformat(auth_of(home)["last_refresh"]).timestamp()


@pytest.mark.parametrize("scenario", [row for row in load().values() if row.login], ids=lambda row: row.id)
def test_every_scenarios_machine_can_be_written(scenario: Any, tmp_path: Path) -> None:
    for name, plan in (("own", scenario.login), ("twin", scenario.twin_login or scenario.login)):
        folder = tmp_path / name
        folder.mkdir()
        made = prepare_login(folder, plan, Sandbox())
        files = [path for path in made.home.rglob("*") if path.is_file()]
        assert files
        assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in files if path.suffix == ".json")
