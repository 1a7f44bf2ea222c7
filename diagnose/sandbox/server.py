"""A sandbox as a context manager: a real HTTP server in a thread of this process."""

from __future__ import annotations

import errno
import os
import secrets
import socket
import threading
from types import TracebackType
from typing import TYPE_CHECKING

from diagnose.sandbox.credentials import make
from diagnose.sandbox.faults import Faults
from diagnose.sandbox.records import Ledger, Received

if TYPE_CHECKING:
    from diagnose.sandbox.loop import Loop
    from diagnose.sandbox.plan import LoginPlan
    from diagnose.sandbox.tokens import Login

START_SECONDS = 10.0
STOP_SECONDS = 10.0


class Sandbox:
    """Emulates the Images API and its neighbours on `host`:`port` (0: any free port) with the given faults.

    `url` has no path, `base_url` ends in /v1; both are known after start(). `secret` (32 bytes, random unless
    given) proves which process answers; `key` is the one API key that the Images API takes. Requests whose Host
    header names another service are answered in its place (services.toml), and so are those whose path is another
    one's on the own address: `codex_url` is that of the Codex surface. A service takes its own of `keys`, and
    chatgpt.com the logins of `sign_in()`. `start()` raises OSError when the address cannot be had. `stop()` drops open
    connections and returns at once.
    """

    def __init__(
        self,
        faults: Faults = Faults(),  # noqa: B008 - frozen
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        secret: bytes | None = None,
        key: str | None = None,
    ) -> None:
        self.faults = faults
        self.host = host
        self.port = port
        self.secret = secret if secret is not None else secrets.token_bytes(32)
        self._credentials = make(key)
        self.keys = self._credentials.keys
        self.key = self.keys["openai"]
        self.url = ""
        self.base_url = ""
        self.codex_url = ""
        self._wanted_port = port
        self._ledger = Ledger()
        self._loop: Loop | None = None
        self._thread: threading.Thread | None = None

    @property
    def requests(self) -> list[Received]:
        """What was asked so far, in order of arrival, without the control plane."""
        return self._ledger.requests()

    @property
    def billed(self) -> int:
        """How many requests a real vendor would have billed."""
        return self._ledger.billed()

    @property
    def failures(self) -> list[str]:
        """Tracebacks of the sandbox's own defects."""
        return list(self._ledger.failures)

    @property
    def codex_token(self) -> str:
        """The access token of this run's usual login, signed when it is first asked for."""
        return self._credentials.logins.usual().access

    def sign_in(self, plan: LoginPlan) -> Login:
        """A new login as the plan wants it, which the services then know."""
        return self._credentials.logins.sign_in(plan)

    @property
    def placeholders(self) -> dict[str, str]:
        """What the braces of a scenario's plan stand for: this run's credentials and address."""
        return self._credentials.placeholders(self.url)

    def start(self) -> Sandbox:
        """Binds, serves in a daemon thread and returns when requests can come."""
        if self._thread is not None:
            raise RuntimeError("this sandbox is running already")
        listener = _listen(self.host, self._wanted_port)
        try:
            from diagnose.sandbox.app import build
            from diagnose.sandbox.control import Control
            from diagnose.sandbox.loop import Loop

            self.port = int(listener.getsockname()[1])
            shown = f"[{self.host}]" if ":" in self.host else self.host
            self.url = f"http://{shown}:{self.port}"
            self.base_url = f"{self.url}/v1"
            self.codex_url = f"{self.url}/backend-api/codex"
            control = Control(self.secret, self._ledger, self.host, self.port)
            self._loop = Loop(build(self.faults, self._ledger, self._credentials, control))
            self._thread = threading.Thread(
                target=self._loop.serve_on, args=(listener,), name="routecheck-sandbox", daemon=True
            )
            self._thread.start()
        except BaseException:
            listener.close()
            raise
        if not self._loop.ready.wait(START_SECONDS) or self._loop.error is not None:
            raise RuntimeError("the sandbox did not start") from self._loop.error
        return self

    def stop(self) -> None:
        """Ends the server; safe to call twice."""
        if self._thread is None or self._loop is None:
            return
        self._loop.end()
        self._thread.join(STOP_SECONDS)
        if self._thread.is_alive():
            raise RuntimeError("the sandbox did not stop")
        self._thread = None

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol left at 0, asyncio would not turn Nagle off, and each small answer would take 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
    except (OSError, OverflowError) as problem:
        listener.close()
        number = getattr(problem, "errno", errno.EINVAL)
        why = getattr(problem, "strerror", None) or str(problem)
        raise OSError(number, f"the sandbox cannot listen on {host} port {port}: {why}") from problem
    return listener
