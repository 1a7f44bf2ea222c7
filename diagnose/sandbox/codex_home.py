"""Writes the machine of a LoginPlan into a folder: a home with the login where the Codex CLI keeps it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from diagnose.sandbox.codex_logs import write_logs
from diagnose.sandbox.machine import PreparedMachine, prepare
from diagnose.sandbox.plan import LoginPlan, Plan, Profile
from diagnose.sandbox.tokens import Login

if TYPE_CHECKING:
    from diagnose.sandbox.server import Sandbox

NEWEST = (2026, 9, 6)
"""The release of OpenClaw whose store also_in_openclaw is about."""


def prepare_login(folder: Path, plan: LoginPlan, sandbox: Sandbox) -> PreparedMachine:
    """Writes the plan's machine into `folder`, which must exist and be empty. The sandbox takes the login for what
    it is. Raises OSError when the folder cannot be written."""
    login = sandbox.sign_in(plan)
    env: dict[str, str] = {}
    if plan.also_in_openclaw:
        env = dict(_openclaw(folder, plan, login, sandbox).env)
    home = folder / "home"
    codex = home / ".codex"
    codex.mkdir(parents=True, mode=0o700)
    if settings := _settings(plan, login):
        _private(codex / "config.toml", settings)
    if not plan.keyring and plan.kind != "none":
        _private(codex / "auth.json", _auth(plan, login))
    # After the last refresh: what was written down before it is history.
    write_logs(codex, plan.logs, login, time.time() - plan.last_refresh_ago / 2)
    env |= {"HOME": str(home), "CODEX_HOME": str(codex)}
    if plan.in_env or plan.key_in_env:
        env["OPENAI_API_KEY"] = login.access if plan.in_env else sandbox.key
    return PreparedMachine(home=home, state=home / ".openclaw", env=env)


def _openclaw(folder: Path, plan: LoginPlan, login: Login, sandbox: Sandbox) -> PreparedMachine:
    profile = Profile(expires_in=plan.expires_in)
    texts = sandbox.placeholders | {"codex_token": login.access, "refresh_token": login.refresh}
    return prepare(folder, NEWEST, Plan(profiles=(profile,)), texts | {"account": login.stored_account})


def _auth(plan: LoginPlan, login: Login) -> str:
    refreshed = datetime.fromtimestamp(time.time() - plan.last_refresh_ago, UTC)
    content = {
        "auth_mode": "chatgpt",
        "OPENAI_API_KEY": None,
        "tokens": {
            "id_token": login.identity,
            "access_token": login.access,
            "refresh_token": login.refresh,
            "account_id": login.stored_account,
        },
        "last_refresh": f"{refreshed:%Y-%m-%dT%H:%M:%S.%f}000Z",
    }
    return json.dumps(content, indent=2)


def _settings(plan: LoginPlan, login: Login) -> str:
    lines = ['cli_auth_credentials_store = "keyring"'] if plan.keyring else []
    lines += [f'model = "{plan.model}"'] if plan.model else []
    if plan.forced_workspace:
        forced = login.account if plan.forced_workspace == "same" else login.another_account
        lines.append(f'forced_chatgpt_workspace_id = "{forced}"')
    return "".join(f"{line}\n" for line in lines)


def _private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
