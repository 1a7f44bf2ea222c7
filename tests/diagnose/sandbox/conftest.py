"""A plain httpx client on a real socket: what any caller sees of the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from diagnose.sandbox.faults import Faults
from diagnose.sandbox.server import Sandbox


class Caller:
    """A client of one sandbox that sends the right key."""

    def __init__(self, sandbox: Sandbox, client: httpx.Client) -> None:
        self.sandbox = sandbox
        self.client = client

    def generate(self, **fields: Any) -> httpx.Response:
        body = {"model": "gpt-image-2", "prompt": "a ball", "quality": "low"} | fields
        return self.client.post("/images/generations", json=body)

    def at(self, host: str, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> httpx.Response:
        """A request to the service of that host name; `body` None: a GET. `key` goes in as a bearer token."""
        sent = {"host": host, "authorization": f"Bearer {key}" if key else ""} | headers
        method = "GET" if body is None else "POST"
        return self.client.request(method, f"{self.sandbox.url}{path}", json=body, headers=sent)

    @property
    def bearer(self) -> dict[str, str]:
        """The header of the usual login."""
        return {"authorization": f"Bearer {self.sandbox.codex_token}"}

    def respond(self, body: Any) -> httpx.Response:
        """A request to the Codex surface's responses endpoint, with the usual login."""
        return self.client.post(f"{self.sandbox.codex_url}/responses", json=body, headers=self.bearer)

    def told(self, answer: httpx.Response | str) -> list[dict[str, Any]]:
        """The events of a stream; each is named by its type."""
        found = []
        text = answer if isinstance(answer, str) else answer.text
        for block in text.strip().split("\n\n"):
            name, data = block.split("\n")
            content = json.loads(data.removeprefix("data: "))
            assert name == f"event: {content['type']}"
            found.append(content)
        return found

    def raw(self, body: dict[str, Any]) -> httpx.Response:
        return self.client.post("/images/generations", json=body)


@pytest.fixture(scope="module")
def start() -> Iterator[Callable[..., Caller]]:
    """Starts a sandbox with the given faults; the same faults get the same server within a module."""
    running: dict[Faults, Caller] = {}
    callers: list[Caller] = []
    with ExitStack() as stack:

        def begin(*, fresh: bool = False, **faults: Any) -> Caller:
            wanted = Faults(**faults)
            if not fresh and wanted in running:
                return running[wanted]
            sandbox = stack.enter_context(Sandbox(wanted))
            client = stack.enter_context(
                httpx.Client(
                    base_url=sandbox.base_url,
                    headers={"authorization": f"Bearer {sandbox.key}"},
                    timeout=20,
                    trust_env=False,
                )
            )
            caller = Caller(sandbox, client)
            callers.append(caller)
            if not fresh:
                running[wanted] = caller
            return caller

        yield begin
        failures = [text for caller in callers for text in caller.sandbox.failures]
    assert failures == []


@pytest.fixture
def healthy(start: Callable[..., Caller]) -> Caller:
    """The server without a fault."""
    return start()
