"""Who may ask what of chatgpt.com: the token, the workspace, and the headers of every answer."""

from __future__ import annotations

import json
import secrets
import time
from base64 import b64encode
from dataclasses import dataclass
from typing import Literal

from diagnose.sandbox.exchange import Exchange
from diagnose.sandbox.services import Answered, answered, refused_at
from diagnose.sandbox.tokens import Login

Call = Literal["workspaces", "account", "codex"]
"""Kinds of calls: which workspaces there are, other questions about the account, and those of the Codex surface."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One of a plan's windows; spans in seconds."""

    name: str
    used_percent: int
    seconds: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One workspace of a login. `structure` "workspace" is a team's."""

    id: str
    structure: Literal["personal", "workspace"]
    plan: str
    active: bool = True


def windows(exchange: Exchange) -> tuple[Window, Window]:
    """How much of the plan is used (invented figures)."""
    spent = exchange.faults.codex.refusal == "usage_limit_reached"
    return (
        Window(name="primary", used_percent=100 if spent else 12, seconds=18_000, left=900),
        Window(name="secondary", used_percent=40, seconds=604_800, left=90_000),
    )


def workspaces(exchange: Exchange, login: Login) -> tuple[Workspace, ...]:
    """The workspaces of the login, the one that is used by default first."""
    own = Workspace(id=login.account, structure="personal", plan=login.plan)
    team = Workspace(id=login.another_account, structure="workspace", plan="team")
    closed = Workspace(id=login.account, structure="workspace", plan="team", active=False)
    known = {"own": (own,), "several": (own, team), "removed": (team,), "deactivated": (closed,)}
    return known[exchange.faults.codex.workspaces]


def admit(exchange: Exchange, call: Call) -> Login:
    """The login behind the request; raises Answered when it may not ask this."""
    exchange.own_headers = _headers(exchange)
    login = exchange.logins.of(exchange.token)
    if login is None:
        raise _denied("unauthorized")
    exchange.key_known = True
    if login.kind == "siwc":
        raise _denied("plan_token")
    if login.expires <= time.time():
        raise _denied("token_expired")
    refusal = exchange.faults.codex.refusal
    if refusal and refused_at("codex", refusal) in ("every call", f"{call} calls"):
        raise refuse(exchange, login)
    if call != "workspaces":
        _in_workspace(exchange, login)
    return login


def admit_work(exchange: Exchange, login: Login) -> None:
    """The last gate before an image is made, behind the look at the body; raises Answered."""
    if exchange.faults.codex.refusal:
        raise refuse(exchange, login)


def refuse(exchange: Exchange, login: Login) -> Answered:
    """The refusal that the fault names."""
    first = windows(exchange)[0]
    return _denied(
        exchange.faults.codex.refusal,
        plan=login.plan,
        resets_at=int(time.time()) + first.left,
        resets_in=first.left,
        request_id=exchange.request_id,
    )


def _in_workspace(exchange: Exchange, login: Login) -> None:
    chosen = exchange.headers.get("chatgpt-account-id") or login.account
    found = {workspace.id: workspace for workspace in workspaces(exchange, login)}.get(chosen)
    if found is None:
        raise _denied("invalid_workspace")
    if not found.active:
        raise _denied("deactivated_workspace")


def _denied(row: str, **values: object) -> Answered:
    """The row's refusal. A code in a 401 stands in the headers as well, as the real client reads it there."""
    denied = answered("codex", row, **values)
    error = denied.body.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    if denied.status == 401 and code:
        packed = b64encode(json.dumps({"error": {"code": code}}).encode()).decode()
        denied.headers |= {"x-openai-authorization-error": code, "x-error-json": packed}
    return denied


def _headers(exchange: Exchange) -> dict[str, str]:
    found = {
        "x-request-id": exchange.request_id,
        "x-oai-request-id": exchange.request_id,
        "cf-ray": f"{secrets.token_hex(8)}-FRA",
        "server": "cloudflare",
    }
    for window in windows(exchange):
        found[f"x-codex-{window.name}-used-percent"] = str(window.used_percent)
        found[f"x-codex-{window.name}-window-minutes"] = str(window.seconds // 60)
        found[f"x-codex-{window.name}-reset-at"] = str(int(time.time()) + window.left)
        if window.used_percent >= 100:
            found["x-codex-rate-limit-reached-type"] = "rate_limit_reached"
    return found
