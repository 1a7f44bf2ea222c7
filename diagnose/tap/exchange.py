"""One request to the real host and its answer: the bytes as they come, and a copy of them for the notes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

import h11

from diagnose.tap.dial import Line
from diagnose.tap.framing import Framing, of_answer
from diagnose.tap.notes import Notes
from diagnose.tap.records import Tapped
from diagnose.tap.wire import Stream

UPLOAD_GRACE = 5.0
"""Seconds that a request may still take to be sent after its answer is complete."""

T = TypeVar("T")


class Host:
    """The connection to the real host, which may be watched between requests without losing a byte."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._ahead: asyncio.Task[bytes] | None = None

    def watch(self) -> asyncio.Task[bytes]:
        """Done when the host has sent something, or has left; receive() gives what it was."""
        self._ahead = self._ahead or begun(self.line.stream.receive())
        return self._ahead

    async def receive(self) -> bytes:
        if self._ahead is None:
            return await self.line.stream.receive()
        ahead, self._ahead = self._ahead, None
        return await ahead

    def close(self) -> None:
        if self._ahead is not None:
            self._ahead.cancel()
        self.line.stream.close()


class Filed:
    """Files the record of an exchange, once, as soon as it is known."""

    def __init__(self, notes: Notes, file: Callable[[Tapped], object]) -> None:
        self.notes = notes
        self._file = file
        self._done = False

    def close(self) -> None:
        if not self._done:
            self._done = True
            self._file(self.notes.tapped())


class Exchange:
    """Passes one request on and its answer back. After run(), `whole` says whether the child got a whole answer."""

    def __init__(self, child: Stream, host: Host, request: Framing, filed: Filed) -> None:
        self._child = child
        self._host = host
        self._request = request
        self._filed = filed
        self.whole = True

    async def run(self, head: bytes, method: bytes) -> bool:
        """Whether another request may follow on both connections. Raises OSError when the child is gone."""
        sending = begun(self._send(head))
        try:
            again = await self._answer(of_answer(method))
            if again and not sending.done():
                await asyncio.wait({sending}, timeout=UPLOAD_GRACE)
            return again and sending.done() and self._request.reusable
        finally:
            await ended(sending)

    async def _send(self, head: bytes) -> None:
        stream = self._host.line.stream
        try:
            await stream.send(head)
            while not self._request.complete:
                data, hopeful = await more(self._child, self._request, self._filed.notes)
                await stream.send(data)
                if not hopeful:
                    await stream.finish()
                    return
        except OSError:
            return  # the host may have answered before it left: whoever reads the answer will see

    async def _answer(self, framing: Framing) -> bool:
        """Pass the answer on as it comes, and read along. Whether the connection to the host is still good.

        What is noted is noted before the child gets the last bytes: it may be gone a moment later.
        """
        started, readable, behind = False, True, b""
        while not framing.complete:
            try:
                data = await self._host.receive()
            except OSError:
                return self._broken(started=started)
            if not data and not started:
                return self._broken(started=False)
            started = True
            if readable:
                try:
                    body, behind = framing.feed(data)
                except h11.RemoteProtocolError:
                    if not data:
                        return self._broken(started=True)
                    readable = False
                    self._say("the answer is no HTTP/1.1 that can be read; it was passed on as it came")
                else:
                    if isinstance(framing.start, h11.Response):
                        self._filed.notes.answered(framing.start, body)
                    data = data[: len(data) - len(behind)]
            if framing.complete or not data:
                self._filed.close()
            if data:
                await self._child.send(data)
            elif not readable:
                return False
        return framing.reusable and not behind

    def _broken(self, *, started: bool) -> bool:
        where = "in the middle of its answer" if started else "before any answer"
        self._say(f"the host ended the connection {where}")
        self.whole = False
        return False

    def _say(self, problem: str) -> None:
        self._filed.notes.problem = self._filed.notes.problem or problem


async def more(child: Stream, request: Framing, notes: Notes) -> tuple[bytes, bool]:
    """The next bytes of the request, and whether it can still become whole."""
    try:
        data = await child.receive()
    except OSError:
        data = b""
    try:
        body, behind = request.feed(data)
    except h11.RemoteProtocolError:
        notes.problem = "the child's request was cut off, or is no HTTP/1.1"
        return data, False
    notes.asked(body)
    if behind:
        child.put_back(behind)
    return data[: len(data) - len(behind)], True


def begun(work: Coroutine[object, object, T]) -> asyncio.Task[T]:
    """A task whose failure nobody need ask for: asyncio would print it."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


async def ended(task: asyncio.Task[T]) -> None:
    """Cancel the task, and come back when it is over."""
    task.cancel()
    await asyncio.wait({task})
