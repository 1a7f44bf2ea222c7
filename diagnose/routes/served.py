"""Requested = echoed = received: what an answer of the Images API shape says about who served it.

Each function looks at one dimension and returns the outcome of the check of that name, with its witnesses.
`run` shows them as checks; `generate` asks the same of its own image.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from diagnose import capabilities
from diagnose.images.provenance import Signature
from diagnose.model.check import Outcome, Status
from diagnose.model.claim import Claim
from diagnose.model.image import ImageFacts
from diagnose.model.witness import Source, Witness
from diagnose.routes.openai_images import SURFACE, Shot
from diagnose.routes.target import Target

MIME = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
"""The formats that may be asked for, and are accepted."""

CLOCK_SKEW = 300.0
"""Seconds by which two honest clocks may differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A shot with a whole image, and what is needed to judge it.

    `model_checked`: a made-up model was refused by name, so the host does look at the model.
    `signature`: the verified C2PA signature, None without one or without c2pa-python.
    """

    claim: Claim
    target: Target
    shot: Shot
    image: ImageFacts
    model_checked: bool
    signature: Signature | None = None


def provider(seen: Received) -> Outcome:
    """Who answered, by the TLS name; and whether anything in the answer names somebody else."""
    check = "served.provider"
    exchange = seen.shot.exchange
    assert exchange is not None
    peer, target, claimed = exchange.peer, seen.target, seen.claim.provider
    witnesses = [Witness(dimension="surface", value=SURFACE, source="wire", strength=4, agrees=True, check=check)]
    where = f"{peer.host}:{peer.port}"
    expected = f"{claimed}, at {' or '.join(capabilities.hosts_of(claimed)) or 'a host of its own'}"
    rooted = False
    if target.sandbox:
        value = f"the sandbox process at {where}, known by its per-run secret, stands for {claimed}"
        witnesses.append(_witness(check, "provider", value, "wire", 4))
        rooted = True
    elif target.vendor is not None and peer.trust != "none":
        value = f"{peer.host}, certificate verified"
        if peer.trust == "user-added":
            value += f" against a CA that was added on this machine ({peer.authority or 'unnamed'})"
        strength = 4 if peer.trust == "public" else 3
        witnesses.append(_witness(check, "provider", value, "wire", strength, agrees=target.vendor == claimed))
        rooted = target.vendor == claimed

    others = capabilities.other_parties(exchange.headers, claimed)
    for header in others:
        value = f"the header {header.name} names {header.party}, not {claimed}"
        witnesses.append(_witness(check, "provider", value, "header", 2, agrees=False))
    if "openai-organization" in exchange.headers and not others:
        witnesses.append(_witness(check, "provider", "the answer carries openai-* headers", "header", 1))
    strangers = [vendor for vendor in seen.image.vendors if vendor != claimed]
    for vendor in strangers:
        value = f"the image bytes carry the marks of {vendor}, not of {claimed}"
        witnesses.append(_witness(check, "provider", value, "bytes", 2, agrees=False))

    against = [w.value for w in witnesses if not w.agrees]
    if against:
        return Outcome(
            status=Status.FAIL,
            summary="; ".join(against),
            measured="; ".join(against),
            expected=expected,
            symptom="another-vendor",
            witnesses=tuple(witnesses),
        )
    if rooted:
        return Outcome(
            status=Status.PASS,
            summary=next(w.value for w in witnesses if w.dimension == "provider" and w.source == "wire"),
            witnesses=tuple(witnesses),
        )
    return Outcome(
        status=Status.WARN,
        summary=f"{where} is not {claimed}'s own host, so nothing that it says proves who made the image",
        measured=where,
        expected=expected,
        remedy=(f"routecheck run --no-fallback --base-url https://{capabilities.hosts_of(claimed)[0]}/v1",)
        if capabilities.hosts_of(claimed)
        else (),
        witnesses=tuple(witnesses),
        costs_proof=True,
    )


def model(seen: Received) -> Outcome:
    """Which model served it: a name in the body, and the billed tokens against the model's formula."""
    check = "served.model"
    body, claim = seen.shot.body, seen.claim
    row = capabilities.find_model(claim.model_id)
    witnesses: list[Witness] = []
    named = body.get("model")
    if isinstance(named, str):
        same = named in {claim.model_id, claim.model} or (row is not None and capabilities.find_model(named) is row)
        value = f"the body names the model {named}"
        witnesses.append(_witness(check, "model", value, "body", 1 if same else 2, agrees=same))
        if not same:
            return Outcome(
                status=Status.FAIL,
                summary=f"the answer names {named}",
                measured=named,
                expected=claim.model_id,
                symptom="another-model",
                witnesses=tuple(witnesses),
            )
    counted, expected = _tokens(seen, row)
    if counted is not None and expected is not None and counted == expected:
        value = f"{counted} image tokens billed, as the formula of {claim.model_id} says"
        witnesses.append(_witness(check, "model", value, "body", 3 if seen.model_checked else 1))
        quality = _echo(body, "quality") or seen.shot.parameters.quality
        if quality == seen.shot.parameters.quality:
            witnesses.append(
                _witness(check, "parameters", f"quality={quality} by the billed tokens", "body", 3, "quality")
            )
        if seen.model_checked:
            return Outcome(status=Status.PASS, summary=value, witnesses=tuple(witnesses))
        return Outcome(
            status=Status.WARN,
            summary=f"{value}; but nothing shows that this host looks at the model name",
            measured=str(counted),
            expected=str(expected),
            symptom="bogus-model-not-refused",
            witnesses=tuple(witnesses),
            costs_proof=True,
        )
    # No signature outweighs a count that does not fit: the picture may be the vendor's and another one's.
    misfit = counted is not None and expected is not None
    if not misfit and (signed := _signed_model(seen, row)) is not None:
        witnesses.append(_witness(check, "model", signed, "bytes", 3))
        return Outcome(status=Status.PASS, summary=signed, witnesses=tuple(witnesses))
    if counted is None or expected is None:
        why = (
            "the answer bills no image tokens"
            if counted is None
            else (f"there is no token formula for {claim.model_id} at this size and quality")
        )
        return Outcome(
            status=Status.WARN,
            summary=f"{why}, so nothing tells which model served it",
            measured=None if counted is None else f"{counted} tokens",
            expected="a token count with a formula, or a trusted signature",
            witnesses=tuple(witnesses),
            costs_proof=True,
        )
    summary = f"{counted} image tokens billed where {claim.model_id} bills {expected}"
    if not seen.target.at_vendor:
        witnesses.append(_witness(check, "model", summary, "body", 2, agrees=False))
    return Outcome(
        status=Status.WARN if seen.target.at_vendor else Status.FAIL,
        summary=summary,
        measured=f"{counted} image tokens",
        expected=f"{expected} image tokens",
        symptom="tokens-differ",
        witnesses=tuple(witnesses),
        costs_proof=True,
    )


def parameters(seen: Received) -> Outcome:
    """The requested parameters against those that are echoed and those that the bytes show."""
    check = "served.parameters"
    asked, body, image = seen.shot.parameters, seen.shot.body, seen.image
    witnesses: list[Witness] = []
    symptoms: list[str] = []
    for key, wanted in (
        ("size", asked.size), ("quality", asked.quality),
        ("background", asked.background), ("output_format", asked.format),
    ):  # fmt: skip
        echoed = _echo(body, key)
        if echoed is None or wanted == "auto":
            continue
        same = echoed == wanted
        aspect = "format" if key == "output_format" else key
        value = f"{key}={echoed} is echoed" + ("" if same else f" where {wanted} was asked for")
        witnesses.append(_witness(check, "parameters", value, "body", 1 if same else 2, aspect, agrees=same))
        symptoms += [] if same else ["parameter-echo-differs"]

    same = image.format == asked.format
    value = f"format={image.format} by the bytes" + ("" if same else f" where {asked.format} was asked for")
    witnesses.append(_witness(check, "parameters", value, "bytes", 4, "format", agrees=same))
    symptoms += [] if same else ["pixels-differ"]

    background = _background(image)
    if asked.background != "auto" and background is not None:
        same = background == asked.background
        value = f"background={background} by the pixels" + ("" if same else f" where {asked.background} was asked for")
        witnesses.append(_witness(check, "parameters", value, "bytes", 4, "background", agrees=same))
        symptoms += [] if same else ["background-ignored"]
    return _three_way(witnesses, symptoms)


def pixels(seen: Received) -> Outcome:
    """The measured size against the requested one, or against the echoed one when any size would do."""
    check = "served.pixels"
    wanted = seen.shot.parameters.size
    if wanted == "auto":
        wanted = _echo(seen.shot.body, "size") or seen.image.pixels
    same = seen.image.pixels == wanted
    how = "decoded" if seen.image.decoded else "by structure and checksums"
    value = f"{seen.image.pixels} {how}" + ("" if same else f" where {wanted} was asked for")
    witness = _witness(check, "pixels", value, "bytes", 4, agrees=same)
    return Outcome(
        status=Status.PASS if same else Status.FAIL,
        summary=value,
        measured=seen.image.pixels,
        expected=wanted,
        symptom=None if same else "pixels-differ",
        witnesses=(witness,),
    )


def provenance(seen: Received) -> Outcome:
    """Content credentials in the bytes: present, verified, trusted, and signed inside the request."""
    check = "served.provenance"
    image, signature, claimed = seen.image, seen.signature, seen.claim.provider
    if signature is None:
        if image.vendors and claimed in image.vendors:
            made_by = f" ({image.generator})" if image.generator else ""
            value = f"the bytes carry unverified marks of {claimed}{made_by}"
            return Outcome(
                status=Status.PASS,
                summary=value,
                witnesses=(_witness(check, "provider", value, "bytes", 1),),
            )
        found = "content credentials are there, but were not verified" if image.content_credentials else None
        return Outcome(
            status=Status.SKIP,
            summary=found or "no content credentials in the bytes, which proves nothing",
            skipped_because="c2pa-python is not installed or found no manifest" if found else "nothing to verify",
        )
    at = f", signed {signature.signed_at:%Y-%m-%d %H:%M:%S} UTC" if signature.signed_at else ""
    value = f"content credentials of {signature.issuer or 'an unnamed issuer'}{at}"
    if not signature.valid:
        return Outcome(
            status=Status.WARN,
            summary="the content credentials do not fit the bytes: " + ("; ".join(signature.problems) or "invalid"),
            measured="invalid signature",
            expected="a valid signature, or none",
            costs_proof=False,
        )
    witnesses = []
    if signature.trusted:
        ours = signature.vendor == claimed
        # Without a time inside this request it may be an old picture that somebody else kept.
        fresh = signature.signed_at is not None and _inside(seen, signature.signed_at.timestamp())
        witnesses.append(_witness(check, "provider", value, "bytes", 3 if fresh else 2, agrees=ours))
        if not ours:
            return Outcome(
                status=Status.FAIL,
                summary=f"{value}: signed by {signature.vendor}, not by {claimed}",
                measured=str(signature.vendor),
                expected=claimed,
                symptom="another-vendor",
                witnesses=tuple(witnesses),
            )
    if signature.signed_at is not None:
        inside = _inside(seen, signature.signed_at.timestamp())
        strength = (3 if signature.trusted else 1) if inside else 2
        witnesses.append(_witness(check, "freshness", value, "bytes", strength, agrees=inside))
        if not inside:
            return Outcome(
                status=Status.FAIL,
                summary=f"{value}, which is not inside this request",
                measured=f"{signature.signed_at:%Y-%m-%d %H:%M:%S} UTC",
                expected=_window(seen),
                symptom="not-fresh",
                witnesses=tuple(witnesses),
            )
    trust = "" if signature.trusted else "; the signer is not anchored, so this is no proof"
    return Outcome(status=Status.PASS, summary=value + trust, witnesses=tuple(witnesses))


def freshness(seen: Received) -> Outcome:
    """Whether the image was made for this request: `created` inside the time of our own exchange."""
    check = "served.freshness"
    created = seen.shot.body.get("created")
    if not isinstance(created, int | float) or isinstance(created, bool):
        return Outcome(
            status=Status.WARN,
            summary="the answer has no time of making, so it could come from a cache",
            expected="created, in Unix seconds",
            costs_proof=True,
        )
    inside = _inside(seen, created)
    shown = _clock(created)
    witness = _witness(
        check,
        "freshness",
        f"created {shown}" + (", inside this request" if inside else f", outside of {_window(seen)}"),
        "body",
        3 if inside else 2,
        agrees=inside,
    )
    return Outcome(
        status=Status.PASS if inside else Status.FAIL,
        summary=witness.value,
        measured=shown,
        expected=_window(seen),
        symptom=None if inside else "not-fresh",
        witnesses=(witness,),
    )


QUESTIONS: dict[str, Callable[[Received], Outcome]] = {
    "served.provider": provider,
    "served.model": model,
    "served.parameters": parameters,
    "served.pixels": pixels,
    "served.provenance": provenance,
    "served.freshness": freshness,
}
"""Check id → the question that it asks of a received image."""


def ask_all(seen: Received) -> Iterator[tuple[str, Outcome]]:
    """Every question, in order."""
    for check_id, question in QUESTIONS.items():
        yield check_id, question(seen)


def _three_way(witnesses: list[Witness], symptoms: list[str]) -> Outcome:
    wrong = [w.value for w in witnesses if not w.agrees]
    if wrong:
        return Outcome(
            status=Status.FAIL,
            summary="; ".join(wrong),
            measured="; ".join(wrong),
            expected="what was asked for",
            symptom=symptoms[-1],  # what the bytes show weighs more than what was echoed
            witnesses=tuple(witnesses),
        )
    seen = ", ".join(w.value for w in witnesses if w.source == "bytes")
    return Outcome(status=Status.PASS, summary=f"echoed as asked; {seen}", witnesses=tuple(witnesses))


def _tokens(seen: Received, row: capabilities.Model | None) -> tuple[int | None, int | None]:
    """(billed image tokens, tokens by the formula for the echoed size and quality)."""
    body, asked = seen.shot.body, seen.shot.parameters
    usage = body.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    details = usage.get("output_tokens_details")
    counted = details.get("image_tokens") if isinstance(details, dict) else usage.get("output_tokens")
    size = _echo(body, "size") or asked.size
    expected = capabilities.image_tokens(row, size, _echo(body, "quality") or asked.quality)
    return (counted if isinstance(counted, int) and not isinstance(counted, bool) else None), expected


def _signed_model(seen: Received, row: capabilities.Model | None) -> str | None:
    signature = seen.signature
    if signature is None or row is None or not signature.trusted or signature.vendor != row.provider:
        return None
    made_by = f"{signature.generator} {signature.generator_version}"
    return f"a trusted signature names {made_by}" if made_by in row.content_credentials else None


def _background(image: ImageFacts) -> str | None:
    if image.alpha is None:
        return None
    return "transparent" if image.alpha else "opaque"


def _echo(body: Any, key: str) -> str | None:
    value = body.get(key)
    return value if isinstance(value, str) and value != "auto" else None


def _inside(seen: Received, moment: float) -> bool:
    exchange = seen.shot.exchange
    assert exchange is not None
    return exchange.started - CLOCK_SKEW <= moment <= exchange.ended + CLOCK_SKEW


def _window(seen: Received) -> str:
    exchange = seen.shot.exchange
    assert exchange is not None
    return f"{_clock(exchange.started)} to {_clock(exchange.ended)}, give or take {CLOCK_SKEW:g} s"


def _clock(moment: float) -> str:
    try:
        return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return "at no time of this calendar"


def _witness(
    check: str,
    dimension: Any,
    value: str,
    source: Source,
    strength: int,
    aspect: str | None = None,
    *,
    agrees: bool = True,
) -> Witness:
    return Witness(
        dimension=dimension,
        value=value,
        source=source,
        strength=strength,
        agrees=agrees,
        check=check,
        aspect=aspect,
    )
