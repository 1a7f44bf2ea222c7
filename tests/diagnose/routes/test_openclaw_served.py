"""What one request of OpenClaw says about who served it: its own words count against it, and hardly for it."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from diagnose.machine.openclaw.observation import AuthSelected, FailedAttempt, Generation, Output, Ran
from diagnose.model.check import Outcome, Status
from diagnose.model.claim import Claim, Parameters
from diagnose.routes import openclaw_file, openclaw_served
from diagnose.routes.openclaw import Through
from diagnose.routes.openclaw_served import Seen
from diagnose.tap.records import SentCredential, Tapped, Target


@pytest.fixture(scope="module")
def image() -> bytes:
    """A small real image."""
    from io import BytesIO

    from PIL import Image

    kept = BytesIO()
    Image.new("RGB", (64, 48), "white").save(kept, "PNG")
    return kept.getvalue()


def tapped(image: bytes, **changes: Any) -> Tapped:
    found: dict[str, Any] = {
        "target": Target(host="api.openai.com", port=443, tls=True, at=1.0),
        "method": "POST",
        "path": "/v1/images/generations",
        "credential": SentCredential(header="authorization", form="sk", fingerprint="aaaaaaaa"),
        "request": {"model": "gpt-image-2", "size": "64x48", "quality": "low", "n": 1},
        "tool": {},
        "content_type": "application/json",
        "status": 200,
        "headers": {"x-request-id": "req_1"},
        "answer": {"created": 1, "size": "64x48", "data_items": 1},
        "images": 1,
        "sha256": sha256(image).hexdigest(),
        "started": 1.0,
        "ended": 2.0,
        "sent": True,
        "trust": "public",
    }
    return Tapped(**found | changes)


def seen(image: bytes, *, said: dict[str, Any] | None = None, **changes: Any) -> Seen:
    output = Output(path=Path("image.png"), mime="image/png", size=len(image), width=64, height=48)
    ran = Ran(words=(), exit_code=0, stdout="", stderr="", seconds=1.0, limit=9.0)
    plain: dict[str, Any] = {"provider": "openai", "model": "gpt-image-2", "outputs": (output,)}
    generation = Generation(ran=ran, ok=True, **plain | (said or {}))
    crossed = changes.pop("tapped", (tapped(image),))
    through = Through(generation=generation, tapped=crossed, image=image, unread=None, started=1.0, ended=2.0)
    usual: dict[str, Any] = {
        "claim": Claim(route="openai-images", model="openai/gpt-image-2", parameters=Parameters(size="64x48")),
        "through": through,
        "host": "api.openai.com:443",
        "path": "/v1/images/generations",
        "tls": True,
        "played": False,
        "fingerprint": "aaaaaaaa",
        "key_checked": True,
        "asked": {"size": "64x48", "quality": "low"},
        "proves": True,
    }
    return Seen(**usual | changes)


def against(outcome: Outcome) -> list[tuple[str, int]]:
    return [(w.dimension, w.strength) for w in outcome.witnesses if not w.agrees]


def test_the_printed_provider_alone_carries_nothing(image: bytes) -> None:
    outcome = openclaw_served.who(seen(image, tapped=None))
    assert outcome.status is Status.PASS
    assert [w.strength for w in outcome.witnesses] == [0]
    assert "proves nothing" in outcome.summary


def test_a_failed_attempt_before_the_answer_contradicts(image: bytes) -> None:
    attempts = (FailedAttempt(provider="openai", model="gpt-image-2", error="HTTP 500"),)
    said = {"provider": "litellm", "attempts": attempts}
    outcome = openclaw_served.who(seen(image, said=said, tapped=None))
    assert (outcome.status, outcome.symptom) == (Status.FAIL, "openclaw-fallback-answered")
    assert against(outcome) == [("provider", 2)]


def test_another_provider_without_any_attempt_contradicts_just_as_well(image: bytes) -> None:
    outcome = openclaw_served.who(seen(image, said={"provider": "minimax", "model": "image-01"}, tapped=None))
    assert outcome.symptom == "openclaw-fallback-answered"
    assert against(outcome) == [("provider", 2)]


def test_the_line_about_the_login_contradicts_a_claim_of_the_key_route(image: bytes) -> None:
    line = AuthSelected(
        provider="openai", mode="oauth", transport="codex-responses", requested_model="gpt-image-2",
        responses_model="gpt-6-astra",
    )  # fmt: skip
    outcome = openclaw_served.who(seen(image, said={"auth": (line,)}, tapped=None))
    assert (outcome.symptom, against(outcome)) == ("openclaw-login-wins", [("surface", 2)])


def test_another_host_on_the_wire_settles_it_whatever_the_program_prints(image: bytes) -> None:
    other = tapped(image, target=Target(host="litellm.example", port=443, tls=True, at=1.0))
    outcome = openclaw_served.who(seen(image, tapped=(other,)))
    assert outcome.status is Status.FAIL
    assert ("provider", 4) in against(outcome)


def test_a_request_to_another_host_before_the_image_contradicts(image: bytes) -> None:
    own = SentCredential(header="authorization", form="sk", fingerprint="cccccccc")
    elsewhere = Target(host="elsewhere.example", port=443, tls=True, at=0.5)
    first = tapped(image, target=elsewhere, status=500, images=0, credential=own)
    outcome = openclaw_served.who(seen(image, tapped=(first, tapped(image))))
    assert ("provider", 4) in against(outcome)


@pytest.mark.parametrize(
    ("sent", "strength", "agrees"),
    [
        (SentCredential(header="authorization", form="sk", fingerprint="aaaaaaaa"), 3, True),
        (SentCredential(header="authorization", form="sk", fingerprint="bbbbbbbb"), 4, False),
        (SentCredential(header="authorization", form="jwt", fingerprint="aaaaaaaa"), 4, False),
        (None, 4, False),
    ],
    ids=["expected", "other-key", "token", "none"],
)
def test_the_credential_on_the_wire(image: bytes, sent: Any, strength: int, agrees: bool) -> None:
    outcome = openclaw_served.credential(seen(image, tapped=(tapped(image, credential=sent),)))
    (found,) = outcome.witnesses
    assert (found.strength, found.agrees) == (strength, agrees)


def test_a_key_of_which_nobody_knows_whether_it_counted_is_no_proof(image: bytes) -> None:
    (found,) = openclaw_served.credential(seen(image, key_checked=False)).witnesses
    assert found.strength == 2


def test_beside_a_direct_request_nothing_that_agrees_carries_a_dimension(image: bytes) -> None:
    beside = seen(image, proves=False)
    for question in (openclaw_served.who, openclaw_served.credential, openclaw_served.request, openclaw_file.file):
        assert all(w.strength <= 1 for w in question(beside).witnesses if w.agrees)


def test_a_rewritten_model_on_the_wire_contradicts(image: bytes) -> None:
    crossed = tapped(image, request={"model": "gpt-image-1.5", "size": "64x48", "quality": "low"})
    outcome = openclaw_served.request(seen(image, tapped=(crossed,)))
    assert (outcome.symptom, against(outcome)) == ("openclaw-model-rewritten", [("model", 4)])


def test_a_size_that_was_changed_without_a_word_contradicts(image: bytes) -> None:
    crossed = tapped(image, request={"model": "gpt-image-2", "size": "1536x1024", "quality": "low"})
    outcome = openclaw_served.request(seen(image, tapped=(crossed,)))
    assert outcome.symptom == "openclaw-parameters-changed"
    assert "size=64x48 was sent as 1536x1024" in outcome.summary


def test_an_ignored_option_is_told_without_the_tap(image: bytes) -> None:
    outcome = openclaw_served.request(seen(image, said={"ignored": (("quality", "low"),)}, tapped=None))
    assert against(outcome) == [("parameters", 2)]


def test_the_key_at_another_host_contradicts_whatever_brought_the_image(image: bytes) -> None:
    leak = tapped(
        image,
        method="PUT",
        path="/leak",
        images=0,
        sha256=None,
        target=Target(host="evil.example", port=443, tls=True, at=0),
    )
    outcome = openclaw_served.who(seen(image, tapped=(leak, tapped(image))))
    assert ("credential", 4) in against(outcome)
    assert "evil.example" in outcome.summary


def test_another_host_without_a_credential_is_told_and_no_contradiction(image: bytes) -> None:
    other = tapped(
        image, path="/latest", images=0, sha256=None, credential=None,
        target=Target(host="updates.example", port=443, tls=True, at=0),
    )  # fmt: skip
    outcome = openclaw_served.who(seen(image, tapped=(other, tapped(image))))
    assert (outcome.status, against(outcome)) == (Status.PASS, [])
    assert "updates.example" in outcome.summary


def test_two_image_requests_for_one_image_are_no_plain_route(image: bytes) -> None:
    first = tapped(image, sha256="1" * 64)
    outcome = openclaw_served.who(seen(image, tapped=(first, tapped(image))))
    assert (outcome.status, outcome.symptom) == (Status.FAIL, "openclaw-asked-twice")


def test_every_image_request_is_looked_at_not_only_the_one_that_brought_the_file(image: bytes) -> None:
    other_key = tapped(image, sha256="1" * 64, credential=SentCredential(header="a", form="sk", fingerprint="bbbbbbbb"))
    assert against(openclaw_served.credential(seen(image, tapped=(other_key, tapped(image))))) == [("credential", 4)]
    dearer = tapped(image, sha256="1" * 64, request={"model": "gpt-image-2", "size": "64x48", "quality": "high"})
    assert against(openclaw_served.request(seen(image, tapped=(dearer, tapped(image))))) == [("parameters", 2)]


@pytest.mark.parametrize(
    "sent", [{"size": "64x48", "quality": "low"}, {"model": "x", "size": "64x48", "quality": "low"}]
)
def test_a_model_that_is_not_named_or_another_contradicts(image: bytes, sent: dict[str, Any]) -> None:
    assert ("model", 4) in against(openclaw_served.request(seen(image, tapped=(tapped(image, request=sent),))))


def test_plain_http_to_the_vendors_port_is_not_the_vendor(image: bytes) -> None:
    clear = tapped(image, target=Target(host="api.openai.com", port=443, tls=False, at=1.0))
    assert ("provider", 4) in against(openclaw_served.who(seen(image, tapped=(clear,))))
    assert openclaw_file.shot(seen(image, tapped=(clear,))) is None


def test_the_path_is_the_whole_path(image: bytes) -> None:
    other = tapped(image, path="/evil/images/generations")
    assert against(openclaw_served.who(seen(image, tapped=(other,)))) == [("surface", 4)]
    assert openclaw_file.shot(seen(image, tapped=(other,))) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": None},
        {"problem": "the host ended the connection"},
        {"answer": {"data_items": 1, "image_problem": "x"}},
    ],
)
def test_a_file_that_cannot_be_compared_carries_nothing(image: bytes, changes: dict[str, Any]) -> None:
    what = seen(image, tapped=(tapped(image, **changes),))
    assert openclaw_file.shot(what) is None
    assert openclaw_file.file(what).costs_proof


def test_another_file_is_no_evidence_of_that_answer(image: bytes) -> None:
    assert openclaw_file.shot(seen(image, tapped=(tapped(image, sha256="0" * 64),))) is None


def test_only_a_verified_sandbox_stands_for_the_vendor(image: bytes) -> None:
    assert openclaw_file.shot(seen(image, played=True)) is None
    assert openclaw_file.shot(seen(image, tapped=(tapped(image, trust="sandbox"),))) is None
    assert openclaw_file.shot(seen(image, played=True, tapped=(tapped(image, trust="sandbox"),))) is not None


def test_a_line_that_tells_of_no_login_is_no_contradiction(image: bytes) -> None:
    line = AuthSelected(
        provider="openai", mode="api-key", transport="images-api", requested_model="gpt-image-2", responses_model=""
    )
    assert against(openclaw_served.who(seen(image, said={"auth": (line,)}))) == []


def test_the_logins_own_host_is_another_surface_of_the_vendor(image: bytes) -> None:
    chatgpt = tapped(image, target=Target(host="chatgpt.com", port=443, tls=True, at=1.0), path="/backend-api/codex")
    assert against(openclaw_served.who(seen(image, tapped=(chatgpt,)))) == [("surface", 4)]


def test_a_file_that_is_not_the_image_of_the_wire_contradicts(image: bytes) -> None:
    outcome = openclaw_file.file(seen(image, tapped=(tapped(image, sha256="0" * 64),)))
    assert (outcome.status, against(outcome)) == (Status.FAIL, [("freshness", 4)])
    assert openclaw_file.file(seen(image)).status is Status.PASS


def test_a_tapped_answer_of_the_images_api_is_judged_like_one_of_ours(image: bytes) -> None:
    found = openclaw_file.shot(seen(image))
    assert found is not None
    assert found.exchange is not None
    assert (found.exchange.peer.host, found.exchange.peer.trust) == ("api.openai.com", "public")
    assert found.exchange.url == "https://api.openai.com:443/v1/images/generations"
    assert found.oddities == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "/backend-api/codex/responses", "stream": True},
        {"unread": "an encoding that is not known here"},
        {"target": Target(host="elsewhere.example", port=443, tls=True, at=1.0)},
    ],
)
def test_what_is_no_answer_of_the_claimed_host_is_not_judged_as_one(image: bytes, changes: dict[str, Any]) -> None:
    assert openclaw_file.shot(seen(image, tapped=(tapped(image, **changes),))) is None


def test_two_images_in_one_answer_are_odd(image: bytes) -> None:
    found = openclaw_file.shot(seen(image, tapped=(tapped(image, images=2, answer={"data_items": 2}),)))
    assert found is not None
    assert found.oddities


def test_the_exchange_with_the_files_bytes_is_the_one_that_served(image: bytes) -> None:
    other = tapped(image, sha256="0" * 64, ended=9.0)
    both = seen(image, tapped=(tapped(image), other))
    assert both.through.served == tapped(image)
    lost = replace(both.through, image=b"")
    assert lost.served == other
