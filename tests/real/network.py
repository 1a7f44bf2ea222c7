"""Two small servers: a proxy that lets nobody out and remembers who wanted to, and a relay to another port."""

import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self


class _Listener:
    """Accepts connections on a free loopback port, each in a thread of its own."""

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        self._serve = serve
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        try:
            with connection:
                self._serve(connection)
        except OSError:
            return


class NoWayOut(_Listener):
    """A proxy that refuses every request; `wanted` holds the first line of each."""

    def __init__(self) -> None:
        self.wanted: list[str] = []
        super().__init__(self._refuse)

    def _refuse(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        self.wanted.append(connection.recv(4096).split(b"\r\n")[0].decode("latin-1"))
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")


class Relay(_Listener):
    """Passes every byte on to another loopback port and back: an impostor that shows somebody else's papers."""

    def __init__(self, port: int) -> None:
        self._target = port
        super().__init__(self._pass_on)

    def _pass_on(self, connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._target), timeout=10) as onward:
            back = threading.Thread(target=_pump, args=(onward, connection), daemon=True)
            back.start()
            _pump(connection, onward)
            back.join(10)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return
