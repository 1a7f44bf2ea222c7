"""What was read out of a text, put into the commands and sentences about it."""

import re
from collections.abc import Mapping
from typing import Any

from diagnose.matrix import load
from diagnose.matrix.evidence import Evidence

_PLACE = r"\{(host|models|param|billing)\|([^{}]*)\}"
# Nothing else goes into a command: neither a quote nor a space nor a sign that a shell reads.
_NAME = r"[a-z0-9](?:[a-z0-9.-]{0,78}[a-z0-9])?"
_ORIGIN = rf"https?://{_NAME}(?::\d{{1,5}})?"
_PARAM = r"[A-Za-z_][\w.-]{0,40}(?:\[\d{0,3}\])?(?:\.[\w.-]{1,40})?"
_GOOGLE = ".googleapis.com"


def filled(texts: tuple[str, ...], seen: Evidence) -> tuple[str, ...]:
    """Each text with what is known in its places; `{name|else}` becomes `else` where the text told no such thing."""
    if not any("{" in text for text in texts):
        return texts
    known = _known(seen)
    return tuple(re.sub(_PLACE, lambda place: known.get(place[1]) or place[2], text) for text in texts)


def named(table: Mapping[str, str], seen: Evidence) -> str:
    """The sentence of a row that names a thing, where the text told it; empty where it did not."""
    known = _known(seen) if table else {}
    return next((text.replace(f"{{{name}}}", known[name]) for name, text in table.items() if known.get(name)), "")


def _known(seen: Evidence) -> dict[str, str]:
    host = seen.host if _is(_NAME, seen.host) else ""
    origin = seen.origin if _is(_ORIGIN, seen.origin) else f"https://{host}" if host else ""
    param = seen.param if _is(_PARAM, seen.param) else ""
    return {"host": host, "models": _models(host, origin), "param": param, "billing": _billing(seen, host)}


def _is(form: str, text: str) -> bool:
    return bool(text) and text.isascii() and re.fullmatch(form, text) is not None


def _models(host: str, origin: str) -> str:
    """The address of that host's list of models, which answers anybody for nothing, with a refusal at least."""
    if not origin:
        return ""
    if host == "chatgpt.com" or host.endswith(".chatgpt.com"):
        return f"{origin}/backend-api/codex/models"
    return f"{origin}/v1beta/models" if f".{host}".endswith(_GOOGLE) else f"{origin}/v1/models"


def _billing(seen: Evidence, host: str) -> str:
    for page in _pages():
        if f".{host}".endswith(f".{page['host']}") or (not host and page["by"] in seen.by):
            return str(page["url"])
    return ""


def _pages() -> list[dict[str, Any]]:
    return load("remedies.toml")["billing"]["page"]  # type: ignore[no-any-return]
