"""A host on loopback that plays the answers of the Codex backend, byte by byte as a test wants them."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from diagnose.model.claim import Claim, Parameters
from diagnose.routes.kind import Route
from diagnose.routes.shot import Ledger, Shot

CLAIM = Claim(route="codex-responses", model="openai/gpt-image-2", fallback="forbidden")
CREATED = 1_795_132_800


def picture(colour: str = "white", size: tuple[int, int] = (64, 48), form: str = "PNG") -> bytes:
    """A small real image."""
    kept = io.BytesIO()
    Image.new("RGB", size, colour).save(kept, form)
    return kept.getvalue()


PIXELS = picture()


@dataclass
class Stream:
    """The events of one answer; `end` is what ends a line. Change the parts and take `body`."""

    image: bytes = PIXELS
    item: dict[str, Any] = field(default_factory=dict)
    response: dict[str, Any] = field(default_factory=dict)
    before: list[dict[str, Any]] = field(default_factory=list)
    after: list[dict[str, Any]] = field(default_factory=list)
    end: str = "\n"

    def tool(self) -> dict[str, Any]:
        return {"type": "image_generation", "model": "gpt-image-2-codex", "size": "auto", "quality": "auto"}

    def created(self) -> dict[str, Any]:
        opened = {"created_at": CREATED, "status": "in_progress", "model": "gpt-6-astra", "tools": [self.tool()]}
        return {"type": "response.created", "response": opened}

    def done(self, **changes: Any) -> dict[str, Any]:
        item = {
            "id": "ig_1", "type": "image_generation_call", "status": "completed", "background": "opaque",
            "output_format": "png", "quality": "low", "size": "64x48", "model": "gpt-image-2-codex",
            "result": base64.b64encode(self.image).decode(), "revised_prompt": "a mug",
        }  # fmt: skip
        return {"type": "response.output_item.done", "output_index": 0, "item": item | self.item | changes}

    def completed(self, kind: str = "response.completed", **changes: Any) -> dict[str, Any]:
        response = {
            "created_at": CREATED, "status": "completed", "model": "gpt-6-astra", "output": [], "tools": [self.tool()],
            "usage": {"output_tokens": 24}, "tool_usage": {"image_gen": {"input_tokens": 9, "output_tokens": 40}},
        }  # fmt: skip
        return {"type": kind, "response": response | self.response | changes}

    def events(self) -> list[dict[str, Any]]:
        return [self.created(), *self.before, self.done(), *self.after, self.completed()]

    def body(self, *events: dict[str, Any]) -> bytes:
        return sse(*(events or self.events()), end=self.end)


def sse(*events: dict[str, Any], end: str = "\n") -> bytes:
    return "".join(f"event: {e['type']}{end}data: {json.dumps(e)}{end}{end}" for e in events).encode()


Script = bytes | Callable[[socket.socket], None]


def answered(body: bytes, *headers: str, status: str = "200 OK", kind: str = "text/event-stream") -> bytes:
    """A whole answer of known length."""
    rows = [f"HTTP/1.1 {status}", f"content-type: {kind}", f"content-length: {len(body)}", *headers]
    return "\r\n".join([*rows, "", ""]).encode() + body


def dropped(body: bytes) -> Callable[[socket.socket], None]:
    """An answer that promises more than it brings, and a connection that ends there."""
    return lambda line: line.sendall(answered(body).replace(b"content-length: ", b"content-length: 9"))


class Host:
    """Answers the n-th request with the n-th script, later ones with the last; keeps heads and bodies."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = scripts
        self.heads: list[str] = []
        self.bodies: list[Any] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/backend-api/codex"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with line, contextlib.suppress(OSError):
                line.settimeout(10)
                self._one(line)

    def _one(self, line: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            piece = line.recv(65536)
            if not piece:
                return
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        rows = head.decode().lower().split("\r\n")
        length = next((int(row[15:]) for row in rows if row.startswith("content-length:")), 0)
        while len(body) < length:
            body += line.recv(65536)
        self.heads.append(head.decode())
        self.bodies.append(json.loads(body) if body else None)
        script = self._scripts[min(len(self.heads), len(self._scripts)) - 1]
        if callable(script):
            script(line)
        else:
            line.sendall(script.replace(b"\r\n", b"\r\nconnection: close\r\n", 1))


@dataclass
class Opened:
    """A connected route with everything that it did."""

    host: Host
    route: Route
    ledger: Ledger
    slept: list[float]
    kept: bytearray = field(default_factory=bytearray)

    def shoot(self, claim: Claim = CLAIM, parameters: Parameters | None = None) -> Shot:
        return self.route.generate(claim, "a mug", parameters or claim.parameters, self.kept.extend)

    @property
    def counts(self) -> tuple[int, int, int]:
        return self.ledger.requests, self.ledger.billable, self.ledger.unknown
