"""What comes of asking a route: the answer to a free question, one image request, and the count of both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from diagnose.http import MIB, Exchange
from diagnose.images.extract import Extracted
from diagnose.images.inputs import Input
from diagnose.images.walk import Shape
from diagnose.model.answer import Answer
from diagnose.model.claim import Parameters

SMOKE_PROMPT = "A plain ceramic mug on a white desk, soft daylight, simple product photo"

IMAGE_LIMIT = 64 * MIB
"""The largest legal PNG (8.3 million RGBA pixels, incompressible) is about 34 MB, 45 MB in base64."""

PROBE_LIMIT = 8 * MIB


@dataclass(slots=True)
class Ledger:
    """Requests of one run. `billable` could have been billed; of the `unknown` we do not know what became."""

    requests: int = 0
    billable: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to a free question: what it came to, its JSON (None if none) and the exchange if one was."""

    answer: Answer
    payload: Any
    exchange: Exchange | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One image request and all that came of it.

    `body` is the answer without the image, in the words of the Images API (created, size, quality, background,
    output_format, usage). `named` are the places that name an image model, each with the name; `tool` is the image tool
    as the answer echoes it, empty where none is. `problem` is the matrix row that says why there is no usable image,
    None when there is one; `detail` is the sentence for it. `oddities` are sentences about an answer that has an image
    and is no plain answer all the same. `inputs` are the images that were sent along, which makes it an edit; empty
    where one was made from words alone.
    """

    parameters: Parameters
    answer: Answer
    exchange: Exchange | None
    body: Mapping[str, Any]
    extracted: Extracted | None
    shape: Shape | None
    problem: str | None
    detail: str = ""
    oddities: tuple[str, ...] = ()
    named: tuple[tuple[str, str], ...] = ()
    tool: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()


def failed(parameters: Parameters, answer: Answer, exchange: Exchange | None) -> Shot:
    """An image request that was refused, or that nothing whole came of."""
    return Shot(
        parameters=parameters,
        answer=answer,
        exchange=exchange,
        body={},
        extracted=None,
        shape=None,
        problem="refused",
        detail=answer.describe(),
    )
