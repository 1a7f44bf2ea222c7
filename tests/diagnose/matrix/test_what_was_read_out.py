"""What a text tells goes into the commands and reasons; what it does not tell is not claimed."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from diagnose.matrix import rows
from diagnose.matrix.branches import branches
from diagnose.matrix.evidence import Evidence
from diagnose.matrix.explaining import explain, explain_row
from diagnose.matrix.filling import filled
from diagnose.matrix.reading import read
from diagnose.model.explanation import Explanation


def told(text: str, **given: Any) -> Explanation:
    return explain(read(text, **given))


def symptom(text: str, **given: Any) -> str:
    explanation = told(text, **given)
    return explanation.found.symptom if explanation.found else ""


def left(text: str, **given: Any) -> list[str]:
    return [one.found.symptom for one in told(text, **given).candidates]


@pytest.mark.parametrize(
    "text", ["TypeError: fetch failed", "Failed to fetch", "openai.APIConnectionError: Connection error."]
)
def test_a_failure_without_a_cause_claims_nothing_about_money(text: str) -> None:
    explanation = told(text)
    assert explanation.outcome == "ambiguous"
    assert left(text) == ["timeout", "unreachable", "dropped-connection"]
    assert not any("nothing" in because for because in explanation.because)


@pytest.mark.parametrize(
    "text",
    ["openai/gpt-image-2 failed after 300012ms: fetch failed", "the request took 95 s, then: fetch failed"],
)
def test_a_failure_after_a_long_time_is_a_clock(text: str) -> None:
    assert symptom(text) == "timeout"
    assert any("generated" in command for command in told(text).next)


def test_a_failure_with_its_cause_is_that_cause() -> None:
    assert symptom("TypeError: fetch failed { [cause]: Error: connect ECONNREFUSED 127.0.0.1:4000 }") == "unreachable"
    assert symptom("TypeError: fetch failed UND_ERR_HEADERS_TIMEOUT") == "timeout"


@pytest.mark.parametrize(
    "text",
    [
        "FailoverError: The AI service is temporarily overloaded. Please try again in a moment.",
        "The server is currently overloaded. Please try again later.",
        "server_is_overloaded",
        '{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}',
    ],
)
def test_a_service_without_room_is_no_pace_limit(text: str) -> None:
    assert symptom(text) == "server-error"


def test_a_pace_limit_stays_one() -> None:
    assert symptom("Rate limit reached for images per min. Please try again in 12s.", status=429) == "rate-limited"


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("codex: session expired, please log in again", {}),
        ("codex: session expired, please log in again", {"credential": "codex-oauth"}),
        ("token_expired", {"status": 401}),
        ("Your authentication token has expired. Please sign in again.", {}),
    ],
)
def test_an_ended_token_of_a_login_is_an_expired_login(text: str, given: dict[str, Any]) -> None:
    assert symptom(text, **given) == "login-expired"


def test_a_login_that_was_ended_is_not_an_expired_one() -> None:
    assert symptom("Your session was revoked. Please log in again.") == "login-revoked"
    assert symptom("invalid_grant: refresh token has expired") == "login-revoked"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fehler 401: Der API-Schlüssel ist ungültig.", "bad-credential"),
        ("Ungültiger API-Schlüssel", "bad-credential"),
        ("API-Schlüssel abgelehnt (Status 401): Unauthorized", "bad-credential"),
        ("401 API 密钥已过期", "bad-credential"),
        ("La clave de API no es válida", "bad-credential"),
        ("Kein API-Schlüssel gefunden", "no-credential"),
        ("未配置 API 密钥", "no-credential"),
        ("API-Schlüssel", ""),
        ("请检查 API 密钥", ""),
        ("La clave de API", ""),
    ],
)
def test_the_word_for_a_key_says_nothing_by_itself(text: str, expected: str) -> None:
    assert symptom(text) == expected


SIWC_LOG = (
    "[image-generation] candidate failed: openai/gpt-image-2: OpenAI image generation failed (HTTP 401): "
    "Missing scopes: api.model.images.request [code=missing_scope]\n"
    "[image-generation] candidate failed: google/gemini-3-pro-image-preview: No API key found for provider "
    '"google".\n'
)


@pytest.mark.parametrize(
    ("credential", "expected"), [("siwc-token", "siwc-token"), ("refresh-token", "wrong-credential-kind")]
)
def test_the_credential_that_was_given_is_that_of_the_attempt_that_matters(credential: str, expected: str) -> None:
    explanation = told(SIWC_LOG, credential=credential)
    assert [one.symptom for one in explanation.attempts] == [expected, "openclaw-no-credential"]


def test_a_route_that_names_another_vendor_is_that_vendors() -> None:
    reading = read(SIWC_LOG, route="google")
    assert [attempt.route for attempt in reading.attempts] == ["", "google"]


def test_a_bare_status_is_asked_about_what_is_still_open() -> None:
    assert left("HTTP 401", credential="platform-key")[:2] == ["bad-credential", "missing-image-scope"]
    assert left("HTTP 401", credential="codex-oauth")[:2] == ["login-expired", "login-revoked"]
    assert left("HTTP 403", credential="codex-oauth")[:2] == ["edge-html-login", "login-forbidden"]
    assert "usage-limit-reached" in left("HTTP 429")
    assert left("429 Too Many Requests", credential="codex-oauth") == ["usage-limit-reached", "rate-limited"]
    assert "quota-exhausted" in left("HTTP 429", credential="platform-key")


@pytest.mark.parametrize("name", ["login-expired", "login-revoked", "login-forbidden", "edge-html-login"])
def test_a_row_about_logins_types_what_is_for_logins(name: str) -> None:
    typed = " ".join(explain_row(name).next)
    assert "debug-codex-401-403" in typed
    assert "--only credentials" not in typed


def test_each_program_logs_in_for_itself_after_the_holders_are_known() -> None:
    explanation = explain_row("refresh-token-reused")
    kinds = [" ".join(command.split()[:2]) for command in explanation.next]
    assert kinds == ["routecheck token", "codex login", "openclaw models", "routecheck token"]
    assert not any("log in again" in text for text in explanation.dont)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("connect ECONNREFUSED 127.0.0.1:4000", "http://127.0.0.1:4000/v1/models"),
        (
            "request to https://chatgpt.com/backend-api/codex/responses failed: getaddrinfo ENOTFOUND chatgpt.com",
            "https://chatgpt.com/backend-api/codex/models",
        ),
        (
            "POST https://relay.example:8443/v1/images/generations: connection refused",
            "https://relay.example:8443/v1/models",
        ),
        ("connection refused", "https://api.openai.com/v1/models"),
    ],
)
def test_the_host_that_was_asked_is_the_one_to_ask_again(text: str, asked: str) -> None:
    explanation = told(text)
    assert asked in explanation.next[0].split()
    assert not any("paid" in text for text in explanation.dont)


@pytest.mark.parametrize("host", ["a b.example", "x;rm", "$(id)", "a'b", "-oProxy", "h" * 200, "é.example"])
def test_a_host_that_a_shell_would_read_goes_into_no_command(host: str) -> None:
    command = "curl -sSI {models|https://api.openai.com/v1/models}"
    for seen in (Evidence(host=host), Evidence(host=host, origin=f"https://{host}")):
        assert filled((command,), seen) == ("curl -sSI https://api.openai.com/v1/models",)


def test_every_command_of_every_row_is_whole_without_anything_known() -> None:
    for name in rows():
        for command in explain_row(name).next:
            assert "{" not in command, name
            assert "|}" not in command, name
            if command.startswith(("curl ", "getent ", "routecheck ")):
                shlex.split(command, comments=True)


def test_the_parameter_is_named() -> None:
    found = told('HTTP 400 {"error":{"message":"Unknown parameter: \'style\'.","param":"style"}}').found
    assert found is not None
    assert found.better_move == "Drop or change style, and nothing else."
    odd = Evidence(said="unknown parameter", param="a; b", status=400)
    assert "a; b" not in filled(("x {param|that one}",), odd)[0]


def test_the_page_where_one_pays_is_that_of_the_host() -> None:
    quota = 'HTTP 429 {"error":{"code":"insufficient_quota"}} url https://api.openai.com/v1/images/generations'
    assert told(quota).next == ("https://platform.openai.com/settings/organization/billing/overview",)
    assert "whoever answered" in told('HTTP 429 {"error":{"code":"insufficient_quota"}}').next[0]


@pytest.mark.parametrize("name", rows())
def test_nothing_is_told_as_shown_where_nothing_is(name: str) -> None:
    found = explain_row(name).found
    assert found is not None
    assert "as shown" not in found.first_check


CHALLENGE = (
    "HTTP/2 403\ncontent-type: text/html\nserver: cloudflare\ncf-ray: 9a1f3c2b7d8e4f10-FRA\ncf-mitigated: challenge\n\n"
    "<html><head><title>Just a moment...</title></head><script>_cf_chl_opt = {cZone: 'chatgpt.com'}</script></html>"
)


def test_a_challenge_is_named_and_its_ray_is_read_out() -> None:
    explanation = told(CHALLENGE)
    assert any("challenge of Cloudflare" in because for because in explanation.because)
    assert explanation.facts["cf_ray"] == "9a1f3c2b7d8e4f10-FRA"
    assert "https://chatgpt.com/backend-api/codex/models" in explanation.next[0]


def test_a_code_is_the_reason_before_a_loose_word() -> None:
    text = '401 {"error":{"message":"Your refresh token has already been used.","code":"refresh_token_reused"}}'
    assert told(text).because[0] == "its code is refresh_token_reused"


def test_the_categories_of_a_refusal_are_read_out() -> None:
    text = "400 {'error': {'message': 'rejected by the safety system. safety_violations=[sexual, violence].'}}"
    assert told(text).facts["safety_violations"] == "sexual, violence"


def test_a_link_for_people_is_no_host_that_was_asked() -> None:
    text = (
        "RESOURCE_EXHAUSTED limit: 0. To monitor your usage, head to: https://ai.dev/rate-limit. "
        "For more information see https://pages.example.net/limits"
    )
    assert "host" not in told(text).facts
    assert told("HTTP 403 from https://relay.example/v1/images/generations").facts["host"] == "relay.example"


@pytest.mark.parametrize(
    ("text", "by"),
    [
        (
            'HTTP/2 429\nserver: cloudflare\ncf-ray: 9a1f3c2b7d8e4f10-FRA\n\n{"error":{"code":"insufficient_quota"}}',
            None,
        ),
        ("TypeError: fetch failed, error code: UND_ERR_HEADERS_TIMEOUT", None),
        ("Error code: 400 - {'error': {'message': 'Unknown parameter'}}", "openai-python"),
        (CHALLENGE, "cloudflare"),
    ],
)
def test_a_header_and_a_word_are_no_wrapping(text: str, by: str | None) -> None:
    assert told(text).facts.get("wrapped_by") == by


def test_a_gateway_without_a_channel_speaks_of_no_login() -> None:
    explanation = explain_row("gateway-has-no-channel")
    assert explanation.found is not None
    assert "403" not in explanation.found.not_this
    assert not any("log in" in text for text in explanation.dont)


@pytest.mark.parametrize("name", ["quota-exhausted", "tier-limit-zero", "usage-limit-reached"])
def test_the_same_warning_is_not_given_twice(name: str) -> None:
    warnings = explain_row(name).dont
    assert sum("retry" in text for text in warnings) == 1
    assert branches()["quota_billing"].dont not in warnings
