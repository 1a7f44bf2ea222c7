"""The ASGI application: a front that files every request, and the routes behind it."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import replace

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diagnose.sandbox import codex, google, handlers, litellm, minimax, oauth, openrouter, serving
from diagnose.sandbox.control import CONTROL, Control
from diagnose.sandbox.credentials import Credentials
from diagnose.sandbox.exchange import Exchange, exchange_of
from diagnose.sandbox.faults import Faults
from diagnose.sandbox.provenance import vendor
from diagnose.sandbox.records import SECRET_HEADERS, Ledger, Received, fingerprint
from diagnose.sandbox.refusals import Refused, refused
from diagnose.sandbox.services import LOOKALIKE, NOBODY, addressed

_OTHERS = {
    "codex": codex.ROUTES,
    "oauth": oauth.ROUTES,
    "litellm": litellm.ROUTES,
    "openrouter": openrouter.ROUTES,
    "google": google.ROUTES,
    "minimax": minimax.ROUTES,
    NOBODY: [],
}


def build(faults: Faults, ledger: Ledger, credentials: Credentials, control: Control) -> ASGIApp:
    """The whole application: control plane, front, the Images API and the other services."""
    images = _images_api()
    apps = {name: serving.application(routes) for name, routes in _OTHERS.items()}
    return Front(apps | {"openai": images, LOOKALIKE: images}, faults, ledger, credentials, control)


def _images_api() -> ASGIApp:
    routes = [
        Route("/v1/me", handlers.me, methods=["GET"]),
        Route("/v1/models", handlers.models, methods=["GET"]),
        Route("/v1/models/{name:path}", handlers.model, methods=["GET"]),
        Route("/v1/images/generations", handlers.generations, methods=["POST"]),
        Route("/v1/images/edits", handlers.edits, methods=["POST"]),
    ]
    api = Starlette(
        routes=routes,
        exception_handlers={Refused: _on_refusal, HTTPException: _on_routing},  # type: ignore[dict-item]
    )
    api.router.redirect_slashes = False
    return api


def _refusal(request: Request, refusal: Refused) -> Response:
    headers = exchange_of(request).answer_headers() | refusal.headers
    return JSONResponse(refusal.body, status_code=refusal.status, headers=headers)


async def _on_refusal(request: Request, refusal: Refused) -> Response:
    return _refusal(request, refusal)


async def _on_routing(request: Request, problem: HTTPException) -> Response:
    """Unknown paths and methods, which are told before any look at the key."""
    row = "not_allowed" if problem.status_code == 405 else "invalid_url"
    return _refusal(request, refused(row, method=request.method, path=request.url.path))


class Front:
    """Reads and files each request and hands it to the service that its Host header names. Lets `Faults.edge`
    answer in the Images API's place, and keeps the control plane apart from everything that faults can touch."""

    def __init__(
        self, apps: Mapping[str, ASGIApp], faults: Faults, ledger: Ledger, credentials: Credentials, control: Control
    ) -> None:
        self._apps = apps
        self._faults = faults
        self._ledger = ledger
        self._credentials = credentials
        self._control = control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"].startswith(CONTROL):
            await self._control(scope, receive, send)
            return
        headers = dict(Headers(scope=scope))
        asked = addressed(headers.get("host", ""), scope["path"], self._faults)
        token = _credential(headers, asked.service)
        number = self._ledger.open(
            Received(
                method=scope["method"],
                path=scope["path"],
                credential_fingerprint=fingerprint(token) if token else None,
                headers={name: value for name, value in headers.items() if name not in SECRET_HEADERS},
                host=asked.host,
                service=asked.service,
            )
        )
        body = await _read_body(receive)
        if body is None:
            return
        lookalike = asked.service == LOOKALIKE
        scope["exchange"] = Exchange(
            faults=replace(self._faults, key_check="accept-any") if lookalike else self._faults,
            ledger=self._ledger,
            service=asked.service,
            path=asked.path,
            key=self._credentials.keys.get(asked.service, ""),
            logins=self._credentials.logins,
            number=number,
            token=token,
            headers=headers,
            body=body,
        )
        scope = {**scope, "path": asked.path}

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._ledger.note(number, status=message["status"])
            await send(message)

        try:
            await (_edge(self._faults, asked.service) or self._apps[asked.service])(scope, receive, noting)
        except Exception:
            self._ledger.failures.append(traceback.format_exc())
            raise


def _credential(headers: Mapping[str, str], service: str) -> str:
    """The credential in the header that the service looks at; "" when there is none."""
    if service == "google":
        return headers.get("x-goog-api-key", "").strip()
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _edge(faults: Faults, service: str) -> Response | None:
    edge = faults.codex.edge if service == "codex" else faults.edge if service == "openai" else "none"
    if edge == "none":
        return None
    name, status = ("edge", 403) if edge == "challenge-403" else ("proxy", 200)
    return HTMLResponse(vendor(name).page, status_code=status, headers=vendor(name).headers)


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body; None when the client left before its end."""
    pieces: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)
