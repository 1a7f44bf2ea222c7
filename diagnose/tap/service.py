"""The thread in which the proxy's connections are served."""

import asyncio
import contextlib
import errno
import socket
import threading
from collections.abc import Awaitable, Callable

from diagnose.tap.wire import Plain

CONNECTIONS = 64
"""At one time; what comes beyond waits to be accepted."""
START_SECONDS = 10.0
STOP_SECONDS = 5.0


class Service:
    """Serves what `listener` accepts until stop(), each connection for at most `limit` seconds.

    `serve` gets a connection and says whether it was the child's; `trouble` gets sentences about what went wrong.
    """

    def __init__(
        self,
        listener: socket.socket,
        serve: Callable[[Plain], Awaitable[bool]],
        *,
        limit: float,
        trouble: Callable[[str], object],
    ) -> None:
        listener.setblocking(False)
        self._listener = listener
        self._serve_one = serve
        self._limit = limit
        self._trouble = trouble
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True, name="routecheck-tap")
        self.strangers = 0

    def start(self) -> None:
        """Returns when connections are accepted. Raises OSError when that does not come about."""
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            raise OSError(errno.ETIMEDOUT, "the proxy did not start in time")

    def stop(self) -> None:
        """Ends every connection, whatever its state, and comes back when all are over."""
        if self._loop is not None and self._over is not None:
            with contextlib.suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(STOP_SECONDS)

    async def _serve(self) -> None:
        self._over = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        accepting = asyncio.ensure_future(self._accept())
        self._ready.set()
        await self._over.wait()
        for task in (accepting, *self._tasks):
            task.cancel()
        await asyncio.gather(accepting, *self._tasks, return_exceptions=True)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        room = asyncio.Semaphore(CONNECTIONS)
        while True:
            await room.acquire()
            try:
                connection, _ = await loop.sock_accept(self._listener)
            except OSError as problem:
                room.release()
                if problem.errno not in (errno.EMFILE, errno.ENFILE, errno.ECONNABORTED):
                    self._trouble(f"the proxy cannot listen any more: {problem.strerror}")
                    return
                await asyncio.sleep(0.05)
                continue
            task = asyncio.ensure_future(self._connection(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(lambda _: room.release())

    async def _connection(self, connection: socket.socket) -> None:
        child = Plain(connection)
        try:
            async with asyncio.timeout(self._limit):
                if not await self._serve_one(child):
                    self.strangers += 1
        except TimeoutError:
            self._trouble("a connection of the child was ended because it took too long")
        except OSError:
            pass  # the child is gone, as children go
        except Exception as error:  # a defect of ours; its words may hold what was read
            self._trouble(f"a connection of the child was dropped ({type(error).__name__})")
        finally:
            child.close()
