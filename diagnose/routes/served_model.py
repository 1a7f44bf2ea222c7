"""Which model served an image: what the answer names, what it bills, and what a trusted signature says."""

from collections.abc import Iterator

from diagnose import capabilities
from diagnose.model.check import Outcome, Status
from diagnose.model.claim import Claim
from diagnose.model.witness import Source, Witness
from diagnose.routes.received import Received, echo, witness


def model(seen: Received) -> Outcome:
    """Which model served it: a name in the body, and the billed tokens against the model's formula."""
    check = "served.model"
    claim = seen.claim
    row = capabilities.find_model(claim.model_id)
    witnesses: list[Witness] = []
    for where, named in _names(seen):
        same = _is_claimed(named, claim, row)
        if same is None:
            continue
        value = f"{where} names the model {named}"
        source: Source = "header" if where.startswith("the header") else "body"
        witnesses.append(witness(check, "model", value, source, 1 if same else 2, agrees=same))
    wrong = [w.value for w in witnesses if not w.agrees]
    if wrong:
        return Outcome(
            status=Status.FAIL,
            summary="; ".join(wrong),
            measured="; ".join(wrong),
            expected=claim.model_id,
            symptom="another-model",
            witnesses=tuple(witnesses),
        )
    counted, expected = _tokens(seen, row)
    if counted is not None and expected is not None and counted == expected:
        value = f"{counted} image tokens billed, as the formula of {claim.model_id} says"
        witnesses.append(witness(check, "model", value, "body", 3 if seen.model_checked else 1))
        quality = echo(seen, "quality") or seen.shot.parameters.quality
        if quality == seen.shot.parameters.quality:
            witnesses.append(
                witness(check, "parameters", f"quality={quality} by the billed tokens", "body", 3, "quality")
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
        witnesses.append(witness(check, "model", signed, "bytes", 3))
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
        witnesses.append(witness(check, "model", summary, "body", 2, agrees=False))
    return Outcome(
        status=Status.WARN if seen.target.at_vendor else Status.FAIL,
        summary=summary,
        measured=f"{counted} image tokens",
        expected=f"{expected} image tokens",
        symptom="tokens-differ",
        witnesses=tuple(witnesses),
        costs_proof=True,
    )


def _names(seen: Received) -> Iterator[tuple[str, str]]:
    """(where, model) for every place in which the answer names one."""
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


def _is_claimed(named: str, claim: Claim, row: capabilities.Model | None) -> bool | None:
    """Whether a name is the claimed model's; None for the floating name of a claimed snapshot, which tells nothing."""
    name = named.lower().removeprefix(f"{claim.provider}/")
    if name == claim.model_id.lower():
        return True
    if row is None or capabilities.find_model(name) is not row:
        return False
    return True if claim.model_id == row.id else None


def _tokens(seen: Received, row: capabilities.Model | None) -> tuple[int | None, int | None]:
    """(billed image tokens, tokens by the formula for the echoed size and quality)."""
    body, asked = seen.shot.body, seen.shot.parameters
    usage = body.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    details = usage.get("output_tokens_details")
    counted = details.get("image_tokens") if isinstance(details, dict) else None
    if counted is None:
        counted = usage.get("output_tokens")
    if isinstance(counted, float) and counted.is_integer():
        counted = int(counted)
    size = echo(seen, "size") or asked.size
    expected = capabilities.image_tokens(row, size, echo(seen, "quality") or asked.quality)
    return (counted if isinstance(counted, int) and not isinstance(counted, bool) else None), expected


def _signed_model(seen: Received, row: capabilities.Model | None) -> str | None:
    signature = seen.signature
    if signature is None or row is None or not signature.trusted or signature.vendor != row.provider:
        return None
    made_by = f"{signature.generator} {signature.generator_version}"
    return f"a trusted signature names {made_by}" if made_by in row.content_credentials else None
