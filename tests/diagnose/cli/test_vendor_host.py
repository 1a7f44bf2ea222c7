"""The vendor's own name over real TLS: api.openai.com, answered by the sandbox behind a CONNECT proxy.

The certificate is issued by a CA that only this test trusts, so the root of the proof is the user-added CA.
"""

import asyncio
import contextlib
import datetime as dt
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from diagnose.sandbox.server import Sandbox


def certificates(folder: Path, name: str) -> tuple[Path, Path]:
    """(CA file, file with the server's key and certificate) for one host name."""
    now = dt.datetime.now(dt.UTC)

    def made(subject: str, issuer: x509.Certificate | None, issuer_key, key, *, ca: bool) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .issuer_name(issuer.subject if issuer else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(subject)]), critical=False)
        return builder.sign(issuer_key, hashes.SHA256())

    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = made("Corporate Inspection CA", None, ca_key, ca_key, ca=True)
    leaf = made(name, ca, ca_key, key, ca=False)
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    (folder / "server.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()) + leaf.public_bytes(pem)
    )
    return folder / "ca.pem", folder / "server.pem"


class Bridge:
    """A CONNECT proxy that ends TLS itself and passes the plain bytes on to the sandbox."""

    def __init__(self, sandbox_port: int, server_pem: Path) -> None:
        self.targets: list[str] = []
        self._port = sandbox_port
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(server_pem)
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._threads: list[threading.Thread] = []
        self._thread.start()

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            worker = threading.Thread(target=self._bridge, args=(connection,))
            worker.start()
            self._threads.append(worker)

    def _bridge(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        self.targets.append(head.split()[1].decode())
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            with (
                self._tls.wrap_socket(connection, server_side=True) as client,
                socket.create_connection(("127.0.0.1", self._port)) as server,
            ):
                asyncio.run(self._pump(client, server))
        except OSError:
            connection.close()

    async def _pump(self, client: ssl.SSLSocket, server: socket.socket) -> None:
        def copy(source: socket.socket, target: socket.socket) -> None:
            try:
                while data := source.recv(65536):
                    target.sendall(data)
            except OSError:
                pass
            finally:
                for end in (source, target):
                    with contextlib.suppress(OSError):
                        socket.socket.shutdown(end, socket.SHUT_RDWR)

        await asyncio.gather(
            asyncio.to_thread(copy, client, server),
            asyncio.to_thread(copy, server, client),
        )

    def close(self) -> None:
        self._stop.set()
        self._thread.join(5)
        for worker in self._threads:
            worker.join(5)
        self._listener.close()


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[tuple[Sandbox, Bridge, Path]]:
    ca, server_pem = certificates(tmp_path, "api.openai.com")
    with Sandbox() as sandbox:
        bridge = Bridge(int(sandbox.url.rpartition(":")[2]), server_pem)
        yield sandbox, bridge, ca
        bridge.close()


def test_the_vendors_name_with_a_user_added_ca_is_proven_at_3_and_the_ca_is_named(routecheck, vendor) -> None:
    sandbox, bridge, ca = vendor
    done = routecheck(
        "run", "--no-fallback", "--format", "json",
        env={"OPENAI_API_KEY": sandbox.key, "HTTPS_PROXY": bridge.url, "SSL_CERT_FILE": str(ca)},
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert report["verdict"] == "proven", report["because"]
    assert report["sandbox"] is None
    provider = next(w for w in report["witnesses"] if w["dimension"] == "provider" and w["source"] == "wire")
    assert provider["strength"] == 3
    assert "Corporate Inspection CA" in provider["value"]
    assert set(bridge.targets) == {"api.openai.com:443"}
    assert report["served"]["host"] == "api.openai.com:443"


def test_an_untrusted_certificate_ends_before_the_key_is_sent(routecheck, vendor) -> None:
    sandbox, bridge, _ = vendor
    done = routecheck(
        "run", "--no-fallback", "--format", "json",
        env={"OPENAI_API_KEY": sandbox.key, "HTTPS_PROXY": bridge.url},
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert report["verdict"] == "broken"
    assert report["symptoms"][0]["id"] == "tls-not-trusted"
    assert sandbox.requests == []
