"""A Codex route that is connected to a host on loopback."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from codex_host import CREATED, Host, Opened, Script

from diagnose import routes
from diagnose.http import Client
from diagnose.model.secret import Secret
from diagnose.net import Settings
from diagnose.routes.connection import Connection
from diagnose.routes.shot import Ledger
from diagnose.routes.target import Target


@pytest.fixture
def asked() -> Iterator[Callable[..., Opened]]:
    """`asked("codex-responses", script, …)`: a route whose host plays these scripts."""
    with contextlib.ExitStack() as stack:

        def start(name: str, *scripts: Script, timeout: float = 20, clean: Callable[[str], str] = str) -> Opened:
            host = Host(*scripts)
            stack.callback(host.close)
            client = stack.enter_context(Client(host.url, Settings(timeout=timeout)))
            ledger, slept = Ledger(), list[float]()
            connection = Connection(
                client=client,
                target=Target(base_url=host.url, origin_of="a test", sandbox=True, login=True),
                key=Secret("eyJhbGciOiJSUzI1NiJ9.planted.planted"),
                ledger=ledger,
                sleep=slept.append,
                now=lambda: float(CREATED),
                patience=100,
                tell=lambda _: None,
                clean=clean,
                account="11111111-2222-3333-4444-555555555555",
            )
            return Opened(host=host, route=routes.load(name).connect(connection), ledger=ledger, slept=slept)

        yield start
