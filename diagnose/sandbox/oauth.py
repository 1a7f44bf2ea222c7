"""auth.openai.com: refreshes, and the keys by which tokens are checked.

It refuses every refresh unless it is told to rotate. A diagnosis that gets here has gone too far, and the ledger
says so.
"""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from diagnose.sandbox.exchange import Exchange, exchange_of
from diagnose.sandbox.services import answered
from diagnose.sandbox.signing import key_set


async def token(request: Request) -> Response:
    """POST /oauth/token. The body, which holds a refresh token, is not filed."""
    exchange = exchange_of(request)
    faults = exchange.faults.oauth
    if not faults.rotates:
        raise answered("oauth", faults.refusal)
    sent = _sent(exchange)
    if sent.get("grant_type") != "refresh_token":
        raise answered("oauth", "unsupported_grant")
    refresh = sent.get("refresh_token", "")
    logins = exchange.logins
    if not logins.gave_out(refresh):
        raise answered("oauth", "refresh_token_reused" if logins.used_up(refresh) else "token_expired")
    made = logins.rotated(refresh)
    return JSONResponse(
        {
            "access_token": made.access,
            "id_token": made.identity,
            "refresh_token": made.refresh,
            "token_type": "Bearer",
            "expires_in": int(made.expires - made.issued),
        }
    )


def _sent(exchange: Exchange) -> dict[str, str]:
    """The fields of the body, which comes as JSON or as a form; none when it is neither."""
    text = exchange.body.decode("utf-8", "replace")
    if exchange.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(text))
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {name: value for name, value in body.items() if isinstance(value, str)} if isinstance(body, dict) else {}


async def revoke(request: Request) -> Response:  # noqa: ARG001 - starlette's shape
    """POST /oauth/revoke, which a new login begins with. The body, which holds a token, is not filed."""
    return Response(status_code=200)


async def keys(request: Request) -> Response:  # noqa: ARG001 - starlette's shape
    """GET /.well-known/jwks.json."""
    return JSONResponse(key_set())


ROUTES = [
    Route("/oauth/token", token, methods=["POST"]),
    Route("/oauth/revoke", revoke, methods=["POST"]),
    Route("/.well-known/jwks.json", keys, methods=["GET"]),
]
