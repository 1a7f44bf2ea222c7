"""What an event stream of the Codex backend comes to: an image with its circumstances, or why there is none."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from diagnose.http import Exchange
from diagnose.matrix import classify
from diagnose.model.answer import Answer
from diagnose.model.claim import Parameters
from diagnose.routes.answers import parse, read
from diagnose.routes.codex_stream import COMPLETED, Streamed
from diagnose.routes.connection import Connection
from diagnose.routes.shot import Shot, failed

_SHOWN = 300
_ECHOED = ("size", "quality", "background", "output_format", "status")
_WHOLE_STATUS = frozenset({"completed", "generating"})
"""The backend leaves the finished item at "generating" now and then."""


def shot_of(stream: Streamed, parameters: Parameters, exchange: Exchange, connection: Connection) -> Shot:
    """A 2xx answer, read. Counts it as unknown where nobody knows whether an image was made."""
    if not stream.events and stream.beginning:
        return _no_stream(stream, parameters, exchange, connection)
    if stream.end is None:
        connection.not_known()
    elif stream.end != COMPLETED:
        return _failed(_error(stream), stream, parameters, exchange, connection)
    elif stream.extracted is None and stream.failure:
        return _failed(stream.failure, stream, parameters, exchange, connection)
    problem, detail = _problem(stream, connection)
    return Shot(
        parameters=parameters,
        answer=_answer(exchange, {}, connection),
        exchange=exchange,
        body=_body(stream),
        extracted=stream.extracted,
        shape=stream.shape,
        problem=problem,
        detail=detail,
        oddities=tuple(_oddities(stream, connection.clean)) if problem is None else (),
        named=tuple((where, connection.clean(name)[:80]) for where, name in stream.said.named)
        if problem is None
        else (),
        tool=stream.said.tool,
    )


def _answer(exchange: Exchange, payload: Mapping[str, Any], connection: Connection) -> Answer:
    return read(replace(exchange, body=b""), payload, connection.clean)


def _no_stream(stream: Streamed, parameters: Parameters, exchange: Exchange, connection: Connection) -> Shot:
    """A success that is no event stream at all."""
    beginning = stream.beginning
    answer = read(replace(exchange, body=beginning), parse(beginning), connection.clean)
    shot = failed(parameters, answer, exchange)
    if "html" in answer.content_type:
        return replace(shot, problem="edge-html", detail="a web page came with a success status")
    if answer.message or answer.code:
        return shot
    shown = connection.clean(beginning.decode("utf-8", "replace"))[:120]
    return replace(shot, problem="not-json", detail=f"the body is no event stream; it begins with {shown!r}")


def _failed(
    error: Mapping[str, Any], stream: Streamed, parameters: Parameters, exchange: Exchange, connection: Connection
) -> Shot:
    """An error that came inside a success: the matrix reads it like any other refusal."""
    answer = _answer(exchange, {"error": error}, connection)
    if stream.images or classify(answer).id == "server-error":
        connection.not_known()
    shot = failed(parameters, answer, exchange)
    return replace(shot, detail=f"{shot.detail}; an image had come before it") if stream.images else shot


def _error(stream: Streamed) -> Mapping[str, Any]:
    """The error of a stream that ended otherwise than completed, in the members of the API's error object."""
    if stream.end == "error":
        return {name: stream.last.get(name) for name in ("message", "code", "param")} | _type_of_error(stream.last)
    if isinstance(error := stream.last.get("error"), dict):
        return error
    details = stream.last.get("incomplete_details")
    reason = details.get("reason") if isinstance(details, dict) else None
    return {"code": reason, "message": f"the stream ended with {stream.end}" + (f": {reason}" if reason else "")}


def _type_of_error(error: Mapping[str, Any]) -> dict[str, Any]:
    """The error's own type; where the event itself is the error, its type says no more than that it is one."""
    kind = error.get("type")
    return {"type": kind} if isinstance(kind, str) and kind != "error" else {}


def _problem(stream: Streamed, connection: Connection) -> tuple[str | None, str]:
    """The matrix row that says why there is no usable image, with the sentence for it."""
    found, shape = stream.extracted, stream.shape
    if stream.end is None:
        whole = found is not None and found.complete and found.problem is None and shape.complete
        detail = "the stream ended without the event that ends it"
        detail += "; an event of it could not be read" if stream.unread else ""
        return "stream-cut", detail + ("; the image had come whole before" if whole and stream.stray is None else "")
    if stream.stray is not None:
        return "image-damaged", stream.stray
    if found is None:
        return _words(stream, connection)
    if found.problem is not None or not found.complete:
        return "image-damaged", found.problem or "the image text is cut off"
    if shape.format is None or not shape.complete:
        return "image-damaged", shape.problem or "the bytes are no image of a known format"
    return None, ""


def _words(stream: Streamed, connection: Connection) -> tuple[str, str]:
    """Why a completed response holds no image, with what it says instead."""
    text = " ".join(connection.clean(" ".join(stream.texts)).split())[:_SHOWN]
    said = f"“{text}”" if text else "and says nothing"
    if stream.said.toolless:
        return "image-tool-absent", f"no image tool is among the echoed ones; the answer is text alone: {said}"
    if stream.refused:
        return "refused-in-text", f"the answer declines: {said}"
    if text:
        return "spoke-instead-of-drawing", f"the image tool was there, and the answer is text alone: {said}"
    return "no-image", "the response is completed and holds no image"


def _body(stream: Streamed) -> dict[str, Any]:
    """The answer in the words of the Images API, with the item's status besides."""
    body = {name: stream.item[name] for name in _ECHOED if name in stream.item}
    for response in (stream.created, stream.last):
        if (created := response.get("created_at")) is not None:
            body["created"] = created
    usage = stream.last.get("tool_usage")
    if isinstance(usage, dict) and isinstance(usage.get("image_gen"), dict):
        body["usage"] = usage["image_gen"]
    return body


def _oddities(stream: Streamed, clean: Callable[[str], str]) -> Iterator[str]:
    """What a plain stream of this backend never has."""
    if stream.images != 1:
        yield f"it holds {stream.images} images"
    if stream.extracted is not None and stream.extracted.data_url:
        yield "the image is a data URL and no plain base64"
    status = stream.item.get("status")
    if status is not None and (not isinstance(status, str) or status not in _WHOLE_STATUS):
        yield f"the item that holds the image says {clean(str(status))[:40]!r}"
    yield from _response_oddities(stream, clean)
    if stream.last.get("error") is not None or stream.item.get("error") is not None:
        yield "an error stands beside the image"
    if stream.failure:
        yield "another image call of it failed"
    if stream.unread:
        yield "an event of it cannot be read"
    if stream.late:
        yield "it goes on after its end"
    if stream.twice:
        yield f"said twice: {', '.join(sorted(stream.twice))}"


def _response_oddities(stream: Streamed, clean: Callable[[str], str]) -> Iterator[str]:
    """What no plain stream says of the response that its image belongs to."""
    said, status = stream.said, stream.last.get("status")
    if said.responses > 1:
        yield f"it holds {said.responses} responses"
    if status is not None and status != "completed":
        yield f"the completed response says {clean(str(status))[:40]!r}"
    if said.toolless:
        yield "no image tool is echoed, and an image came"
    if said.tools > 1:
        yield f"{said.tools} image tools are echoed"
    if said.crowded:
        yield "it has more names of models than a stream has"
