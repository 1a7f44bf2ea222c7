"""Starting, stopping, and clients that do not let go."""

from __future__ import annotations

import errno
import socket
import threading
import time
from typing import Any

import httpx
import pytest

from diagnose.sandbox.faults import Faults
from diagnose.sandbox.server import Sandbox


def begin(sandbox: Sandbox, size: str = "1024x656") -> socket.socket:
    """A client that has sent a generation and reads nothing."""
    body = f'{{"model":"gpt-image-2","prompt":"x","size":"{size}"}}'
    connection = socket.create_connection((sandbox.host, sandbox.port), timeout=5)
    connection.sendall(
        f"POST /v1/images/generations HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {sandbox.key}\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()
    )
    return connection


def until_billed(sandbox: Sandbox, count: int) -> None:
    end = time.monotonic() + 5
    while sandbox.billed < count and time.monotonic() < end:
        time.sleep(0.005)
    assert sandbox.billed == count


@pytest.mark.parametrize(
    "faults",
    [Faults(), Faults(delay=60.0), Faults(delivery="drip"), Faults(delivery="endless")],
    ids=["unread", "slow", "drip", "endless"],
)
def test_stop_is_quick_under_clients_that_hang(faults: Faults) -> None:
    with Sandbox(faults) as sandbox:
        clients = [begin(sandbox, "3840x2160") for _ in range(2)]
        until_billed(sandbox, 2)
        time.sleep(0.1)
        before = time.monotonic()
        sandbox.stop()
        assert time.monotonic() - before < 1.5
        for client in clients:
            client.close()
    assert sandbox.failures == []
    assert not [thread for thread in threading.enumerate() if thread.name == "routecheck-sandbox"]


def test_stop_under_an_unfinished_request_and_an_idle_connection() -> None:
    with Sandbox() as sandbox:
        idle = socket.create_connection((sandbox.host, sandbox.port))
        half = socket.create_connection((sandbox.host, sandbox.port))
        half.sendall(b"POST /v1/images/generations HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 50\r\n\r\nabc")
        time.sleep(0.05)
        before = time.monotonic()
        sandbox.stop()
        assert time.monotonic() - before < 1
        idle.close()
        half.close()
    assert sandbox.failures == []


def test_disconnect_ends_the_work() -> None:
    with Sandbox(Faults(delay=60.0)) as sandbox:
        begin(sandbox).close()
        until_billed(sandbox, 1)
        assert sandbox._loop is not None
        end = time.monotonic() + 3
        while sandbox._loop.server_state.tasks and time.monotonic() < end:
            time.sleep(0.005)
        assert not sandbox._loop.server_state.tasks


def test_port_in_use() -> None:
    with Sandbox() as first, pytest.raises(OSError, match=f"port {first.port}") as caught:
        Sandbox(port=first.port).start()
    assert caught.value.errno == errno.EADDRINUSE


def test_no_such_port() -> None:
    with pytest.raises(OSError, match="port 99999"):
        Sandbox(port=99999).start()


def test_start_stop_and_start_again() -> None:
    sandbox = Sandbox(key="sk-proj-mine", secret=b"x" * 32)
    for _ in range(2):
        sandbox.start()
        with pytest.raises(RuntimeError, match="already"):
            sandbox.start()
        response = httpx.get(
            f"{sandbox.base_url}/me", headers={"authorization": "Bearer sk-proj-mine"}, trust_env=False
        )
        assert response.status_code == 200
        sandbox.stop()
        sandbox.stop()
    assert len(sandbox.requests) == 2


def test_starting_is_quick() -> None:
    with Sandbox():
        pass
    before = time.monotonic()
    for _ in range(5):
        with Sandbox():
            pass
    assert time.monotonic() - before < 1


def test_nothing_is_logged_or_printed(capfd: Any, caplog: Any) -> None:
    with Sandbox(Faults(delivery="dropped")) as sandbox:
        client = begin(sandbox)
        while client.recv(65536):
            pass
        client.close()
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_many_clients_at_once(start: Any) -> None:
    caller = start(fresh=True)
    answers: list[int] = []

    def ask() -> None:
        answers.append(caller.generate(size="1024x656").status_code)

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 16
    assert caller.sandbox.billed == 16


def test_small_answers_do_not_wait_for_acknowledgements(healthy: Any) -> None:
    """Nagle together with delayed acknowledgements would cost 40 ms each."""
    healthy.client.get("/me")
    before = time.monotonic()
    for _ in range(20):
        healthy.client.get("/me")
    assert time.monotonic() - before < 0.6
