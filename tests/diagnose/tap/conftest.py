"""A real host to forward to (plain or TLS), a certificate authority, and a child that speaks through the gate."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from diagnose.tap.gate import Forward, Gate

Script = bytes | Callable[[socket.socket], None]


class Upstream:
    """Answers the n-th request with the n-th script, later ones with the last; keeps every byte it was sent.

    A script is what is sent, or a function that gets the connection, after which it is closed.
    """

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self.scripts = scripts
        self.requests: list[bytes] = []
        self.connections = 0
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        for end in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(end, socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)
        for end in self._open:
            end.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._connection, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _connection(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.suppress(OSError))
            stack.callback(connection.close)
            if self._tls:
                connection = stack.enter_context(self._tls.wrap_socket(connection, server_side=True))
                self._open.append(connection)
            while request := read_message(connection):
                self.requests.append(request)
                script = self.scripts[min(len(self.requests), len(self.scripts)) - 1]
                if callable(script):
                    script(connection)
                    with contextlib.suppress(OSError, ValueError):
                        if isinstance(connection, ssl.SSLSocket):
                            connection.unwrap()
                    return
                connection.sendall(script)


def read_message(connection: socket.socket) -> bytes:
    """One request as it came: with its content-length, or up to the last chunk."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    rows = head.lower().split(b"\r\n")
    length = next((int(row[15:]) for row in rows if row.startswith(b"content-length:")), 0)
    chunked = any(row.startswith(b"transfer-encoding:") for row in rows)
    if any(row.startswith(b"expect:") for row in rows):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    while (chunked and not body.endswith(b"0\r\n\r\n")) or len(body) < length:
        piece = connection.recv(65536)
        if not piece:
            return b""
        body += piece
    return head + b"\r\n\r\n" + body


@pytest.fixture
def upstream() -> Iterator[Callable[..., Upstream]]:
    running: list[Upstream] = []

    def start(*scripts: Script, tls: ssl.SSLContext | None = None) -> Upstream:
        running.append(Upstream(*scripts, tls=tls))
        return running[-1]

    yield start
    for server in running:
        server.close()


class Child:
    """A connection to the gate, as raw as the test wants it."""

    def __init__(self, gate: Gate, permit: bool = True) -> None:
        parts = urlsplit(gate.url)
        pair = f"{parts.username}:{parts.password}".encode()
        self.permit = b"Proxy-Authorization: Basic " + base64.b64encode(pair) + b"\r\n" if permit else b""
        self.gate = gate
        self.plain = socket.create_connection(("127.0.0.1", parts.port or 0), timeout=10)
        self.end: socket.socket = self.plain

    def connect(self, place: str = "api.openai.com:443") -> bytes:
        """Ask for a tunnel; the head of the answer."""
        self.plain.sendall(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n".encode() + self.permit + b"\r\n")
        return self.head()

    def secure(self, host: str = "api.openai.com", alpn: tuple[str, ...] = ()) -> Child:
        context = ssl.create_default_context(cafile=str(self.gate.ca_file))
        if alpn:
            context.set_alpn_protocols(list(alpn))
        self.end = context.wrap_socket(self.plain, server_hostname=host)
        return self

    def send(self, data: bytes) -> Child:
        self.end.sendall(data)
        return self

    def head(self) -> bytes:
        data = b""
        while not data.endswith(b"\r\n\r\n"):
            piece = self.end.recv(1)
            if not piece:
                break
            data += piece
        return data

    def take(self, count: int) -> bytes:
        data = b""
        while len(data) < count and (piece := self.end.recv(count - len(data))):
            data += piece
        return data

    def rest(self) -> bytes:
        """Everything until the connection ends."""
        data = b""
        with contextlib.suppress(ssl.SSLError, ConnectionResetError):
            while piece := self.end.recv(65536):
                data += piece
        return data

    def close(self) -> None:
        self.end.close()
        self.plain.close()


@pytest.fixture
def child() -> Iterator[Callable[..., Child]]:
    made: list[Child] = []

    def start(gate: Gate, permit: bool = True) -> Child:
        made.append(Child(gate, permit))
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Callable[..., Gate]]:
    """An open gate: `gate()` refuses, `gate(port)` forwards every host to that port of loopback."""
    with contextlib.ExitStack() as stack:

        def start(port: int | None = None, forward: Forward | None = None, **more: Any) -> Gate:
            if port is not None:
                forward = Forward.to_sandbox(None, port)
            return stack.enter_context(Gate(forward=forward, folder=tmp_path, **more))

        yield start


@pytest.fixture
def tunnel(gate: Callable[..., Gate], child: Callable[..., Child]) -> Callable[..., tuple[Gate, Child]]:
    """A child with TLS through a gate to this upstream."""

    def start(server: Upstream, **more: Any) -> tuple[Gate, Child]:
        opened = gate(server.port, **more)
        one = child(opened)
        assert b" 200 " in one.connect()
        return opened, one.secure()

    return start


class Issuer:
    """A certificate authority of the test's own."""

    def __init__(self, folder: Path, name: str = "Corporate Inspection CA") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = folder / "corporate-ca.pem"
        own = self._sign(self._name, self._key, ca=True, names=())
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def server(self, *names: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = self._sign(x509.Name([]), key, ca=False, names=names)
        file = self._folder / "server.pem"
        pem = serialization.Encoding.PEM
        form = serialization.PrivateFormat.PKCS8
        file.write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()) + leaf.public_bytes(pem))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _sign(self, subject: x509.Name, key: Any, *, ca: bool, names: tuple[str, ...]) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if names:
            alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
            builder = builder.add_extension(alternatives, critical=True)
        return builder.sign(self._key, hashes.SHA256())


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Wait for something that another thread is about to do."""

    def wait(happened: Callable[[], bool]) -> None:
        end = time.monotonic() + 5
        while not happened():
            assert time.monotonic() < end, "it did not happen within 5 s"
            time.sleep(0.01)

    return wait
