"""When an image was made, and who signed it: content credentials and the time of making."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from diagnose.model.check import Outcome, Status
from diagnose.routes.received import Received, witness

CLOCK_SKEW = 300.0
"""Seconds by which two honest clocks may differ."""

EARLIEST, LATEST = 1_500_000_000, 10_000_000_000
"""What can be a time in Unix seconds at all: from 2017 on, and no milliseconds."""


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
                witnesses=(witness(check, "provider", value, "bytes", 1),),
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
        witnesses.append(witness(check, "provider", value, "bytes", 3 if fresh else 2, agrees=ours))
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
        witnesses.append(witness(check, "freshness", value, "bytes", strength, agrees=inside))
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
    """Whether the image was made for this request: `created` inside the time of our own exchange, and no image that
    was sent along come back."""
    check = "served.freshness"
    if (returned := next((i for i in seen.shot.inputs if i.sha256 == seen.image.sha256), None)) is not None:
        value = f"the answer is the very image that was sent, byte for byte: {returned.name}"
        return Outcome(
            status=Status.FAIL,
            summary=value,
            measured=f"sha256 {returned.sha256}",
            expected="an image that was made of what was sent",
            symptom="not-fresh",
            witnesses=(witness(check, "freshness", value, "bytes", 4, agrees=False),),
        )
    created = seen.shot.body.get("created")
    if not isinstance(created, int | float) or isinstance(created, bool) or not EARLIEST < created < LATEST:
        return Outcome(
            status=Status.WARN,
            summary="the answer has no usable time of making, so it could come from a cache",
            expected="created, in Unix seconds",
            costs_proof=True,
        )
    inside = _inside(seen, created)
    shown = _clock(created)
    found = witness(
        check,
        "freshness",
        f"created {shown}" + (", inside this request" if inside else f", outside of {_window(seen)}"),
        "body",
        3 if inside else 2,
        agrees=inside,
    )
    return Outcome(
        status=Status.PASS if inside else Status.FAIL,
        summary=found.value,
        measured=shown,
        expected=_window(seen),
        symptom=None if inside else "not-fresh",
        witnesses=(found,),
    )


def _inside(seen: Received, moment: float) -> bool:
    """Whether a moment lies inside the exchange, by our clock or by the `date` that the host itself sent.

    A clock that is wrong here must not contradict an honest host. A host that lies about its date gains
    nothing: what it says of itself counts only once its provider is proven.
    """
    exchange = seen.exchange
    if exchange.started - CLOCK_SKEW <= moment <= exchange.ended + CLOCK_SKEW:
        return True
    theirs = _date(exchange.headers.get("date", ""))
    took = exchange.ended - exchange.started
    return theirs is not None and theirs - took - CLOCK_SKEW <= moment <= theirs + CLOCK_SKEW


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError, TypeError):
        return None


def _window(seen: Received) -> str:
    exchange = seen.exchange
    return f"{_clock(exchange.started)} to {_clock(exchange.ended)}, give or take {CLOCK_SKEW:g} s"


def _clock(moment: float) -> str:
    try:
        return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return "at no time of this calendar"
