"""The free probes of a Codex route: what a refusal means there, and that nothing sent could be drawn from."""

from __future__ import annotations

from typing import Any

import pytest

from diagnose.model.check import Status

ACCOUNT, OTHER = "11111111-2222-3333-4444-555555555555", "99999999-8888-7777-6666-555555555555"
RESPONSES = "/backend-api/codex/responses"
IMAGES = "/backend-api/codex/images/generations"
SCOPES = "You have insufficient permissions for this operation. Missing scopes: api.responses.write."
HTML = b"<!DOCTYPE html><html><title>Attention Required! | Cloudflare</title></html>"


CURL = "curl -sSI https://chatgpt.com/backend-api/codex   # an HTML answer here as well: the network, and not the login"


def error(**fields: Any) -> dict[str, Any]:
    return {"error": {"message": "no", "type": "invalid_request_error", "param": None, "code": None} | fields}


@pytest.mark.parametrize(
    ("status", "answer", "symptom"),
    [
        (400, {"detail": "Instructions are required"}, None),
        (400, {"detail": "Store must be set to false"}, None),
        (422, {"detail": [{"msg": "field required"}]}, None),
        (400, error(param="n", code="integer_below_min_value"), None),
        (400, error(param="stream"), None),
        (401, error(message=SCOPES), "platform-answers"),
        (403, error(message=SCOPES, code="missing_scope"), "platform-answers"),
        (401, {"detail": "Unauthorized"}, "bad-credential"),
        (401, error(code="token_expired"), "login-expired"),
        (401, error(code="token_revoked"), "login-revoked"),
        (403, {"detail": "Forbidden"}, "login-forbidden"),
        (403, {"detail": {"code": "invalid_workspace_selected"}}, "wrong-workspace"),
        (402, {"detail": {"code": "deactivated_workspace"}}, "workspace-deactivated"),
        (403, HTML, "edge-html-login"),
        (404, {"detail": "Not Found"}, "wrong-path"),
        (429, error(type="usage_limit_reached", message="The usage limit has been reached"), "usage-limit-reached"),
        (400, error(message="The 'x' model requires a newer version of Codex."), "client-too-old"),
        (503, error(code="server_is_overloaded"), "server-error"),
        (200, {"id": "resp_1", "output": []}, "no-image"),
    ],
)
@pytest.mark.parametrize("route", ["codex-responses", "codex-images"])
def test_what_the_probe_of_the_surface_is_answered(
    world: Any, route: str, status: int, answer: Any, symptom: str | None
) -> None:
    world.route = route
    world.backend.planted = {RESPONSES: (status, answer), IMAGES: (status, answer)}
    found = world.check("scopes.images")
    assert (found.status, found.symptom) == (Status.FAIL if symptom else Status.PASS, symptom)
    ((path, headers, body),) = world.backend.asked
    assert path == (RESPONSES if route == "codex-responses" else IMAGES)
    assert headers["chatgpt-account-id"] == ACCOUNT
    assert not body.get("prompt")
    assert not body.get("input")
    assert world.ledger.billable == (status == 200)


@pytest.mark.parametrize(
    ("status", "answer", "command"),
    [
        (401, error(code="token_revoked"), "codex login"),
        (401, error(code="token_expired"), "codex   # once: it renews the login by itself"),
        (401, error(message=SCOPES), "routecheck run --no-fallback --route codex-images"),
        (403, {"detail": "Forbidden"}, None),
        (403, HTML, CURL),
        (400, {"detail": "The 'gpt-5.2' model is not supported when using Codex with a ChatGPT account."},
         "routecheck run --no-fallback --route codex-images   # no text model carries the request there"),
        (402, {"detail": {"code": "deactivated_workspace"}}, None),
        (403, {"detail": "You are authenticated with chatpass_v2_direct"}, "codex login"),
    ],
)  # fmt: skip
def test_a_refusal_comes_with_what_to_type(world: Any, status: int, answer: Any, command: str | None) -> None:
    world.backend.planted[RESPONSES] = (status, answer)
    found = world.check("scopes.images")
    typed = [line.partition(" ")[0] for line in found.remedy[1:]]
    assert all(word in {"codex", "routecheck", "curl"} for word in typed)
    assert list(found.remedy[1:2]) == ([command] if command else [])


def test_a_model_that_is_refused_as_a_carrier_is_answered_with_the_names_of_those_in_force(world: Any) -> None:
    answer = {"detail": "The 'gpt-5.2' model is not supported when using Codex with a ChatGPT account."}
    world.backend.planted[RESPONSES] = (400, answer)
    assert "gpt-6-astra" in world.check("scopes.images").remedy[0]


def test_a_refused_workspace_is_laid_to_the_stored_account_where_that_is_not_the_tokens(world: Any) -> None:
    world.held = {"stored_account": OTHER}
    world.backend.planted[RESPONSES] = (403, {"detail": {"code": "invalid_workspace_selected"}})
    assert world.check("scopes.images").symptom == "account-differs"
    world.text, world.held = world.token(account="abcdef01" + ACCOUNT[8:]), {"stored_account": "ABCDEF01" + ACCOUNT[8:]}
    assert world.check("scopes.images").symptom == "wrong-workspace"


def test_missing_scopes_of_a_key_stay_a_matter_of_the_key(world: Any) -> None:
    world.route, world.text = "openai-images", "sk-proj-0123456789abcdef"
    world.backend.planted["/v1/images/generations"] = (401, error(message=SCOPES))
    assert world.check("scopes.images").symptom == "missing-image-scope"


@pytest.mark.parametrize(
    "answer",
    [
        {"created": 1, "data": [{"b64_json": "iVBORw0KGgo="}]},
        {"output": [{"type": "image_generation_call", "result": "iVBORw0KGgoAAAANSUhEUgAA"}]},
        b'data: {"type":"response.output_item.done","item":{"type":"image_generation_call",'
        b'"result": "iVBORw0KGgoAAAANSUhEUgAA"}}\n\n',
    ],
)
@pytest.mark.parametrize("check", ["scopes.images", "controls.bogus_key"])
def test_an_image_in_answer_to_a_control_contradicts(world: Any, check: str, answer: Any) -> None:
    world.backend.planted[RESPONSES] = (200, answer)
    found = world.check(check)
    assert (found.status, found.symptom) == (Status.FAIL, "control-answered")
    assert [(w.dimension, w.agrees) for w in found.witnesses] == [("provider", False)]
    assert "--route codex-responses" in found.remedy[0]


def test_the_made_up_login_is_a_token_of_no_account(world: Any) -> None:
    from diagnose.machine.claims import read_claims

    world.backend.planted[RESPONSES] = (401, {"detail": "Unauthorized"})
    found = world.check("controls.bogus_key")
    assert found.status is Status.PASS
    assert [(w.dimension, w.strength, w.agrees) for w in found.witnesses] == [("credential", 3, True)]
    ((_, headers, _),) = world.backend.asked
    sent = headers["authorization"].removeprefix("Bearer ")
    claims = read_claims(sent)
    assert (claims.form, claims.account, claims.problem) == ("jwt", None, None)
    assert sent != world.text
    assert headers["chatgpt-account-id"] == ACCOUNT  # but for the token it is the real request
    assert sent not in repr(found)


@pytest.mark.parametrize(
    ("status", "answer", "symptom"),
    [
        (400, {"detail": "x"}, "bogus-key-not-refused"),
        (403, HTML, "edge-html-login"),
        (429, {"detail": "x"}, "rate-limited"),
    ],
)
def test_a_made_up_login_that_is_not_refused_costs_the_proof(
    world: Any, status: int, answer: Any, symptom: str
) -> None:
    world.backend.planted[RESPONSES] = (status, answer)
    found = world.check("controls.bogus_key")
    assert (found.status, found.symptom, found.costs_proof) == (Status.WARN, symptom, True)


@pytest.mark.parametrize(
    ("parameters", "status", "symptom", "words"),
    [
        ({}, Status.PASS, None, "nothing was claimed"),
        ({"size": "1024x1024", "quality": "low"}, Status.PASS, None, "size=1024x1024, quality=low: advice to this"),
        ({"size": "17x17"}, Status.PASS, None, "size=17x17: advice"),
        ({"format": "webp"}, Status.PASS, None, "format=webp: advice"),
        ({"background": "transparent"}, Status.WARN, "bad-parameter", "transparent is refused here"),
    ],
)
def test_what_is_typed_is_told_to_be_advice_and_never_held_back(
    world: Any, parameters: dict[str, str], status: Status, symptom: str | None, words: str
) -> None:
    from checks.parameters import refused_for_certain
    from diagnose.model.claim import Parameters

    world.claim = {"parameters": Parameters(**parameters), "typed": frozenset(parameters)}
    found = world.check("parameters.predicted")
    assert (found.status, found.symptom) == (status, symptom)
    assert words in found.summary
    assert refused_for_certain(world.context()) == []
