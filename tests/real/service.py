"""The whole outside world of a child, on one loopback port: a proxy that ends TLS itself, notes every request and
answers as the service would. Nothing is ever passed on. It shares no code with what it is used to test."""

import contextlib
import http.server
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from answers import reply
from authority import Authority

CREDENTIALS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
IMAGE_PATHS = ("/images/generations", "/images/edits", "/codex/responses", "/chat/completions", "/api/v1/images",
               "/image_generation", ":generateContent")  # fmt: skip
NOTED = ("size", "n", "background", "quality", "output_format")
"""Parameters that are noted, in this order."""
WAIT_SECONDS = 120.0
TLS_HELLO = b"\x16"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request. `via`: "connect" and "absolute" came through the proxy, "direct" went past it.

    `credential` is the label of a made-up secret, "other" or "none". In `host`, PORT stands for the service's own port,
    and 443 is left out.
    """

    host: str
    path: str
    via: str
    credential: str
    model: str | None
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def asks_for_an_image(self) -> bool:
        return any(self.path.endswith(end) for end in IMAGE_PATHS)


class Service:
    """Answers on `port` until the block ends. `secrets` maps labels to made-up secrets; a request to a host in
    `failing` (or to a path that starts with it) is answered with 500."""

    def __init__(self, authority: Authority, secrets: Mapping[str, str], failing: Sequence[str] = ()) -> None:
        self.seen: list[Seen] = []
        self._labels = {secret: label for label, secret in secrets.items()}
        self.authority, self.failing = authority, tuple(failing)
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> "Service":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def images(self) -> list[Seen]:
        """The requests that asked for an image, in order."""
        return [seen for seen in self.seen if seen.asks_for_an_image]

    @property
    def refreshes(self) -> int:
        """How often a login was to be refreshed."""
        return sum(seen.host == "auth.openai.com" for seen in self.seen)

    def fails(self, host: str, path: str) -> bool:
        return any(host == name or path.startswith(name) for name in self.failing)

    def note(self, host: str, path: str, via: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> None:
        tools = body.get("tools")
        asked = tools[0] if isinstance(tools, list) and tools else body
        model = asked.get("model") or (path.rpartition("/")[2].partition(":")[0] if ":generate" in path else None)
        self.seen.append(
            Seen(
                host=host.replace(str(self.port), "PORT"),
                path=path,
                via=via,
                credential=self._credential(headers),
                model=model,
                fields={name: str(asked[name]) for name in NOTED if name in asked},
            )
        )

    def _credential(self, headers: Mapping[str, str]) -> str:
        given = next((value for name, value in headers.items() if name.lower() in CREDENTIALS), None)
        return "none" if given is None else self._labels.get(given.removeprefix("Bearer ").strip(), "other")

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        service = self

        class Handler(_Handler):
            owner = service

        return Handler


class _Handler(http.server.BaseHTTPRequestHandler):
    owner: Service
    protocol_version = "HTTP/1.1"
    timeout = WAIT_SECONDS
    tunnel: str | None = None

    def do_CONNECT(self) -> None:
        name, _, port = self.path.rpartition(":")
        self.tunnel = name if port == "443" else self.path
        self.send_response(200)
        self.end_headers()
        self.wfile.flush()
        self.close_connection = False
        # Node asks for a tunnel even to a host of plain http.
        if self.connection.recv(1, socket.MSG_PEEK) == TLS_HELLO:
            context = self.owner.authority.context(name)
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        via = "connect" if self.tunnel else "absolute" if parts.scheme else "direct"
        host = self.tunnel or parts.netloc or self.headers.get("host", "")
        body = _read_body(self.rfile, self.headers)
        self.owner.note(host, parts.path, via, dict(self.headers), _fields(self.headers.get("content-type", ""), body))
        status, kind, content = reply(host, parts.path, self.owner.fails(host, parts.path))
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_HEAD = _answer

    def handle(self) -> None:
        # A child that is ended, or does not trust the authority, breaks off in the middle.
        with contextlib.suppress(OSError, ssl.SSLError, ValueError):
            super().handle()

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()
        if self.tunnel:
            self.connection.close()

    def log_message(self, format: str, *args: object) -> None:
        return


def _read_body(stream: Any, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return b"".join(_chunks(stream))
    return bytes(stream.read(int(headers.get("content-length") or 0)))


def _chunks(stream: Any) -> Iterator[bytes]:
    while size := int(stream.readline().split(b";")[0], 16):
        yield stream.read(size)
        stream.readline()
    while stream.readline().strip():
        continue


def _fields(kind: str, body: bytes) -> dict[str, Any]:
    """The fields of a JSON or multipart body; files and what is neither are left out."""
    if kind.startswith("multipart/"):
        boundary = kind.partition("boundary=")[2].strip('"').encode()
        parts = [part.partition(b"\r\n\r\n") for part in body.split(b"--" + boundary)]
        return {
            head.partition(b'name="')[2].partition(b'"')[0].decode(): content.strip().decode()
            for head, _, content in parts
            if b'name="' in head and b"filename=" not in head
        }
    try:
        # Not only "application/json": OpenRouter's requests call their JSON plain text.
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
