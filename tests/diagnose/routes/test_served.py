"""What an answer says about who served it: by hand-made answers, and by the sandbox's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose import capabilities
from diagnose.http import Client, Exchange, Peer
from diagnose.images.facts import facts
from diagnose.images.pixels import decode
from diagnose.images.provenance import Signature
from diagnose.model.answer import Answer
from diagnose.model.check import Outcome, Status
from diagnose.model.claim import Claim, Parameters
from diagnose.model.image import ImageFacts
from diagnose.model.secret import Secret
from diagnose.model.verdict import Verdict
from diagnose.model.witness import Witness
from diagnose.net import Settings
from diagnose.proof import Smoke, judge
from diagnose.routes import served
from diagnose.routes.connection import Connection
from diagnose.routes.openai_images import ROUTE, requirements
from diagnose.routes.served import CLOCK_SKEW, Received, ask_all
from diagnose.routes.shot import SMOKE_PROMPT, Ledger, Shot
from diagnose.routes.target import Target
from diagnose.sandbox.faults import Faults
from diagnose.sandbox.server import Sandbox

STARTED, ENDED = 1_795_132_800.0, 1_795_132_815.0
CLAIM = Claim(route="openai-images", model="openai/gpt-image-2", fallback="forbidden")
VENDOR = Target(base_url="https://api.openai.com/v1", origin_of="the default")
GATEWAY = Target(base_url="https://gateway.test/v1", origin_of="--base-url")
SANDBOX = Target(base_url="http://127.0.0.1:9/v1", origin_of="the sandbox", sandbox=True)
IMAGE = ImageFacts(
    format="png", width=1024, height=1024, size=1000, sha256="0" * 64, alpha=False, transparent_share=0.0,
    decoded=True, content_credentials=False,
)  # fmt: skip
BODY: dict[str, Any] = {
    "created": int(STARTED) + 9,
    "background": "opaque",
    "output_format": "png",
    "quality": "low",
    "size": "1024x1024",
    "data": [{"b64_json": ""}],
    "usage": {"output_tokens": 196, "output_tokens_details": {"image_tokens": 196, "text_tokens": 0}},
}
SIGNATURE = Signature(
    valid=True, trusted=True, vendor="openai", issuer="OpenAI", common_name=None,
    signed_at=datetime.fromtimestamp(STARTED + 5, UTC), generator="gpt-image", generator_version="2.0", problems=(),
)  # fmt: skip


def received(
    target: Target = VENDOR,
    body: dict[str, Any] | None = None,
    *,
    headers: dict[str, str] | None = None,
    trust: Any = "public",
    image: ImageFacts = IMAGE,
    model_checked: bool = True,
    signature: Signature | None = None,
    claim: Claim = CLAIM,
    **changed: Any,
) -> Received:
    exchange = Exchange(
        url=f"{target.base_url}/images/generations",
        status=200,
        headers=headers or {},
        body=b"",
        peer=Peer(host=target.host, port=target.port, trust=trust, authority="CN=Corp"),
        started=STARTED,
        ended=ENDED,
    )
    shot = Shot(
        parameters=claim.parameters,
        answer=Answer(status=200),
        exchange=exchange,
        body=(BODY if body is None else body) | changed,
        extracted=None,
        shape=None,
        problem=None,
    )
    return Received(
        claim=claim, kind=ROUTE, target=target, shot=shot, image=image, model_checked=model_checked, signature=signature
    )


CREDENTIAL = Witness(
    dimension="credential", value="refused", source="control", strength=3, agrees=True, check="controls.bogus_key"
)


def verdict(seen: Received) -> Verdict:
    """The verdict on a run whose controls all passed."""
    said = [w for _, outcome in ask_all(seen) for w in outcome.witnesses]
    return judge(
        claim=seen.claim, requirements=requirements(seen.claim), witnesses=[CREDENTIAL, *said], smoke=Smoke.IMAGE
    ).verdict


def of(outcome: Outcome, dimension: str, aspect: str | None = None) -> list[tuple[str, int, bool]]:
    """(source, strength, agrees) of the witnesses of one dimension."""
    return [
        (w.source, w.strength, w.agrees)
        for w in outcome.witnesses
        if w.dimension == dimension and (aspect is None or w.aspect == aspect)
    ]


# The whole


@pytest.mark.parametrize(
    ("target", "expected"),
    [(VENDOR, Verdict.PROVEN), (SANDBOX, Verdict.PROVEN), (GATEWAY, Verdict.UNPROVEN)],
    ids=["vendor", "sandbox", "gateway"],
)
def test_the_same_answer_is_worth_what_its_host_is_worth(target: Target, expected: Verdict) -> None:
    assert verdict(received(target)) is expected


def test_no_answer_of_another_host_is_a_proof_however_perfect() -> None:
    headers = {"openai-organization": "org-example", "openai-version": "2020-10-01", "x-request-id": "req_1"}
    seen = received(GATEWAY, headers=headers, model="gpt-image-2")
    assert verdict(seen) is Verdict.UNPROVEN


def test_the_vendors_name_without_tls_is_no_vendor() -> None:
    clear = Target(base_url="http://api.openai.com/v1", origin_of="--base-url")
    assert verdict(received(clear, trust="none")) is Verdict.UNPROVEN


# Provider


@pytest.mark.parametrize(("trust", "strength"), [("public", 4), ("user-added", 3)])
def test_the_tls_name_proves_the_vendor_and_an_added_authority_is_named(trust: str, strength: int) -> None:
    outcome = served.provider(received(trust=trust))
    assert outcome.status is Status.PASS
    assert of(outcome, "provider") == [("wire", strength, True)]
    assert ("CN=Corp" in outcome.summary) is (trust == "user-added")


def test_a_vendor_host_without_a_verified_certificate_proves_nothing() -> None:
    outcome = served.provider(received(trust="none"))
    assert (outcome.status, of(outcome, "provider")) == (Status.WARN, [])


def test_another_host_is_a_warning_that_costs_the_proof() -> None:
    outcome = served.provider(received(GATEWAY, headers={"openai-organization": "org-example"}))
    assert (outcome.status, outcome.costs_proof) == (Status.WARN, True)
    assert of(outcome, "provider") == [("header", 1, True)]


FOREIGN = {
    "x-litellm-model-id": "abc", "x-cpa-trace-id": "1", "x-ms-deployment-name": "d", "x-fal-request-id": "1",
    "x-runapi-task-id": "1", "server": "scaffolding on HTTPServer2",
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("target", [VENDOR, GATEWAY, SANDBOX], ids=["vendor", "gateway", "sandbox"])
def test_a_header_of_another_party_contradicts(target: Target, name: str) -> None:
    seen = received(target, headers={name: FOREIGN[name], "openai-organization": "org-example"})
    outcome = served.provider(seen)
    assert (outcome.status, outcome.symptom) == (Status.FAIL, "another-vendor")
    assert ("header", 2, False) in of(outcome, "provider")
    assert verdict(seen) is Verdict.CONTRADICTED


def test_an_ordinary_server_header_names_nobody() -> None:
    assert served.provider(received(headers={"server": "cloudflare"})).status is Status.PASS


def test_another_vendors_marks_in_the_bytes_contradict() -> None:
    seen = received(image=replace(IMAGE, vendors=("google",)))
    assert served.provider(seen).symptom == "another-vendor"
    assert verdict(seen) is Verdict.CONTRADICTED


# Model


def test_the_token_formula_proves_the_model_only_where_the_host_looks_at_the_name() -> None:
    assert of(served.model(received()), "model") == [("body", 3, True)]
    unchecked = received(model_checked=False)
    outcome = served.model(unchecked)
    assert (outcome.status, outcome.costs_proof, outcome.symptom) == (Status.WARN, True, "bogus-model-not-refused")
    assert of(outcome, "model") == [("body", 1, True)]
    assert verdict(unchecked) is Verdict.UNPROVEN


def usage(tokens: Any) -> dict[str, Any]:
    return {"output_tokens": tokens, "output_tokens_details": {"image_tokens": tokens}}


@pytest.mark.parametrize(
    ("target", "expected"),
    [(VENDOR, Verdict.UNPROVEN), (SANDBOX, Verdict.UNPROVEN), (GATEWAY, Verdict.CONTRADICTED)],
    ids=["vendor", "sandbox", "gateway"],
)
def test_a_token_mismatch_warns_at_the_vendor_and_speaks_against_any_other(target: Target, expected: Verdict) -> None:
    seen = received(target, usage=usage(1756))
    assert served.model(seen).symptom == "tokens-differ"
    assert verdict(seen) is expected


def test_a_signature_does_not_outweigh_a_token_mismatch_of_another_host() -> None:
    assert verdict(received(GATEWAY, usage=usage(1756), signature=SIGNATURE)) is Verdict.CONTRADICTED


@pytest.mark.parametrize(
    "value", [None, True, 196.5, "196", [196], {"a": 196}, {}, -196, 0, 195, 197, 10**400], ids=lambda v: repr(v)[:12]
)
def test_odd_token_counts_never_prove_and_never_break(value: Any) -> None:
    seen = received(usage=usage(value))
    assert of(served.model(seen), "model") == []
    assert verdict(seen) is Verdict.UNPROVEN


@pytest.mark.parametrize("block", [None, [], "x", 5, True, {}, {"output_tokens_details": []}, {"output_tokens": 196.5}])
def test_a_missing_or_odd_usage_leaves_the_model_open(block: Any) -> None:
    seen = received(usage=block)
    assert served.model(seen).costs_proof
    assert verdict(seen) is Verdict.UNPROVEN


def test_tokens_without_details_count_as_they_are() -> None:
    for block in (
        {"output_tokens": 196},
        {"output_tokens": 196.0},
        {"output_tokens": 196, "output_tokens_details": {}},
    ):
        assert verdict(received(usage=block)) is Verdict.PROVEN


@pytest.mark.parametrize("name", ["gpt-image-2", "gpt-image-2-2026-04-21", "openai/gpt-image-2", "GPT-Image-2"])
def test_the_claimed_model_under_any_of_its_names_agrees_weakly(name: str) -> None:
    seen = received(model=name)
    assert ("body", 1, True) in of(served.model(seen), "model")
    assert verdict(seen) is Verdict.PROVEN


@pytest.mark.parametrize(
    "name", ["gpt-image-2-codex", "gpt-image-1.5", "dall-e-3", ["dall-e-2"], {"id": "gpt-image-1"}, 5]
)
@pytest.mark.parametrize("target", [VENDOR, GATEWAY, SANDBOX], ids=["vendor", "gateway", "sandbox"])
def test_another_model_in_the_body_contradicts_everywhere(target: Target, name: Any) -> None:
    seen = received(target, model=name)
    assert served.model(seen).symptom == "another-model"
    assert verdict(seen) is Verdict.CONTRADICTED


@pytest.mark.parametrize("name", [None, ""])
def test_a_model_without_a_name_says_nothing(name: Any) -> None:
    assert of(served.model(received(model=name)), "model") == [("body", 3, True)]


def test_a_model_without_a_formula_is_unproven() -> None:
    claim = replace(CLAIM, model="openai/gpt-image-2.5-flare")
    assert verdict(received(claim=claim)) is Verdict.UNPROVEN
    unknown = replace(CLAIM, model="openai/gpt-image-9")
    assert verdict(received(claim=unknown, signature=SIGNATURE)) is Verdict.UNPROVEN


SIZES_FROM_OUTSIDE = [
    "0x0", "0x16", "16x0", "9" * 5000 + "x16", "x", "1024", "1024x", "-1x5", "1024x1024x3", "\uff11\uff10x\uff11\uff16",
]  # fmt: skip


@pytest.mark.parametrize("size", SIZES_FROM_OUTSIDE, ids=lambda s: s[:12])
def test_an_odd_echoed_size_breaks_nothing_and_contradicts(size: str) -> None:
    seen = received(size=size)
    assert of(served.model(seen), "model") == []
    assert verdict(seen) is Verdict.CONTRADICTED


# Parameters and pixels


@pytest.mark.parametrize(
    ("key", "value"),
    [("size", "512x512"), ("quality", "high"), ("background", "transparent"), ("output_format", "webp")],
)
def test_an_echo_that_differs_contradicts(key: str, value: str) -> None:
    seen = received(**{key: value})
    assert served.parameters(seen).symptom == "parameter-echo-differs"
    assert verdict(seen) is Verdict.CONTRADICTED


@pytest.mark.parametrize("value", [None, 5, ["low"], {}, True, "auto"])
def test_an_echo_that_is_none_says_nothing(value: Any) -> None:
    changed: dict[str, Any] = {"size": value, "quality": value, "background": value, "output_format": value}
    outcome = served.parameters(received(**changed))
    assert [w for w in outcome.witnesses if w.source == "body"] == []
    assert outcome.status is Status.PASS


def test_a_cheaper_quality_is_seen_in_the_tokens() -> None:
    claim = replace(CLAIM, parameters=Parameters(quality="high"))
    assert verdict(received(claim=claim, quality="high", usage=usage(7024))) is Verdict.PROVEN
    assert verdict(received(claim=claim, quality="high", usage=usage(196))) is Verdict.UNPROVEN
    assert verdict(received(claim=claim, quality="low", usage=usage(196))) is Verdict.CONTRADICTED


def test_the_bytes_decide_on_the_format() -> None:
    seen = received(image=replace(IMAGE, format="webp"))
    assert of(served.parameters(seen), "parameters", "format") == [("body", 1, True), ("bytes", 4, False)]
    assert verdict(seen) is Verdict.CONTRADICTED


@pytest.mark.parametrize(
    ("asked", "alpha", "expected"),
    [
        ("opaque", False, Verdict.PROVEN),
        ("opaque", True, Verdict.CONTRADICTED),
        ("transparent", True, Verdict.PROVEN),
        ("transparent", False, Verdict.CONTRADICTED),
        ("opaque", None, Verdict.UNPROVEN),
        ("transparent", None, Verdict.UNPROVEN),
        ("auto", True, Verdict.PROVEN),
        ("auto", None, Verdict.PROVEN),
    ],
)
def test_the_pixels_decide_on_the_background(asked: str, alpha: bool | None, expected: Verdict) -> None:
    claim = replace(CLAIM, parameters=Parameters(background=asked))
    image = replace(IMAGE, alpha=alpha, transparent_share=None if alpha is None else 0.5 * alpha)
    seen = received(claim=claim, image=image, background=asked)
    assert verdict(seen) is expected
    if expected is Verdict.CONTRADICTED:
        assert served.parameters(seen).symptom == "background-ignored"


def test_other_pixels_than_asked_contradict_whatever_is_echoed() -> None:
    seen = received(image=replace(IMAGE, width=768, height=768))
    outcome = served.pixels(seen)
    assert (outcome.status, outcome.symptom, outcome.measured) == (Status.FAIL, "pixels-differ", "768x768")
    assert verdict(seen) is Verdict.CONTRADICTED


def test_for_any_size_the_pixels_must_be_those_that_are_echoed() -> None:
    claim = replace(CLAIM, parameters=Parameters(size="auto"))
    assert verdict(received(claim=claim)) is Verdict.PROVEN
    assert served.pixels(received(claim=claim, size="1536x1024")).status is Status.FAIL
    unsaid = received(claim=claim, size=None)
    assert served.pixels(unsaid).status is Status.PASS
    assert verdict(unsaid) is Verdict.UNPROVEN  # without a size no formula can be applied


# Freshness


@pytest.mark.parametrize(
    ("created", "inside"),
    [
        (STARTED, True), (ENDED, True), (int(STARTED) + 1, True),
        (STARTED - CLOCK_SKEW, True), (ENDED + CLOCK_SKEW, True),
        (STARTED - CLOCK_SKEW - 0.001, False), (ENDED + CLOCK_SKEW + 0.001, False),
        (STARTED - 86400, False), (STARTED + 86400, False),
    ],
    ids=lambda v: repr(v)[:20],
)  # fmt: skip
def test_the_time_of_making_must_lie_in_the_request(created: float, inside: bool) -> None:
    seen = received(created=created)
    outcome = served.freshness(seen)
    assert outcome.status is (Status.PASS if inside else Status.FAIL)
    assert of(outcome, "freshness") == [("body", 3 if inside else 2, inside)]
    assert outcome.symptom == (None if inside else "not-fresh")
    assert verdict(seen) is (Verdict.PROVEN if inside else Verdict.CONTRADICTED)


@pytest.mark.parametrize(
    "created",
    [None, True, "1795132809", [], {}, 0, -5, STARTED * 1000, 10**400, -(10**400), float("inf"), float("nan")],
    ids=lambda v: repr(v)[:20],
)
def test_without_a_time_of_making_freshness_is_open(created: Any) -> None:
    seen = received(created=created)
    assert served.freshness(seen).costs_proof
    assert verdict(seen) is Verdict.UNPROVEN


# Signatures


def signed(**changes: Any) -> Signature:
    return replace(SIGNATURE, **changes)


def test_a_trusted_signature_inside_the_request_is_a_root_of_its_own() -> None:
    outcome = served.provenance(received(GATEWAY, signature=SIGNATURE))
    assert (outcome.status, of(outcome, "provider")) == (Status.PASS, [("bytes", 3, True)])
    assert of(outcome, "freshness") == [("bytes", 3, True)]
    assert verdict(received(GATEWAY, signature=SIGNATURE)) is Verdict.PROVEN


def test_a_trusted_signature_without_a_time_may_be_on_an_old_picture() -> None:
    """Anybody can keep a genuine picture and hand it out again: only the time ties it to this request."""
    seen = received(GATEWAY, signature=signed(signed_at=None))
    assert of(served.provenance(seen), "provider") == [("bytes", 2, True)]
    assert verdict(seen) is Verdict.UNPROVEN


@pytest.mark.parametrize("offset", [-86400, -CLOCK_SKEW - 1, ENDED - STARTED + CLOCK_SKEW + 1])
def test_a_signature_outside_of_the_request_contradicts(offset: float) -> None:
    seen = received(signature=signed(signed_at=datetime.fromtimestamp(STARTED + offset, UTC)))
    assert served.provenance(seen).symptom == "not-fresh"
    assert verdict(seen) is Verdict.CONTRADICTED


def test_a_signature_of_another_vendor_contradicts() -> None:
    seen = received(signature=signed(vendor="google", issuer="Google LLC"))
    assert served.provenance(seen).symptom == "another-vendor"
    assert verdict(seen) is Verdict.CONTRADICTED


def test_an_untrusted_signature_proves_nothing_by_its_names() -> None:
    seen = received(GATEWAY, signature=signed(trusted=False, vendor=None))
    outcome = served.provenance(seen)
    assert of(outcome, "provider") == []
    assert of(outcome, "freshness") == [("bytes", 1, True)]
    assert verdict(seen) is Verdict.UNPROVEN
    claim = replace(CLAIM, model="openai/gpt-image-2.5-flare")
    assert of(served.model(received(claim=claim, signature=signed(trusted=False, vendor=None))), "model") == []


def test_a_signature_that_does_not_fit_the_bytes_is_a_warning_without_weight() -> None:
    broken = signed(valid=False, trusted=False, vendor=None, problems=("assertion.dataHash.mismatch",))
    outcome = served.provenance(received(signature=broken))
    assert (outcome.status, outcome.witnesses) == (Status.WARN, ())
    assert "assertion.dataHash.mismatch" in outcome.summary


def test_a_trusted_signature_names_a_maker_that_several_models_share() -> None:
    seen = received(usage=None, signature=SIGNATURE)
    assert of(served.model(seen), "model") == [("bytes", 2, True)]
    assert verdict(seen) is Verdict.UNPROVEN
    other = served.model(received(usage=None, signature=signed(generator_version="1.5")))
    assert (of(other, "model"), other.status, other.costs_proof) == ([], Status.WARN, True)


def test_the_maker_of_a_newer_model_is_no_other_one() -> None:
    seen = received(claim=replace(CLAIM, model="openai/gpt-image-2.5-flare"), signature=SIGNATURE)
    assert of(served.model(seen), "model") == [("bytes", 2, True)]
    assert verdict(seen) is Verdict.UNPROVEN


def test_unverified_marks_are_a_hint_and_none_are_no_witness() -> None:
    marked = served.provenance(received(GATEWAY, image=replace(IMAGE, vendors=("openai",))))
    assert of(marked, "provider") == [("bytes", 1, True)]
    nothing = served.provenance(received())
    assert (nothing.status, nothing.witnesses) == (Status.SKIP, ())


# Anything at all in a body

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=6,
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "created": json_values, "usage": json_values | st.builds(usage, json_values), "model": json_values,
        "size": json_values | st.sampled_from(SIZES_FROM_OUTSIDE), "quality": json_values, "background": json_values,
        "output_format": json_values, "data": json_values,
    },
)  # fmt: skip


@given(BODIES)
def test_no_body_breaks_a_question_and_none_of_another_host_proves(body: dict[str, Any]) -> None:
    assert verdict(received(GATEWAY, body=body)) is not Verdict.PROVEN
    assert [name for name, _ in ask_all(received(VENDOR, body=body))] == list(served.QUESTIONS)


# Over the sandbox: the same questions of a real answer


def shoot(faults: Faults, *, as_sandbox: bool) -> Received:
    kept = bytearray()
    with Sandbox(faults) as sandbox, Client(sandbox.base_url, Settings(timeout=20)) as client:
        target = Target(base_url=sandbox.base_url, origin_of="the sandbox", sandbox=as_sandbox)
        connection = Connection(
            client=client, target=target, key=Secret(sandbox.key), ledger=Ledger(), sleep=pytest.fail,
            now=lambda: STARTED, patience=0, tell=pytest.fail,
        )  # fmt: skip
        shot = ROUTE.connect(connection).generate(CLAIM, SMOKE_PROMPT, CLAIM.parameters, kept.extend)
    assert shot.problem is None
    assert shot.shape is not None
    image = facts(shot.shape, decode(bytes(kept)))
    return Received(claim=CLAIM, kind=ROUTE, target=target, shot=shot, image=image, model_checked=True)


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        (Faults(), Verdict.PROVEN),
        (Faults(body_model="gpt-image-1.5"), Verdict.CONTRADICTED),
        (Faults(pixels="smaller"), Verdict.CONTRADICTED),
        (Faults(bytes_format="webp"), Verdict.CONTRADICTED),
        (Faults(created_offset=-3600), Verdict.CONTRADICTED),
        (Faults(usage_quality="high"), Verdict.UNPROVEN),
    ],
    ids=["healthy", "model", "pixels", "format", "old", "tokens"],
)
def test_the_sandbox_is_seen_through(faults: Faults, expected: Verdict) -> None:
    assert verdict(shoot(faults, as_sandbox=True)) is expected


def test_the_sandboxs_answer_without_the_secret_is_that_of_any_host() -> None:
    assert verdict(shoot(Faults(), as_sandbox=False)) is Verdict.UNPROVEN
    assert verdict(shoot(Faults(usage_quality="high"), as_sandbox=False)) is Verdict.CONTRADICTED


def test_the_formula_row_is_there() -> None:
    """What the figures of this file rest on."""
    assert capabilities.image_tokens(capabilities.find_model("gpt-image-2"), "1024x1024", "low") == 196


# One plain answer, and who pays for it


def test_an_odd_answer_is_never_proven() -> None:
    seen = received()
    assert served.QUESTIONS["served.answer"](seen).status is Status.PASS
    odd = replace(seen, shot=replace(seen.shot, oddities=("an error stands beside the image",)))
    outcome = served.QUESTIONS["served.answer"](odd)
    assert (outcome.status, outcome.symptom) == (Status.FAIL, "odd-answer")


@pytest.mark.parametrize(
    ("claimed", "headers", "known", "agrees"),
    [
        ("org-MINE", {"openai-organization": "org-MINE"}, {}, True),
        ("proj_1", {"openai-organization": "org-X", "openai-project": "proj_1"}, {}, True),
        ("org-MINE", {"openai-organization": "user-me"}, {"openai-organization": "user-me"}, True),
        ("org-MINE", {"openai-organization": "org-OTHER"}, {}, False),
        ("org-MINE", {"openai-organization": "org-OTHER"}, {"openai-organization": "user-me"}, False),
        ("proj_1", {"openai-organization": "org-X", "openai-project": "proj_2"},
         {"openai-organization": "org-X", "openai-project": "proj_1"}, False),
    ],
)  # fmt: skip
def test_the_images_own_headers_tell_who_pays(claimed: str, headers: Any, known: Any, agrees: bool) -> None:
    seen = received(claim=replace(CLAIM, owner=claimed))
    exchange = replace(seen.exchange, headers=headers)
    seen = replace(seen, shot=replace(seen.shot, exchange=exchange), owner_headers=known)
    outcome = served.QUESTIONS["served.owner"](seen)
    assert of(outcome, "owner") == [("header", 3 if agrees else 2, agrees)]


def test_a_clock_that_is_wrong_here_does_not_contradict_an_honest_host() -> None:
    from email.utils import formatdate

    far = STARTED + 7200
    seen = received(created=far)
    seen = replace(
        seen, shot=replace(seen.shot, exchange=replace(seen.exchange, headers={"date": formatdate(far, usegmt=True)}))
    )
    assert served.freshness(seen).status is Status.PASS


def test_at_the_vendor_another_path_is_not_the_claimed_surface() -> None:
    seen = received()
    other = replace(seen.exchange, url="https://api.openai.com/cheap/tier/v1/images/generations")
    seen = replace(seen, shot=replace(seen.shot, exchange=other))
    assert verdict(seen) is Verdict.UNPROVEN
