"""The proxy that refuses: it answers 403 to everything, and has no way to connect to anything."""

import asyncio
import contextlib
from collections.abc import Callable

from diagnose.tap.framing import HeadError, read_head
from diagnose.tap.wire import Stream

HEAD_SECONDS = 30.0


class BadRequest(Exception):
    """What the child sent is no request to a proxy; the message says why."""


class Asked:
    """The head of a request to a proxy.

    Attributes:
        host, port: where the request is to go; the host in lower case, an IPv6 address without its brackets.
        connect: it asks for a tunnel.
        permit: its Proxy-Authorization, or "".
        head: the bytes themselves.
    """

    def __init__(self, head: bytes) -> None:
        self.head = head
        line, _, rest = head.partition(b"\r\n")
        words = line.split(b" ")
        if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
            raise BadRequest("this is no HTTP/1.1 request")
        self.connect = words[0] == b"CONNECT"
        self.permit = ""
        for row in rest.split(b"\r\n"):
            name, _, value = row.partition(b":")
            if name.lower() == b"proxy-authorization":
                self.permit = value.strip().decode("latin-1")
        self.host, self.port = _place(words[1].decode("latin-1"), connect=self.connect)


def _place(target: str, *, connect: bool) -> tuple[str, int]:
    if not connect:
        scheme, mark, rest = target.partition("://")
        if not mark or scheme.lower() != "http":
            raise BadRequest("a request to a proxy names a whole http URL")
        target = rest.partition("/")[0].partition("?")[0].rpartition("@")[2]
    host, mark, port = target.rpartition(":")
    if not mark or port.endswith("]"):
        host, port = target, "80"
    host = host.removeprefix("[").removesuffix("]").lower()
    known = host and len(host) <= 253 and all(char.isascii() and (char.isalnum() or char in "-._:") for char in host)
    if not known or not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65536:
        raise BadRequest("the request names no host and port")
    return host, int(port)


def answer(status: str, text: str = "", *headers: str) -> bytes:
    """A whole answer of our own, after which the connection ends."""
    body = f"{text}\n".encode() if text else b""
    rows = ["HTTP/1.1 " + status, *headers, f"content-length: {len(body)}", "connection: close"]
    if body:
        rows.append("content-type: text/plain; charset=utf-8")
    return "\r\n".join([*rows, "", ""]).encode() + body


async def first_request(child: Stream, permitted: Callable[[str], bool]) -> Asked | None:
    """The child's request to the proxy; None (and answered) for what is none, or lacks the permit.

    Raises TimeoutError and OSError.
    """
    try:
        async with asyncio.timeout(HEAD_SECONDS):
            asked = Asked(await read_head(child))
    except HeadError as problem:
        if problem.too_long:
            await child.send(answer("431 Request Header Fields Too Large"))
        return None
    except BadRequest as problem:
        await child.send(answer("400 Bad Request", str(problem)))
        return None
    if not permitted(asked.permit):
        # Of whoever else finds the port, nothing is served and nothing is noted.
        await child.send(
            answer("407 Proxy Authentication Required", "", 'proxy-authenticate: Basic realm="routecheck"')
        )
        return None
    return asked


async def leave(child: Stream) -> None:
    """Say goodbye, and wait a moment for the other end to have read it."""
    await child.finish()
    with contextlib.suppress(TimeoutError, OSError):
        async with asyncio.timeout(1.0):
            while await child.receive():
                pass


async def refuse(child: Stream, permitted: Callable[[str], bool], note: Callable[[str, int, bool], object]) -> bool:
    """Serve one connection of the child: note where it wants to go (host, port, TLS), and refuse.

    Without the tunnel nobody can see whether TLS would follow; it is taken for granted save on port 80. False if
    it was not our child who asked.
    """
    asked = await first_request(child, permitted)
    if asked is not None:
        note(asked.host, asked.port, asked.connect and asked.port != 80)
        await child.send(answer("403 Forbidden", "routecheck: this run sends nothing"))
    await leave(child)
    return asked is not None
