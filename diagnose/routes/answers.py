"""From the transport to the plain Answer that the classifier and the reports read."""

import json
from collections.abc import Callable
from typing import Any

import msgspec

from diagnose.http import Exchange, TransportFault
from diagnose.model.answer import Answer

_SHOWN = 300
_BOM = b"\xef\xbb\xbf"
_CODE_HEADER = "x-openai-authorization-error"
"""Where the Codex backend repeats the code of a refused login, also beside a body that names none."""


def read(exchange: Exchange, payload: Any = None, clean: Callable[[str], str] = str) -> Answer:
    """The Answer of an exchange; `payload` is its parsed body when the caller has one.

    `clean` takes secrets out of what the host wrote, here and before anything is cut: half a key at the end
    of a shortened sentence would no longer be known as one.
    """
    kind = exchange.headers.get("content-type", "").partition(";")[0].strip().lower()
    headers = {name: clean(value) for name, value in exchange.headers.items()}
    if exchange.redirect_to is not None:
        return Answer(
            status=exchange.status,
            transport="redirect",
            detail=f"redirected to {clean(exchange.redirect_to).partition('?')[0]}, which was not followed",
            content_type=kind,
            headers=headers,
        )
    text = clean(exchange.body[:4096].decode("utf-8", "replace"))
    if "html" not in kind and text.lstrip()[:15].lower().startswith(("<!doctype html", "<html")):
        kind = "text/html"
    error, message = _refusal(payload if isinstance(payload, dict) else {})
    return Answer(
        status=exchange.status,
        content_type=kind,
        headers=headers,
        message=clean(message),
        error_type=clean(_word(error, "type")),
        param=clean(_word(error, "param")),
        code=clean(_word(error, "code")) or headers.get(_CODE_HEADER, ""),
        text="" if message or (payload is not None and exchange.status < 300) else " ".join(text.split())[:_SHOWN],
    )


def _refusal(payload: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The object that describes a refusal and its sentence: `{"error": …}` as of the API platform, which may be a text
    alone, or `{"detail": …}` as of the Codex backend, a text or an object of the same members.
    """
    found = [value for value in (payload.get("error"), payload.get("detail")) if isinstance(value, dict)]
    error = found[0] if found else {}
    texts = (_word(error, "message"), _word(payload, "error"), _word(payload, "detail"), _word(payload, "message"))
    return error, next((text for text in texts if text), "")


def from_fault(fault: TransportFault) -> Answer:
    """The Answer that stands for a request without a complete answer."""
    return Answer(status=fault.status, transport=fault.kind, detail=fault.detail)


def parse(body: bytes) -> Any:
    """The JSON value of a body, or None where it is none. Duplicate keys and NaN follow msgspec."""
    try:
        return msgspec.json.decode(body.removeprefix(_BOM))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def parse_once(body: bytes) -> tuple[Any, frozenset[str]]:
    """The JSON value of a small body, and the keys that stand twice in one object, where it is unclear which counts."""
    twice: set[str] = set()

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice.update(name for name in found if names.count(name) > 1)
        return found

    try:
        return json.loads(body.removeprefix(_BOM), object_pairs_hook=collect, parse_int=_number), frozenset(twice)
    except (ValueError, RecursionError):
        return None, frozenset()


def _number(digits: str) -> int | float:
    """Python refuses to read a number of thousands of digits, and with it the whole answer."""
    return int(digits) if len(digits) < 400 else float(digits)


def _word(mapping: dict[str, Any], key: str) -> str:
    value = mapping.get(key)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
