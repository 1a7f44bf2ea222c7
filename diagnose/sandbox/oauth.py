"""auth.openai.com: refuses every refresh. A diagnosis that gets here has gone too far, and the ledger says so."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from diagnose.sandbox.services import answered


async def token(request: Request) -> Response:  # noqa: ARG001 - starlette's shape
    """POST /oauth/token. The body, which holds a refresh token, is not filed."""
    raise answered("oauth", "unauthorized")


ROUTES = [Route("/oauth/token", token, methods=["POST"])]
