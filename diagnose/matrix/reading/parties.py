"""What each party says in the objects of a text: vendor, gateway, client library, one inside the other."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from diagnose.matrix.reading.loose import Cut, objects, unescaped
from diagnose.matrix.reading.plain import out_of_a_string
from diagnose.matrix.reading.status_words import status_of_number, status_of_word
from diagnose.matrix.reading.times import seconds_of

_MESSAGES = (
    "message",
    "msg",
    "error_message",
    "errorMessage",
    "error_description",
    "status_msg",
    "detail",
    "Message",
    "error",
)
_CODES = ("code", "error_code", "errorCode", "Code")
_TYPES = ("type", "error_type", "errorType")
_STATUSES = ("status", "statusCode", "status_code", "http_status", "httpStatus", "http_code", "code")
_IDS = ("request_id", "requestId", "requestID", "request-id", "x-request-id", "_request_id", "RequestId")
_RETRIES = ("retryDelay", "retry_after", "retry_after_seconds", "resets_in_seconds", "retryAfter", "reset_seconds")
# What was sent, or is told about the surroundings, and is no refusal.
_NOT_SAID = frozenset({
    "requestBodyValues", "requestBody", "request_body", "request", "headers", "responseHeaders", "response_headers",
    "config", "messages", "input", "instructions", "prompt", "contents", "tools", "usage", "parameters", "properties",
    "env", "attempts", "issues", "warnings", "innererror", "inner_error", "innerError",
})  # fmt: skip
_NO_ERROR_LEVELS = frozenset({"debug", "info", "trace", "verbose", "notice"})
# Codes and types by which a gateway says only that somebody behind it refused.
OF_NOBODY = frozenset({
    "error", "server_error", "internal_server_error", "internal_error", "api_error", "upstream_error",
    "new_api_error", "one_api_error", "bad_response_status_code", "bad_response", "invalid_request",
    "internalservererror", "none", "null", "unknown", "apierror",
})  # fmt: skip
OWN_ENVELOPE = "cli_error"
"""The type in which OpenClaw wraps its own sentence for `--json`; here also that of a line of anybody's log in JSON."""

_DEEPEST = 5
_LONGEST = 60_000
_OBJECT = re.compile(r"\{|[\"'] ?:")
_ELLIPSES = ("\u2026", "...")
_NOT_A_CODE = re.compile(r"\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One party's words; `depth` counts the wrappers around it, `answer` is whether it names its refusal as APIs do."""

    depth: int
    message: str = ""
    code: str = ""
    error_type: str = ""
    param: str = ""
    status: int | None = None
    request_id: str = ""
    retry_after: float | None = None

    @property
    def answer(self) -> bool:
        kind = self.error_type if self.error_type != OWN_ENVELOPE else ""
        return bool(self.code or kind or self.param or self.status)


def parties(found: list[dict[str, Any]]) -> tuple[Party, ...]:
    """Everybody who says something in these objects, the innermost first; of equals, the first in the text."""
    every = [party for one in found for party in _walk(one, 0, 0)]
    return tuple(sorted(every, key=lambda party: (-party.depth, not party.answer)))


def _walk(said: Mapping[str, Any], depth: int, unwrapped: int) -> Iterator[Party]:
    if str(said.get("level", "")).lower() in _NO_ERROR_LEVELS or said.get("ok") is True:
        return
    own = _own(said, depth)
    if own is not None:
        yield own
    for name, value in said.items():
        if name in _NOT_SAID:
            continue
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, Mapping):
                yield from _walk(one, depth + 1, unwrapped)
            elif isinstance(one, str) and unwrapped < _DEEPEST and _OBJECT.search(one) and len(one) <= _LONGEST:
                for inner in inside(out_of_a_string(one)):
                    yield from _walk(inner, depth + 2, unwrapped + 1)


def inside(text: str) -> list[dict[str, Any]]:
    """The objects of a text; where their quotes are escaped once or twice too often, those behind that."""
    found = objects(text)
    for _ in range(2):
        if any(_tells(one) for one in found) or '\\"' not in text:
            break
        text = unescaped(text)
        found = [*found, *objects(text)]
    return found


def _tells(said: Mapping[str, Any]) -> bool:
    return any(True for _ in _walk(said, 0, _DEEPEST))


def _own(said: Mapping[str, Any], depth: int) -> Party | None:
    message = next((text for name in _MESSAGES if (text := _sentence(said.get(name)))), "")
    code, kind, status = "", "", None
    for name in _STATUSES:
        status = (
            status or status_of_number(said.get(name)) or (name == "status" and status_of_word(said.get(name))) or None
        )
    for name in _CODES:
        value = said.get(name)
        if not code and status_of_number(value) is None:
            code = _code(value)
    for name in _TYPES:
        kind = kind or _code(said.get(name))
    kind, code = _googles(said, kind, code)
    for name in ("innererror", "inner_error", "innerError") if not code else ():
        inner = said.get(name)
        code = code or (_code(inner.get("code")) if isinstance(inner, Mapping) else "")
    place = said.get("loc")
    if not message and not code:
        return None
    if not kind and any(name in said for name in ("level", "severity", "logLevel")):
        kind = OWN_ENVELOPE
    base = said.get("status_code")
    if "status_msg" in said and isinstance(base, int):
        if base == 0:
            return None
        code, status = str(base), None
    elif depth == 0 and not (message or kind or status):
        return None
    return Party(
        depth=depth,
        message=message,
        code=code,
        error_type=kind,
        param=_text(said.get("param")) or (_text(place[-1]) if isinstance(place, list) and place else ""),
        status=status,
        request_id=next((text for name in _IDS if (text := _text(said.get(name)))), ""),
        retry_after=next((wait for name in _RETRIES if (wait := seconds_of(said.get(name))) is not None), None),
    )


def _googles(said: Mapping[str, Any], kind: str, code: str) -> tuple[str, str]:
    """Google's own words: a status in capitals, and a reason among the details."""
    status = said.get("status")
    if isinstance(status, str) and status.isupper() and _code(status):
        kind = kind or status
        details = said.get("details")
        for detail in details if isinstance(details, list) else ():
            if isinstance(detail, Mapping) and not code:
                code = _code(detail.get("reason"))
    return kind, code


def with_details(party: Party, found: list[dict[str, Any]]) -> Party:
    """The delay, the request id and the parameter that stand elsewhere in the same objects."""
    for members in _members(found):
        for name in _RETRIES if party.retry_after is None else ():
            wait = seconds_of(members.get(name))
            if wait is not None:
                party = replace(party, retry_after=wait)
                break
        if not party.request_id:
            party = replace(party, request_id=next((text for name in _IDS if (text := _text(members.get(name)))), ""))
    return party


def served(found: list[dict[str, Any]]) -> str:
    """The model that an answer with a result names."""
    for members in _members(found):
        model = _text(members.get("modelVersion")) or _text(members.get("model"))
        if not model:
            continue
        if members.get("ok") is True and _text(members.get("provider")):
            return f"{members['provider']}/{model}"
        if "modelVersion" in members or ({"output", "choices", "created", "candidates"} & members.keys()):
            return model
        if isinstance(members.get("data"), list) or members.get("object") == "response":
            return model
    return ""


def tried(found: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """OpenClaw's list of what failed: the reference and what was said."""
    for members in _members(found):
        attempts = members.get("attempts")
        for one in attempts if isinstance(attempts, list) else ():
            if isinstance(one, Mapping) and _text(one.get("error")):
                yield "/".join(filter(None, (_text(one.get("provider")), _text(one.get("model"))))), _text(one["error"])


def _members(found: list[dict[str, Any]]) -> Iterator[Mapping[str, Any]]:
    waiting: list[Any] = list(reversed(found))
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            yield one
        inner = one.values() if isinstance(one, Mapping) else one
        waiting += [value for value in reversed(list(inner)) if isinstance(value, Mapping | list)]


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _sentence(value: Any) -> str:
    return out_of_a_string(_text(value)).strip()


def _code(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Cut):
        return ""
    text = _text(value)
    if text.endswith(_ELLIPSES):
        return ""
    return text if len(text) <= 80 and not _NOT_A_CODE.search(text) and text.lower() not in {"null", "none"} else ""
