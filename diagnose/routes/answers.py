"""From the transport to the plain Answer that the classifier and the reports read."""

from typing import Any

import msgspec

from diagnose.http import Exchange, TransportFault
from diagnose.model.answer import Answer

_SHOWN = 300


def read(exchange: Exchange, payload: Any = None) -> Answer:
    """The Answer of an exchange; `payload` is its parsed body when the caller has one."""
    kind = exchange.headers.get("content-type", "").partition(";")[0].strip().lower()
    if exchange.redirect_to is not None:
        return Answer(
            status=exchange.status,
            transport="redirect",
            detail=f"redirected to {exchange.redirect_to.partition('?')[0]}, which was not followed",
            content_type=kind,
            headers=exchange.headers,
        )
    text = exchange.body[:4096].decode("utf-8", "replace")
    if "html" not in kind and text.lstrip()[:15].lower().startswith(("<!doctype html", "<html")):
        kind = "text/html"
    found = payload.get("error") if isinstance(payload, dict) else None
    error = found if isinstance(found, dict) else {}
    message = _word(error, "message") or (found if isinstance(found, str) else "")
    if not message and isinstance(payload, dict):
        message = _word(payload, "detail") or _word(payload, "message")
    return Answer(
        status=exchange.status,
        content_type=kind,
        headers=exchange.headers,
        message=message,
        error_type=_word(error, "type"),
        param=_word(error, "param"),
        code=_word(error, "code"),
        text="" if message or (payload is not None and exchange.status < 300) else " ".join(text.split())[:_SHOWN],
    )


def from_fault(fault: TransportFault) -> Answer:
    """The Answer that stands for a request without a complete answer."""
    return Answer(status=fault.status, transport=fault.kind, detail=fault.detail)


def parse(body: bytes) -> Any:
    """The JSON value of a body, or None where it is none. Duplicate keys and NaN follow msgspec."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _word(mapping: dict[str, Any], key: str) -> str:
    value = mapping.get(key)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
