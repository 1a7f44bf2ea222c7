"""The proxy that passes on: one connection of the child, and for it one connection to the real host at a time."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import h11

from diagnose.tap.dial import Unreachable, dial
from diagnose.tap.exchange import Exchange, Filed, Host, begun, ended, more
from diagnose.tap.forward import Forward, NotForwarded
from diagnose.tap.framing import Framing, HeadError, of_request, read_head
from diagnose.tap.notes import Notes
from diagnose.tap.records import Tapped, Target
from diagnose.tap.refuse import Asked, answer, first_request, leave
from diagnose.tap.wire import Secured, Stream

if TYPE_CHECKING:
    from diagnose.tap.answers import Keep
    from diagnose.tap.authority import Authority

_TLS_HELLO = 0x16


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What a connection needs of the gate.

    `permitted`: whether this Proxy-Authorization is the run's. `target`, `exchange` and `trouble` note; `room`:
    whether they still can.
    """

    permitted: Callable[[str], bool]
    forward: Forward
    authority: Authority
    now: Callable[[], float]
    target: Callable[[str, int, bool], object]
    exchange: Callable[[Tapped], object]
    trouble: Callable[[str], object]
    room: Callable[[], bool]
    keep: Keep | None


class Relay:
    """Serves one connection of the child until either end is done with it."""

    def __init__(self, child: Stream, book: Book) -> None:
        self._child = child
        self._book = book
        self._host: Host | None = None
        self._clean = True  # the child may be told that this was the end

    async def serve(self) -> bool:
        """False if it was not our child who asked. Raises OSError and TimeoutError when the child is gone."""
        asked = await first_request(self._child, self._book.permitted)
        if asked is None:
            await leave(self._child)
            return False
        try:
            await (self._tunnel(asked) if asked.connect else self._plain(asked))
            if self._clean:
                await leave(self._child)
        finally:
            self._hang_up()
        return True

    def _hang_up(self) -> None:
        if self._host is not None:
            self._host.close()
            self._host = None

    async def _tunnel(self, asked: Asked) -> None:
        if await self._not_ours(asked.host, asked.port, tls=asked.port != 80):
            return
        await self._child.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        first = b""
        try:
            first = await self._child.receive()
        finally:  # a tunnel that is never used was asked for all the same
            tls = first[0] == _TLS_HELLO if first else asked.port != 80
            self._book.target(asked.host, asked.port, tls)
        if not first:
            return
        self._child.put_back(first)
        if tls:
            try:
                secured = Secured(self._child, self._book.authority.context(asked.host), server_side=True)
                await secured.handshake()
            except OSError as error:
                why = error.reason if isinstance(error, ssl.SSLError) else "it left"
                self._book.trouble(f"the child did not take the tap's certificate for {asked.host}: {why}")
                self._clean = False
                return
            self._child = secured
        target = self._target(asked.host, asked.port, tls=tls)
        while (head := await self._next_head()) is not None:
            if not await self._exchange(head, target):
                return

    async def _plain(self, asked: Asked) -> None:
        """Requests with whole URLs, each of which may name another host."""
        previous = (asked.host, asked.port)
        while True:
            if (asked.host, asked.port) != previous:
                self._hang_up()
            previous = asked.host, asked.port
            if await self._not_ours(asked.host, asked.port, tls=False):
                return
            self._book.target(asked.host, asked.port, False)
            target = self._target(asked.host, asked.port, tls=False)
            if not await self._exchange(_in_origin_form(asked.head), target):
                return
            head = await self._next_head()
            if head is None:
                return
            self._child.put_back(head)
            following = await first_request(self._child, self._book.permitted)
            if following is None or following.connect:
                return
            asked = following

    def _target(self, host: str, port: int, *, tls: bool) -> Target:
        return Target(host=host, port=port, tls=tls, at=self._book.now())

    async def _not_ours(self, host: str, port: int, *, tls: bool) -> bool:
        """Whether this host is not passed on to, or no more can be noted; the child has been told so."""
        try:
            self._book.forward.reach(host, port, tls=tls)
        except NotForwarded as why:
            self._book.target(host, port, tls)
            self._book.trouble(str(why))
            await self._child.send(answer("403 Forbidden", f"routecheck: {why}"))
            return True
        if not self._book.room():
            await self._child.send(answer("503 Service Unavailable", "routecheck: no more can be noted"))
            return True
        return False

    async def _next_head(self) -> bytes | None:
        """The next request's head; None when the child or the real host has ended the connection."""
        reading = begun(read_head(self._child))
        waiting: set[asyncio.Task[bytes]] = {reading}
        if self._host is not None:
            waiting.add(self._host.watch())
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            return reading.result() if reading.done() else None
        except HeadError as problem:
            if problem.too_long:
                await self._child.send(answer("431 Request Header Fields Too Large"))
            return None
        finally:
            await ended(reading)

    async def _exchange(self, head: bytes, target: Target) -> bool:
        """One request and its answer. Whether another request may follow."""
        framing = of_request()
        try:
            body, behind = framing.feed(head)
        except h11.RemoteProtocolError:
            framing.start = None
        if not isinstance(framing.start, h11.Request) or framing.start.http_version not in (b"1.0", b"1.1"):
            await self._child.send(answer("400 Bad Request", "routecheck: this is no HTTP/1.1 request"))
            return False
        if not self._book.room():
            await self._child.send(answer("503 Service Unavailable", "routecheck: no more can be noted"))
            return False
        notes = Notes(target, framing.start, now=self._book.now, keep=self._book.keep)
        filed = Filed(notes, self._book.exchange)
        try:
            if framing.start.method == b"CONNECT" or _has(framing.start, b"upgrade"):
                notes.problem = "the child asked for another protocol, which cannot be read; it was refused"
                await self._child.send(answer("501 Not Implemented", "routecheck: no change of protocol"))
                return False
            notes.asked(body)
            self._child.put_back(behind)
            return await self._passed_on(head, framing, filed, target)
        except OSError:
            notes.problem = notes.problem or "the child ended the connection"
            raise
        except asyncio.CancelledError:
            notes.problem = notes.problem or "the tap was closed, or its deadline passed, before the end"
            raise
        finally:
            filed.close()

    async def _passed_on(self, head: bytes, request: Framing, filed: Filed, target: Target) -> bool:
        assert isinstance(request.start, h11.Request)
        if self._host is None:
            try:
                self._host = Host(await dial(self._book.forward.reach(target.host, target.port, tls=target.tls)))
            except Unreachable as why:
                await self._not_reached(str(why), request, filed)
                return False
        filed.notes.line = self._host.line
        exchange = Exchange(self._child, self._host, request, filed)
        again = await exchange.run(head, request.start.method)
        self._clean = exchange.whole  # otherwise the child is to see that it did not get everything
        return again

    async def _not_reached(self, why: str, request: Framing, filed: Filed) -> None:
        # Who waits to be told to go on would wait for ever.
        hopeful = isinstance(request.start, h11.Request) and not _has(request.start, b"expect")
        while hopeful and not request.complete:
            _, hopeful = await more(self._child, request, filed.notes)
        filed.notes.problem = why
        filed.close()
        await self._child.send(answer("502 Bad Gateway", f"routecheck: {why}"))


def _has(request: h11.Request, header: bytes) -> bool:
    return any(name == header for name, _ in request.headers)


def _in_origin_form(head: bytes) -> bytes:
    """The head as the host is to get it: without the URL's origin, and without what was said to the proxy."""
    line, *rows = head[:-4].split(b"\r\n")
    method, target, version = line.split(b" ")
    rest = target.partition(b"://")[2]
    cut = min((at for at in (rest.find(b"/"), rest.find(b"?")) if at >= 0), default=len(rest))
    path = rest[cut:]
    path = path if path.startswith(b"/") else b"/" + path
    kept = [row for row in rows if not row.lower().startswith((b"proxy-authorization:", b"proxy-connection:"))]
    return b"\r\n".join([b" ".join((method, path, version)), *kept, b"", b""])
