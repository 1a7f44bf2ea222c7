"""The verdict rules. A proof that is none is the worst bug that this program can have."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from diagnose.model.claim import Claim
from diagnose.model.verdict import EXIT_CODES, Verdict
from diagnose.model.witness import DIMENSIONS, HOST_SAYS, Dimension, Requirement, Source, Witness
from diagnose.proof import Judgement, Smoke, judge, strongest, weigh
from diagnose.routes.openai_images import requirements

SOURCES: tuple[Source, ...] = ("config", "wire", "header", "body", "bytes", "tool-output", "control")
CLAIM = Claim(route="openai-images", model="openai/gpt-image-2", fallback="forbidden")
NEEDS = requirements(CLAIM)
ASPECTS = ("format", "background", "quality")


def witness(
    dimension: Dimension, source: Source = "wire", strength: int = 4, *, agrees: bool = True, aspect: str | None = None
) -> Witness:
    return Witness(
        dimension=dimension,
        value=f"{dimension} by {source}",
        source=source,
        strength=strength,
        agrees=agrees,
        check="a.check",
        aspect=aspect,
    )


PROOF = (
    witness("provider", "wire", 4),
    witness("surface", "wire", 4),
    witness("credential", "control", 3),
    witness("model", "body", 3),
    witness("parameters", "bytes", 4, aspect="format"),
    witness("parameters", "bytes", 4, aspect="background"),
    witness("parameters", "body", 3, aspect="quality"),
    witness("pixels", "bytes", 4),
    witness("freshness", "body", 3),
)


def verdict(
    witnesses: tuple[Witness, ...] | list[Witness],
    *,
    claim: Claim = CLAIM,
    needs: tuple[Requirement, ...] = NEEDS,
    smoke: Smoke = Smoke.IMAGE,
    failures: tuple[str, ...] = (),
    errors: tuple[str, ...] = (),
) -> Judgement:
    return judge(claim=claim, requirements=needs, witnesses=witnesses, smoke=smoke, failures=failures, errors=errors)


witnesses = st.builds(
    Witness,
    dimension=st.sampled_from(DIMENSIONS),
    value=st.sampled_from(["a", "b"]),
    source=st.sampled_from(SOURCES),
    strength=st.integers(0, 4),
    agrees=st.sampled_from([True, True, True, True, False]),
    check=st.just("a.check"),
    aspect=st.sampled_from([None, *ASPECTS]),
)
agreeing = witnesses.map(lambda w: replace(w, agrees=True))
by_host = agreeing.filter(lambda w: w.source in HOST_SAYS)
# Lists that begin as a whole proof and lose some of it get near to the border far more often than free ones.
near_proofs = st.tuples(st.lists(st.sampled_from(PROOF), unique=True), st.lists(agreeing, max_size=6)).map(
    lambda parts: tuple(parts[0] + parts[1])
)
some = st.one_of(st.lists(witnesses, max_size=14).map(tuple), near_proofs, st.just(PROOF))


# An independent reading of the rules of DESIGN.md section 2, as plain as can be.


def provider_is_known(seen: tuple[Witness, ...]) -> bool:
    return any(
        w.dimension == "provider" and w.agrees and w.strength >= 3 and w.source not in {"header", "body", "control"}
        for w in seen
    )


def counts(w: Witness, known: bool) -> int:
    return w.strength if known or w.source not in {"header", "body", "control"} else min(w.strength, 1)


def proves(seen: list[Witness], known: bool) -> bool:
    weights = [(counts(w, known), "host" if w.source in {"header", "body", "control"} else w.source) for w in seen]
    return any(weight >= 3 for weight, _ in weights) or len({p for weight, p in weights if weight == 2}) >= 2


def covered(seen: tuple[Witness, ...], dimension: str, aspect: str | None = None) -> bool:
    mine = [w for w in seen if w.dimension == dimension and w.agrees and (aspect is None or w.aspect == aspect)]
    return proves(mine, provider_is_known(seen))


def test_the_whole_proof_is_proven_and_says_why() -> None:
    found = verdict(PROOF)
    assert found.verdict is Verdict.PROVEN
    assert found.lacking == ()
    assert [line.partition(":")[0] for line in found.because] == [r.dimension for r in NEEDS if r.need == "required"]
    assert all(line.partition(": ")[2] for line in found.because)


def is_a_proof(seen: tuple[Witness, ...]) -> bool:
    plain = ("surface", "credential", "model", "pixels", "freshness")
    return (
        provider_is_known(seen)
        and all(covered(seen, dimension) for dimension in plain)
        and all(covered(seen, "parameters", aspect) for aspect in ASPECTS)
        and not any(not w.agrees and w.strength for w in seen)
    )


@settings(max_examples=400)
@given(some)
def test_proven_if_and_only_if_everything_required_is_covered_and_nothing_disagrees(seen: tuple[Witness, ...]) -> None:
    assert (verdict(seen).verdict is Verdict.PROVEN) is is_a_proof(seen)


@given(st.lists(agreeing, max_size=8), st.randoms(use_true_random=False))
def test_more_agreement_never_spoils_a_proof(more: list[Witness], random: Random) -> None:
    seen = [*PROOF, *more]
    random.shuffle(seen)
    assert verdict(seen).verdict is Verdict.PROVEN


@pytest.mark.parametrize("gone", range(len(PROOF)), ids=[f"{w.dimension}-{w.aspect}" for w in PROOF])
def test_without_any_one_witness_it_is_unproven_and_named(gone: int) -> None:
    found = verdict(PROOF[:gone] + PROOF[gone + 1 :])
    assert found.verdict is Verdict.UNPROVEN
    assert PROOF[gone].dimension in found.lacking
    sentence = next(line for line in found.because if line.startswith(PROOF[gone].dimension))
    aspect = PROOF[gone].aspect
    assert aspect is None or f"({aspect})" in sentence


@given(some, witnesses, st.sampled_from([Smoke.IMAGE, Smoke.DECLINED, Smoke.NO_IMAGE, Smoke.PREVENTED]))
def test_any_disagreement_of_weight_contradicts_whatever_else_there_is(
    seen: tuple[Witness, ...], against: Witness, smoke: Smoke
) -> None:
    against = replace(against, agrees=False, strength=max(1, against.strength))
    found = verdict((*seen, against), smoke=smoke, errors=("a.check",))
    assert found.verdict is Verdict.CONTRADICTED
    assert f"{against.dimension}: {against.value}" in found.because


def test_what_a_host_says_against_itself_counts_two_where_agreement_counts_one() -> None:
    (weighed,) = weigh([witness("model", "body", 1, agrees=False)])
    assert weighed.strength == 2


def test_the_requested_name_has_no_weight_in_either_direction() -> None:
    silent = witness("model", "tool-output", 0, agrees=False)
    assert verdict((*PROOF, silent)).verdict is Verdict.PROVEN
    assert verdict((silent,)).verdict is Verdict.UNPROVEN


@given(some)
def test_a_host_weighs_one_at_most_until_the_provider_is_known(seen: tuple[Witness, ...]) -> None:
    known = provider_is_known(seen)
    for before, after in zip(seen, weigh(seen), strict=True):
        if not before.agrees:
            assert after.strength == (max(before.strength, 2) if before.strength else 0)
        elif before.source in HOST_SAYS and not known:
            assert after.strength == min(before.strength, 1)
        else:
            assert after.strength == before.strength


@given(some, by_host)
def test_no_agreeing_word_of_an_unknown_host_makes_a_proof(seen: tuple[Witness, ...], said: Witness) -> None:
    assume(not provider_is_known(seen))
    assert verdict((*seen, said)).verdict is not Verdict.PROVEN
    assert verdict((*seen, said)).verdict is verdict(seen).verdict


@given(st.lists(by_host, max_size=20))
def test_a_host_alone_never_proves_itself(said: list[Witness]) -> None:
    complete = [replace(w, source="header", strength=4) for w in PROOF]
    assert verdict([*complete, *said]).verdict is Verdict.UNPROVEN


@pytest.mark.parametrize("sources", [("wire", "bytes"), ("config", "tool-output"), ("bytes", "tool-output")])
def test_two_weak_parties_do_not_tell_who_answered(sources: tuple[Source, Source]) -> None:
    """The root needs one witness of 3: two of 2 would be enough for any other dimension."""
    weak = tuple(witness("provider", source, 2) for source in sources)
    needs_no_host = tuple(replace(w, source="wire") for w in PROOF[1:])
    found = verdict(weak + needs_no_host)
    assert found.verdict is Verdict.UNPROVEN
    assert found.lacking == ("provider",)


@pytest.mark.parametrize(
    ("pair", "enough"),
    [
        (("wire", "bytes"), True),
        (("wire", "body"), True),
        (("body", "header"), False),
        (("body", "control"), False),
        (("header", "header"), False),
        (("bytes", "bytes"), False),
    ],
)
def test_two_of_two_need_two_parties(pair: tuple[Source, Source], enough: bool) -> None:
    rest = tuple(w for w in PROOF if w.dimension != "model")
    found = verdict((*rest, *(witness("model", source, 2) for source in pair)))
    assert (found.verdict is Verdict.PROVEN) is enough


def test_each_aspect_needs_a_witness_of_its_own() -> None:
    rest = tuple(w for w in PROOF if w.aspect != "quality")
    for other in (witness("parameters", "bytes", 4), witness("parameters", "bytes", 4, aspect="format")):
        assert verdict((*rest, other)).lacking == ("parameters",)


def test_an_owner_is_needed_only_when_it_is_claimed() -> None:
    claim = replace(CLAIM, owner="org-example")
    needs = requirements(claim)
    assert verdict(PROOF, claim=claim, needs=needs).lacking == ("owner",)
    named = (*PROOF, witness("owner", "header", 3))
    assert verdict(named, claim=claim, needs=needs).verdict is Verdict.PROVEN
    unrooted = tuple(w for w in named if w.dimension != "provider")
    assert "owner" in verdict(unrooted, claim=claim, needs=needs).lacking


@given(some)
def test_without_a_declared_fallback_policy_nothing_is_proven(seen: tuple[Witness, ...]) -> None:
    undeclared = replace(CLAIM, fallback="undeclared")
    assert verdict(seen, claim=undeclared).verdict is not Verdict.PROVEN
    assert "--no-fallback" in verdict(PROOF, claim=undeclared).because[0]


@given(some)
def test_without_an_image_nothing_is_proven(seen: tuple[Witness, ...]) -> None:
    for smoke in (Smoke.DECLINED, Smoke.NO_IMAGE, Smoke.PREVENTED):
        assert verdict(seen, smoke=smoke).verdict is not Verdict.PROVEN


def test_a_check_that_errored_costs_the_proof_and_is_named() -> None:
    found = verdict(PROOF, errors=("served.model",))
    assert found.verdict is Verdict.UNPROVEN
    assert "served.model" in found.because[0]


@pytest.mark.parametrize(
    ("smoke", "expected"),
    [
        (Smoke.NO_IMAGE, Verdict.BROKEN),
        (Smoke.PREVENTED, Verdict.BROKEN),
        (Smoke.DECLINED, Verdict.UNPROVEN),
        (Smoke.IMAGE, Verdict.PROVEN),
    ],
)
def test_the_order_of_the_verdicts(smoke: Smoke, expected: Verdict) -> None:
    assert verdict(PROOF, smoke=smoke).verdict is expected
    undeclared = replace(CLAIM, fallback="undeclared")
    below = Verdict.UNPROVEN if expected is Verdict.PROVEN else expected
    assert verdict(PROOF, smoke=smoke, claim=undeclared, errors=("a.check",)).verdict is below
    against = (*PROOF, witness("model", "body", 1, agrees=False))
    assert verdict(against, smoke=smoke, claim=undeclared, errors=("a.check",)).verdict is Verdict.CONTRADICTED


def test_broken_says_what_failed() -> None:
    assert verdict((), smoke=Smoke.NO_IMAGE, failures=("first", "second")).because == ("first", "second")
    assert verdict((), smoke=Smoke.NO_IMAGE).because


@given(some)
def test_the_order_of_the_witnesses_does_not_matter(seen: tuple[Witness, ...]) -> None:
    assert verdict(seen).verdict is verdict(seen[::-1]).verdict
    assert verdict(seen).lacking == verdict(seen[::-1]).lacking


def test_strongest_gives_the_heaviest_agreeing_witness() -> None:
    heavy = witness("model", "bytes", 3)
    found = strongest([witness("model", "body", 1), heavy, witness("model", "body", 4, agrees=False)])
    assert found == {"model": heavy}


@pytest.mark.parametrize("strength", [-1, 5])
def test_a_strength_outside_the_ladder_is_refused(strength: int) -> None:
    with pytest.raises(ValueError, match="0-4"):
        witness("model", "body", strength)


def test_every_verdict_has_its_own_exit_code() -> None:
    assert {v.value: int(c) for v, c in EXIT_CODES.items()} == {
        "proven": 0, "broken": 1, "unproven": 3, "contradicted": 4,
    }  # fmt: skip


def test_a_failed_check_beside_a_good_image_costs_the_proof() -> None:
    from diagnose.routes.openai_images import requirements

    claim = Claim(route="openai-images", model="openai/gpt-image-2", fallback="forbidden")
    good = [
        Witness(dimension=d, value="x", source=s, strength=n, agrees=True, check="c", aspect=a)
        for d, s, n, a in [
            ("provider", "wire", 4, None), ("surface", "wire", 4, None), ("credential", "control", 3, None),
            ("model", "body", 3, None), ("parameters", "bytes", 4, "format"), ("parameters", "bytes", 4, "background"),
            ("parameters", "body", 3, "quality"), ("pixels", "bytes", 4, None), ("freshness", "body", 3, None),
        ]
    ]  # fmt: skip
    settled = {"claim": claim, "requirements": requirements(claim), "witnesses": good, "smoke": Smoke.IMAGE}
    assert judge(**settled).verdict is Verdict.PROVEN
    assert judge(**settled, failures=["something answered oddly"]).verdict is Verdict.UNPROVEN
    assert judge(**settled | {"requirements": ()}).verdict is Verdict.UNPROVEN


def test_a_warning_that_costs_the_proof_costs_it_where_every_dimension_is_witnessed() -> None:
    found = judge(
        claim=CLAIM, requirements=NEEDS, witnesses=PROOF, smoke=Smoke.IMAGE, costs=["it describes another picture"]
    )
    assert found.verdict is Verdict.UNPROVEN
    assert found.because == ("it describes another picture",)
    found = judge(claim=CLAIM, requirements=NEEDS, witnesses=PROOF, smoke=Smoke.IMAGE, costs=["a", "b"], doubts=["b"])
    assert (found.verdict, found.because) == (Verdict.UNPROVEN, ("b",))
