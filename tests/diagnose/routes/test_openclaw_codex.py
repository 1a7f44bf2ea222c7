"""A login is claimed: what one request of OpenClaw at the Codex surface says for it, and a key against it."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from diagnose.machine.openclaw.observation import AuthSelected, Generation, Output, Ran
from diagnose.model.check import Outcome, Status
from diagnose.model.claim import Claim, Parameters
from diagnose.routes import openclaw_failed, openclaw_file, openclaw_served
from diagnose.routes.openclaw import Through
from diagnose.routes.openclaw_served import Seen
from diagnose.tap.records import SentCredential, Tapped, Target

CHATGPT = Target(host="chatgpt.com", port=443, tls=True, at=1.0)
API = Target(host="api.openai.com", port=443, tls=True, at=1.0)
LINE = AuthSelected(
    provider="openai", mode="oauth", transport="codex-responses", requested_model="gpt-image-2",
    responses_model="gpt-6-astra",
)  # fmt: skip
ECHO = {"model": "gpt-image-2-codex", "size": "auto", "quality": "auto", "type": "image_generation"}


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
        "target": CHATGPT,
        "method": "POST",
        "path": "/backend-api/codex/responses",
        "credential": SentCredential(header="authorization", form="jwt", fingerprint="aaaaaaaa"),
        "request": {"model": "gpt-6-astra", "stream": True, "store": False},
        "tool": {"model": "gpt-image-2", "size": "64x48", "quality": "low", "type": "image_generation"},
        "content_type": "text/event-stream",
        "status": 200,
        "headers": {"x-codex-primary-used-percent": "12"},
        "answer": {
            "model": "gpt-image-2-codex", "size": "64x48", "quality": "low", "output_format": "png",
            "background": "opaque", "status": "completed", "carrier": "gpt-6-astra", "created": 1, "tools": 1,
            "tool": ECHO, "usage": {"output_tokens": 24}, "tool_usage": {"image_gen": {"output_tokens": 40}},
        },
        "images": 1,
        "sha256": sha256(image).hexdigest(),
        "started": 1.0,
        "ended": 2.0,
        "sent": True,
        "trust": "public",
        "stream": True,
    }  # fmt: skip
    return Tapped(**found | changes)


def answered(**changes: Any) -> dict[str, Any]:
    whole = dict(tapped(b"").answer)
    return {name: value for name, value in (whole | changes).items() if value is not None}


def seen(image: bytes, *, typed: frozenset[str] = frozenset(), said: Any = None, **changes: Any) -> Seen:
    output = Output(path=Path("image.png"), mime="image/png", size=len(image), width=64, height=48)
    ran = Ran(words=(), exit_code=0, stdout="", stderr="", seconds=1.0, limit=9.0)
    plain: dict[str, Any] = {"provider": "openai", "model": "gpt-image-2", "outputs": (output,), "auth": (LINE,)}
    generation = Generation(ran=ran, ok=True, **plain | (said or {}))
    crossed = changes.pop("tapped", (tapped(image),))
    through = Through(generation=generation, tapped=crossed, image=image, unread=None, started=1.0, ended=2.0)
    parameters = Parameters(size="64x48")
    usual: dict[str, Any] = {
        "claim": Claim(route="codex-responses", model="openai/gpt-image-2", parameters=parameters, typed=typed),
        "through": through,
        "host": "chatgpt.com:443",
        "path": "/backend-api/codex/responses",
        "tls": True,
        "played": False,
        "fingerprint": "aaaaaaaa",
        "key_checked": True,
        "asked": {"size": "64x48", "quality": "low"},
        "proves": True,
    }
    return Seen(**usual | changes)


def weighed(outcome: Outcome, *, agrees: bool) -> list[tuple[str, int]]:
    return [(w.dimension, w.strength) for w in outcome.witnesses if w.agrees is agrees]


def test_the_line_about_the_login_agrees_and_is_no_proof_of_its_own(image: bytes) -> None:
    outcome = openclaw_served.who(seen(image))
    assert (outcome.status, weighed(outcome, agrees=False)) == (Status.PASS, [])
    assert ("surface", 2) in weighed(outcome, agrees=True)
    assert ("surface", 1) in weighed(openclaw_served.who(seen(image, proves=False)), agrees=True)


@pytest.mark.parametrize(
    ("mode", "transport", "dimension"),
    [("api-key", "codex-responses", "credential"), ("oauth", "images-api", "surface")],
)
def test_another_line_contradicts(image: bytes, mode: str, transport: str, dimension: str) -> None:
    line = AuthSelected(
        provider="openai", mode=mode, transport=transport, requested_model="gpt-image-2", responses_model=""
    )
    outcome = openclaw_served.who(seen(image, said={"auth": (line,)}, tapped=None))
    assert weighed(outcome, agrees=False) == [(dimension, 2)]


def test_the_api_for_keys_is_another_surface_of_the_vendor(image: bytes) -> None:
    crossed = tapped(image, target=API, path="/v1/images/generations", stream=False, tool={})
    outcome = openclaw_served.who(seen(image, tapped=(crossed,), said={"auth": ()}))
    assert (outcome.symptom, weighed(outcome, agrees=False)) == ("openclaw-login-ignored", [("surface", 4)])


def test_every_other_host_is_somebody_else(image: bytes) -> None:
    crossed = tapped(image, target=Target(host="images.example", port=443, tls=True, at=1.0))
    assert ("provider", 4) in weighed(openclaw_served.who(seen(image, tapped=(crossed,))), agrees=False)


def test_a_token_is_what_belongs_there(image: bytes) -> None:
    outcome = openclaw_served.credential(seen(image))
    assert weighed(outcome, agrees=True) == [("credential", 3)]
    assert "a made-up token was refused there" in outcome.summary


@pytest.mark.parametrize(
    ("form", "fingerprint", "symptom"),
    [
        ("sk", "aaaaaaaa", "openclaw-login-ignored"),
        ("sk", "bbbbbbbb", "openclaw-login-ignored"),
        ("jwt", "bbbbbbbb", "openclaw-another-route"),
        ("other", "aaaaaaaa", None),
    ],
)
def test_a_key_or_another_login_contradicts(image: bytes, form: Any, fingerprint: str, symptom: str | None) -> None:
    sent = SentCredential(header="authorization", form=form, fingerprint=fingerprint)
    outcome = openclaw_served.credential(seen(image, tapped=(tapped(image, credential=sent),)))
    assert outcome.symptom == symptom
    assert weighed(outcome, agrees=False) == ([("credential", 4)] if symptom else [])


def test_the_text_model_around_the_image_is_told_and_not_judged(image: bytes) -> None:
    outcome = openclaw_served.request(seen(image))
    assert (outcome.status, outcome.witnesses) == (Status.PASS, ())
    assert "carried by gpt-6-astra" in outcome.summary
    other = tapped(image, answer=answered(carrier="gpt-5.5-2026-08-01"))
    assert "which answered as gpt-5.5-2026-08-01" in openclaw_served.request(seen(image, tapped=(other,))).summary


def test_another_image_model_in_the_tool_contradicts(image: bytes) -> None:
    crossed = tapped(image, tool={"model": "gpt-image-1.5", "size": "64x48", "quality": "low"})
    outcome = openclaw_served.request(seen(image, tapped=(crossed,)))
    assert (outcome.symptom, weighed(outcome, agrees=False)) == ("openclaw-model-rewritten", [("model", 4)])


def test_a_request_without_the_image_tool_is_judged_by_the_model_that_it_names(image: bytes) -> None:
    outcome = openclaw_served.request(seen(image, tapped=(tapped(image, tool={}),)))
    assert ("model", 4) in weighed(outcome, agrees=False)


@pytest.mark.parametrize("typed", [False, True])
def test_a_snapped_size_contradicts_only_where_it_was_typed(image: bytes, typed: bool) -> None:
    crossed = tapped(image, tool={"model": "gpt-image-2", "size": "1024x1024", "quality": "low"})
    what = seen(image, typed=frozenset({"size"} if typed else ()), tapped=(crossed,))
    outcome = openclaw_served.request(what)
    assert weighed(outcome, agrees=False) == ([("parameters", 2)] if typed else [])
    assert outcome.status is (Status.FAIL if typed else Status.PASS)
    assert "size=64x48 was sent as 1024x1024" in outcome.summary


def test_a_tapped_stream_is_told_in_the_words_of_the_images_api(image: bytes) -> None:
    found = openclaw_file.shot(seen(image))
    assert found is not None
    assert found.exchange is not None
    assert dict(found.body) == {
        "created": 1, "size": "64x48", "quality": "low", "background": "opaque", "output_format": "png",
        "usage": {"output_tokens": 40},
    }  # fmt: skip
    assert [name for _, name in found.named] == ["gpt-image-2-codex", "gpt-image-2-codex"]
    assert found.exchange.url == "https://chatgpt.com:443/backend-api/codex/responses"
    assert found.exchange.headers["x-codex-primary-used-percent"] == "12"
    assert found.oddities == ()


@pytest.mark.parametrize(
    ("changes", "odd"),
    [
        ({"answer": answered(status=None)}, "ended without its end"),
        ({"answer": answered(status="incomplete")}, "ended as incomplete"),
        ({"images": 2}, "2 images"),
        ({"answer": answered(error={"code": "server_is_overloaded"})}, "an error"),
    ],
)
def test_a_stream_that_is_no_plain_answer_is_odd(image: bytes, changes: dict[str, Any], odd: str) -> None:
    found = openclaw_file.shot(seen(image, tapped=(tapped(image, **changes),)))
    assert found is not None
    assert any(odd in sentence for sentence in found.oddities)


@pytest.mark.parametrize(
    "changes",
    [
        {"stream": False, "content_type": "application/json"},
        {"target": API, "path": "/v1/images/generations"},
        {"sha256": "0" * 64},
        {"trust": "sandbox"},
        {"unread": "an event was too long or cut off"},
    ],
)
def test_what_is_no_answer_of_the_claimed_surface_is_not_judged_as_one(image: bytes, changes: dict[str, Any]) -> None:
    assert openclaw_file.shot(seen(image, tapped=(tapped(image, **changes),))) is None


REFUSED = {"stream": False, "images": 0, "sha256": None, "content_type": "application/json"}
TALKED = {"images": 0, "sha256": None}


@pytest.mark.parametrize(
    ("changes", "symptom"),
    [
        (REFUSED | {"status": 401, "answer": {"error": {"message": "Unauthorized"}}}, "bad-credential"),
        (REFUSED | {"status": 429, "answer": {"error": {"type": "usage_limit_reached"}}}, "usage-limit-reached"),
        (
            REFUSED
            | {"status": 403, "headers": {"content-type": "text/html", "cf-mitigated": "challenge"}, "answer": {}},
            "edge-html",
        ),
        (TALKED | {"answer": {"status": "failed", "error": {"code": "server_is_overloaded"}}}, "server-error"),
        (TALKED | {"answer": {"status": "completed", "tools": 0}}, "image-tool-absent"),
        (TALKED | {"answer": {"status": "completed", "tools": 1}}, None),
        (TALKED | {"answer": {}, "unread": "the stream held no image and no end"}, "stream-cut"),
        (TALKED | {"answer": {}, "unread": "x", "headers": {"content-encoding": "made-up"}}, None),
        ({"answer": answered(status=None)}, "stream-cut"),
        ({"status": None, "answer": {}}, None),
    ],
)
def test_the_wire_says_why_no_image_came_better_than_the_program(
    image: bytes, changes: dict[str, Any], symptom: str | None
) -> None:
    found = openclaw_failed.told_by_wire(seen(image, tapped=(tapped(image, **changes),)))
    assert (found[0] if found else None) == symptom
