"""Sentences and labels that every format for people shares, so that they say the same thing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from diagnose.model.check import Finished, Status
from diagnose.model.image import ImageFacts
from diagnose.model.report import Report, Spend
from diagnose.model.verdict import Verdict
from reports.text import shortened

SANDBOX = "a sandbox run: never a contract for production"
"""Stands in every format, so that no excerpt of a report can pass for the real thing."""

_MEANING: Mapping[Verdict, str] = {
    Verdict.PROVEN: "{model} through {route} served this request as claimed; nothing disagrees.",
    Verdict.UNPROVEN: "The evidence is no proof of {model} through {route}, and no proof against it.",
    Verdict.BROKEN: "{model} through {route} gave no usable image, so nothing can be said about who serves it.",
    Verdict.CONTRADICTED: "The evidence speaks against the claim: do not take this for {model} through {route}.",
}

_MET = "{served} served this request, and on the route {route} that is what {model} means; nothing disagrees."
"""Where the route has a model of its own for the claimed one: the requested name is then never said to have served."""

_NAMELESS = (
    "{route} served this request and nothing disagrees with the claim; the answer names no model, and its bill is that "
    "of what {model} means there."
)

_UNUSABLE = "{model} through {route} cannot be used as it is; no image was asked for."

_MAGIC = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))

_VIA = {
    "override": "named in the call",
    "primary": "configured",
    "fallback": "a configured fallback",
    "auto": "detected by its credential",
}

LADDER = "4 settles a dimension, 3 proves it, 2 needs a second party, 1 and 0 prove nothing."


_URGENCY = (Status.FAIL, Status.ERROR, Status.WARN, Status.PASS, Status.SKIP)


def by_urgency(checks: Iterable[Finished]) -> tuple[Finished, ...]:
    """The checks that need a look first, those that were left out last; in running order where they ended alike."""
    return tuple(sorted(checks, key=lambda done: _URGENCY.index(done.outcome.status)))


def cause_title(report: Report) -> str:
    """The heading of the first symptom: beside a proven verdict there is nothing to mend before the next image."""
    return "Worth knowing" if report.verdict is Verdict.PROVEN else "Cause to act on"


def meaning(report: Report) -> str:
    """One sentence: what the verdict means for this claim, and first of all that it is only the sandbox's."""
    claim, served = report.claim, report.served.model
    other = served is not None and served not in {claim.model, claim.model_id}
    if report.verdict is Verdict.BROKEN and not report.spend.billable_requests:
        pattern = _UNUSABLE
    elif report.verdict is Verdict.PROVEN and served is None:
        pattern = _NAMELESS
    else:
        pattern = _MET if other and report.verdict is Verdict.PROVEN else _MEANING[report.verdict]
    sentence = pattern.format(
        model=shortened(claim.model), route=shortened(claim.route), served=shortened(served or "")
    )
    return f"In the sandbox only: {sentence[0].lower()}{sentence[1:]}" if report.sandbox is not None else sentence


def utc(moment: datetime) -> datetime:
    """The moment in UTC. One without a zone is taken as UTC: the local zone is none of a renderer's business."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def when(moment: datetime) -> str:
    """The time in UTC to the second, for people."""
    return f"{utc(moment):%Y-%m-%d %H:%M:%S} UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that was claimed and what was served; None where nothing was claimed or no witness says."""

    label: str
    claimed: str | None
    served: str | None


def facts(report: Report) -> tuple[Fact, ...]:
    """Claimed against served, row by row."""
    claim, served = report.claim, report.served
    asked = claim.parameters
    parameters = {"size": asked.size, "quality": asked.quality, "background": asked.background, "format": asked.format}
    credential = served.credential
    shown = f"{credential.kind}, fingerprint {credential.fingerprint}, {credential.source}" if credential else None
    wanted = asked.pixels()
    advice = {r.dimension for r in report.requirements if r.need != "required"}
    held = {k: v for k, v in parameters.items() if k in claim.typed} if "parameters" in advice else parameters
    only = {k: v for k, v in parameters.items() if k not in held}
    claimed = "; ".join([_pairs(held)] * bool(held) + [f"asked for, not claimed: {_pairs(only)}"] * bool(only))
    wanted = None if "pixels" in advice else wanted
    return (
        Fact(label="provider", claimed=claim.provider or None, served=served.provider),
        Fact(label="host", claimed=report.base_url or None, served=served.host),
        Fact(label="surface", claimed=claim.route, served=served.surface),
        Fact(label="credential", claimed=None, served=shown),
        Fact(label="owner", claimed=claim.owner, served=served.owner),
        Fact(label="model", claimed=claim.model, served=served.model),
        Fact(label="parameters", claimed=claimed, served=_pairs(served.parameters) or None),
        Fact(label="pixels", claimed=f"{wanted[0]}x{wanted[1]}" if wanted else None, served=served.pixels),
        Fact(label="alpha", claimed=None, served=_yes_no(served.alpha)),
        Fact(label="sha256", claimed=None, served=served.sha256),
        Fact(label="fallback", claimed=claim.fallback, served=None),
    )


def openclaw(report: Report) -> tuple[tuple[str, str], ...]:
    """What OpenClaw had to do with the run, as rows of label and text; empty when it had no part in it."""
    part = report.openclaw
    if part is None:
        return ()
    role = "its image is the one that is judged" if part.mode == "openclaw" else "asked besides the direct request"
    rows = [("release", f"{part.release} at {part.program}; {role}")]
    if part.asked:
        rows.append(("asked", _pairs(part.asked)))
    rows += [("read" if number == 0 else "", text) for number, text in enumerate(part.read)]
    if part.stops:
        rows.append(("would stop", part.stops))
    for number, candidate in enumerate(part.predicted):
        words = [f"{candidate.route} ({_VIA.get(candidate.via, candidate.via)})"]
        words += [f"refused: {candidate.refused}"] if candidate.refused else []
        words += [f"credential from {candidate.origin}"] if candidate.origin else []
        words += candidate.rules
        rows.append(("predicted" if number == 0 else "then", "; ".join(words)))
    if part.how is not None:
        seen = ", ".join(part.tried) or "nobody"
        rows.append(
            ("tried", f"{seen} ({'behind a proxy that refused it' if part.how == 'dry' else 'through the tap'})")
        )
    if part.says:
        rows.append(("says", part.says))
    return tuple(rows)


def _pairs(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _yes_no(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


def spend(found: Spend) -> str:
    """The money line: "1 request that could bill, at most $0.0063; 8 free requests; 0 of unknown outcome"."""
    paid = found.billable_requests
    parts = [f"{paid} request{'' if paid == 1 else 's'} that could bill"]
    if paid or found.unknown_requests:
        parts[0] += ", price not known" if found.ceiling_usd is None else f", at most ${found.ceiling_usd:.4f}"
    parts.append(_count(max(found.requests - paid, 0), "free request"))
    unknown = f"{found.unknown_requests} of unknown outcome"
    parts.append(f"{unknown} (may have been billed)" if found.unknown_requests else unknown)
    return "; ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def tally(checks: tuple[Finished, ...]) -> str:
    """How many checks ended how, the worst first: "1 fail, 2 warn, 14 pass"."""
    order = (Status.FAIL, Status.ERROR, Status.WARN, Status.SKIP, Status.PASS)
    counts = {status: sum(c.outcome.status is status for c in checks) for status in order}
    return ", ".join(f"{count} {status.value}" for status, count in counts.items() if count) or "none ran"


def image_facts(found: ImageFacts) -> tuple[tuple[str, str], ...]:
    """What was measured of the image, as label and value."""
    alpha = "not determined" if found.alpha is None else "yes" if found.alpha else "no"
    if found.transparent_share is not None and found.alpha:
        alpha += f", {found.transparent_share:.1%} of the pixels transparent"
    rows = [
        ("format", found.format),
        ("pixels", found.pixels),
        ("size", f"{found.size:,} bytes"),
        ("alpha", alpha),
        ("verified", "every pixel decoded" if found.decoded else "structure and checksums only"),
        ("content credentials", "present" if found.content_credentials else "none"),
        ("sha256", found.sha256),
    ]
    if found.vendors:
        rows.insert(6, ("vendors named inside", ", ".join(found.vendors)))
    if found.generator:
        rows.insert(6, ("generator", found.generator))
    return tuple(rows)


def media_type(image: bytes) -> str | None:
    """The type by the first bytes, never by what the host called it; None for anything that is not embedded."""
    if image[:4] == b"RIFF" and image[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _MAGIC if image.startswith(magic)), None)
