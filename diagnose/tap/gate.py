"""The proxy itself: it listens on loopback for one child, refuses or forwards, and leaves nothing behind."""

from __future__ import annotations

import base64
import contextlib
import hmac
import os
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from diagnose.tap.environment import child_environment
from diagnose.tap.forward import Forward
from diagnose.tap.records import Tapped, Target

if TYPE_CHECKING:
    from diagnose.tap.relay import Book
    from diagnose.tap.service import Service
    from diagnose.tap.wire import Plain

__all__ = ["Forward", "Gate"]

RECORDS = 1000
TROUBLES = 100
_USER = "routecheck"


class Gate:
    """A loopback proxy for one child process. Use as a context manager, and read its notes afterwards.

    With `forward` None every request is answered 403 and nothing is ever connected to. With a Forward, TLS is
    ended with a certificate of an authority that exists for this run only, requests and answers are passed on
    as they come, and the fields that diagnose.tap.records names are noted.

    Args:
        now: the clock of the notes (Unix seconds).
        folder: where the private folder is made; the system's place for temporary files by default.
        keep: gets the bytes of each image that came whole, in the proxy's own thread.
        limit: seconds that one connection of the child may last.

    Raises OSError on entering when it cannot listen or make its folder.
    """

    def __init__(
        self,
        *,
        forward: Forward | None,
        now: Callable[[], float] = time.time,
        folder: Path | None = None,
        keep: Callable[[bytes], object] | None = None,
        limit: float = 900.0,
    ) -> None:
        self._forward = forward
        self._now = now
        self._where = folder
        self._keep = keep
        self._limit = limit
        token = secrets.token_urlsafe(24)
        self._permit = "Basic " + base64.b64encode(f"{_USER}:{token}".encode()).decode()
        self._token = token
        self._port = 0
        self._targets: list[Target] = []
        self._exchanges: list[Tapped] = []
        self._troubles: list[str] = []
        self._service: Service | None = None
        self._undo = contextlib.ExitStack()
        self._book: Book | None = None
        self.folder: Path | None = None
        """The private folder, while it is open."""
        self.ca_file: Path | None = None
        """The certificate that the child is told to trust; None for a gate that refuses."""

    @property
    def url(self) -> str:
        """What the child's proxy variables hold. The secret in it is good for this run and opens nothing else."""
        return f"http://{_USER}:{self._token}@127.0.0.1:{self._port}"

    @property
    def targets(self) -> list[Target]:
        """Where the child wanted to go, in order; a connection that is used again counts once."""
        return list(self._targets)

    @property
    def exchanges(self) -> list[Tapped]:
        """The requests that were passed on (or would have been, with a problem), in the order of their ends."""
        return list(self._exchanges)

    @property
    def troubles(self) -> list[str]:
        """What went wrong outside of any exchange, in sentences."""
        return list(self._troubles)

    @property
    def strangers(self) -> int:
        """How many connections came without this run's secret, and were not served."""
        return self._service.strangers if self._service else 0

    def child_env(self, env: Mapping[str, str]) -> dict[str, str]:
        """The child's environment, from the user's; `diagnose.tap.environment.departures` puts it into words."""
        return child_environment(env, self.url, self._bundle(env))

    def __enter__(self) -> Self:
        from diagnose.tap.service import Service

        with contextlib.ExitStack() as undo:
            self.folder = Path(tempfile.mkdtemp(prefix="routecheck-tap-", dir=self._where))
            undo.callback(self._remove_folder)
            if self._forward is not None:
                self._book = self._opened_book(self._forward)
            listener = socket.create_server(("127.0.0.1", 0), backlog=128)
            undo.callback(listener.close)
            self._port = listener.getsockname()[1]
            self._service = Service(listener, self._served, limit=self._limit, trouble=self._trouble)
            undo.callback(self._service.stop)
            self._service.start()
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()

    def _opened_book(self, forward: Forward) -> Book:
        from diagnose.tap.authority import Authority
        from diagnose.tap.relay import Book

        assert self.folder is not None
        authority = Authority(self.folder)
        self.ca_file = self.folder / "ca.pem"
        _write(self.ca_file, authority.certificate)
        return Book(
            permitted=self._permitted,
            forward=forward,
            authority=authority,
            now=self._now,
            target=self._note,
            exchange=self._exchanges.append,
            trouble=self._trouble,
            room=self._room,
            keep=self._keep,
        )

    def _bundle(self, env: Mapping[str, str]) -> str | None:
        """The file for NODE_EXTRA_CA_CERTS: our certificate, and those that the user had there."""
        if self.ca_file is None or self.folder is None:
            return None
        own = b""
        if name := env.get("NODE_EXTRA_CA_CERTS"):
            try:
                own = Path(name).read_bytes()
            except OSError:
                self._trouble("the file that NODE_EXTRA_CA_CERTS names cannot be read")
        bundle = self.folder / "bundle.pem"
        bundle.unlink(missing_ok=True)
        _write(bundle, self.ca_file.read_bytes() + b"\n" + own)
        return str(bundle)

    def _remove_folder(self) -> None:
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.folder = self.ca_file = None

    def _permitted(self, permit: str) -> bool:
        return hmac.compare_digest(permit.encode("latin-1", "replace"), self._permit.encode())

    def _room(self) -> bool:
        return len(self._exchanges) < RECORDS and len(self._targets) < RECORDS

    def _note(self, host: str, port: int, tls: bool) -> None:
        if len(self._targets) < RECORDS:
            self._targets.append(Target(host=host, port=port, tls=tls, at=self._now()))

    def _trouble(self, text: str) -> None:
        if len(self._troubles) < TROUBLES:
            self._troubles.append(text)

    async def _served(self, child: Plain) -> bool:
        if self._book is None:
            from diagnose.tap.refuse import refuse

            return await refuse(child, self._permitted, self._note)
        from diagnose.tap.relay import Relay

        return await Relay(child, self._book).serve()


def _write(path: Path, content: bytes) -> None:
    """A new file that only this user may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
