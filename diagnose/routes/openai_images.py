"""The route `openai-images`: a platform API key on the OpenAI Images API.

How it is asked for an image, which free questions it answers, and what a proof on it needs.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from diagnose.http import MIB, Client, Exchange, TransportFault
from diagnose.images.extract import Base64Extractor, Extracted
from diagnose.images.walk import Shape, Walker
from diagnose.model.answer import Answer
from diagnose.model.claim import Claim, Parameters
from diagnose.model.secret import Secret
from diagnose.model.witness import Requirement
from diagnose.routes.answers import from_fault, parse, parse_once, read
from diagnose.routes.retry import send
from diagnose.routes.target import Target

NAME = "openai-images"
PROVIDER = "openai"
GENERATIONS = "/images/generations"
SURFACE = "POST /v1/images/generations"
IMAGE_LIMIT = 64 * MIB
"""The largest legal PNG (8.3 million RGBA pixels, incompressible) is about 34 MB, 45 MB in base64."""

PROBE_LIMIT = 8 * MIB

SMOKE_PROMPT = "A plain ceramic mug on a white desk, soft daylight, simple product photo"


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

    `body` is the answer's JSON without the image. `problem` is the matrix row that says why there is no
    usable image, None when there is one; `detail` is the sentence for it. `oddities` are sentences about an
    answer that has an image and is no plain answer all the same.
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


class OpenAIImages:
    """Questions to one host with one key. Every request goes through here, so every request is counted."""

    def __init__(
        self,
        *,
        client: Client,
        target: Target,
        key: Secret,
        ledger: Ledger,
        sleep: Callable[[float], None],
        now: Callable[[], float],
        patience: float,
        tell: Callable[[str], None],
        clean: Callable[[str], str] = str,
    ) -> None:
        self._client = client
        self._target = target
        self._key = key
        self._ledger = ledger
        self._sleep = sleep
        self._now = now
        self._patience = patience
        self._tell = tell
        self._clean = clean

    def get(self, path: str) -> Reply:
        """A free GET below the base URL, such as "/me"."""
        return self._ask("GET", path, body=None, key=self._key)

    def refuse_me(self, body: Mapping[str, Any], *, key: Secret | None = None, may_bill: bool = False) -> Reply:
        """A POST that must be refused, with the route's key or another one.

        The body has to carry something that no honest server accepts; the caller answers for that. An image
        all the same counts as a paid request. `may_bill`: so does a request of which nothing is known.
        """
        reply = self._ask("POST", GENERATIONS, body=msgspec.json.encode(body), key=key or self._key)
        unknown = may_bill and reply.answer.transport in {"timeout", "dropped", "too-large"}
        self._ledger.billable += reply.answer.ok or unknown
        self._ledger.unknown += unknown
        return reply

    def _ask(self, method: str, path: str, *, body: bytes | None, key: Secret) -> Reply:
        def once() -> Exchange:
            self._ledger.requests += 1
            return self._client.exchange(
                method, self._target.url(path), headers=_headers(key, body), body=body, limit=PROBE_LIMIT
            )

        try:
            exchange = self._send(once, paid=False)
        except TransportFault as fault:
            return Reply(answer=from_fault(fault), payload=None, exchange=None)
        payload = parse(exchange.body)
        return Reply(answer=read(exchange, payload, self._clean), payload=payload, exchange=exchange)

    def _send(self, once: Callable[[], Exchange], *, paid: bool) -> Exchange:
        return send(once, paid=paid, sleep=self._sleep, now=self._now, patience=self._patience, tell=self._tell)

    def generate(self, claim: Claim, prompt: str, parameters: Parameters, sink: Callable[[bytes], object]) -> Shot:
        """Ask for one image, which bills, and stream its bytes into `sink` as they are received.

        Never sent again once it may have reached the host. What came is described in the Shot; nothing is
        raised for a refusal or a broken answer.
        """
        body = msgspec.json.encode(request_body(claim, prompt, parameters))
        walker = Walker()

        def take(chunk: bytes) -> None:
            walker.feed(chunk)
            sink(chunk)

        extractor = Base64Extractor(take)

        def once() -> Exchange:
            self._ledger.requests += 1
            self._ledger.billable += 1
            try:
                return self._client.exchange(
                    "POST",
                    self._target.url(GENERATIONS),
                    headers=_headers(self._key, body),
                    body=body,
                    sink=extractor.feed,
                    limit=IMAGE_LIMIT,
                )
            except TransportFault as fault:
                self._ledger.billable -= not fault.sent  # each attempt that never left, not the last one alone
                raise

        try:
            exchange = self._send(once, paid=True)
        except TransportFault as fault:
            self._ledger.unknown += fault.sent
            return _failed(parameters, from_fault(fault), None)
        if not 200 <= exchange.status < 300:
            self._ledger.unknown += exchange.status >= 500
            return _failed(parameters, read(exchange, parse(exchange.body), self._clean), exchange)
        return _shot(parameters, exchange, extractor.finish(), walker.finish(), self._clean)


def _headers(key: Secret, body: bytes | None) -> dict[str, str]:
    headers = {"authorization": f"Bearer {key.reveal()}", "accept": "application/json"}
    if body is not None:
        headers["content-type"] = "application/json"
    return headers


def _failed(parameters: Parameters, answer: Answer, exchange: Exchange | None) -> Shot:
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
