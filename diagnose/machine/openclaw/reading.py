"""What OpenClaw printed, read: pure functions from a finished child to what it said.

The shapes are those of 2026.4.22, 2026.5.18 and 2026.9.6. Any text may come: what is not understood is left out,
and nothing raises. Every text of the program that is kept goes through `redact` as a whole, and is cut after that.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from diagnose.machine.openclaw.observation import (
    AuthSelected,
    FailedAttempt,
    Generation,
    Listing,
    Output,
    Ran,
    Validation,
)
from diagnose.machine.openclaw.program_rows import table
from diagnose.machine.openclaw.reading_lines import error_text, lines, says_invalid

Redact = Callable[[str], str]

_LONGEST = 2000
"""Signs of one text that are kept: some errors carry a whole web page."""

# At the beginning of a line only: further behind, a server's message may say the same.
_AUTH = re.compile(r"^\[image-generation/[^\]]+\] image auth selected: (.*)")
_FAILED = re.compile(r"^\[image-generation\] candidate (?:failed|skipped): (.*)")
_REF = re.compile(r"^([^\s:/]+)/[^\s:]+: (.*)")
_STATUS = re.compile(r"\(HTTP \d+\)")
_BLOCKED = re.compile(r"^\[security\] blocked URL fetch\b.*?\btargetOrigin=(\S+)")
_WAITED = re.compile(r"^\[fetch-timeout\] fetch timeout after\b.*?\burl=(\S+)")
_ROUTED = re.compile(r"^\[proxy\] routing process HTTP traffic through external proxy (\S+)")
_DOCUMENT = re.compile(r"^[{\[]", re.MULTILINE)
_SEALED = re.compile(r"^\[routecheck\] refused (.+)")


def generation(ran: Ran, redact: Redact, *, unsupported: tuple[str, ...] = ()) -> Generation:
    """`infer image generate --json`, or `edit`."""
    redact = _cut(redact)
    said = _document(ran.stdout)
    said = said if isinstance(said, dict) else {}
    printed = [*lines(ran.stdout), *lines(ran.stderr)]
    ok = said.get("ok") is True and ran.exit_code == 0

    def found(pattern: re.Pattern[str]) -> tuple[str, ...]:
        return tuple(match[1] for line in printed if (match := pattern.match(line)))

    return Generation(
        ran=ran,
        ok=ok,
        provider=_shown(said.get("provider"), redact),
        model=_shown(said.get("model"), redact),
        attempts=tuple(_attempts(said.get("attempts"), redact)),
        outputs=tuple(_outputs(said.get("outputs"))),
        ignored=tuple(_pairs(said.get("ignoredOverrides"), "key", "value", redact)),
        auth=tuple(_auth(text, redact) for text in found(_AUTH)),
        failures=tuple(map(redact, found(_FAILED))),
        blocked=tuple(redact(_address(url)) for url in found(_BLOCKED)),
        waited=tuple(redact(_address(url)) for url in found(_WAITED)),
        sealed=tuple(map(redact, found(_SEALED))),
        routed=next((redact(_address(url)) for url in found(_ROUTED)), None),
        error=None if ok else _error(ran, said, redact),
        refused_before_sending=not ok and _unsent(ran, found(_FAILED)),
        unsupported=unsupported,
    )


def validation(ran: Ran, redact: Redact) -> Validation:
    """`config validate --json`. A config that is not there is not valid, and `error` says so."""
    redact = _cut(redact)
    said = _document(ran.stdout)
    said = said if isinstance(said, dict) else {}
    valid = said.get("valid") is True and ran.exit_code == 0
    # The older releases put it into text alone where they do not get as far as the command.
    rejected = said.get("valid") is False or ("valid" not in said and ran.exit_code not in {0, None} and _in_words(ran))
    return Validation(
        ran=ran,
        valid=valid,
        answered=valid or rejected,
        issues=tuple(_pairs(said.get("issues"), "path", "message", redact)) if rejected else (),
        warnings=tuple(_pairs(said.get("warnings"), "path", "message", redact)),
        error=None if valid or (rejected and said.get("issues")) else _error(ran, said, redact),
    )


def listing(ran: Ran, redact: Redact) -> Listing:
    """`infer image providers --json`."""
    redact = _cut(redact)
    said = _document(ran.stdout)
    rows = said if isinstance(said, list) and ran.exit_code == 0 else []
    providers = {row["id"]: row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)}
    error = None if providers else _error(ran, said if isinstance(said, dict) else {}, redact)
    return Listing(ran=ran, providers=providers, error=error)


def _cut(redact: Redact) -> Redact:
    """Redacts the whole text and then cuts it: half a secret would not be known any more."""
    return lambda text: redact(text)[:_LONGEST]


def _in_words(ran: Ran) -> bool:
    return says_invalid(ran.stderr) or says_invalid(ran.stdout)


def _document(text: str) -> Any:
    """The JSON document in a program's output, which lines of a log may precede; None if there is none."""
    decoder = json.JSONDecoder()
    for begin in (match.start() for match in islice(_DOCUMENT.finditer(text), 100)):
        try:
            value, _ = decoder.raw_decode(text, begin)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict | list):
            return value
    return None


def _error(ran: Ran, said: Mapping[str, Any], redact: Redact) -> str | None:
    error = said.get("error")
    message = error.get("message") if isinstance(error, dict) else error
    issues = [f"{path}: {text}" if path else text for path, text in _pairs(said.get("issues"), "path", "message", str)]
    if isinstance(message, str) and message:
        return redact("; ".join([message, *issues]))
    text = error_text(ran.stderr) or error_text(ran.stdout) if ran.exit_code != 0 else None
    return redact(text) if text else None


def _unsent(ran: Ran, failures: tuple[str, ...]) -> bool:
    """Whether it ended by itself, and each of its messages is one that comes before anything is sent."""
    if ran.exit_code is None or ran.exit_code < 1:
        return False
    return all(map(was_unsent, failures or (error_text(ran.stderr) or "",)))


def was_unsent(text: str) -> bool:
    """Whether "openai/gpt-image-2: No API key found …", or such a sentence alone, comes before anything is sent."""
    match = _REF.match(text)
    provider, message = match.groups() if match else ("", text)
    if _STATUS.search(message):
        return False
    rows = (row for row in table()["unsent"] if provider in row.get("providers", (provider,)))
    return any(re.search(row["pattern"], message) for row in rows)


def _shown(value: Any, redact: Redact) -> str | None:
    return redact(value) if isinstance(value, str) else None


def _items(value: Any) -> Iterator[Mapping[str, Any]]:
    yield from (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def _pairs(value: Any, first: str, second: str, redact: Redact) -> Iterator[tuple[str, str]]:
    for item in _items(value):
        if isinstance(item.get(first), str):
            other = item.get(second)
            yield redact(item[first]), redact(other if isinstance(other, str) else json.dumps(other))


def _attempts(value: Any, redact: Redact) -> Iterator[FailedAttempt]:
    for item in _items(value):
        texts = [_shown(item.get(name), redact) or "" for name in ("provider", "model", "error")]
        yield FailedAttempt(provider=texts[0], model=texts[1], error=texts[2])


def _outputs(value: Any) -> Iterator[Output]:
    for item in _items(value):
        if not isinstance(item.get("path"), str):
            continue
        mime = item.get("mimeType")
        yield Output(
            path=Path(item["path"]),
            mime=mime if isinstance(mime, str) else None,
            size=_number(item.get("size")),
            width=_number(item.get("width")),
            height=_number(item.get("height")),
        )


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _auth(text: str, redact: Redact) -> AuthSelected:
    said = dict(word.partition("=")[::2] for word in redact(text).split())
    return AuthSelected(
        provider=said.get("provider", ""),
        mode=said.get("mode", ""),
        transport=said.get("transport", ""),
        requested_model=said.get("requestedModel", ""),
        responses_model=said.get("responsesModel", ""),
    )


def _address(url: str) -> str:
    """Scheme, host, port and path: without a user, a password or a query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that cannot be read"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
