"""The outside world of a child that goes by a proxy: TLS ends here, and every host is played by one sandbox."""

import contextlib
import http.client
import http.server
import socket
import ssl
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from authority import Authority

WAIT_SECONDS = 60.0
DROPPED = {"transfer-encoding", "content-length", "proxy-authorization", "proxy-connection", "keep-alive"}


class Outside:
    """A proxy on `port` that passes each request on to the sandbox, which tells hosts apart by the Host header.

    Nothing else is ever connected to. `hosts` are the names that were asked for, in order; `authority` is the one
    that the child has to trust.
    """

    def __init__(self, authority: Authority, sandbox_port: int) -> None:
        self.hosts: list[str] = []
        self.authority, self.sandbox_port = authority, sandbox_port
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    owner: Outside
    protocol_version = "HTTP/1.1"
    timeout = WAIT_SECONDS
    tunnel: ssl.SSLSocket | None = None

    def do_CONNECT(self) -> None:
        host = self.path.rpartition(":")[0]
        self.owner.hosts.append(host)
        self.send_response_only(200)
        self.end_headers()
        self.tunnel = self.owner.authority.context(host).wrap_socket(self.connection, server_side=True)
        self.connection: socket.socket = self.tunnel
        self.rfile, self.wfile = self.tunnel.makefile("rb"), self.tunnel.makefile("wb")
        self.close_connection = False

    def pass_on(self) -> None:
        parts = urlsplit(self.path)
        if parts.hostname is not None:
            self.owner.hosts.append(parts.hostname)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        onward = http.client.HTTPConnection("127.0.0.1", self.owner.sandbox_port, timeout=WAIT_SECONDS)
        with contextlib.closing(onward):
            headers = {name: value for name, value in self.headers.items() if name.lower() not in DROPPED}
            path = parts._replace(scheme="", netloc="").geturl()
            onward.request(self.command, path, body, headers)
            answer = onward.getresponse()
            content = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in DROPPED | {"connection"}:
                self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    do_GET = do_POST = do_HEAD = pass_on

    def handle(self) -> None:
        # A child that is ended breaks off in the middle.
        with contextlib.suppress(OSError, ValueError):
            super().handle()

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()
        if self.tunnel is not None:
            self.tunnel.close()

    def log_message(self, format: str, *args: object) -> None:
        return
