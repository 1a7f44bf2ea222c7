"""The JSON body of a request to chatgpt.com; the real client packs it with zstd."""

from __future__ import annotations

import importlib
import json
from typing import Any

from diagnose.sandbox.exchange import Exchange
from diagnose.sandbox.services import Answered, answered
from diagnose.sandbox.serving import json_object

_UNPACKERS = ("compression.zstd", "backports.zstd")


def read_body(exchange: Exchange) -> dict[str, Any]:
    """The body as a JSON object, noted in the ledger; raises Answered."""
    encoding = exchange.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "zstd":
        exchange.body = _unpacked(exchange.body)
    elif encoding != "identity":
        raise _problem(f"Unsupported content encoding: {json.dumps(encoding)}")
    return json_object(exchange, "detail")


def _unpacked(packed: bytes) -> bytes:
    for name in _UNPACKERS:
        try:
            zstd = importlib.import_module(name)
        except ImportError:
            continue
        try:
            unpacked: bytes = zstd.decompress(packed)
        except zstd.ZstdError:
            raise _problem("The body is no zstd frame") from None
        return unpacked
    raise _problem("The sandbox reads zstd bodies where routecheck[tap] is installed")


def _problem(text: str) -> Answered:
    return answered("codex", "detail", text=text)
