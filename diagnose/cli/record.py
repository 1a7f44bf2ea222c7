"""The record beside a made image: what was ordered, what it builds on, and everything that is known of it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from diagnose import __version__, capabilities, proof
from diagnose.cli.session import Session
from diagnose.generation.single import Made, usage_of
from diagnose.images.inputs import Input
from diagnose.model.claim import Claim
from diagnose.model.witness import Witness
from diagnose.routes.shot import Shot

SCHEMA = "routecheck.image/v1"
WITNESS_FIELDS = ("dimension", "value", "source", "strength", "agrees", "check")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was ordered; None where the default or the scenario decides. With `images` it is an edit of them."""

    prompt: str
    path: Path
    size: str | None
    quality: str | None
    background: str | None
    format: str
    unproven: bool
    force: bool
    images: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the image may build on: the witnesses that a proof brought besides the smoke's own.

    `owner_headers` are those that named the claimed owner then. `at` is when the proof was made (Unix seconds),
    None without one; `stored` whether it came from the history.
    """

    witnesses: tuple[Witness, ...] = ()
    owner_headers: Mapping[str, str] = field(default_factory=dict)
    at: float | None = None
    stored: bool = False


def record(
    order: Order,
    session: Session,
    claim: Claim,
    standing: Standing,
    made: Made,
    judgement: proof.Judgement,
    path: Path,
) -> str:
    """The sidecar: everything that is known of the image, as JSON, without a secret."""
    context, shot = session.context, made.shot
    assert context.credential is not None
    assert shot.exchange is not None
    content = {
        "schema": SCHEMA,
        "label": judgement.verdict.value,
        "because": list(judgement.because),
        "unproven_override": order.unproven,
        **_operation(order),
        "sandbox": {"scenario": session.scenario} if session.scenario else None,
        "file": path.name,
        "sha256": made.image.sha256,
        "bytes": made.image.size,
        "generated_at": when(shot.exchange.ended),
        "tool": {"name": "routecheck", "version": __version__},
        "request": None,
        "route": {
            "name": claim.route,
            "base_url": context.target.base_url,
            "host": f"{context.target.host}:{context.target.port}",
            "surface": next((w.value for w in judgement.witnesses if w.dimension == "surface"), None),
            "fallback": claim.fallback,
            "owner": claim.owner,
            "credential": {
                "kind": context.credential.kind.id,
                "fingerprint": context.credential.secret.fingerprint,
                "source": context.credential.source,
            },
            "proof": None if standing.at is None else {"at": when(standing.at), "stored": standing.stored},
            "request_id": shot.answer.request_id,
        },
        "witnesses": [{name: getattr(w, name) for name in WITNESS_FIELDS} for w in judgement.witnesses],
        "image": asdict(made.image),
        "usage": usage_of(shot),
        "cost_usd": None if context.kind.login else cost_of(claim, shot),  # a plan has no price in dollars
    }
    # What we sent is our own text: only secrets that are known go from it, or the record would not say what was asked.
    sent = _images(order) | context.kind.request_body(claim, order.prompt, claim.parameters)
    request = session.redactor.known_tree(sent)
    return json.dumps(session.redactor.tree(content) | {"request": request}, indent=2, ensure_ascii=False) + "\n"


def _operation(order: Order) -> dict[str, Any]:
    """What the record of an edit says more than that of an image made from words alone."""
    if not order.images:
        return {}
    inputs = [{"name": i.name, "sha256": i.sha256, "bytes": i.size} for i in order.images]
    return {"operation": "edit", "inputs": inputs}


def _images(order: Order) -> dict[str, Any]:
    """The images in the request as it is recorded: which they were, in the place of their bytes."""
    if not order.images:
        return {}
    return {"images": [{"image_url": f"<sha256 {i.sha256}, {i.size} bytes>"} for i in order.images]}


def cost_of(claim: Claim, shot: Shot) -> float | None:
    """What an answer bills in US dollars by the dated price; None where that is not known."""
    if shot.inputs:  # tokens of images that went in have a price of their own, of which there is no row
        return None
    try:
        return capabilities.usage_usd(capabilities.find_model(claim.model_id), usage_of(shot))
    except OverflowError:  # a number of tokens that nobody can be billed
        return None


def when(moment: float) -> str:
    """A time in UTC as records write it."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
