"""What an answer of the Codex backend says about who served it, and what it does not: by hand, and by the sandbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from codex_host import CLAIM

from diagnose import capabilities, routes
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
from diagnose.routes import codex_images, codex_responses, openai_images, served
from diagnose.routes.connection import Connection
from diagnose.routes.kind import RouteKind
from diagnose.routes.served import Received, ask_all, served_model
from diagnose.routes.shot import SMOKE_PROMPT, Ledger, Shot
from diagnose.routes.target import Target
from diagnose.sandbox.faults import Codex, Faults
from diagnose.sandbox.plan import LoginPlan
from diagnose.sandbox.server import Sandbox

STARTED = 1_795_132_800.0
HOME = Target(base_url="https://chatgpt.com/backend-api/codex", origin_of="the default", login=True)
GATEWAY = Target(base_url="https://gateway.test/backend-api/codex", origin_of="--base-url", login=True)
PINNED = "gpt-image-2-codex"
NAMED = (("the tool in response.completed", PINNED),)
IMAGE = ImageFacts(
    format="png", width=1024, height=1024, size=1000, sha256="0" * 64, alpha=False, transparent_share=0.0,
    decoded=True, content_credentials=False,
)  # fmt: skip
BODY: dict[str, Any] = {
    "created": int(STARTED) + 1, "background": "opaque", "output_format": "png", "quality": "low",
    "size": "1024x1024", "usage": {"output_tokens": 196},
}  # fmt: skip
ODD = {"size": "1254x1254", "quality": "medium", "usage": {"output_tokens": 2058}}
ODD_IMAGE = replace(IMAGE, width=1254, height=1254)


def received(
    target: Target = HOME,
    *,
    kind: RouteKind = codex_responses.ROUTE,
    claim: Claim = CLAIM,
    image: ImageFacts = IMAGE,
    named: tuple[tuple[str, str], ...] = NAMED,
    headers: dict[str, str] | None = None,
    tool: dict[str, Any] | None = None,
    signature: Signature | None = None,
    **changed: Any,
) -> Received:
    exchange = Exchange(
        url=f"{target.base_url}{kind.path}",
        status=200,
        headers=headers or {},
        body=b"",
        peer=Peer(host=target.host, port=target.port, trust="public"),
        started=STARTED,
        ended=STARTED + 20,
    )
    shot = Shot(
        parameters=claim.parameters, answer=Answer(status=200), exchange=exchange, body=BODY | changed,
        extracted=None, shape=None, problem=None, named=named, tool=tool or {},
    )  # fmt: skip
    return Received(
        claim=claim, kind=kind, target=target, shot=shot, image=image, model_checked=False, signature=signature
    )


def signed(generator: str = "gpt-image", version: str = "2.0") -> Signature:
    return Signature(
        issuer="OpenAI", common_name="x", vendor="openai", valid=True, trusted=True,
        signed_at=datetime.fromtimestamp(STARTED + 2, UTC), generator=generator, generator_version=version, problems=(),
    )  # fmt: skip


def typed(*names: str, **parameters: str) -> Claim:
    return replace(CLAIM, typed=frozenset(names), parameters=Parameters(**parameters))


CREDENTIAL = Witness(
    dimension="credential", value="refused", source="control", strength=3, agrees=True, check="controls.bogus_key"
)


def verdict(seen: Received) -> Verdict:
    """The verdict on a run whose controls all passed."""
    said = [w for _, outcome in ask_all(seen) for w in outcome.witnesses]
    needs = seen.kind.requirements(seen.claim)
    costs = [outcome.summary for _, outcome in ask_all(seen) if outcome.costs_proof]
    return judge(
        claim=seen.claim, requirements=needs, witnesses=[CREDENTIAL, *said], smoke=Smoke.IMAGE, costs=costs
    ).verdict


def of(outcome: Outcome, dimension: str) -> list[tuple[str, int, bool]]:
    return [(w.source, w.strength, w.agrees) for w in outcome.witnesses if w.dimension == dimension]


def symptoms(seen: Received) -> set[str | None]:
    return {outcome.symptom for _, outcome in ask_all(seen)}


# Model


def test_the_claim_is_met_by_the_model_of_the_backend() -> None:
    seen = received()
    assert of(served.model(seen), "model") == [("body", 2, True), ("body", 3, True)]
    assert (verdict(seen), served_model(seen)) == (Verdict.PROVEN, PINNED)


def test_where_nothing_is_named_the_bill_tells() -> None:
    seen = received(kind=codex_images.ROUTE, claim=replace(CLAIM, route="codex-images"), named=())
    assert verdict(seen) is Verdict.PROVEN


@pytest.mark.parametrize("model", ["gpt-image-2", PINNED])
def test_a_bill_that_fits_two_models_names_neither(model: str) -> None:
    seen = received(named=(), claim=replace(CLAIM, model=f"openai/{model}"))
    assert served_model(seen) is None
    summary = served.model(seen).summary
    assert "the bill of gpt-image-2 is the same, and the answer names no model" in summary


def test_a_bill_of_its_own_names_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {**capabilities.models()}
    rows["gpt-image-2"] = replace(rows["gpt-image-2"], formula="another")
    monkeypatch.setattr(capabilities, "models", lambda: rows)
    seen = received(named=())
    assert served_model(seen) == PINNED
    assert "names no model" not in served.model(seen).summary


SNAPSHOT = f"{PINNED}-2026-08-01"


@pytest.mark.parametrize("name", [SNAPSHOT, f"openai/{SNAPSHOT}", SNAPSHOT.upper()])
def test_an_unknown_snapshot_of_the_served_model_meets_nothing_and_is_no_disagreement(name: str) -> None:
    seen = received(named=(("the tool in response.completed", name),))
    outcome = served.model(seen)
    assert (outcome.status, outcome.costs_proof, of(outcome, "model")) == (Status.WARN, True, [])
    assert "a snapshot of gpt-image-2-codex that is not known here" in outcome.summary
    assert outcome.symptom is None
    assert verdict(seen) is Verdict.UNPROVEN


def test_a_snapshot_beside_the_name_itself_is_told_by_the_name() -> None:
    assert verdict(received(named=(*NAMED, ("the image's item", SNAPSHOT)))) is Verdict.PROVEN


@pytest.mark.parametrize(
    "name", [f"{PINNED}-mini", f"{PINNED}-2026", f"{PINNED}-2026-08-01-mini", f"{PINNED}-20260801"]
)
def test_what_is_no_dated_snapshot_is_another_model(name: str) -> None:
    assert verdict(received(named=(("the image's item", name),))) is Verdict.CONTRADICTED


def test_a_known_snapshot_is_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {**capabilities.models()}
    rows[PINNED] = replace(rows[PINNED], aliases=(SNAPSHOT,))
    monkeypatch.setattr(capabilities, "models", lambda: rows)
    assert verdict(received(named=(("the image's item", SNAPSHOT),))) is Verdict.PROVEN


# The text model around the tool


@pytest.mark.parametrize("name", ["gpt-6-astra", "gpt-5.2"])
def test_the_header_names_the_text_model_where_one_carries_the_request(name: str) -> None:
    seen = received(headers={"openai-model": name})
    assert (verdict(seen), served_model(seen)) == (Verdict.PROVEN, PINNED)
    assert symptoms(seen) == {None}


def test_another_text_model_than_the_one_that_was_asked_is_told() -> None:
    assert (
        "the text model around it was gpt-5.2" in served.answer(received(headers={"openai-model": "gpt-5.2"})).summary
    )
    for header in ("gpt-6-astra", "GPT-6-Astra"):
        assert "text model" not in served.answer(received(headers={"openai-model": header})).summary


def test_where_no_text_model_carries_the_request_the_header_names_the_image_model() -> None:
    claim = replace(CLAIM, route="codex-images")
    seen = received(kind=codex_images.ROUTE, claim=claim, named=(), headers={"openai-model": "gpt-image-1-mini"})
    assert verdict(seen) is Verdict.CONTRADICTED


# A trusted signature


def test_a_signature_that_several_models_write_tells_them_not_apart() -> None:
    seen = received(named=(), usage=None, signature=signed())
    outcome = served.model(seen)
    assert of(outcome, "model") == [("bytes", 2, True)]
    assert "gpt-image-2.5-flare" in outcome.summary
    assert (outcome.costs_proof, verdict(seen), served_model(seen)) == (True, Verdict.UNPROVEN, None)
    named = received(usage=None, signature=signed())
    assert (served.model(named).status, verdict(named)) == (Status.PASS, Verdict.PROVEN)


def test_a_signature_of_its_own_names_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {**capabilities.models()}
    rows[PINNED] = replace(rows[PINNED], content_credentials=("gpt-image codex",))
    monkeypatch.setattr(capabilities, "models", lambda: rows)
    seen = received(named=(), usage=None, signature=signed(version="codex"))
    assert of(served.model(seen), "model") == [("bytes", 3, True)]
    assert (verdict(seen), served_model(seen)) == (Verdict.PROVEN, PINNED)
    odd = replace(seen, shot=replace(seen.shot, body=seen.shot.body | {"size": "1536x1024"}))
    outcome = served.model(odd)
    assert of(outcome, "model") == [("bytes", 1, True)]
    assert (outcome.status, outcome.costs_proof, outcome.symptom) == (Status.WARN, True, "pixels-differ")
    assert verdict(odd) is Verdict.UNPROVEN


@pytest.mark.parametrize("named", [NAMED, ()], ids=["named", "silent"])
def test_a_signature_of_another_known_model_contradicts(
    monkeypatch: pytest.MonkeyPatch, named: tuple[tuple[str, str], ...]
) -> None:
    rows = {**capabilities.models()}
    rows["gpt-image-1.5"] = replace(rows["gpt-image-1.5"], content_credentials=("gpt-image 1.5",))
    monkeypatch.setattr(capabilities, "models", lambda: rows)
    seen = received(named=named, signature=signed(version="1.5"))
    outcome = served.model(seen)
    assert ("bytes", 2, False) in of(outcome, "model")
    assert (outcome.symptom, verdict(seen)) == ("another-model", Verdict.CONTRADICTED)
    assert "gpt-image 1.5, as gpt-image-1.5 does" in outcome.summary


@pytest.mark.parametrize("maker", [("gpt-image", "3.0"), ("DALL·E", "3"), ("ChatGPT", "gpt-image")])
@pytest.mark.parametrize("usage", [{"output_tokens": 196}, None], ids=["billed", "not billed"])
def test_a_signature_of_an_unknown_maker_costs_the_proof(maker: tuple[str, str], usage: Any) -> None:
    seen = received(usage=usage, signature=signed(*maker))
    outcome = served.model(seen)
    assert (outcome.status, outcome.costs_proof) == (Status.WARN, True)
    assert f"a trusted signature names {' '.join(maker)}" in outcome.summary
    assert not [w for w in outcome.witnesses if not w.agrees]


def test_a_signature_of_a_maker_says_nothing_of_a_model_whose_marks_are_not_known() -> None:
    claim = replace(CLAIM, route="openai-images", model="openai/gpt-image-1")
    home = Target(base_url="https://api.openai.com/v1", origin_of="the default")
    seen = received(home, kind=openai_images.ROUTE, claim=claim, named=(), signature=signed())
    assert of(served.model(seen), "model") == []
    assert verdict(seen) is Verdict.UNPROVEN


def test_the_marks_of_the_newer_models_are_dated() -> None:
    for name in ("gpt-image-2.5-flare", "gpt-image-2.5-sunburst"):
        row = capabilities.models()[name]
        assert (row.content_credentials, row.as_of >= date(2026, 11, 20)) == (("gpt-image 2.0",), True)


@pytest.mark.parametrize("name", ["gpt-image-2", "openai/gpt-image-2", "gpt-image-2-2026-04-21", "GPT-Image-2"])
def test_the_requested_name_coming_back_meets_nothing_and_is_no_disagreement(name: str) -> None:
    seen = received(named=(("the tool in response.completed", name),))
    outcome = served.model(seen)
    assert (outcome.status, outcome.costs_proof, of(outcome, "model")) == (Status.WARN, True, [])
    assert "is met by gpt-image-2-codex alone" in outcome.summary
    assert verdict(seen) is Verdict.UNPROVEN


def test_a_first_echo_of_what_was_asked_does_not_outweigh_what_was_served() -> None:
    seen = received(named=(("the tool in response.created", "gpt-image-2"), *NAMED))
    assert verdict(seen) is Verdict.PROVEN


@pytest.mark.parametrize("where", ["the image's item", "the tool in response.completed", "the body"])
def test_the_requested_name_beside_the_served_one_is_no_proof_and_never_reported(where: str) -> None:
    seen = received(named=(*NAMED, (where, "gpt-image-2")))
    assert verdict(seen) is Verdict.UNPROVEN
    assert served_model(seen) == PINNED


@pytest.mark.parametrize("name", ["gpt-image-1.5", "gpt-image-2.5-sunburst", "gpt-image-2-mini", "x"])
@pytest.mark.parametrize("target", [HOME, GATEWAY], ids=["vendor", "gateway"])
def test_any_other_name_contradicts(target: Target, name: str) -> None:
    seen = received(target, named=(*NAMED, ("the image's item", name)))
    assert served.model(seen).symptom == "another-model"
    assert verdict(seen) is Verdict.CONTRADICTED


def test_another_claim_is_contradicted_by_the_pinned_model() -> None:
    seen = received(claim=replace(CLAIM, model="openai/gpt-image-2.5-sunburst"))
    assert (verdict(seen), served.model(seen).symptom) == (Verdict.CONTRADICTED, "another-model")
    assert served_model(seen) == PINNED
    silent = received(claim=replace(CLAIM, model="openai/gpt-image-2.5-sunburst"), named=())
    assert (verdict(silent), served_model(silent)) == (Verdict.UNPROVEN, None)


def test_a_snapshot_is_not_met_by_the_pinned_model() -> None:
    seen = received(claim=replace(CLAIM, model="openai/gpt-image-2-2026-04-21"))
    assert verdict(seen) is Verdict.CONTRADICTED


def test_the_models_own_name_may_be_claimed() -> None:
    seen = received(claim=replace(CLAIM, model=f"openai/{PINNED}"))
    assert of(served.model(seen), "model") == [("body", 1, True), ("body", 3, True)]
    assert verdict(seen) is Verdict.PROVEN


@pytest.mark.parametrize(
    "changed",
    [
        {"usage": {"output_tokens": 197}}, {"usage": None}, {"quality": "auto"}, {"quality": None}, {"size": None},
        {"size": "auto"},
    ],
)  # fmt: skip
def test_without_a_fitting_bill_the_name_alone_is_no_proof(changed: dict[str, Any]) -> None:
    seen = received(**changed)
    outcome = served.model(seen)
    assert (outcome.status, outcome.costs_proof) == (Status.WARN, True)
    assert of(outcome, "model") == [("body", 2, True)]
    assert verdict(seen) is Verdict.UNPROVEN


def test_a_bill_that_does_not_fit_speaks_against_any_other_host() -> None:
    assert verdict(received(GATEWAY, usage={"output_tokens": 197})) is Verdict.CONTRADICTED


def test_nothing_that_another_host_says_names_the_served_model() -> None:
    seen = received(GATEWAY)
    assert (verdict(seen), served_model(seen)) == (Verdict.UNPROVEN, None)


def test_on_the_api_platform_the_served_model_is_the_proven_one() -> None:
    home = Target(base_url="https://api.openai.com/v1", origin_of="the default")
    claim = replace(CLAIM, route="openai-images")
    seen = received(home, kind=openai_images.ROUTE, claim=claim, named=())
    assert served_model(seen) is None
    assert served_model(replace(seen, model_checked=True)) == "gpt-image-2"
    assert served_model(replace(seen, model_checked=True, target=GATEWAY)) is None


# Parameters and pixels


def test_what_was_not_typed_may_differ_and_is_told() -> None:
    seen = received(image=ODD_IMAGE, **ODD)
    assert verdict(seen) is Verdict.PROVEN
    parameters = served.QUESTIONS["served.parameters"](seen)
    assert parameters.status is Status.PASS
    assert "size=1254x1254 is echoed where 1024x1024 was asked for" in parameters.summary
    pixels = served.QUESTIONS["served.pixels"](seen)
    assert (pixels.status, of(pixels, "pixels")) == (Status.PASS, [("bytes", 4, True)])
    assert "takes as advice" in pixels.summary


@pytest.mark.parametrize(
    ("claim", "changed", "image"),
    [
        (typed("size"), ODD, ODD_IMAGE),
        (typed("size"), {}, ODD_IMAGE),
        (typed("quality"), {"quality": "medium", "usage": {"output_tokens": 1756}}, IMAGE),
        (typed("format", format="webp"), {}, IMAGE),
        (typed("format", format="webp"), {"output_format": "webp"}, IMAGE),
        (typed("background"), {"background": "transparent"}, replace(IMAGE, alpha=True, transparent_share=0.5)),
    ],
)
def test_what_was_typed_must_be_kept(claim: Claim, changed: dict[str, Any], image: ImageFacts) -> None:
    seen = received(claim=claim, image=image, **changed)
    assert verdict(seen) is Verdict.CONTRADICTED
    assert "parameters-advisory" in symptoms(seen)


@pytest.mark.parametrize("name", ["size", "quality", "background", "format"])
def test_what_was_typed_and_kept_is_proven(name: str) -> None:
    assert verdict(received(claim=typed(name))) is Verdict.PROVEN


def test_a_typed_quality_needs_an_echo_and_a_bill() -> None:
    assert verdict(received(claim=typed("quality"), quality=None)) is Verdict.UNPROVEN


@pytest.mark.parametrize(
    ("image", "asks"),
    [
        (replace(IMAGE, width=1008), "served.pixels"),
        (replace(IMAGE, format="webp"), "served.parameters"),
        (replace(IMAGE, alpha=True, transparent_share=0.5), "served.parameters"),
    ],
)
def test_bytes_that_are_not_what_their_own_answer_says_cost_the_proof(image: ImageFacts, asks: str) -> None:
    seen = received(image=image)
    outcome = served.QUESTIONS[asks](seen)
    assert (outcome.status, outcome.costs_proof, outcome.symptom) == (Status.WARN, True, "pixels-differ")
    assert verdict(seen) is Verdict.UNPROVEN


# What the tool echoes


def test_the_tool_tells_where_the_item_is_silent() -> None:
    tool = {"size": "1024x1024", "quality": "low"}
    for silent in (None, "auto"):
        seen = received(size=silent, quality=silent, tool=tool)
        assert of(served.model(seen), "model") == [("body", 2, True), ("body", 3, True)]
        assert verdict(seen) is Verdict.PROVEN
        assert verdict(replace(seen, claim=typed("quality", "size"))) is Verdict.PROVEN


def test_auto_in_the_tool_tells_nothing() -> None:
    seen = received(size=None, quality=None, tool={"size": "auto", "quality": "AUTO"})
    assert verdict(seen) is Verdict.UNPROVEN


def test_a_tool_that_echoes_the_request_beside_another_image_is_told_and_no_fault() -> None:
    seen = received(image=ODD_IMAGE, tool={"size": "1024x1024", "quality": "low"}, **ODD)
    outcome = served.QUESTIONS["served.parameters"](seen)
    assert (outcome.status, verdict(seen)) == (Status.PASS, Verdict.PROVEN)
    assert "the tool echoes size=1024x1024, and the image's item 1254x1254" in outcome.summary
    assert "the tool echoes quality=low, and the image's item medium" in outcome.summary


def test_a_tool_that_echoes_something_else_than_was_typed_costs_the_proof() -> None:
    seen = received(claim=typed("quality"), tool={"size": "1024x1024", "quality": "high"})
    outcome = served.QUESTIONS["served.parameters"](seen)
    assert (outcome.status, outcome.costs_proof, outcome.symptom) == (Status.WARN, True, "parameter-echo-differs")
    assert "the tool echoes quality=high, and the image's item low" in outcome.summary
    assert verdict(seen) is Verdict.UNPROVEN


def test_a_typed_value_that_only_the_tool_keeps_is_contradicted_by_the_item() -> None:
    seen = received(claim=typed("quality"), quality="medium", tool={"quality": "low"}, usage={"output_tokens": 1756})
    assert verdict(seen) is Verdict.CONTRADICTED
    alone = received(claim=typed("quality"), quality=None, tool={"quality": "high"}, usage=None)
    assert verdict(alone) is Verdict.CONTRADICTED


# Provider, surface, owner


def test_the_login_host_is_the_vendor_and_the_documented_path_is_the_surface() -> None:
    outcome = served.provider(received(headers={"x-codex-primary-used-percent": "12"}))
    assert of(outcome, "provider") == [("wire", 4, True)]
    assert of(outcome, "surface") == [("wire", 4, True), ("header", 2, True)]
    assert outcome.witnesses[0].value == "POST /backend-api/codex/responses"


def test_another_host_is_told_the_way_home() -> None:
    outcome = served.provider(received(GATEWAY))
    assert outcome.remedy == (
        "routecheck run --no-fallback --route codex-responses --base-url https://chatgpt.com/backend-api/codex",
    )
    assert outcome.expected == "openai, at chatgpt.com"


@pytest.mark.parametrize("host", ["https://api.openai.com/v1", "https://gateway.test/v1"])
def test_marks_of_the_codex_backend_speak_against_the_api_platform(host: str) -> None:
    seen = received(
        Target(base_url=host, origin_of="--base-url"), kind=openai_images.ROUTE, named=(),
        claim=replace(CLAIM, route="openai-images"), headers={"x-codex-active-limit": "1"},
    )  # fmt: skip
    outcome = served.provider(seen)
    assert ("header", 2, False) in of(outcome, "surface")
    assert verdict(seen) is Verdict.CONTRADICTED


def test_no_header_says_whose_plan_it_was() -> None:
    outcome = served.QUESTIONS["served.owner"](received(headers={"openai-organization": "org-x"}))
    assert (outcome.status, outcome.witnesses) == (Status.SKIP, ())


def test_an_item_that_still_says_generating_is_noted_and_no_fault() -> None:
    seen = received(status="generating")
    assert "“generating”" in served.answer(seen).summary
    assert verdict(seen) is Verdict.PROVEN


# Over the sandbox


def shoot(kind: RouteKind, faults: Codex, claim: Claim) -> tuple[Shot, Received | None]:
    kept = bytearray()
    with Sandbox(Faults(codex=faults)) as sandbox, Client(sandbox.codex_url, Settings(timeout=20)) as client:
        target = Target(base_url=sandbox.codex_url, origin_of="the sandbox", sandbox=True, login=True)
        login = sandbox.sign_in(LoginPlan())
        connection = Connection(
            client=client, target=target, key=Secret(login.access), ledger=Ledger(), sleep=pytest.fail,
            now=lambda: STARTED, patience=0, tell=pytest.fail, account=login.account,
        )  # fmt: skip
        route = routes.load(kind.name).connect(connection)
        refused = route.refuse_me(kind.refusable(claim))
        assert refused.answer.status == 400
        assert sandbox.billed == 0
        shot = route.generate(claim, SMOKE_PROMPT, claim.parameters, kept.extend)
    if shot.problem is not None or shot.shape is None:
        return shot, None
    image = facts(shot.shape, decode(bytes(kept)))
    return shot, Received(claim=claim, kind=kind, target=target, shot=shot, image=image, model_checked=False)


BOTH = pytest.mark.parametrize("kind", [codex_responses.ROUTE, codex_images.ROUTE], ids=lambda kind: kind.name)


@BOTH
@pytest.mark.parametrize(
    ("faults", "claim", "expected"),
    [
        (Codex(), CLAIM, Verdict.PROVEN),
        (Codex(item_status="generating"), CLAIM, Verdict.PROVEN),
        (Codex(completed_output="repeated"), CLAIM, Verdict.PROVEN),
        (Codex(pixels="odd"), CLAIM, Verdict.PROVEN),
        (Codex(pixels="odd"), typed("size"), Verdict.CONTRADICTED),
        (Codex(bytes_format="png"), typed("format", format="webp"), Verdict.CONTRADICTED),
        (Codex(), typed("format", "size", "quality", "background", format="webp"), Verdict.PROVEN),
    ],
)
def test_the_sandbox_is_seen_through(kind: RouteKind, faults: Codex, claim: Claim, expected: Verdict) -> None:
    _, seen = shoot(kind, faults, replace(claim, route=kind.name))
    assert seen is not None
    assert verdict(seen) is expected


def test_the_pinned_model_of_the_sandbox_contradicts_another_claim() -> None:
    _, seen = shoot(codex_responses.ROUTE, Codex(), replace(CLAIM, model="openai/gpt-image-2.5-sunburst"))
    assert seen is not None
    assert verdict(seen) is Verdict.CONTRADICTED


@pytest.mark.parametrize(
    ("faults", "problem"),
    [
        (Codex(tools="removed-auto"), "image-tool-absent"),
        (Codex(tools="removed"), "refused"),
        (Codex(no_image=True), "spoke-instead-of-drawing"),
        (Codex(refuses_in="part"), "refused-in-text"),
        (Codex(failure="server_is_overloaded"), "refused"),
        (Codex(stream="ended"), "stream-cut"),
        (Codex(stream="ended", cut="in-image"), "stream-cut"),
        (Codex(stream="ended", cut="after-image"), "stream-cut"),
        (Codex(stream="dropped", cut="in-image"), "refused"),
        (Codex(carriers="refused"), "refused"),
    ],
)
def test_what_goes_wrong_in_the_sandbox_has_its_name(faults: Codex, problem: str) -> None:
    shot, _ = shoot(codex_responses.ROUTE, faults, CLAIM)
    assert shot.problem == problem
