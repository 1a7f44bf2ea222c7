"""Witnesses and a claim, turned into a verdict. The rules stand in one place so that they can be read.

Order: contradicted, then broken, then unproven, then proven. What a host says about itself counts at most
1 until its provider is proven by something that it cannot write; what it says *against* the claim counts 2.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from diagnose.model.claim import Claim
from diagnose.model.verdict import Verdict
from diagnose.model.witness import HOST_SAYS, Dimension, Requirement, Witness


class Smoke(StrEnum):
    """What became of the one paid request."""

    IMAGE = "image"
    """A decodable image of an accepted format came."""
    NO_IMAGE = "no-image"
    """It was asked for and none came."""
    PREVENTED = "prevented"
    """A check that it needs failed, so none was asked for."""
    DECLINED = "declined"
    """None was asked for by choice (`--no-spend`, a filter, no known price) or because a check errored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict with the sentences that carry it, and the witnesses at the strength at which they counted."""

    verdict: Verdict
    because: tuple[str, ...]
    witnesses: tuple[Witness, ...]
    lacking: tuple[Dimension, ...]


def weigh(witnesses: Iterable[Witness]) -> tuple[Witness, ...]:
    """The witnesses at the strength at which they count, given whether the provider is proven."""
    seen = tuple(witnesses)
    known = rooted(seen)
    return tuple(_weighed(w, host_known=known) for w in seen)


def rooted(witnesses: Iterable[Witness]) -> bool:
    """Whether the provider is proven by something that the answering host cannot write itself."""
    return any(
        w.dimension == "provider" and w.agrees and w.strength >= 3 and w.source not in HOST_SAYS for w in witnesses
    )


def _weighed(witness: Witness, *, host_known: bool) -> Witness:
    if not witness.agrees:
        return replace(witness, strength=max(witness.strength, 2)) if witness.strength else witness
    if host_known or witness.source not in HOST_SAYS:
        return witness
    return replace(witness, strength=min(witness.strength, 1))


def judge(
    *,
    claim: Claim,
    requirements: Sequence[Requirement],
    witnesses: Iterable[Witness],
    smoke: Smoke,
    failures: Sequence[str] = (),
    errors: Sequence[str] = (),
    doubts: Sequence[str] = (),
    costs: Sequence[str] = (),
    declined_because: str = "",
) -> Judgement:
    """The verdict on a claim.

    `failures` are sentences of the failed checks in running order; `errors` the ids of the checks that
    could not be carried out; `costs` are sentences of warnings each of which alone costs the proof, told where nothing
    else says why there is none; `doubts` are those of them that explain a missing proof, and stand before the rest;
    `declined_because` says why no image was asked for.
    """
    weighed = weigh(witnesses)
    lacking = tuple(r.dimension for r in requirements if r.need == "required" and not _met(r, weighed))

    against = [w for w in weighed if not w.agrees and w.strength >= 2]
    if against:
        because = tuple(f"{w.dimension}: {w.value}" for w in against)
        return Judgement(verdict=Verdict.CONTRADICTED, because=because, witnesses=weighed, lacking=lacking)
    if smoke in {Smoke.NO_IMAGE, Smoke.PREVENTED}:
        because = tuple(failures) or ("no usable image came",)
        return Judgement(verdict=Verdict.BROKEN, because=because, witnesses=weighed, lacking=lacking)

    reasons = _reasons(claim, requirements, weighed, smoke, failures, errors, declined_because)
    if reasons or doubts or costs:
        reasons = (*doubts, *reasons) or tuple(costs)
        return Judgement(verdict=Verdict.UNPROVEN, because=reasons, witnesses=weighed, lacking=lacking)
    return Judgement(
        verdict=Verdict.PROVEN,
        because=tuple(_best(r.dimension, weighed) for r in requirements if r.need == "required"),
        witnesses=weighed,
        lacking=(),
    )


def _reasons(
    claim: Claim,
    requirements: Sequence[Requirement],
    weighed: tuple[Witness, ...],
    smoke: Smoke,
    failures: Sequence[str],
    errors: Sequence[str],
    declined_because: str,
) -> tuple[str, ...]:
    """Why this is no proof; empty when it is one."""
    reasons = []
    if smoke is Smoke.DECLINED:
        reasons.append(f"no image was asked for: {declined_because or 'the smoke did not run'}")
    if claim.fallback != "forbidden":
        reasons.append("the fallback policy is undeclared: add --no-fallback to claim that nothing else may answer")
    reasons += [f"the check {name} could not be carried out" for name in errors]
    if not any(r.need == "required" for r in requirements):
        reasons.append("this route names nothing that a proof would need")
    if smoke is Smoke.IMAGE:
        reasons += [f"a check failed: {sentence}" for sentence in failures]
        for requirement in requirements:
            if requirement.need == "required" and not _met(requirement, weighed):
                reasons.append(_lack(requirement, weighed))
    return tuple(reasons)


def _met(requirement: Requirement, weighed: tuple[Witness, ...]) -> bool:
    mine = [w for w in weighed if w.dimension == requirement.dimension and w.agrees]
    if requirement.dimension == "provider":
        return rooted(weighed)  # two weak witnesses of who answered are no root
    if requirement.aspects:
        return all(_enough([w for w in mine if w.aspect == aspect]) for aspect in requirement.aspects)
    return _enough(mine)


def _enough(witnesses: Sequence[Witness]) -> bool:
    if any(w.strength >= 3 for w in witnesses):
        return True
    # Two fields of one host are one party: they can both be written by whoever wrote the first.
    parties = {"host" if w.source in HOST_SAYS else w.source for w in witnesses if w.strength == 2}
    return len(parties) >= 2


def _lack(requirement: Requirement, weighed: tuple[Witness, ...]) -> str:
    mine = [w for w in weighed if w.dimension == requirement.dimension and w.agrees]
    if requirement.aspects:
        missing = [a for a in requirement.aspects if not _enough([w for w in mine if w.aspect == a])]
        return f"{requirement.dimension} ({', '.join(missing)}): {requirement.reason}"
    if mine:
        best = max(mine, key=lambda w: w.strength)
        return (
            f"{requirement.dimension}: {requirement.reason}; the best witness is "
            f"“{best.value}” at strength {best.strength} of the 3 that a proof needs"
        )
    return f"{requirement.dimension}: {requirement.reason}; nothing witnesses it"


def _best(dimension: Dimension, weighed: tuple[Witness, ...]) -> str:
    mine = [w for w in weighed if w.dimension == dimension and w.agrees]
    if dimension == "parameters":
        return "parameters: " + "; ".join(w.value for w in mine if w.strength >= 3)
    return f"{dimension}: {max(mine, key=lambda w: w.strength).value}"


def strongest(weighed: Iterable[Witness]) -> Mapping[Dimension, Witness]:
    """The heaviest agreeing witness of each dimension that has one."""
    best: dict[Dimension, Witness] = {}
    for witness in weighed:
        if witness.agrees and (witness.dimension not in best or witness.strength > best[witness.dimension].strength):
            best[witness.dimension] = witness
    return best
