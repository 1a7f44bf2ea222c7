"""A plain httpx client on a real socket: what any caller sees of the sandbox."""

from __future__ import annotations

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
