"""The gate that refuses, and what is true of every gate: who is served, and what is left behind."""

import contextlib
import socket
import ssl
import stat
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from diagnose.tap import gate as gate_module
from diagnose.tap.gate import Forward, Gate

GET = b"GET http://gateway.test:8080/v1/models?key=k HTTP/1.1\r\nHost: gateway.test:8080\r\n"


def test_a_tunnel_is_refused_and_its_host_noted(gate, child) -> None:
    refusing = gate(now=lambda: 12.5)
    assert child(refusing).connect("API.openai.com:443").startswith(b"HTTP/1.1 403 Forbidden\r\n")
    (target,) = refusing.targets
    assert (target.shown, target.tls, target.at) == ("api.openai.com:443", True, 12.5)
    assert refusing.exchanges == []


def test_a_whole_url_is_refused_and_its_host_noted(gate, child) -> None:
    refusing = gate()
    one = child(refusing)
    assert b" 403 " in one.send(GET + one.permit + b"\r\n").head()
    (target,) = refusing.targets
    assert (target.shown, target.tls) == ("gateway.test:8080", False)


def test_nothing_is_ever_connected_to(gate, child, upstream, monkeypatch) -> None:
    server = upstream(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    refusing = gate()
    place = f"127.0.0.1:{server.port}"
    first, second = child(refusing), child(refusing)
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("something was connected to"))
    assert b" 403 " in first.connect(place)
    first.plain.close()
    second.send(f"GET http://{place}/ HTTP/1.1\r\nHost: {place}\r\n".encode() + second.permit + b"\r\n")
    assert b" 403 " in second.head()
    assert server.connections == 0
    assert [target.shown for target in refusing.targets] == [place, place]


def test_an_ordinary_client_is_refused(gate) -> None:
    refusing = gate()
    with httpx.Client(proxy=refusing.url) as client:
        with pytest.raises(httpx.ProxyError, match="403"):
            client.post("https://chatgpt.com/backend-api/codex/responses", json={})
        assert client.get("http://gateway.test/").status_code == 403
    assert [(t.shown, t.tls) for t in refusing.targets] == [("chatgpt.com:443", True), ("gateway.test:80", False)]


@pytest.mark.parametrize("forwarding", [False, True])
def test_whoever_lacks_the_secret_is_neither_served_nor_noted(gate, child, upstream, until, forwarding) -> None:
    server = upstream(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    opened = gate(server.port if forwarding else None)
    stranger = child(opened, permit=False)
    assert stranger.connect().startswith(b"HTTP/1.1 407 ")
    wrong = child(opened, permit=False)
    wrong.permit = b"Proxy-Authorization: Basic cm91dGVjaGVjazpndWVzcw==\r\n"
    assert wrong.connect().startswith(b"HTTP/1.1 407 ")
    for one in (stranger, wrong):
        one.close()
    until(lambda: opened.strangers == 2)
    assert opened.targets == []
    assert server.connections == 0


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"GET ftp://x/ HTTP/1.1\r\n",
        b"CONNECT x:0 HTTP/1.1\r\n",
        b"CONNECT x:99999 HTTP/1.1\r\n",
        b"CONNECT x:999999999999999999999 HTTP/1.1\r\n",
        b"CONNECT :443 HTTP/1.1\r\n",
        b"CONNECT a b:443 HTTP/1.1\r\n",
        b"CONNECT \xff.test:443 HTTP/1.1\r\n",
        b"CONNECT x\x00y:443 HTTP/1.1\r\n",
        b"\x16\x03\x01\r\n",
        b"PRI * HTTP/2.0\r\n",
    ],
)
@pytest.mark.parametrize("forwarding", [False, True])
def test_what_is_no_request_to_a_proxy_is_told_so(gate, child, upstream, forwarding, request_) -> None:
    opened = gate(upstream(b"").port if forwarding else None)
    one = child(opened)
    assert b" 400 " in one.send(request_ + one.permit + b"\r\n").head()
    assert opened.targets == []


@pytest.mark.parametrize(
    ("place", "shown"), [("[::1]:443", "::1:443"), ("10.0.0.7:8443", "10.0.0.7:8443"), ("a_b.test:1", "a_b.test:1")]
)
def test_addresses_are_noted_too(gate, child, place: str, shown: str) -> None:
    refusing = gate()
    assert b" 403 " in child(refusing).connect(place)
    assert refusing.targets[0].shown == shown


def test_an_endless_head_is_refused(gate, child) -> None:
    one = child(gate())
    one.send(b"CONNECT x:443 HTTP/1.1\r\nx: " + b"a" * 70_000)
    assert b" 431 " in one.head()


def test_it_listens_on_loopback_alone(gate) -> None:
    port = urlsplit(gate().url).port
    with socket.socket() as probe:
        probe.settimeout(1)
        # Another address of this machine's loopback network: a listener on all addresses would take it.
        assert probe.connect_ex(("127.0.0.2", port)) != 0


def test_an_exit_does_not_wait_for_open_connections(tmp_path: Path, child, upstream) -> None:
    server = upstream(lambda connection: connection.recv(1))
    before = threading.active_count()
    with Gate(forward=Forward.to_sandbox(None, server.port), folder=tmp_path) as opened:
        idle = child(opened)
        tunnel = child(opened)
        tunnel.connect()
        tunnel.secure().send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        half = child(opened)
        half.send(b"CONNE")
        while not server.requests:
            time.sleep(0.01)
        begun = time.monotonic()
    assert time.monotonic() - begun < 1
    assert tunnel.rest() == idle.rest() == half.rest() == b""
    assert [t.name for t in threading.enumerate() if t.name == "routecheck-tap"] == []
    assert threading.active_count() <= before + 1  # the server's own
    (tapped,) = opened.exchanges
    assert (tapped.path, tapped.status) == ("/slow", None)
    assert tapped.problem == "the tap was closed, or its deadline passed, before the end"


def test_the_folder_is_private_and_goes_with_the_gate(tmp_path: Path, upstream) -> None:
    with Gate(forward=Forward.to_sandbox(None, 9), folder=tmp_path) as opened:
        assert opened.folder is not None
        assert opened.ca_file is not None
        assert stat.S_IMODE(opened.folder.stat().st_mode) == 0o700
        opened.child_env({})
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in opened.folder.iterdir()}
        assert modes == {"ca.pem": 0o600, "bundle.pem": 0o600}
        assert b"PRIVATE KEY" not in b"".join(path.read_bytes() for path in opened.folder.iterdir())
    assert list(tmp_path.iterdir()) == []


def test_the_folder_goes_after_an_exception_and_after_an_interrupt(tmp_path: Path) -> None:
    for kind in (RuntimeError, KeyboardInterrupt):
        with pytest.raises(kind), Gate(forward=Forward.to_sandbox(None, 9), folder=tmp_path):
            raise kind
    assert list(tmp_path.iterdir()) == []


def test_no_key_is_left_after_a_certificate_was_issued(gate, child, upstream) -> None:
    opened = gate(upstream(b"").port)
    one = child(opened)
    one.connect()
    one.secure()
    assert {path.name for path in opened.folder.iterdir()} == {"ca.pem"}


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="gone"), Gate(forward=None, folder=tmp_path / "gone"):
        pass


def test_a_connection_ends_with_its_time(gate, child) -> None:
    refusing = gate(limit=0.2)
    begun = time.monotonic()
    assert child(refusing).rest() == b""
    assert time.monotonic() - begun < 2
    assert refusing.troubles == ["a connection of the child was ended because it took too long"]


def test_more_than_can_be_noted_is_not_passed_on(gate, child, upstream, monkeypatch) -> None:
    monkeypatch.setattr(gate_module, "RECORDS", 2)
    server = upstream(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    opened = gate(server.port)
    one = child(opened)
    one.connect()
    one.secure()
    for expected in (b" 200 ", b" 200 ", b" 503 "):
        assert expected in one.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").head()
    assert b" 503 " in child(opened).connect()
    assert len(server.requests) == len(opened.exchanges) == 2


def test_many_children_at_once_are_served(gate, upstream) -> None:
    opened = gate(upstream(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").port)
    found: list[str] = []

    def ask() -> None:
        with httpx.Client(proxy=opened.url, verify=ssl.create_default_context(cafile=opened.ca_file)) as client:
            found.append(client.get("https://api.openai.com/v1/models").text)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == ["ok"] * 20
    assert len(opened.exchanges) == 20


@pytest.mark.parametrize("with_the_request", [False, True])
def test_a_client_that_says_goodbye_does_not_stop_the_others(gate, child, upstream, with_the_request: bool) -> None:
    opened = gate(upstream(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").port)
    ask = b"GET /v1/models HTTP/1.1\r\nHost: api.openai.com\r\n\r\n"

    polite = child(opened)
    polite.connect()
    secure = ssl.create_default_context(cafile=str(opened.ca_file))
    got, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = secure.wrap_bio(got, sent, server_hostname="api.openai.com")
    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            polite.plain.sendall(sent.read())
            got.write(polite.plain.recv(65536))
    polite.plain.sendall(sent.read())
    if with_the_request:
        tls.write(ask)
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.unwrap()  # writes the goodbye; the other end's is not waited for
    polite.plain.sendall(sent.read())

    other = child(opened)
    other.plain.settimeout(5)
    other.connect()
    assert b"200 OK" in other.secure().send(ask).head()
