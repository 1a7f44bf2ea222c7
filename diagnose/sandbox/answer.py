"""The 200 answer of the images endpoints, written piece by piece so that no body is held whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from diagnose.sandbox.spliced import b64_pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is said about `images` (encoded files, or links); `created` in Unix seconds."""

    created: int
    background: str
    output_format: str
    quality: str
    size: str
    images: list[bytes]
    usage: dict[str, object]
    extra: dict[str, object]
    links: tuple[str, ...] = ()

    @property
    def echo(self) -> dict[str, object]:
        """The parameters that every answer repeats."""
        return {
            "background": self.background,
            "output_format": self.output_format,
            "quality": self.quality,
            "size": self.size,
            **self.extra,
        }


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def json_pieces(answer: Answer) -> Iterator[bytes]:
    """The JSON body."""
    yield _compact({"created": answer.created, **answer.echo})[:-1] + b',"data":['
    for at, image in enumerate(answer.images):
        yield b',{"b64_json":"' if at else b'{"b64_json":"'
        yield from b64_pieces(image)
        yield b'"}'
    yield b",".join(_compact({"url": link}) for link in answer.links)
    yield b'],"usage":' + _compact(answer.usage) + b"}"


def event_pieces(answer: Answer, partials: list[bytes], *, edit: bool) -> Iterator[bytes]:
    """The server-sent events: the partial images, and one `completed` event for each image."""
    family = "image_edit" if edit else "image_generation"
    for at, image in enumerate(partials):
        about = {"created_at": answer.created, **answer.echo, "partial_image_index": at}
        yield from _event(f"{family}.partial_image", about, image)
    for image in answer.images:
        about = {"created_at": answer.created, **answer.echo, "usage": answer.usage}
        yield from _event(f"{family}.completed", about, image)
    for link in answer.links:
        name = f"{family}.completed".encode()
        yield b"event: " + name + b"\ndata: " + _compact({"type": name.decode(), "url": link}) + b"\n\n"


def _event(name: str, about: dict[str, object], image: bytes) -> Iterator[bytes]:
    yield b"event: " + name.encode() + b'\ndata: {"type":"' + name.encode() + b'","b64_json":"'
    yield from b64_pieces(image)
    yield b'",' + _compact(about)[1:] + b"\n\n"
