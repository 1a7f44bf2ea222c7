"""Connecting to the real host: name, proxy, TLS. Every failure is a sentence without a secret in it."""

import asyncio
import base64
import contextlib
import socket
import ssl
import threading
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

from diagnose.tap.forward import Route
from diagnose.tap.framing import HeadError, read_head
from diagnose.tap.wire import Plain, Secured, Stream
from diagnose.trust import root_of

CONNECT_SECONDS = 20.0


class Unreachable(Exception):
    """No connection that may be used; nothing of the request was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An open connection to the real host, and how it was verified. `address` is None behind a proxy."""

    stream: Stream
    trust: Literal["public", "user-added", "none", "sandbox"]
    authority: str | None = None
    address: str | None = None


async def dial(route: Route) -> Line:
    """Connect, with the certificate verified. Raises Unreachable."""
    opened: list[Stream] = []
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await _dial(route, opened)
    except TimeoutError:
        why = f"{route.server_name} did not accept a connection within {CONNECT_SECONDS:g} s"
    except Unreachable as problem:
        why = str(problem)
    except BaseException:
        _close(opened)
        raise
    _close(opened)
    raise Unreachable(why)


def _close(opened: list[Stream]) -> None:
    for stream in opened:
        stream.close()


async def _dial(route: Route, opened: list[Stream]) -> Line:
    address = None
    if route.proxy is None:
        stream: Stream = await _connect(route.host, route.port, opened)
        if isinstance(stream, Plain):
            address = stream.peer
    else:
        stream = await _through(route.proxy, route, opened)
    if route.sandbox:
        return Line(stream=stream, trust="sandbox", address=address)
    if route.context is None:
        return Line(stream=stream, trust="none", address=address)
    secured = await _secure(stream, route.context, route.server_name, f"{route.server_name}:{route.port}")
    public, name = root_of(secured.tls)
    return Line(stream=secured, trust="public" if public else "user-added", authority=name, address=address)


async def _secure(stream: Stream, context: ssl.SSLContext, name: str, shown: str) -> Secured:
    try:
        secured = Secured(stream, context, server_side=False, name=name)
        await secured.handshake()
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", None) or getattr(error, "reason", None) or type(error).__name__
        raise Unreachable(f"the TLS connection to {shown} is not trusted: {reason}") from None
    except ValueError:
        raise Unreachable(f"{shown} has no name that a certificate could be verified against") from None
    except OSError:
        raise Unreachable(f"{shown} closed the connection before TLS was there") from None
    return secured


async def _through(url: str, route: Route, opened: list[Stream]) -> Stream:
    """A tunnel through the user's own proxy."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        parts, host, port = urlsplit(""), "", 0
    if parts.scheme not in {"http", "https"} or not host:
        raise Unreachable("the proxy setting cannot be used: write http://HOST:PORT or https://HOST:PORT")
    shown = f"the proxy {host}:{port}"
    try:
        stream: Stream = await _connect(host, port, opened)
    except Unreachable:
        raise Unreachable(f"{shown} cannot be reached") from None
    if route.proxy_context is not None:
        stream = await _secure(stream, route.proxy_context, host, shown)
    name = f"[{route.host}]" if ":" in route.host else route.host
    lines = [f"CONNECT {name}:{route.port} HTTP/1.1", f"Host: {name}:{route.port}"]
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(pair.encode()).decode()}")
    try:
        await stream.send("\r\n".join([*lines, "", ""]).encode())
        answer = await read_head(stream)
    except (OSError, HeadError):
        raise Unreachable(f"{shown} did not connect us to {route.server_name}") from None
    status = answer.split(b" ", 2)[1:2]
    if not answer.startswith(b"HTTP/1.") or not status or not status[0].startswith(b"2"):
        told = status[0][:3].decode("ascii", "replace") if status else "no status"
        raise Unreachable(f"{shown} did not connect us to {route.server_name} ({told})")
    return stream


async def _connect(host: str, port: int, opened: list[Stream]) -> Plain:
    """A TCP connection to the first address that takes one."""
    loop = asyncio.get_running_loop()
    for family, kind, number, address in await _resolved(host, port):
        try:
            attempt = socket.socket(family, kind, number)
        except OSError:
            continue  # a family that this machine does not have
        try:
            attempt.setblocking(False)
            await loop.sock_connect(attempt, address)
            stream = Plain(attempt)
        except OSError:
            attempt.close()
        except BaseException:
            attempt.close()
            raise
        else:
            opened.append(stream)
            return stream
    raise Unreachable(f"{host}:{port} refused the connection")


Address = tuple[int, int, int, tuple[str, int]]


async def _resolved(host: str, port: int) -> list[Address]:
    """Where a name leads. In a thread of its own, which is left alone when the look-up hangs."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[Address] | None] = loop.create_future()

    def tell(found: list[Address] | None) -> None:
        if not answer.done():
            answer.set_result(found)

    def look_up() -> None:
        found: list[Address] | None
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found = [(row[0], row[1], row[2], row[4]) for row in rows]  # type: ignore[misc]
        except (OSError, UnicodeError):
            found = None
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(tell, found)

    threading.Thread(target=look_up, daemon=True, name="routecheck-dns").start()
    addresses = await answer
    if addresses is None:
        raise Unreachable(f"the name {host} cannot be resolved")
    return addresses
