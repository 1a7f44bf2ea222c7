"""The free calls of chatgpt.com: whose login it is, which workspaces it has, what is left, which models there are."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from diagnose.sandbox.codex_gate import admit, windows, workspaces
from diagnose.sandbox.exchange import exchange_of
from diagnose.sandbox.services import answered, services
from diagnose.sandbox.tokens import CHATGPT_USER, EMAIL

_NAMES = {"personal": "Personal", "workspace": "Sandbox team"}


async def account_usage(request: Request) -> Response:
    """GET /backend-api/wham/usage: whose login it is, and what is left of its plan."""
    exchange = exchange_of(request)
    login = admit(exchange, "account")
    spent = any(window.used_percent >= 100 for window in windows(exchange))
    shown = {
        f"{window.name}_window": {
            "used_percent": window.used_percent,
            "limit_window_seconds": window.seconds,
            "reset_after_seconds": window.left,
            "reset_at": int(time.time()) + window.left,
        }
        for window in windows(exchange)
    }
    chosen = exchange.headers.get("chatgpt-account-id") or login.account
    personal = any(space.id == chosen and space.structure == "personal" for space in workspaces(exchange, login))
    answer: dict[str, object] = {
        "user_id": CHATGPT_USER,
        "account_id": CHATGPT_USER if personal else chosen,
        "email": EMAIL,
        "plan_type": login.plan,
        "rate_limit": {"allowed": not spent, "limit_reached": spent, **shown},
        "credits": {"has_credits": False, "unlimited": False, "balance": "0"},
        "additional_rate_limits": [],
        "rate_limit_reached_type": {"type": "rate_limit_reached"} if spent else None,
    }
    return JSONResponse(answer, headers=exchange.own_headers)


async def accounts(request: Request) -> Response:
    """GET /backend-api/wham/accounts/check: the workspaces of the login."""
    exchange = exchange_of(request)
    found = workspaces(exchange, admit(exchange, "workspaces"))
    shown = [
        {
            "id": workspace.id,
            "name": _NAMES[workspace.structure],
            "structure": workspace.structure,
            "plan_type": workspace.plan,
            "is_deactivated": not workspace.active,
            "workspace_backend_origin": "NO_CONSTRAINT",
            "account_routing_override": "NO_CONSTRAINT",
        }
        for workspace in found
    ]
    order = [workspace.id for workspace in found]
    answer = {"accounts": shown, "account_ordering": order, "default_account_id": order[0]}
    return JSONResponse(answer, headers=exchange.own_headers)


async def models(request: Request) -> Response:
    """GET /backend-api/codex/models: the text models that the client's version may use."""
    exchange = exchange_of(request)
    admit(exchange, "codex")
    if not request.query_params.get("client_version"):
        raise answered("codex", "detail", text="client_version is required")
    carriers = services().codex_carriers if exchange.faults.codex.carriers == "listed" else ()
    named = [*carriers, *services().codex_without_images]
    shown = [_model(name, at) for at, name in enumerate(named)]
    return JSONResponse({"models": shown}, headers=exchange.own_headers)


def _model(name: str, at: int) -> dict[str, object]:
    """A row of the list; the real client throws the whole list away when one of these fields is not there."""
    row: dict[str, object] = {
        "slug": name,
        "display_name": name,
        "visibility": "list",
        "supported_in_api": True,
        "priority": at,
        "shell_type": "shell_command",
        "support_verbosity": False,
        "truncation_policy": {"mode": "tokens", "limit": 10_000},
        "supported_reasoning_levels": [],
        "experimental_supported_tools": [],
        "base_instructions": "Help the user.",
    }
    if name in services().codex_scripted:
        row |= {"tool_mode": "code_mode_only", "use_responses_lite": True}
    return row


async def upgrade(request: Request) -> Response:
    """GET /backend-api/codex/responses: the real client asks for a WebSocket first, and goes on without one."""
    wanted = request.headers.get("upgrade", "").lower() == "websocket"
    raise answered("codex", "no_websocket" if wanted else "not_found")
