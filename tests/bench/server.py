"""A loopback server with the answers of the Images API, for measurements: `python server.py` prints its port.

It answers as fast as it can, with images that were drawn before the first request, and refuses what an
honest host refuses. What it was asked stands at /asked and images lie in the folder of its first argument.
"""

import base64
import json
import random
import struct
import sys
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from diagnose.sandbox.usage import usage

CODEX = "/backend-api/codex/responses"
KEY = "sk-proj-routecheck-bench-made-up-key-0000"
MODEL = "gpt-image-2"
SIZES = ("1024x1024", "3840x2160")
KNOWN = {"model", "prompt", "n", "size", "quality", "background", "output_format"}
IDENTITY = {"openai-organization": "org-bench", "openai-project": "proj_bench"}


def picture(width: int, height: int) -> bytes:
    """A PNG of noise. Sixteen shades cost four bits each: 1.6 MB for 1024x1024, 12.6 MB for 3840x2160."""
    dice = random.Random(width * height)
    shades = bytes(100 + 6 * (value & 15) for value in range(256))
    rows = (b"\0" + dice.randbytes(3 * width).translate(shades) for _ in range(height))
    packer = zlib.compressobj(1, strategy=zlib.Z_HUFFMAN_ONLY)
    pixels = b"".join(packer.compress(row) for row in rows) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def refusal(body: dict[str, Any]) -> dict[str, Any] | None:
    """What is wrong with a request, looked at in the order of the real host; None when nothing is."""
    if body.get("model") != MODEL:
        return _error(f"The model '{body.get('model')}' does not exist.", "model", "invalid_value")
    if unknown := sorted(body.keys() - KNOWN):
        return _error(f"Unknown parameter: '{unknown[0]}'.", unknown[0], "unknown_parameter")
    if not body.get("prompt"):
        return _error("Missing required parameter: 'prompt'.", "prompt", "missing_required_parameter")
    if body.get("n", 1) != 1:
        return _error("Invalid 'n': expected a value of at least 1.", "n", "integer_below_min_value")
    if body.get("size") not in SIZES:
        return _error(f"Invalid size '{body.get('size')}'.", "size", "invalid_value")
    return None


def _error(message: str, param: str | None, code: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}


class Answers(BaseHTTPRequestHandler):
    """One connection; `images` and `asked` belong to the server and are set before it starts."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    images: dict[str, bytes]
    asked: list[str]

    def do_GET(self) -> None:
        if self.path == "/asked":
            self._send(200, json.dumps(self.asked).encode())
            self.asked.clear()
        elif self._admitted():
            if self.path == f"/v1/models/{MODEL}":
                found = {"id": MODEL, "object": "model", "created": 1_745_000_000, "owned_by": "system"}
                self._send(200, json.dumps(found).encode())
            elif self.path == "/v1/me":
                orgs = {"object": "list", "data": [{"object": "organization", "id": "org-bench"}]}
                self._send(200, json.dumps({"object": "user", "id": "user-bench", "orgs": orgs}).encode())
            else:
                self._send(404, json.dumps(_error("Not found", None, "not_found")).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if not self._admitted():
            return
        if self.path == CODEX:
            self._stream(body["tools"][0])
            return
        if (problem := refusal(body)) is not None:
            self._send(400, json.dumps(problem).encode())
            return
        width, height = map(int, body["size"].split("x"))
        quality = body.get("quality", "low")
        start = {"created": int(time.time()), "background": "opaque", "data": [{"b64_json": ""}]}
        end = {
            "output_format": "png",
            "quality": quality,
            "size": body["size"],
            "usage": usage(model=MODEL, width=width, height=height, quality=quality, images=1, prompt=body["prompt"]),
        }
        before = json.dumps(start)[: -len('"}]}')].encode()
        after = ('"}], ' + json.dumps(end)[1:]).encode()
        self._send(200, before, self.images[body["size"]], after)

    def _stream(self, tool: dict[str, Any]) -> None:
        """The same image as the last but one event of a stream."""
        opened = {"created_at": int(time.time()), "output": [], "tools": [tool | {"model": f"{MODEL}-codex"}]}
        item = {"type": "image_generation_call", "status": "completed", "size": tool["size"], "result": ""}
        events = [
            {"type": "response.created", "response": opened},
            {"type": "response.output_item.done", "item": item},
            {"type": "response.completed", "response": opened},
        ]
        text = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
        before, mark, after = text.partition('"result": "')
        self._send(200, (before + mark).encode(), self.images[tool["size"]], after.encode(), kind="text/event-stream")

    def _admitted(self) -> bool:
        self.asked.append(f"{self.command} {self.path}")
        if self.headers.get("authorization") == f"Bearer {KEY}":
            return True
        self._send(401, json.dumps(_error("Incorrect API key provided.", None, "invalid_api_key")).encode())
        return False

    def _send(self, status: int, *parts: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(sum(map(len, parts))))
        for name, value in IDENTITY.items():
            self.send_header(name, value)
        self.end_headers()
        for part in parts:
            self.wfile.write(part)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: a line for each request would be measured, too."""


def main() -> None:
    """Draw the images, then serve until the process is ended."""
    folder = Path(sys.argv[1])
    Answers.images, Answers.asked = {}, []
    for size in SIZES:
        width, height = map(int, size.split("x"))
        image = picture(width, height)
        (folder / f"{size}.png").write_bytes(image)
        Answers.images[size] = base64.b64encode(image)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
