"""The route `openai-images`: a platform API key on the OpenAI Images API.

How it is asked for an image, which free questions it answers, and what a proof on it needs.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from diagnose.http import Exchange, LongBody
from diagnose.images.extract import Base64Extractor, Extracted
from diagnose.images.walk import Shape, Walker
from diagnose.model.claim import Claim, Parameters
from diagnose.model.secret import Secret
from diagnose.model.witness import Requirement
from diagnose.routes.answers import parse, parse_once, read
from diagnose.routes.connection import Connection
from diagnose.routes.kind import RouteKind
from diagnose.routes.shot import Reply, Shot, failed

NAME = "openai-images"
PROVIDER = "openai"
GENERATIONS = "/images/generations"
SURFACE = "POST /v1/images/generations"


def requirements(claim: Claim) -> tuple[Requirement, ...]:
    """What a proof on this route needs, dimension by dimension, for this claim."""
    asked = claim.parameters
    aspects = ["format"]
    aspects += ["background"] if asked.background != "auto" else []
    aspects += ["quality"] if asked.quality != "auto" else []
    owner_reason = "the owner was claimed" if claim.owner else "no owner was claimed (--owner), so it is only reported"
    return (
        Requirement(
            dimension="provider",
            need="required",
            reason="only the vendor's own TLS name tells who answers; every host can write the rest",
        ),
        Requirement(dimension="surface", need="required", reason="the path that was asked"),
        Requirement(
            dimension="credential",
            need="required",
            reason="this key was sent, and a made-up key must be refused, or the key meant nothing",
        ),
        Requirement(
            dimension="model",
            need="required",
            reason="the answer names no model; only the billed tokens or a trusted signature tell",
        ),
        Requirement(
            dimension="parameters",
            need="required",
            reason="each requested parameter needs its own witness",
            aspects=tuple(aspects),
        ),
        Requirement(dimension="pixels", need="required", reason="measured in the received bytes"),
        Requirement(
            dimension="freshness",
            need="required",
            reason="the time of making must lie inside this request",
        ),
        Requirement(dimension="owner", need="required" if claim.owner else "reported", reason=owner_reason),
    )


def request_body(claim: Claim, prompt: str, parameters: Parameters) -> dict[str, Any]:
    """The JSON of one image request. Values of "auto" are sent, so that what is echoed can be compared."""
    return {
        "model": claim.model_id,
        "prompt": prompt,
        "n": 1,
        "size": parameters.size,
        "quality": parameters.quality,
        "background": parameters.background,
        "output_format": parameters.format,
    }


def refusable(claim: Claim) -> dict[str, Any]:
    """A request that no honest server accepts: it asks for zero images."""
    return request_body(claim, "x", claim.parameters) | {"n": 0}


class OpenAIImages:
    """The open route; also for any surface that has the shape of the Images API."""

    def __init__(
        self,
        connection: Connection,
        *,
        body: Callable[[Claim, str, Parameters], dict[str, Any]] = request_body,
    ) -> None:
        self._connection = connection
        self._body = body

    def get(self, path: str) -> Reply:
        """A free GET below the base URL, such as "/me"."""
        return self._connection.get(self._connection.target.url(path))

    def refuse_me(self, body: Mapping[str, Any], *, key: Secret | None = None, may_bill: bool = False) -> Reply:
        """A POST that must be refused; see Connection.refuse_me."""
        url = self._connection.target.url(GENERATIONS)
        return self._connection.refuse_me(url, body, key=key, may_bill=may_bill)

    def generate(self, claim: Claim, prompt: str, parameters: Parameters, sink: Callable[[bytes], object]) -> Shot:
        """One image, which bills; see Route.generate."""
        return self._shoot(GENERATIONS, self._body(claim, prompt, parameters), parameters, sink)

    def _shoot(
        self,
        path: str,
        body: Mapping[str, Any] | LongBody,
        parameters: Parameters,
        sink: Callable[[bytes], object],
    ) -> Shot:
        """One image asked for at `path` below the base URL."""
        walker = Walker()

        def take(chunk: bytes) -> None:
            walker.feed(chunk)
            sink(chunk)

        extractor = Base64Extractor(take)
        connection = self._connection
        came = connection.pay(connection.target.url(path), body, extractor.feed)
        if not isinstance(came, Exchange):
            return failed(parameters, came, None)
        if not 200 <= came.status < 300:
            return failed(parameters, read(came, parse(came.body), connection.clean), came)
        return _shot(parameters, came, extractor.finish(), walker.finish(), connection.clean)


def _shot(
    parameters: Parameters, exchange: Exchange, extracted: Extracted, shape: Shape, clean: Callable[[str], str]
) -> Shot:
    """A 2xx answer, read: is there an image in it, and is the image whole?"""
    payload, twice = parse_once(extracted.rest)
    shown = clean(extracted.rest[:4096].decode("utf-8", "replace"))
    answer = read(replace(exchange, body=extracted.rest), payload, clean)
    body = payload if isinstance(payload, dict) else {}
    data = body.get("data")
    first = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
    problem, detail = None, ""
    if "html" in answer.content_type:
        problem, detail = "edge-html", "a web page came with a success status"
    elif extracted.images == 0 and isinstance(first.get("url"), str):
        problem, detail = "url-instead-of-image", "the answer holds a URL, which was not fetched"
    elif extracted.overflow or payload is None:
        problem, detail = "not-json", f"the body is no JSON that can be read; it begins with {shown[:120]!r}"
    elif extracted.images == 0:
        problem, detail = "no-image", "the answer holds no image"
    elif extracted.problem is not None or not extracted.complete:
        problem, detail = "image-damaged", extracted.problem or "the image text is cut off"
    elif shape.format is None or not shape.complete:
        problem, detail = "image-damaged", shape.problem or "the bytes are no image of a known format"
    return Shot(
        parameters=parameters,
        answer=answer,
        exchange=exchange,
        body=body,
        extracted=extracted,
        shape=shape,
        problem=problem,
        detail=detail,
        oddities=tuple(_oddities(body, extracted, twice)) if problem is None else (),
    )


def _oddities(body: Mapping[str, Any], extracted: Extracted, twice: Collection[str]) -> Iterator[str]:
    """What a plain answer of this API never has; who sends it, or put it together, is not known to us."""
    data = body.get("data")
    first = data[0] if isinstance(data, list) and data else None
    if not (isinstance(first, dict) and "b64_json" in first) or extracted.data_url:
        yield "the image is not in data[0].b64_json as plain base64"
    if extracted.images != 1 or (isinstance(data, list) and len(data) != 1):
        yield f"it holds {extracted.images} images in {len(data) if isinstance(data, list) else 0} entries"
    if body.get("error") is not None:
        yield "an error stands beside the image"
    if twice:
        yield f"said twice: {', '.join(sorted(twice))}"


ROUTE = RouteKind(
    name=NAME,
    provider=PROVIDER,
    surface=SURFACE,
    base_url="https://api.openai.com/v1",
    ends="/v1",
    path=GENERATIONS,
    login=False,
    requirements=requirements,
    request_body=request_body,
    refusable=refusable,
    connect=OpenAIImages,
)
