"""Responses that travel piece by piece, stop when the client leaves, and can be made to go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

DRIP_SECONDS = 0.1
ENDLESS_BYTES = 300_000_000


async def client_left(receive: Receive) -> None:
    """Returns when the connection is gone (the request's body has been read before)."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def wait_for_client(receive: Receive, seconds: float) -> bool:
    """Waits; True when the client is still there afterwards."""
    leaving = asyncio.ensure_future(client_left(receive))
    try:
        done, _ = await asyncio.wait({leaving}, timeout=seconds)
        return not done
    finally:
        leaving.cancel()


class Pieces(Response):
    """Sends `pieces` with `pause` seconds between them. With `complete` False the connection is closed after
    the last one as if the server had died: uvicorn closes the socket of a response that does not end."""

    def __init__(
        self, pieces: Iterable[bytes], *, headers: dict[str, str], pause: float = 0.0, complete: bool = True
    ) -> None:
        super().__init__(status_code=200, headers=headers)
        if "content-length" not in headers:
            del self.headers["content-length"]
        self._pieces = pieces
        self._pause = pause
        self._complete = complete

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        leaving = asyncio.ensure_future(client_left(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            for piece in self._pieces:
                if leaving.done():
                    return
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                # A large buffer lets send() return at once; give others, and the disconnect, their turn.
                await asyncio.wait({leaving}, timeout=self._pause) if self._pause else await asyncio.sleep(0)
            if self._complete:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            leaving.cancel()


class Nothing(Response):
    """Answers nothing: the client has left."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends nothing at all."""


def deliver(pieces: Iterator[bytes], headers: dict[str, str], manner: str, *, events: bool) -> Response:
    """A response for the body `pieces`, in the manner of Faults.delivery."""
    headers = headers | {"content-type": "text/event-stream; charset=utf-8" if events else "application/json"}
    if manner == "drip":
        single = (bytes([byte]) for piece in pieces for byte in piece)
        return Pieces(single, headers=headers, pause=DRIP_SECONDS)
    if manner == "dropped":
        whole = b"".join(pieces)
        return Pieces([whole[: len(whole) // 2]], headers=headers | {"content-length": str(len(whole))}, complete=False)
    if manner == "malformed-json":
        start = b"event: image_generation.completed\ndata: " if events else b""
        return Pieces([start + b'{"created":1795132800,"data":[{"b64_json":}],"usage":\n\n'], headers=headers)
    if manner == "endless":
        return Pieces(_endless(events=events), headers=headers, complete=False)
    return Pieces(pieces, headers=headers)


def _endless(*, events: bool) -> Iterator[bytes]:
    yield b"event: image_generation.completed\ndata: " if events else b""
    # The first characters are those of a PNG, so that a reader who sniffs goes on reading.
    yield b'{"created":1795132800,"data":[{"b64_json":"iVBORw0KGgoAAAANSUhEUgAA'
    piece = b"QUJDREVGR0hJSktM" * 16_384
    for _ in range(ENDLESS_BYTES // len(piece)):
        yield piece
