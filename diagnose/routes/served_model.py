"""Which model served an image: what the answer names, what it bills, and what a trusted signature says."""

from dataclasses import dataclass, replace

from diagnose import capabilities
from diagnose.capabilities.codex import Pinned, advice, pinned
from diagnose.model.check import Outcome, Status
from diagnose.model.witness import Source, Witness
from diagnose.routes.received import Received, echo, rooted, witness
from diagnose.routes.served_image import misdescribed
from diagnose.routes.served_names import BEGINNINGS, Maker, Relation, maker, names, relation

CHECK = "served.model"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """The model that has to be served for the claim: the claimed one, or the one that a row says meets it there."""

    id: str
    row: capabilities.Model | None
    pin: Pinned | None

    @property
    def means(self) -> str:
        """What the pinning row says, as the end of a sentence; empty without one."""
        if self.pin is None:
            return ""
        claimed = " or ".join(name for name in self.pin.claimed if name != self.id)
        return f"; on this route {claimed} is met by {self.id} alone (as of {self.pin.as_of})"

    @property
    def same_bill(self) -> tuple[str, ...]:
        """The models in the place of which it is served, and whose formula is its own: no bill tells them apart."""
        rows = [capabilities.find_model(name) for name in (self.pin.claimed if self.pin is not None else ())]
        return tuple(r.id for r in rows if r and self.row and r is not self.row and r.formula == self.row.formula)


def model(seen: Received) -> Outcome:
    """Which model served it: a name in the answer, the billed tokens against the model's formula, a signature."""
    wanted = _wanted(seen)
    witnesses, left = _by_names(seen, wanted)
    made = maker(seen, wanted.row)
    if made is not None and not made.fits and made.models:
        value = f"{made.value}, as {' and '.join(made.models)} does"
        witnesses.append(witness(CHECK, "model", value, "bytes", 2, agrees=False))
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
    if left and (not witnesses or "another-model" in left.values()):
        return Outcome(
            status=Status.WARN,
            summary="; ".join(left) + wanted.means,
            measured="; ".join(left),
            expected=wanted.id,
            symptom=next(filter(None, left.values()), None),
            witnesses=tuple(witnesses),
            costs_proof=True,
        )
    found = _by_tokens(seen, wanted, witnesses, made)
    if made is None or made.fits:
        return found
    strange = f"{made.value}, which no known model writes"
    return replace(found, status=Status.WARN, summary=f"{strange}; {found.summary}", costs_proof=True)


def _by_names(seen: Received, wanted: _Wanted) -> tuple[list[Witness], dict[str, str | None]]:
    """The names as witnesses, and sentences, with the symptom, for those that neither meet the claim nor disagree."""
    witnesses: list[Witness] = []
    left: dict[str, str | None] = {}
    early: dict[str, str | None] = {}
    provider = seen.claim.provider
    for where, named in names(seen):
        found = relation(named, wanted.id, provider)
        value = f"{where} names the model {named}"
        if found == "floating":
            continue
        if found == "snapshot":
            left[f"{value}, a snapshot of {wanted.id} that is not known here"] = None
            continue
        if _only_asked(found, named, seen, wanted):
            # What is announced before the image may repeat the request; what comes with the image may not.
            (early if where.endswith(BEGINNINGS) else left)[f"{value}, which was only asked for"] = "another-model"
            continue
        source: Source = "header" if where.startswith("the header") else "body"
        # The name that was sent comes back from every host; one that was not sent has another origin.
        agreeing = 2 if wanted.id != seen.claim.model_id else 1
        same = found == "same"
        witnesses.append(witness(CHECK, "model", value, source, agreeing if same else 2, agrees=same))
    return witnesses, left if witnesses else {**early, **left}


def told(seen: Received) -> tuple[str, ...]:
    """The names of models in an answer, without the requested one where the route serves another model for it."""
    wanted, provider = _wanted(seen), seen.claim.provider
    return tuple(
        named for _, named in names(seen) if not _only_asked(relation(named, wanted.id, provider), named, seen, wanted)
    )


def _only_asked(found: Relation, named: str, seen: Received, wanted: _Wanted) -> bool:
    if found != "other" or wanted.pin is None:
        return False
    return relation(named, seen.claim.model_id, seen.claim.provider) != "other"


def proven_model(seen: Received) -> str | None:
    """The model that a witness of strength 3 carries, where it is the only one that fits; None where there is none."""
    outcome, wanted = model(seen), _wanted(seen)
    if outcome.costs_proof:
        return None
    said = [w for w in outcome.witnesses if w.dimension == "model" and w.agrees and w.strength >= 3]
    alone = any(w.source == "bytes" or (rooted(seen) and not wanted.same_bill) for w in said)
    return wanted.id if alone else None


def _wanted(seen: Received) -> _Wanted:
    pin = pinned(seen.kind.name, seen.claim.model_id)
    model_id = pin.served if pin is not None else seen.claim.model_id
    return _Wanted(id=model_id, row=capabilities.find_model(model_id), pin=pin)


def _by_tokens(seen: Received, wanted: _Wanted, witnesses: list[Witness], made: Maker | None) -> Outcome:
    """What the billed tokens say, or a trusted signature where they say nothing."""
    counted, expected = _tokens(seen, wanted.row)
    if counted is not None and expected is not None and counted == expected:
        return _fitting(seen, wanted, counted, witnesses)
    # No signature outweighs a count that does not fit: the picture may be the vendor's and another one's.
    misfit = counted is not None and expected is not None
    if not misfit and made is not None and made.fits:
        return _signed(seen, made, witnesses)
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
    summary = value + wanted.means
    if wanted.same_bill and next(names(seen), None) is None:
        summary += f"; the bill of {' and '.join(wanted.same_bill)} is the same, and the answer names no model"
    found = Outcome(status=Status.PASS, summary=summary, witnesses=tuple(witnesses))
    if odd:
        return _of_another_picture(found, value, odd)
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


def _signed(seen: Received, made: Maker, witnesses: list[Witness]) -> Outcome:
    """A trusted signature of the maker that the model has: worth as much as the maker has no other model."""
    odd = misdescribed(seen)
    strength = 1 if odd else 2 if made.models else 3
    value = made.value + (f", as {' and '.join(made.models)} does, too" if made.models else "")
    named = any(w.strength >= 2 for w in witnesses)
    witnesses.append(witness(CHECK, "model", value, "bytes", strength))
    found = Outcome(status=Status.PASS, summary=value, witnesses=tuple(witnesses))
    if odd:
        return _of_another_picture(found, value, odd)
    if strength == 3 or named:
        return found
    return replace(
        found,
        status=Status.WARN,
        summary=f"{value}, and nothing else tells which of them served it",
        expected="a token count with a formula, or the signature of one model alone",
        costs_proof=True,
    )


def _of_another_picture(found: Outcome, value: str, odd: tuple[str, ...]) -> Outcome:
    return replace(
        found,
        status=Status.WARN,
        summary=f"{value}; but the answer describes another picture than it brings: {'; '.join(odd)}",
        measured="; ".join(odd),
        expected="an answer that describes its own image",
        symptom="pixels-differ",
        costs_proof=True,
    )
