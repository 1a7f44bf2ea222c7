"""The HTTP seam over real sockets on loopback: deadlines, limits, drops, redirects, proxies and TLS."""

from __future__ import annotations

import contextlib
import datetime
import gzip
import ipaddress
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from diagnose.http import Client, Exchange, TransportFault
from diagnose.net import Settings, is_loopback, proxy_for, settings_from
from diagnose.trust import public_roots, root_of

AUTH = {"authorization": "Bearer planted-credential-value", "accept": "application/json"}
SHORT = 0.4
"""Seconds of a deadline that is meant to pass."""

Script = bytes | Callable[[socket.socket], None]


def ok(body: bytes, *headers: str) -> bytes:
    extra = "".join(f"{line}\r\n" for line in headers)
    return f"HTTP/1.1 200 OK\r\n{extra}content-length: {len(body)}\r\n\r\n".encode() + body


def redirect(status: int, location: str) -> bytes:
    return f"HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n".encode()


def reset(connection: socket.socket) -> None:
    """Close with a TCP reset instead of an orderly end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()


class Server:
    """Answers the n-th request with the n-th script, later ones with the last; records every request."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self.scripts = scripts
        self.requests: list[bytes] = []
        self.handshakes_failed = 0
        self._tls = tls
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._threads[0].start()

    def url(self, path: str = "/") -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}{path}"

    def close(self) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._connection, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _connection(self, plain: socket.socket) -> None:
        plain.settimeout(5)
        connection = plain
        with contextlib.ExitStack() as stack:
            stack.callback(plain.close)
            if self._tls:
                try:
                    connection = stack.enter_context(self._tls.wrap_socket(plain, server_side=True))
                except OSError:
                    self.handshakes_failed += 1
                    return
            stack.enter_context(contextlib.suppress(OSError))
            while request := self._request(connection):
                self.requests.append(request)
                script = self.scripts[min(len(self.requests), len(self.scripts)) - 1]
                if callable(script):
                    script(connection)
                    return
                connection.sendall(script)

    @staticmethod
    def _request(connection: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return b""
            data += piece
            if data.startswith(b"\x16\x03"):
                return data  # somebody speaks TLS to a plain server
        head, _, body = data.partition(b"\r\n\r\n")
        length = next((int(v[15:]) for v in head.lower().split(b"\r\n") if v.startswith(b"content-length:")), 0)
        while len(body) < length:
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body


def drip(head: bytes, one: bytes, over: float = 4.0) -> Callable[[socket.socket], None]:
    """Send the head, then `one` every 50 ms: each read is quick, the whole never ends."""

    def script(connection: socket.socket) -> None:
        connection.sendall(head)
        end = time.monotonic() + over
        while time.monotonic() < end:
            connection.sendall(one)
            time.sleep(0.05)

    return script


def cut(data: bytes) -> Callable[[socket.socket], None]:
    """Send this much and close."""
    return lambda connection: connection.sendall(data)


Start = Callable[..., Server]


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[Server] = []

    def begin(*scripts: Script, tls: ssl.SSLContext | None = None) -> Server:
        running.append(Server(*scripts, tls=tls))
        return running[-1]

    yield begin
    for server in running:
        server.close()


def ask(
    url: str, settings: Settings | None = None, method: str = "GET", body: bytes | None = None, **more: object
) -> Exchange:
    with Client(url, settings or Settings(timeout=5)) as client:
        return client.exchange(method, url, headers=AUTH, body=body, **more)  # type: ignore[arg-type]


def fault(url: str, settings: Settings | None = None, method: str = "GET", **more: object) -> TransportFault:
    with pytest.raises(TransportFault) as caught:
        ask(url, settings, method, **more)  # type: ignore[arg-type]
    return caught.value


# The plain case


def test_an_answer_is_whole_and_cookies_and_credentials_are_left_out(start: Start) -> None:
    secret_headers = (
        "Set-Cookie: __cf_bm=planted-cookie",
        "set-cookie2: planted-cookie",
        "Authorization: Bearer planted-echo",
        "Proxy-Authorization: planted-echo",
        "X-Request-Id: req_1",
    )
    server = start(ok(b"{}", *secret_headers))
    before = time.time()
    answer = ask(server.url("/v1/models"))
    assert (answer.status, answer.body, answer.redirect_to) == (200, b"{}", None)
    assert answer.headers == {"x-request-id": "req_1", "content-length": "2"}
    assert before <= answer.started <= answer.ended <= time.time()
    assert (answer.peer.host, answer.peer.port, answer.peer.trust) == ("127.0.0.1", server.port, "none")
    assert b"Bearer planted-credential-value" in server.requests[0]
    assert b"accept-encoding: identity" in server.requests[0].lower()


class Pieces:
    """A body of `count` pieces of `size` bytes."""

    def __init__(self, count: int, size: int) -> None:
        self.count, self.size = count, size

    def __len__(self) -> int:
        return self.count * self.size

    def __iter__(self) -> Iterator[bytes]:
        return (bytes([65 + at % 26]) * self.size for at in range(self.count))


def test_a_body_in_pieces_goes_out_with_its_length_and_not_in_chunks(start: Start) -> None:
    server = start(ok(b"{}"))
    body = Pieces(30, 7)
    with Client(server.url(), Settings(timeout=5)) as client:
        assert client.exchange("POST", server.url(), headers=AUTH, body=body).status == 200
    head, _, came = server.requests[0].partition(b"\r\n\r\n")
    assert b"content-length: 210" in head.lower()
    assert b"transfer-encoding" not in head.lower()
    assert came == b"".join(body)


def test_a_host_that_refuses_in_the_middle_of_a_long_body_is_heard() -> None:
    def refuse() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1 << 16)
            connection.sendall(b"HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}")
            connection.shutdown(socket.SHUT_RDWR)  # nothing more is read: the rest of the body finds no taker
            over.wait(10)

    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=refuse)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        try:
            with Client(url, Settings(timeout=10)) as client:
                assert client.exchange("POST", url, headers=AUTH, body=Pieces(1000, 1 << 16)).status == 413
        finally:
            over.set()
            thread.join(10)


def test_gzip_that_nobody_asked_for_is_unpacked(start: Start) -> None:
    text = b'{"a": 1}' * 1000
    server = start(ok(gzip.compress(text), "content-encoding: gzip"))
    assert ask(server.url()).body == text


def test_the_size_limit_counts_what_gzip_unpacks_to(start: Start) -> None:
    server = start(ok(gzip.compress(bytes(3 << 20)), "content-encoding: gzip"))
    found = fault(server.url(), limit=1 << 20)
    assert (found.kind, found.sent, found.status) == ("too-large", True, 200)


def test_a_broken_gzip_body_is_a_dropped_answer(start: Start) -> None:
    server = start(ok(b"this is no gzip", "content-encoding: gzip"))
    found = fault(server.url())
    assert (found.kind, found.sent, found.status) == ("dropped", True, 200)


def test_a_sink_gets_the_body_of_a_success_and_nothing_else(start: Start) -> None:
    taken = bytearray()
    server = start(ok(b"x" * 300_000))
    answer = ask(server.url(), sink=taken.extend)
    assert (bytes(taken), answer.body) == (b"x" * 300_000, b"")
    refusing = start(b"HTTP/1.1 401 No\r\ncontent-length: 4\r\n\r\nbody")
    taken.clear()
    assert ask(refusing.url(), sink=taken.extend).body == b"body"
    assert not taken


def test_a_full_disk_is_not_blamed_on_the_host(start: Start) -> None:
    def full(_: bytes) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        ask(start(ok(b"x")).url(), sink=full)


def test_the_clock_is_the_injected_one(start: Start) -> None:
    ticks = itertools.count(100.0)
    server = start(ok(b""))
    with Client(server.url(), Settings(timeout=5), now=lambda: next(ticks)) as client:
        answer = client.exchange("GET", server.url(), headers={})
    assert (answer.started, answer.ended) == (100.0, 101.0)


# Limits and deadlines


@pytest.mark.parametrize("extra", [0, 1])
def test_the_size_limit_is_exact(start: Start, extra: int) -> None:
    server = start(ok(b"x" * (1000 + extra)))
    if not extra:
        assert len(ask(server.url(), limit=1000).body) == 1000
        return
    found = fault(server.url(), limit=1000)
    assert (found.kind, found.sent, found.status) == ("too-large", True, 200)


def timed_out(url: str, settings: Settings, method: str = "GET") -> TransportFault:
    begun = time.monotonic()
    found = fault(url, settings, method)
    assert time.monotonic() - begun < SHORT + 1.5
    assert found.kind == "timeout"
    return found


def test_the_deadline_ends_dripping_headers(start: Start) -> None:
    server = start(drip(b"HTTP/1.1 200 OK\r\nx-slow: ", b"a"))
    found = timed_out(server.url(), Settings(timeout=SHORT))
    assert (found.sent, found.status) == (True, None)


@pytest.mark.parametrize(
    ("head", "one"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n", b"a"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", b"a"),
    ],
    ids=["content-length", "chunked", "until-close"],
)
def test_the_deadline_ends_a_dripping_body(start: Start, head: bytes, one: bytes) -> None:
    found = timed_out(start(drip(head, one)).url(), Settings(timeout=SHORT))
    assert (found.sent, found.status) == (True, 200)


def test_the_deadline_ends_a_silent_server(start: Start) -> None:
    found = timed_out(start(lambda _: time.sleep(1)).url(), Settings(timeout=SHORT), "POST")
    assert (found.sent, found.status) == (True, None)


def test_the_deadline_holds_on_a_connection_that_is_used_again(start: Start) -> None:
    server = start(ok(b"first"), drip(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n", b"a"))
    with Client(server.url(), Settings(timeout=SHORT)) as client:
        assert client.exchange("GET", server.url(), headers={}).body == b"first"
        begun = time.monotonic()
        with pytest.raises(TransportFault) as caught:
            client.exchange("GET", server.url(), headers={})
    assert caught.value.kind == "timeout"
    assert time.monotonic() - begun < SHORT + 1.5


# Connections that end


@pytest.mark.parametrize("how", [cut(b""), reset, cut(b"HTTP/1.1 20"), cut(b"this is not HTTP\r\n\r\n")])
def test_an_end_before_the_status_is_a_drop_after_sending(start: Start, how: Script) -> None:
    server = start(how)
    found = fault(server.url(), method="POST", body=b"{}")
    assert (found.kind, found.sent, found.status) == ("dropped", True, None)
    assert len(server.requests) == 1  # and nothing was sent a second time


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10\r\nhalf",
    ],
    ids=["content-length", "between-chunks", "in-a-chunk"],
)
def test_an_end_in_the_middle_of_the_body_is_a_drop(start: Start, data: bytes) -> None:
    found = fault(start(cut(data)).url())
    assert (found.kind, found.sent, found.status) == ("dropped", True, 200)


@pytest.mark.parametrize(
    "value",
    [
        "Bearer planted\n",
        "Bearer planted\r\nx-other: y",
        "Bearer planted ",
        " planted",
        "plänted",
        "\u20ac",
        "a\0b",
        "a\x7f",
    ],
)
def test_a_header_that_cannot_be_sent_is_no_fault_of_the_connection(start: Start, value: str) -> None:
    server = start(ok(b"{}"))
    with Client(server.url(), Settings(timeout=5)) as client, pytest.raises(TransportFault) as caught:
        client.exchange("GET", server.url(), headers={"authorization": value})
    found = caught.value
    assert (found.kind, found.sent, found.status) == ("unsendable", False, None)
    assert "authorization" in found.detail
    assert "planted" not in found.detail
    assert server.requests == []


def test_every_value_that_a_header_may_have_is_sent(start: Start) -> None:
    server = start(ok(b"{}"))
    with Client(server.url(), Settings(timeout=20)) as client:
        client.exchange("GET", server.url(), headers={"x-a": "a b\tc~!", "x-b": ""})
    assert b"a b\tc~!" in server.requests[0]


def test_a_refused_connection_is_told_as_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    found = fault(f"http://127.0.0.1:{port}/", method="POST", body=b"{}")
    assert (found.kind, found.sent, found.status) == ("connect", False, None)


def test_a_name_that_does_not_exist_is_told_as_dns() -> None:
    found = fault("http://no-such-host.invalid/v1")
    assert (found.kind, found.sent) == ("dns", False)


# Redirects


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_get_is_followed_within_the_origin(start: Start, status: int) -> None:
    server = start(redirect(status, "/v1/there"), ok(b"there"))
    answer = ask(server.url("/v1/here"))
    assert (answer.status, answer.body, answer.redirect_to) == (200, b"there", None)
    assert answer.url == server.url("/v1/there")
    assert server.requests[1].startswith(b"GET /v1/there")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_post_is_never_sent_on(start: Start, status: int) -> None:
    server = start(redirect(status, "/v1/there"), ok(b"there"))
    answer = ask(server.url("/v1/here"), method="POST", body=b"{}")
    assert (answer.status, answer.redirect_to) == (status, server.url("/v1/there"))
    assert len(server.requests) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("place", ["another port", "another host", "another scheme", "no scheme"])
def test_another_origin_is_never_asked_and_never_sees_the_key(start: Start, method: str, place: str) -> None:
    other = start(ok(b"stolen"))
    location = {
        "another port": f"http://127.0.0.1:{other.port}/v1/here",
        "another host": f"http://localhost:{other.port}/v1/here",
        "another scheme": "https://127.0.0.1:{own}/v1/here",
        "no scheme": f"//127.0.0.1:{other.port}/v1/here",
    }[place]
    server = start(b"")
    server.scripts = (redirect(308, location.format(own=server.port)),)
    answer = ask(server.url("/v1/here"), method=method)
    assert answer.status == 308
    assert answer.redirect_to is not None
    assert not other.requests
    assert len(server.requests) == 1


def test_the_same_port_under_another_name_is_another_origin(start: Start) -> None:
    server = start(b"")
    server.scripts = (redirect(308, f"http://localhost:{server.port}/"), ok(b"followed"))
    assert ask(server.url()).redirect_to == f"http://localhost:{server.port}/"
    assert len(server.requests) == 1


@pytest.mark.parametrize("location", ["http://[::1", "http://127.0.0.1:99999999/", "http://[not-an-address]/", "//["])
def test_a_location_that_is_no_url_is_not_followed_and_breaks_nothing(start: Start, location: str) -> None:
    server = start(redirect(308, location))
    try:
        assert ask(server.url(), method="POST", body=b"{}").redirect_to is not None
    except TransportFault as found:
        assert found.sent  # noqa: PT017 - either outcome is right
    assert len(server.requests) == 1


def test_three_redirects_are_followed_and_a_fourth_is_one_too_many(start: Start) -> None:
    server = start(*[redirect(302, f"/{n}") for n in range(3)], ok(b"end"))
    assert ask(server.url()).body == b"end"
    loop = start(redirect(302, "/again"))
    found = fault(loop.url())
    assert (found.kind, found.sent) == ("redirect", True)
    assert len(loop.requests) == 4


# Proxies


@pytest.mark.parametrize(
    ("env", "url", "expected"),
    [
        ({}, "https://api.openai.com/v1", None),
        ({"HTTPS_PROXY": "http://p:1"}, "https://api.openai.com/v1", "http://p:1"),
        ({"https_proxy": "p:1"}, "https://api.openai.com/v1", "http://p:1"),
        ({"https_proxy": "http://low:1", "HTTPS_PROXY": "http://up:1"}, "https://api.openai.com/v1", "http://low:1"),
        ({"all_proxy": "http://any:1", "HTTPS_PROXY": "http://p:1"}, "https://api.openai.com/v1", "http://p:1"),
        ({"ALL_PROXY": "http://any:1"}, "https://api.openai.com/v1", "http://any:1"),
        ({"HTTP_PROXY": "http://cgi:1"}, "http://gateway.test/v1", None),
        ({"http_proxy": "http://p:1"}, "http://gateway.test/v1", "http://p:1"),
        ({"http_proxy": "http://p:1"}, "https://api.openai.com/v1", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "api.openai.com"}, "https://api.openai.com/v1", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".openai.com"}, "https://api.openai.com/v1", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, "https://api.openai.com/v1", None),
        ({"HTTPS_PROXY": "http://p:1", "no_proxy": "other.test"}, "https://api.openai.com/v1", "http://p:1"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "gw.test:8443"}, "https://gw.test:8443/v1", None),
        ({"HTTPS_PROXY": "http://p:1", "http_proxy": "http://p:1"}, "http://127.0.0.1:9/v1", None),
        ({"ALL_PROXY": "http://p:1"}, "https://localhost/v1", None),
        ({"ALL_PROXY": "http://p:1"}, "http://[::1]:9/v1", None),
        ({"ALL_PROXY": "http://p:1"}, "http://127.attacker.test/v1", "http://p:1"),
    ],
)
def test_which_proxy_applies(env: dict[str, str], url: str, expected: str | None) -> None:
    assert proxy_for(url, env) == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True),
        ("127.attacker.test", False), ("127.0.0.1.attacker.test", False), ("localhost.attacker.test", False),
        ("10.0.0.1", False), ("0.0.0.0", False), ("", False), ("api.openai.com", False),
    ],
)  # fmt: skip
def test_only_addresses_of_this_machine_are_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    "proxy", ["socks5://user:planted-password@p:1", "ftp://user:planted-password@p:1", "http://u:planted/password@["]
)
def test_a_proxy_setting_of_no_use_is_a_fault_that_quotes_no_password(proxy: str) -> None:
    with pytest.raises(TransportFault) as caught:
        Client("https://api.openai.com/v1", Settings(proxy=proxy))
    assert (caught.value.kind, caught.value.sent) == ("proxy", False)
    assert "planted" not in f"{caught.value}{caught.value.__cause__}"


class ConnectProxy(Server):
    """A CONNECT proxy that leads every name to one local port."""

    def __init__(self, leads_to: int, refusal: bytes = b"", silent: float = 0) -> None:
        self.leads_to = leads_to
        self.refusal = refusal
        self.silent = silent
        super().__init__(self._tunnel)

    def _tunnel(self, client: socket.socket) -> None:
        time.sleep(self.silent)
        if self.refusal:
            client.sendall(self.refusal)
            return
        if not self.leads_to:
            return
        with socket.create_connection(("127.0.0.1", self.leads_to), timeout=5) as server:
            client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join(5)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def proxied(leads_to: int, **more: object) -> Iterator[ConnectProxy]:
    proxy = ConnectProxy(leads_to, **more)  # type: ignore[arg-type]
    try:
        yield proxy
    finally:
        proxy.close()


# TLS


@dataclass(frozen=True)
class Authority:
    """A private CA and what it has signed. `file` is its certificate as PEM."""

    file: Path
    for_loopback: ssl.SSLContext
    for_vendor: ssl.SSLContext


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("ca")
    now = datetime.datetime.now(datetime.UTC)
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Routecheck Test Authority")])

    def builder(subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        )

    usage = dict.fromkeys(
        (
            "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
            "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
        ),
        False,
    )  # fmt: skip
    ca = (
        builder(ca_name, ca_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**usage | {"key_cert_sign": True, "crl_sign": True}), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    file = folder / "ca.pem"
    file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))

    def server(name: str, names: list[x509.GeneralName]) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.KeyUsage(**usage | {"digital_signature": True}), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(ca_key, hashes.SHA256())
        )
        chain = folder / f"{name}.pem"
        chain.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context

    loopback = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    return Authority(
        file=file,
        for_loopback=server("localhost", loopback),
        for_vendor=server("api.openai.com", [x509.DNSName("api.openai.com")]),
    )


def trusting(authority: Authority, timeout: float = 5) -> Settings:
    return Settings(timeout=timeout, ca_file=str(authority.file))


def test_an_unknown_authority_is_not_trusted_and_gets_nothing(start: Start, authority: Authority) -> None:
    server = start(ok(b"{}"), tls=authority.for_loopback)
    found = fault(server.url(), method="POST", body=b"{}")
    assert (found.kind, found.sent, found.status) == ("tls", False, None)
    assert not server.requests


def test_an_authority_of_this_machine_counts_as_user_added_and_is_named(start: Start, authority: Authority) -> None:
    server = start(ok(b"{}"), tls=authority.for_loopback)
    settings = settings_from({"SSL_CERT_FILE": str(authority.file)}, server.url(), 5)
    peer = ask(server.url(), settings).peer
    assert (peer.trust, peer.authority) == ("user-added", "CN=Routecheck Test Authority")


def test_a_certificate_for_another_name_is_not_trusted(start: Start, authority: Authority) -> None:
    server = start(ok(b"{}"), tls=authority.for_vendor)
    found = fault(server.url(), trusting(authority))
    assert (found.kind, found.sent) == ("tls", False)
    assert not server.requests


def test_a_certificate_list_that_cannot_be_read_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "broken.pem").write_text("no certificate")
    for name in ("missing.pem", "broken.pem"):
        with pytest.raises(TransportFault) as caught:
            Client("https://api.openai.com/v1", Settings(ca_file=str(tmp_path / name)))
        assert (caught.value.kind, caught.value.sent) == ("tls", False)


def test_a_plain_server_behind_https_is_a_tls_fault(start: Start) -> None:
    server = start(ok(b"{}"))
    found = fault(f"https://127.0.0.1:{server.port}/")
    assert (found.kind, found.sent) == ("tls", False)


@pytest.mark.parametrize(
    ("head", "status"),
    [(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n", 200), (b"HTTP/1.1 200 OK\r\nx-slow: ", None)],
    ids=["body", "headers"],
)
def test_the_deadline_holds_under_tls(start: Start, authority: Authority, head: bytes, status: int | None) -> None:
    server = start(drip(head, b"a"), tls=authority.for_loopback)
    found = timed_out(server.url(), trusting(authority, SHORT))
    assert (found.sent, found.status) == (True, status)


def test_the_deadline_holds_during_the_tls_handshake() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        found = timed_out(url, Settings(timeout=SHORT))
    assert found.sent is False


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"])
def test_a_tls_record_that_breaks_after_sending_may_be_billed(
    start: Start, authority: Authority, answer: bytes
) -> None:
    def corrupt(connection: socket.socket) -> None:
        assert isinstance(connection, ssl.SSLSocket)
        connection.sendall(answer)
        socket.socket.send(connection, b"\x17\x03\x03\x00\x20" + bytes(32))  # a record that nobody encrypted

    server = start(corrupt, tls=authority.for_loopback)
    found = fault(server.url(), trusting(authority), "POST", body=b"{}")
    assert (found.kind, found.sent, found.status) == ("dropped", True, 200 if answer else None)
    assert len(server.requests) == 1


# TLS through a proxy: the vendor's name, and a server of ours behind it

VENDOR = "https://api.openai.com/v1/models"


def through(proxy: Server, authority: Authority | None, timeout: float = 5) -> Settings:
    env = {"HTTPS_PROXY": f"http://user:planted-password@127.0.0.1:{proxy.port}"}
    return settings_from(env | ({"SSL_CERT_FILE": str(authority.file)} if authority else {}), VENDOR, timeout)


def test_the_vendor_behind_an_intercepting_proxy_is_known_by_the_authority(start: Start, authority: Authority) -> None:
    server = start(ok(b"{}"), tls=authority.for_vendor)
    with proxied(server.port) as proxy:
        answer = ask(VENDOR, through(proxy, authority))
        assert len(proxy.requests) == 1
        assert proxy.requests[0].startswith(b"CONNECT api.openai.com:443 ")
        assert b"planted-credential-value" not in proxy.requests[0]
    assert (answer.peer.host, answer.peer.trust) == ("api.openai.com", "user-added")
    assert (answer.peer.authority, answer.peer.proxy) == ("CN=Routecheck Test Authority", "127.0.0.1")
    assert b"planted-credential-value" in server.requests[0]
    assert b"planted-password" not in server.requests[0]


def test_an_interception_that_is_not_trusted_gets_no_request(start: Start, authority: Authority) -> None:
    server = start(ok(b"{}"), tls=authority.for_vendor)
    with proxied(server.port) as proxy:
        found = fault(VENDOR, through(proxy, None), "POST", body=b"{}")
    assert (found.kind, found.sent) == ("tls", False)
    assert not server.requests


def test_a_trusted_certificate_for_another_name_behind_the_proxy_gets_no_request(
    start: Start, authority: Authority
) -> None:
    server = start(ok(b"{}"), tls=authority.for_loopback)
    with proxied(server.port) as proxy:
        found = fault(VENDOR, through(proxy, authority))
    assert (found.kind, found.sent) == ("tls", False)
    assert not server.requests


def test_a_proxy_that_refuses_is_told_as_proxy(authority: Authority) -> None:
    with proxied(0, refusal=b"HTTP/1.1 407 Auth\r\ncontent-length: 0\r\n\r\n") as proxy:
        found = fault(VENDOR, through(proxy, authority), "POST", body=b"{}")
    assert (found.kind, found.sent) == ("proxy", False)


def test_a_proxy_that_hangs_up_has_not_passed_the_request_on(authority: Authority) -> None:
    with proxied(0) as proxy:
        found = fault(VENDOR, through(proxy, authority), "POST", body=b"{}")
    assert (found.kind, found.sent) == ("proxy", False)
    assert "planted" not in str(found)


def test_a_silent_proxy_times_out_with_nothing_sent(authority: Authority) -> None:
    with proxied(0, silent=1.2) as proxy:
        found = timed_out(VENDOR, through(proxy, authority, SHORT), "POST")
    assert found.sent is False


def test_a_proxy_that_is_not_there_is_not_blamed_on_the_vendor(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        proxy = f"http://127.0.0.1:{gone.getsockname()[1]}"
    found = fault(VENDOR, settings_from({"https_proxy": proxy}, VENDOR, 5))
    assert (found.kind, found.sent) == ("proxy", False)
    assert "127.0.0.1" in found.detail
    assert "openai" not in found.detail


def test_the_deadline_holds_through_a_proxy(start: Start, authority: Authority) -> None:
    server = start(drip(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n", b"a"), tls=authority.for_vendor)
    with proxied(server.port) as proxy:
        found = timed_out(VENDOR, through(proxy, authority, SHORT))
    assert (found.sent, found.status) == (True, 200)


def test_loopback_and_no_proxy_go_past_the_proxy(start: Start) -> None:
    server = start(ok(b"direct"))
    with proxied(server.port) as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        env = {"http_proxy": address, "HTTPS_PROXY": address, "ALL_PROXY": address}
        assert ask(server.url(), settings_from(env, server.url(), 5)).body == b"direct"
        assert not proxy.requests
    assert settings_from(env | {"NO_PROXY": "openai.com"}, VENDOR, 5).proxy is None


def test_the_environment_of_the_process_is_not_asked(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the settings count: what the run was not told of must not see the key."""
    server = start(ok(b"direct"))
    with proxied(server.port, refusal=b"HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n") as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        assert ask(server.url()).body == b"direct"
        assert not proxy.requests


def test_a_plain_http_host_is_asked_through_the_proxy(start: Start) -> None:
    proxy = start(ok(b"by proxy"))
    url = "http://gateway.test/v1/models"
    answer = ask(url, settings_from({"http_proxy": f"127.0.0.1:{proxy.port}"}, url, 5))
    assert answer.body == b"by proxy"
    assert proxy.requests[0].startswith(b"GET http://gateway.test/v1/models ")


def test_the_public_roots_are_told_from_added_ones(authority: Authority) -> None:
    """The root of a verified chain counts as public only when it is in the certifi list, byte for byte."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(public_roots())
    public = context.get_ca_certs(binary_form=True)[0]

    class Chain:
        def __init__(self, root: bytes) -> None:
            self._root = root

        def get_verified_chain(self) -> list[bytes]:
            return [b"leaf", self._root]

    assert root_of(Chain(public))[0] is True
    own = ssl.PEM_cert_to_DER_cert(authority.file.read_text())
    assert root_of(Chain(own)) == (False, "CN=Routecheck Test Authority")
    assert root_of(object()) == (False, None)
