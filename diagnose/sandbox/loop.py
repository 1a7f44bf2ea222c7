"""uvicorn in a thread that can be ended at once, whatever its clients are doing."""

from __future__ import annotations

import asyncio
import socket
import threading
import time

import uvicorn
from starlette.types import ASGIApp

_GRACE_SECONDS = 5.0


class Loop(uvicorn.Server):
    """One server on one listening socket. `ready` is set when it serves, or has failed with `error`."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="asyncio",
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                # A response that is cut on purpose is an "error" to uvicorn; our own are in the ledger.
                log_level="critical",
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=60,
            )
        )
        self.ready = threading.Event()
        self.error: BaseException | None = None
        self._running: asyncio.AbstractEventLoop | None = None
        self._ending: asyncio.Event | None = None

    def serve_on(self, listener: socket.socket) -> None:
        """The thread's body: serves until end()."""
        try:
            self.run(sockets=[listener])
        except BaseException as problem:
            self.error = problem
        finally:
            listener.close()
            self.ready.set()

    def end(self) -> None:
        """Asks the loop to end; may be called from any thread, and after its end."""
        if self._running is None or self._ending is None or self._running.is_closed():
            return
        self._running.call_soon_threadsafe(self._ending.set)

    async def main_loop(self) -> None:
        """Waits for end() without uvicorn's polling, which would add 100 ms to every stop."""
        self._running = asyncio.get_running_loop()
        self._ending = asyncio.Event()
        await self.on_tick(0)
        self.ready.set()
        await self._ending.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Closes the listener and aborts the connections: each handler then sees its client leave."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        state = self.server_state
        until = time.monotonic() + _GRACE_SECONDS
        while (state.connections or state.tasks) and time.monotonic() < until:
            for connection in list(state.connections):
                connection.transport.abort()
            await asyncio.sleep(0.002)
        for task in list(state.tasks):
            task.cancel()
        for server in self.servers:
            await server.wait_closed()
