"""A login on a machine of its own, a backend on loopback, and the Context that a check is given of both."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from checks.codex_account import account_to_send
from checks.context import Context, Learned, registered
from diagnose import routes
from diagnose.http import Client
from diagnose.machine.claims import read_claims
from diagnose.machine.credentials import Credential, kind_of
from diagnose.machine.held import Held
from diagnose.machine.host import Host
from diagnose.machine.openclaw.config import Config
from diagnose.machine.openclaw.setting import read
from diagnose.model.check import Outcome
from diagnose.model.claim import Claim, Parameters
from diagnose.model.secret import Secret
from diagnose.net import Settings
from diagnose.routes.connection import Connection
from diagnose.routes.kind import Route
from diagnose.routes.shot import Ledger
from diagnose.routes.target import parse_base_url

NOW = 1_795_260_000.0
"""2026-11-21 11:20 UTC."""
ACCOUNT = "11111111-2222-3333-4444-555555555555"
OTHER = "99999999-8888-7777-6666-555555555555"
USER = "user-EXAMPLE"
CODEX_CLIENT = "app_EMoamEEZ73f0CkXaXp7hrann"
REFRESH = "rt_planted-refresh-token-value"
REUSED = (
    "Your access token could not be refreshed because your refresh token was already used. "
    "Please log out and sign in again."
)


def token(*, account: str | None = ACCOUNT, plan: str = "plus", **claims: Any) -> str:
    """A Codex access token by its form; `claims` are added, and taken out where they are None."""
    own = {"chatgpt_plan_type": plan, "chatgpt_user_id": USER} | ({"chatgpt_account_id": account} if account else {})
    content: dict[str, Any] = {
        "iss": "https://auth.openai.com",
        "client_id": CODEX_CLIENT,
        "scp": ["openid", "offline_access"],
        "iat": NOW - 3600,
        "exp": NOW + 864_000,
        "https://api.openai.com/auth": own,
    }
    content = {name: value for name, value in (content | claims).items() if value is not None}

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    header = json.dumps({"alg": "RS256", "typ": "JWT"}).encode()
    return ".".join([part(header), part(json.dumps(content).encode()), part(bytes(256))])


class Backend:
    """Answers a path with what is planted for it (status, JSON or bytes), everything else with 404; on loopback."""

    def __init__(self) -> None:
        self.planted: dict[str, tuple[int, Any]] = {}
        self.asked: list[tuple[str, Mapping[str, str], Any]] = []
        backend = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                backend.asked.append((self.path, headers, json.loads(body) if body else None))
                status, said = backend.planted.get(self.path.partition("?")[0], (404, {"detail": "Not Found"}))
                content = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(status)
                kind = "text/html" if content.startswith(b"<") else "application/json"
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@dataclass
class World:
    """A machine, a backend and a login; `context()` is what a check gets, `check()` runs one by its id."""

    host: Host
    backend: Backend
    route: str = "codex-responses"
    text: str = field(default_factory=token)
    held: dict[str, Any] = field(default_factory=dict)
    others: tuple[Held, ...] = ()
    claim: dict[str, Any] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    clients: list[Client] = field(default_factory=list)
    refresh: str = REFRESH
    learned: Learned = field(default_factory=Learned)
    changes: dict[str, Any] = field(default_factory=dict)
    """Fields of the Context that are not the usual ones."""

    token = staticmethod(token)

    @property
    def codex(self) -> Path:
        """CODEX_HOME."""
        return Path(self.host.env["CODEX_HOME"])

    def login(self, **changes: Any) -> Held:
        """The login that is used; by default the Codex CLI's own."""
        usual: dict[str, Any] = {
            "id": "codex", "source": "the login of the Codex CLI", "file": self.codex / "auth.json",
            "secret": Secret(self.text), "kind": kind_of(self.text), "stored_account": ACCOUNT,
            "refresh": Secret(REFRESH).fingerprint, "last_refresh": NOW - 3600, "provider": "openai-codex",
        }  # fmt: skip
        return Held(**usual | self.held | changes)

    def write_login(self, **tokens: Any) -> None:
        """The file that the login stands in."""
        written = {"access_token": self.text, "refresh_token": REFRESH, "account_id": ACCOUNT} | tokens
        self.codex.mkdir(parents=True, exist_ok=True)
        content = {"auth_mode": "chatgpt", "tokens": written, "last_refresh": "2026-11-21T10:20:00Z"}
        (self.codex / "auth.json").write_text(json.dumps(content))

    def noted(self, at: float, message: str = REUSED) -> None:
        """A session whose turn failed at a moment."""
        from datetime import UTC, datetime

        when = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        folder = self.codex / "sessions" / "2026" / "11" / "21"
        folder.mkdir(parents=True)
        error = {"type": "task_complete", "error": {"message": message}}
        line = {"timestamp": when, "type": "event_msg", "payload": error}
        (folder / "rollout-2026-11-21T11-00-00-x.jsonl").write_text(json.dumps(line) + "\n")

    def context(self) -> Context:
        kind = routes.load(self.route)
        url = f"{self.backend.url}{kind.ends}"
        target = replace(
            parse_base_url(url, origin_of="test", allow_http=True, ends=kind.ends, login=kind.login), sandbox=True
        )
        login = self.login()
        logins = (login, *self.others) if kind.login else ()
        secret = login.secret
        found = (Credential(secret=secret, source=login.source, kind=login.kind),) if secret is not None else ()
        claims = read_claims(secret.reveal()) if secret is not None else None
        return Context(
            claim=Claim(route=self.route, model="openai/gpt-image-2", fallback="forbidden", **self.claim),
            target=target,
            host=self.host,
            setting=read(self.host, Config()),
            installation=None,
            config=Config(),
            credentials=found,
            unread=(),
            kind=kind,
            route=self._route(kind.connect, secret, target, account_to_send(login, claims)),
            logins=logins,
            claims=claims if kind.login else None,
            ceiling_usd=None,
            declined=None,
            again=f"--no-fallback --route {self.route}" if kind.login else "--no-fallback",
            learned=self.learned,
            **self.changes,
        )

    def _route(
        self, connect: Callable[[Connection], Route], secret: Secret | None, target: Any, account: Any
    ) -> Route | None:
        if secret is None:
            return None
        client = Client(target.base_url, Settings(timeout=10))
        self.clients.append(client)
        return connect(
            Connection(
                client=client, target=target, key=secret, ledger=self.ledger, sleep=lambda _: None,
                now=self.host.now, patience=0, tell=lambda _: None, account=account,
            )
        )  # fmt: skip

    def check(self, check_id: str) -> Outcome:
        """What the check says of this world."""
        import checks

        checks.all_checks()
        found = next(check for check in registered() if check.id == check_id)
        assert not found.routes or self.route in found.routes
        return found.run(self.context())


@pytest.fixture
def world(machine: dict[str, str]) -> Iterator[World]:
    backend = Backend()
    env = machine | {"CODEX_HOME": f"{machine['HOME']}/.codex"}
    made = World(host=Host(env=env, home=Path(machine["HOME"]), now=lambda: NOW), backend=backend)
    made.claim = {"parameters": Parameters()}
    yield made
    for client in made.clients:
        client.__exit__(None, None, None)
    backend.close()
