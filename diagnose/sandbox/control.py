"""The sandbox's own endpoints under /__routecheck__/: who this process is, and what it was asked."""

from __future__ import annotations

import dataclasses
import hmac

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from diagnose.sandbox.identity import NONCE, expected_mac
from diagnose.sandbox.records import Ledger

CONTROL = "/__routecheck__/"


class Control:
    """Knows the secret, and the address on which this server listens."""

    def __init__(self, secret: bytes, ledger: Ledger, host: str, port: int) -> None:
        self._secret = secret
        self._ledger = ledger
        self._host = host
        self._port = port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        known = {"challenge": self._challenge, "requests": self._requests}
        handler = known.get(request.url.path.removeprefix(CONTROL)) if request.method == "GET" else None
        response = handler(request) if handler else JSONResponse({"error": "not found"}, status_code=404)
        await response(scope, receive, send)

    def _challenge(self, request: Request) -> Response:
        nonce = request.query_params.get("nonce", "")
        if not NONCE.fullmatch(nonce):
            return JSONResponse({"error": "nonce must be 32 to 128 hex characters"}, status_code=400)
        return JSONResponse({"mac": expected_mac(self._secret, nonce, self._host, self._port)})

    def _requests(self, request: Request) -> Response:
        wanted = f"Bearer {self._secret.hex()}".encode()
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, wanted):
            return JSONResponse({"error": "not found"}, status_code=404)
        rows = [dataclasses.asdict(row) for row in self._ledger.requests()]
        return JSONResponse({"billed": sum(row["billed"] for row in rows), "requests": rows})
