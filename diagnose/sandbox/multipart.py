"""A reader of multipart/form-data bodies that are already in memory (starlette's needs another package)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part; `filename` is None for a plain field."""

    name: str
    filename: str | None
    data: bytes


def parse(content_type: str, body: bytes) -> list[Part]:
    """The parts in order; ValueError when the body does not follow its content type."""
    boundary = _parameters("content-type", content_type).get("boundary")
    if not boundary:
        raise ValueError("no boundary in the content type")
    mark = b"\r\n--" + boundary.encode("latin-1")
    pieces = (b"\r\n" + body).split(mark)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise ValueError("the closing boundary is missing")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    head, separator, data = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if not separator:
        raise ValueError("a part without headers")
    found = re.search(rb"(?im)^content-disposition:[ \t]*(.*?)\r?$", head)
    given = _parameters("content-disposition", found[1].decode("utf-8", "replace")) if found else {}
    if "name" not in given:
        raise ValueError("a part without a name")
    return Part(name=given["name"], filename=given.get("filename"), data=data)


def _parameters(header: str, value: str) -> dict[str, str]:
    message = Message()
    message[header] = value
    return {key.lower(): text for key, text in message.get_params(failobj=[], header=header)[1:]}
