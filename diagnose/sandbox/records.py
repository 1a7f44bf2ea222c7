"""What a sandbox has been asked, and which of it a real vendor would have billed."""

from __future__ import annotations

import dataclasses
import hashlib
import threading
from dataclasses import dataclass

SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "api-key", "x-api-key", "x-goog-api-key", "x-litellm-api-key"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request. `body` is the JSON object or the scalar form fields, None for anything else; `status` is
    None until the answer starts; `images` counts what was delivered or was on its way when it broke off.

    `host` is the name in the Host header, `service` the id of what answered for it, `model` the one asked for.
    """

    method: str
    path: str
    credential_fingerprint: str | None
    headers: dict[str, str]
    body: dict[str, object] | None = None
    status: int | None = None
    billed: bool = False
    images: int = 0
    host: str = ""
    service: str = ""
    model: str | None = None


def fingerprint(token: str) -> str:
    """The first 8 hex characters of the SHA-256 of a credential."""
    return hashlib.sha256(token.encode()).hexdigest()[:8]


class Ledger:
    """The requests in order of arrival; safe to read from another thread while the server runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: list[Received] = []
        self._generations = 0
        self.failures: list[str] = []
        """Tracebacks of the sandbox's own defects (empty unless there is a bug in it)."""

    def open(self, received: Received) -> int:
        """Files a request and returns its number."""
        with self._lock:
            self._rows.append(received)
            return len(self._rows) - 1

    def note(self, number: int, **changes: object) -> None:
        """Changes fields of a filed request."""
        with self._lock:
            self._rows[number] = dataclasses.replace(self._rows[number], **changes)  # type: ignore[arg-type]

    def next_generation(self) -> int:
        """The number, from 0, of a generation that passed validation."""
        with self._lock:
            self._generations += 1
            return self._generations - 1

    def requests(self) -> list[Received]:
        """A copy of all rows."""
        with self._lock:
            return list(self._rows)

    def billed(self) -> int:
        """How many requests were billed."""
        with self._lock:
            return sum(row.billed for row in self._rows)
