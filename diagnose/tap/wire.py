"""Byte streams over a non-blocking socket, with TLS on top of any of them.

Not asyncio's own streams: they lose what was read before TLS begins, and log what they cannot close.
"""

import asyncio
import contextlib
import socket
import ssl
from typing import Protocol

BLOCK = 64 * 1024


class Stream(Protocol):
    """Bytes in both directions; one reader and one writer at a time."""

    async def receive(self) -> bytes:
        """The next bytes, at most BLOCK of them and what was put back; empty at the end."""

    def put_back(self, data: bytes) -> None:
        """Bytes that the next receive() gives first."""

    async def send(self, data: bytes) -> None:
        """Returns when the bytes are on their way. Raises OSError when nobody takes them."""

    async def finish(self) -> None:
        """Says that nothing more will be sent; what comes can still be read."""

    def close(self) -> None:
        """Ends the connection, whatever is on its way."""


class Plain:
    """A connected TCP socket."""

    def __init__(self, connected: socket.socket) -> None:
        connected.setblocking(False)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connected
        self._loop = asyncio.get_running_loop()
        self._back = b""

    @property
    def peer(self) -> str:
        """The address of the other end."""
        return str(self._socket.getpeername()[0])

    async def receive(self) -> bytes:
        data, self._back = self._back, b""
        return data or await self._loop.sock_recv(self._socket, BLOCK)

    def put_back(self, data: bytes) -> None:
        self._back = data + self._back

    async def send(self, data: bytes) -> None:
        await self._loop.sock_sendall(self._socket, data)

    async def finish(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        number = self._socket.fileno()
        if number >= 0:
            # Otherwise a waiting read would take its leave later, from a socket that got the same number.
            self._loop.remove_reader(number)
            self._loop.remove_writer(number)
        self._socket.close()


class Secured:
    """TLS over another stream. Nothing is sent or read before handshake() has returned."""

    def __init__(self, below: Stream, context: ssl.SSLContext, *, server_side: bool, name: str | None = None) -> None:
        self._below = below
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out, server_side=server_side, server_hostname=name)
        self._sending = asyncio.Lock()
        self._back = b""

    async def handshake(self) -> None:
        """Raises ssl.SSLError (also for a certificate that is not trusted) and OSError."""
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            except ssl.SSLError:
                with contextlib.suppress(OSError):
                    await self._flush()  # the alert that tells the other end why
                raise
        await self._flush()

    async def receive(self) -> bytes:
        data, self._back = self._back, b""
        while not data:
            try:
                if not (data := self._read()):
                    return b""  # a goodbye
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""  # many servers leave without a goodbye, and clients take that for the end
        return data

    def put_back(self, data: bytes) -> None:
        self._back = data + self._back

    async def send(self, data: bytes) -> None:
        view = memoryview(data)
        async with self._sending:
            while view:
                view = view[self.tls.write(view[:BLOCK]) :]
                await self._below.send(self._out.read())

    async def finish(self) -> None:
        # Wants the other end's goodbye, and complains about what is unread: neither is waited for.
        with contextlib.suppress(ssl.SSLError):
            self.tls.unwrap()
        with contextlib.suppress(OSError):
            await self._flush()
        await self._below.finish()

    def close(self) -> None:
        self._below.close()

    def _read(self) -> bytes:
        """What has arrived, up to BLOCK; a record of TLS alone holds 16 KiB."""
        parts = [self.tls.read(BLOCK)]
        size = len(parts[0])
        with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLZeroReturnError, ssl.SSLEOFError):
            while parts[-1] and size < BLOCK:  # nothing is what a goodbye gives, again and again
                parts.append(self.tls.read(BLOCK - size))
                size += len(parts[-1])
        return b"".join(parts)

    async def _fill(self) -> None:
        data = await self._below.receive()
        if data:
            self._in.write(data)
        else:
            self._in.write_eof()

    async def _flush(self) -> None:
        if self._out.pending:
            async with self._sending:
                if data := self._out.read():
                    await self._below.send(data)
