"""Which model served an image: what the answer names, what it bills, and what a trusted signature says."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from diagnose import capabilities
from diagnose.capabilities.codex import Pinned, advice, pinned
from diagnose.model.check import Outcome, Status
from diagnose.model.witness import Source, Witness
from diagnose.routes.received import Received, echo, witness
from diagnose.routes.served_image import misdescribed

CHECK = "served.model"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """The model that has to be served for the claim: the claimed one, or the one that a row says meets it there."""

    id: str
    row: capabilities.Model | None
    pin: Pinned | None


def model(seen: Received) -> Outcome:
    """Which model served it: a name in the body, and the billed tokens against the model's formula."""
    wanted = _wanted(seen)
    witnesses: list[Witness] = []
    asked: list[str] = []
    for where, named in names(seen):
        same = _is(named, wanted.id, seen.claim.provider)
        if same is None:
            continue
        value = f"{where} names the model {named}"
        if not same and wanted.pin is not None and _is(named, seen.claim.model_id, seen.claim.provider) is not False:
            asked.append(value)
            continue
        source: Source = "header" if where.startswith("the header") else "body"
        # The name that was sent comes back from every host; one that was not sent has another origin.
        agreeing = 2 if wanted.id != seen.claim.model_id else 1
        witnesses.append(witness(CHECK, "model", value, source, agreeing if same else 2, agrees=same))
    wrong = [w.value for w in witnesses if not w.agrees]
    if wrong:
        return Outcome(
            status=Status.FAIL,
            summary="; ".join(wrong),
            measured="; ".join(wrong),
            expected=wanted.id,
            symptom="another-model",
            witnesses=tuple(witnesses),
        )
    if asked and not witnesses:
        assert wanted.pin is not None
        return Outcome(
            status=Status.WARN,
            summary=f"{'; '.join(asked)}, which was only asked for; on this route {seen.claim.model_id} is met by "
            f"{wanted.id} alone (as of {wanted.pin.as_of})",
            measured="; ".join(asked),
            expected=wanted.id,
            symptom="another-model",
            witnesses=tuple(witnesses),
            costs_proof=True,
        )
    return _by_tokens(seen, wanted, witnesses)


def names(seen: Received) -> Iterator[tuple[str, str]]:
    """(where, model) for every place in which the answer names one."""
    yield from seen.shot.named
    body = seen.shot.body
    data = body.get("data")
    first = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
    for where, value in (
        ("the body", body.get("model")),
        ("the image's entry", first.get("model")),
        ("the header openai-model", seen.exchange.headers.get("openai-model")),
    ):
        if value is not None and value != "":
            yield where, value if isinstance(value, str) else str(value)[:80]


def required_model(seen: Received) -> str:
    """The id of the model that has to be served for the claim on this route."""
    return _wanted(seen).id


def _wanted(seen: Received) -> _Wanted:
    pin = pinned(seen.kind.name, seen.claim.model_id)
    model_id = pin.served if pin is not None else seen.claim.model_id
    return _Wanted(id=model_id, row=capabilities.find_model(model_id), pin=pin)


def _is(named: str, model_id: str, provider: str) -> bool | None:
    """Whether a name is that model's; None for the floating name of a claimed snapshot, which tells nothing."""
    name = named.lower().removeprefix(f"{provider}/")
    if name == model_id.lower():
        return True
    row = capabilities.find_model(model_id)
    if row is None or capabilities.find_model(name) is not row:
        return False
    return True if model_id == row.id else None


def _by_tokens(seen: Received, wanted: _Wanted, witnesses: list[Witness]) -> Outcome:
    """What the billed tokens say, or a trusted signature where they say nothing."""
    counted, expected = _tokens(seen, wanted.row)
    if counted is not None and expected is not None and counted == expected:
        return _fitting(seen, wanted, counted, witnesses)
    # No signature outweighs a count that does not fit: the picture may be the vendor's and another one's.
    misfit = counted is not None and expected is not None
    if not misfit and (signed := _signed_model(seen, wanted.row)) is not None:
        witnesses.append(witness(CHECK, "model", signed, "bytes", 3))
        return Outcome(status=Status.PASS, summary=signed, witnesses=tuple(witnesses))
    if not misfit:
        why = (
            "the answer bills no image tokens"
            if counted is None
            else f"there is no token formula for {wanted.id} at this size and quality"
        )
        tells = "nothing but a name in it tells" if witnesses else "nothing tells"
        return Outcome(
            status=Status.WARN,
            summary=f"{why}, so {tells} which model served it",
            measured=None if counted is None else f"{counted} tokens",
            expected="a token count with a formula, or a trusted signature",
            witnesses=tuple(witnesses),
            costs_proof=True,
        )
    summary = f"{counted} image tokens billed where {wanted.id} bills {expected}"
    if not seen.target.at_vendor:
        witnesses.append(witness(CHECK, "model", summary, "body", 2, agrees=False))
    return Outcome(
        status=Status.WARN if seen.target.at_vendor else Status.FAIL,
        summary=summary,
        measured=f"{counted} image tokens",
        expected=f"{expected} image tokens",
        symptom="tokens-differ",
        witnesses=tuple(witnesses),
        costs_proof=True,
    )


def _fitting(seen: Received, wanted: _Wanted, counted: int, witnesses: list[Witness]) -> Outcome:
    """The count is that of the formula: worth as much as the rest of what the answer says of its image."""
    value = f"{counted} image tokens billed, as the formula of {wanted.id} says"
    odd = misdescribed(seen)
    # Where the backend serves a model of its own, it refuses no name, so that there is no control with a made-up one;
    # nor does one need it, because the count does not depend on the name that was asked for.
    settled = wanted.pin is not None or seen.model_checked
    strength = 3 if settled and not odd else 1
    witnesses.append(witness(CHECK, "model", value, "body", strength))
    quality = _quality(seen)
    if quality == seen.shot.parameters.quality:
        says = f"quality={quality} by the billed tokens"
        witnesses.append(witness(CHECK, "parameters", says, "body", 1 if odd else 3, "quality"))
    summary = value
    if wanted.pin is not None:
        summary += f"; on this route {seen.claim.model_id} means {wanted.id} (as of {wanted.pin.as_of})"
    found = Outcome(status=Status.PASS, summary=summary, witnesses=tuple(witnesses))
    if odd:
        return replace(
            found,
            status=Status.WARN,
            summary=f"{value}; but the answer describes another picture than it brings: {'; '.join(odd)}",
            measured="; ".join(odd),
            expected="an answer that describes its own image",
            symptom="pixels-differ",
            costs_proof=True,
        )
    if settled:
        return found
    return replace(
        found,
        status=Status.WARN,
        summary=f"{value}; but nothing shows that this host looks at the model name",
        measured=str(counted),
        expected=str(counted),
        symptom="bogus-model-not-refused",
        costs_proof=True,
    )


def _quality(seen: Received) -> str | None:
    """The quality to calculate with: what is echoed, or what was asked for where that is more than advice."""
    return echo(seen, "quality") or (None if "quality" in advice(seen.kind.name) else seen.shot.parameters.quality)


def _tokens(seen: Received, row: capabilities.Model | None) -> tuple[int | None, int | None]:
    """(billed image tokens, tokens by the formula for the size and quality that the answer names)."""
    usage = seen.shot.body.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    details = usage.get("output_tokens_details")
    counted = details.get("image_tokens") if isinstance(details, dict) else None
    if counted is None:
        counted = usage.get("output_tokens")
    if isinstance(counted, float) and counted.is_integer():
        counted = int(counted)
    size = echo(seen, "size") or (None if "size" in advice(seen.kind.name) else seen.shot.parameters.size)
    quality = _quality(seen)
    expected = capabilities.image_tokens(row, size, quality) if size is not None and quality is not None else None
    return (counted if isinstance(counted, int) and not isinstance(counted, bool) else None), expected


def _signed_model(seen: Received, row: capabilities.Model | None) -> str | None:
    signature = seen.signature
    if signature is None or row is None or not signature.trusted or signature.vendor != row.provider:
        return None
    made_by = f"{signature.generator} {signature.generator_version}"
    return f"a trusted signature names {made_by}" if made_by in row.content_credentials else None
