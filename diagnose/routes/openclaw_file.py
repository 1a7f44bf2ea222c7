"""The file that OpenClaw wrote, against the exchange that brought it: only if both are the same does either prove."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from diagnose.model.answer import Answer
from diagnose.model.check import Outcome, Status
from diagnose.routes.openclaw import walk
from diagnose.routes.openclaw_served import Seen
from diagnose.routes.received import witness
from diagnose.routes.shot import Shot
from diagnose.tap.records import Tapped

if TYPE_CHECKING:
    from diagnose.http import Exchange

_OF_THE_IMAGE = ("created", "size", "quality", "background", "output_format", "error")


def file(seen: Seen) -> Outcome:
    """Whether the file that OpenClaw wrote is the image that came, and what OpenClaw says of it."""
    check = "served.file"
    (output, *_), tapped = seen.through.generation.outputs, seen.through.served
    shape = walk(seen.through.image).finish()
    odd = []
    if output.width and (output.width, output.height) != (shape.width, shape.height):
        odd.append(f"OpenClaw says {output.width}x{output.height}, the file has {shape.width}x{shape.height}")
    if output.size is not None and output.size != len(seen.through.image):
        odd.append(f"OpenClaw says {output.size:,} bytes, the file has {len(seen.through.image):,}")
    if odd:
        return Outcome(
            status=Status.WARN, summary="; ".join(odd), measured="; ".join(odd), expected="the file as it is described",
            symptom="image-damaged",
        )  # fmt: skip
    if tapped is not None and (tapped.sha256 is None or tapped.problem or tapped.answer.get("image_problem")):
        why = tapped.problem or tapped.answer.get("image_problem") or tapped.unread or "its image could not be read"
        return Outcome(
            status=Status.WARN,
            summary=f"the file cannot be compared with the answer of {tapped.target.shown}: {why}",
            measured=str(why),
            expected="the same bytes on the wire and in the file",
            symptom="image-damaged",
            costs_proof=True,
        )
    if tapped is None:
        return Outcome(
            status=Status.PASS, summary=f"{output.path.name}: {len(seen.through.image):,} bytes, as described"
        )
    same = sha256(seen.through.image).hexdigest() == tapped.sha256
    value = (
        f"the file holds the very bytes that {tapped.target.shown} sent"
        if same
        else f"the file is not the image that {tapped.target.shown} sent"
    )
    return Outcome(
        status=Status.PASS if same else Status.FAIL,
        summary=value,
        measured=value,
        expected="the same bytes",
        symptom=None if same else "openclaw-fallback-answered",
        witnesses=(witness(check, "freshness", value, "bytes", 0 if same else 4, agrees=same),),
    )


def shot(seen: Seen) -> Shot | None:
    """The tapped exchange in the shape in which the route's own answers are judged; None where there is none.

    A stream is told in the words of the Images API; only the claimed surface answers in the one way or the other.
    """
    tapped = seen.through.served
    if tapped is None or tapped.status is None or tapped.unread is not None or tapped.stream != seen.kind.login:
        return None
    whole = tapped.problem is None and not tapped.answer.get("image_problem")
    if not whole or tapped.sha256 != sha256(seen.through.image).hexdigest():
        return None  # then the file says nothing about that answer
    if tapped not in seen.images or seen.played != (tapped.trust == "sandbox"):
        return None
    return Shot(
        parameters=seen.claim.parameters,
        answer=Answer(status=tapped.status, content_type=tapped.content_type, headers=tapped.headers),
        exchange=exchange_of(tapped),
        body=_of_stream(tapped.answer) if tapped.stream else tapped.answer,
        extracted=None,
        shape=walk(seen.through.image).finish(),
        problem=None,
        oddities=tuple(_oddities(tapped)),
        named=tuple(_named(tapped.answer)) if tapped.stream else (),
    )


def exchange_of(tapped: Tapped) -> "Exchange":
    """An answered request of OpenClaw in the shape of one of ours, without its body."""
    from diagnose.http import Exchange, Peer

    target = tapped.target
    assert tapped.status is not None
    return Exchange(
        url=f"{'https' if target.tls else 'http'}://{target.shown}{tapped.path}",
        status=tapped.status,
        headers=tapped.headers,
        body=b"",
        peer=Peer(
            host=target.host,
            port=target.port,
            trust="none" if tapped.trust == "sandbox" else tapped.trust,
            authority=tapped.authority,
        ),
        started=tapped.started,
        ended=tapped.ended,
    )


def _oddities(tapped: Tapped) -> Iterator[str]:
    """What a plain answer with one image never has."""
    answer = tapped.answer
    if not tapped.stream and (tapped.images != 1 or answer.get("data_items") != 1):
        yield f"it holds {tapped.images} images in {answer.get('data_items')} entries"
    if tapped.stream and tapped.images != 1:
        yield f"it holds {tapped.images} images"
    if tapped.stream and answer.get("status") != "completed":
        yield f"the stream ended as {answer['status']}" if "status" in answer else "the stream ended without its end"
    if answer.get("error") is not None:
        yield "an error stands beside the image"


def _of_stream(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The notes of a stream in the words of the Images API: the usage is that of the image, not of the text model."""
    body = {name: answer[name] for name in _OF_THE_IMAGE if name in answer}
    usage = answer.get("tool_usage", {}).get("image_gen")
    return body | ({"usage": usage} if usage is not None else {})


def _named(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every place of a stream that names an image model: the echoed tool, and the item of the image."""
    for where, model in (
        ("the tool in response.completed", answer.get("tool", {}).get("model")),
        ("the image's item", answer.get("model")),
    ):
        if isinstance(model, str):
            yield where, model
