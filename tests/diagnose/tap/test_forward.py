"""The way to the real host: verified always, by the user's proxy where there is one, and never elsewhere."""

import base64
import socket
import threading

import pytest

from diagnose.tap import dial
from diagnose.tap.forward import Forward, NotForwarded

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
POST = (
    b"POST /v1/images/generations HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer sk-planted-key-1234\r\n"
    b'Content-Type: application/json\r\nContent-Length: 25\r\n\r\n{"model": "gpt-image-2" }'
)


@pytest.fixture
def ask(gate, child):
    """Sends POST to a place through a gate with this environment; gives the gate and the answer."""

    def send(place: str, env: dict[str, str], request: bytes = POST, *, tls: bool = True):
        opened = gate(forward=Forward.real(env))
        one = child(opened)
        assert b" 200 " in one.connect(place)
        if tls:
            one.secure(place.rpartition(":")[0])
        answer = one.send(request).take(len(OK))
        one.close()
        opened.__exit__(None, None, None)
        return opened, answer

    return send


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"])
def test_a_ca_that_the_user_added_is_trusted_and_named(ask, upstream, issuer, variable) -> None:
    server = upstream(OK, tls=issuer.server("localhost"))
    opened, answer = ask(f"localhost:{server.port}", {variable: str(issuer.file)})
    (tapped,) = opened.exchanges
    assert answer == OK
    assert server.requests == [POST]
    assert (tapped.trust, tapped.authority) == ("user-added", "CN=Corporate Inspection CA")
    assert (tapped.address, tapped.problem, tapped.sent) == ("127.0.0.1", None, True)
    assert tapped.credential is not None
    assert tapped.request == {"model": "gpt-image-2"}


def test_a_root_of_the_public_list_is_public(ask, upstream, issuer, monkeypatch) -> None:
    monkeypatch.setattr("diagnose.trust.public_roots", lambda: str(issuer.file))
    monkeypatch.setattr("diagnose.tap.forward.public_roots", lambda: str(issuer.file))
    server = upstream(OK, tls=issuer.server("localhost"))
    opened, _ = ask(f"localhost:{server.port}", {})
    assert (opened.exchanges[0].trust, opened.exchanges[0].authority) == ("public", "CN=Corporate Inspection CA")


@pytest.mark.parametrize("name", ["localhost", "other.test"])
def test_a_certificate_that_does_not_hold_is_a_502_and_nothing_is_sent(ask, upstream, issuer, name) -> None:
    server = upstream(OK, tls=issuer.server(name))
    env = {} if name == "localhost" else {"SSL_CERT_FILE": str(issuer.file)}
    opened, answer = ask(f"localhost:{server.port}", env)
    (tapped,) = opened.exchanges
    assert answer.startswith(b"HTTP/1.1 502")
    assert server.requests == []
    assert (tapped.problem or "").startswith(f"the TLS connection to localhost:{server.port} is not trusted: ")
    assert (tapped.status, tapped.trust, tapped.request) == (None, "none", {"model": "gpt-image-2"})
    assert not tapped.sent


def test_a_host_without_tls_is_no_fall_through(ask, upstream, monkeypatch) -> None:
    monkeypatch.setattr(dial, "CONNECT_SECONDS", 0.5)
    server = upstream(OK)
    opened, answer = ask(f"localhost:{server.port}", {})
    assert answer.startswith(b"HTTP/1.1 502")
    assert "localhost" in (opened.exchanges[0].problem or "")
    assert not any(b"planted" in request for request in server.requests)


def test_plain_http_is_passed_on_and_trusts_nobody(ask, upstream) -> None:
    server = upstream(OK)
    opened, answer = ask(f"127.0.0.1:{server.port}", {}, tls=False)
    assert answer == OK
    assert (opened.exchanges[0].trust, opened.exchanges[0].authority) == ("none", None)


def test_a_closed_port_and_an_unknown_name_are_told(ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    opened, answer = ask(f"localhost:{port}", {})
    assert answer.startswith(b"HTTP/1.1 502")
    assert opened.exchanges[0].problem == f"localhost:{port} refused the connection"
    opened, answer = ask("no-such-host.invalid:443", {})
    assert opened.exchanges[0].problem == "the name no-such-host.invalid cannot be resolved"


def test_a_host_that_does_not_answer_is_given_up(ask, monkeypatch) -> None:
    monkeypatch.setattr(dial, "CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection, and never speaks TLS
        opened, answer = ask(f"localhost:{silent.getsockname()[1]}", {})
    assert answer.startswith(b"HTTP/1.1 502")
    assert "did not accept a connection within 0.3 s" in (opened.exchanges[0].problem or "")


def test_a_client_that_waits_to_be_told_to_go_on_gets_its_502_at_once(ask) -> None:
    waiting = b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    _, answer = ask("no-such-host.invalid:443", {}, waiting)
    assert answer.startswith(b"HTTP/1.1 502")


class Proxy:
    """The user's own proxy: notes what it is asked, and connects to `port` of loopback, or answers `refusal`."""

    def __init__(self, port: int, refusal: bytes = b"") -> None:
        self.heads: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, args=(port, refusal), daemon=True)
        self._thread.start()

    def _serve(self, port: int, refusal: bytes) -> None:
        client, _ = self._listener.accept()
        client.settimeout(10)
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(65536)
        self.heads.append(head)
        if refusal:
            client.sendall(refusal)
            client.close()
            return
        client.sendall(b"HTTP/1.1 200 Fine\r\n\r\n")
        server = socket.create_connection(("127.0.0.1", port))
        back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
        back.start()
        self._copy(client, server)
        back.join(5)
        client.close()
        server.close()

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self) -> None:
        self._thread.join(5)
        self._listener.close()


@pytest.fixture
def proxy():
    running: list[Proxy] = []

    def start(port: int, refusal: bytes = b"") -> Proxy:
        running.append(Proxy(port, refusal))
        return running[-1]

    yield start
    for one in running:
        one.close()


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"])
def test_the_users_own_proxy_is_gone_through(ask, upstream, issuer, proxy, variable) -> None:
    server = upstream(OK, tls=issuer.server("api.openai.test"))
    between = proxy(server.port)
    env = {variable: f"http://me:p%40ss@127.0.0.1:{between.port}", "SSL_CERT_FILE": str(issuer.file)}
    opened, answer = ask("api.openai.test:443", env)
    assert answer == OK
    assert between.heads == [
        b"CONNECT api.openai.test:443 HTTP/1.1\r\nHost: api.openai.test:443\r\n"
        b"Proxy-Authorization: Basic " + base64.b64encode(b"me:p@ss") + b"\r\n\r\n"
    ]
    assert (opened.exchanges[0].address, opened.exchanges[0].trust) == (None, "user-added")
    assert "p@ss" not in repr((opened.exchanges, Forward.real(env).reach("api.openai.test", 443, tls=True)))


@pytest.mark.parametrize(
    ("refusal", "told"),
    [(b"HTTP/1.1 407 No\r\n\r\n", "(407)"), (b"nonsense\r\n\r\n", "(no status)"), (b"HTTP/1.1 2", "")],
)
def test_a_proxy_that_does_not_connect_is_told_without_its_password(ask, proxy, refusal, told) -> None:
    between = proxy(9, refusal)
    opened, answer = ask("api.openai.test:443", {"HTTPS_PROXY": f"http://me:planted@127.0.0.1:{between.port}"})
    assert answer.startswith(b"HTTP/1.1 502")
    expected = f"the proxy 127.0.0.1:{between.port} did not connect us to api.openai.test {told}".strip()
    assert opened.exchanges[0].problem == expected


@pytest.mark.parametrize("url", ["socks5://me:planted@127.0.0.1:1080", "http://[::1", "http://"])
def test_a_proxy_that_cannot_be_used_is_told(ask, url) -> None:
    opened, answer = ask("api.openai.test:443", {"HTTPS_PROXY": url})
    assert answer.startswith(b"HTTP/1.1 502")
    assert "write http://HOST:PORT" in (opened.exchanges[0].problem or "")


def test_no_proxy_is_heeded_and_loopback_needs_none() -> None:
    env = {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "gw.test", "ALL_PROXY": "http://all:1"}
    forward = Forward.real(env)
    assert forward.reach("api.openai.com", 443, tls=True).proxy == "http://p:1"
    assert forward.reach("gw.test", 443, tls=True).proxy is None
    assert forward.reach("127.0.0.1", 4000, tls=False).proxy is None
    assert forward.reach("gw2.test", 80, tls=False).proxy is None
    assert Forward.real({"ALL_PROXY": "http://all:1"}).reach("gw2.test", 443, tls=True).proxy is None


def test_the_sandbox_stands_for_its_hosts_and_no_other_is_reached() -> None:
    forward = Forward.to_sandbox(["api.openai.com"], 4711)
    route = forward.reach("api.openai.com", 443, tls=True)
    assert (route.host, route.port, route.context, route.proxy, route.sandbox) == ("127.0.0.1", 4711, None, None, True)
    with pytest.raises(NotForwarded, match=r"chatgpt\.com is not a host of this sandbox"):
        forward.reach("chatgpt.com", 443, tls=True)
    assert Forward.to_sandbox(None, 4711).reach("chatgpt.com", 443, tls=True).port == 4711


def test_a_ca_file_that_cannot_be_read_adds_no_trust() -> None:
    Forward.real({"SSL_CERT_FILE": "/does/not/exist", "SSL_CERT_DIR": "/nor/this", "NODE_EXTRA_CA_CERTS": "/"})
