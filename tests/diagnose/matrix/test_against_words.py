"""What a text shows beside its loudest words goes before them: the kind of credential, the host, the finished image."""

from __future__ import annotations

from typing import Any

import pytest

from diagnose.matrix.deciding import Decision, decide
from diagnose.matrix.explaining import explain
from diagnose.matrix.reading import read

REAUTH = "reauth_or_repair_profile"


def decided(text: str, **given: Any) -> Decision:
    return decide(read(text, **given).attempts[0])


def row(text: str, **given: Any) -> str:
    found = decided(text, **given).row
    return found.id if found else ""


def asked(text: str, **given: Any) -> str:
    decision = decided(text, **given)
    return decision.question.id if decision.question and not decision.row else ""


UNKNOWN_KEY = 'HTTP 401 {"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}'
CURL = "> POST {path} HTTP/2\n> Host: {host}\n> Authorization: Bearer {sent}\n< HTTP/2 401\n{body}"
JWT = "eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln"


def curl(host: str, path: str, sent: str, body: str = '{"error":{"message":"Unauthorized"}}') -> str:
    return CURL.format(host=host, path=path, sent=sent, body=body)


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        (UNKNOWN_KEY, {"credential": "siwc-token"}, "siwc-token"),
        (UNKNOWN_KEY, {"credential": "siwc", "route": "codex-responses"}, "siwc-token"),
        ("HTTP 401", {"credential": "siwc-token"}, "siwc-token"),
        (UNKNOWN_KEY, {"credential": "codex-oauth", "route": "openai-images"}, "token-on-images-api"),
        (
            "HTTP 401 invalid token",
            {"credential": "codex-id-token", "route": "openai-responses"},
            "token-on-images-api",
        ),
        ("Incorrect API key provided: eyJhb***c2ln.", {"status": 401}, "token-on-images-api"),
        (curl("api.openai.com", "/v1/images/generations", JWT), {}, "token-on-images-api"),
        (
            '{"detail":"Unauthorized"}',
            {"credential": "platform-key", "route": "codex-responses"},
            "wrong-credential-kind",
        ),
        ("HTTP 401", {"credential": "project-key", "route": "codex-images"}, "wrong-credential-kind"),
        (UNKNOWN_KEY, {"credential": "admin-key", "route": "openai-images"}, "wrong-credential-kind"),
        (curl("chatgpt.com", "/backend-api/codex/responses", "sk-proj-aaaabbbb"), {}, "wrong-credential-kind"),
        (curl("chatgpt.com", "/backend-api/codex/responses", "sk-aaaabbbb"), {}, "wrong-credential-kind"),
    ],
)
def test_a_credential_of_another_place_is_never_to_be_renewed(text: str, given: dict[str, Any], expected: str) -> None:
    decision = decided(text, **given)
    assert decision.row is not None
    assert (decision.row.id, decision.row.action) == (expected, "use_endpoint_the_token_is_for")


@pytest.mark.parametrize(
    ("text", "given"),
    [
        (UNKNOWN_KEY, {"credential": "platform-key", "route": "openai-images"}),
        (UNKNOWN_KEY, {"credential": "codex-oauth", "route": "codex-responses"}),
        (curl("api.openai.com", "/v1/images/generations", "sk-proj-aaaabbbb"), {}),
        (curl("chatgpt.com", "/backend-api/codex/responses", JWT), {}),
    ],
)
def test_one_at_its_own_place_is_what_it_was(text: str, given: dict[str, Any]) -> None:
    assert row(text, **given) == "bad-credential"


def test_another_refusal_is_not_the_kind_of_the_credential() -> None:
    text = 'HTTP 429 {"error":{"message":"Rate limit reached","code":"rate_limit_exceeded"}}'
    assert row(text, credential="codex-oauth", route="openai-images") == "rate-limited"


def test_a_login_on_the_images_api_is_sent_to_its_own_surface() -> None:
    told = explain(read(UNKNOWN_KEY, credential="codex-oauth", route="openai-images"))
    assert any("codex-responses" in command for command in told.next)
    assert not any("openai-images" in command for command in told.next)


def test_a_401_that_speaks_of_permissions_leads_to_no_new_login_even_if_it_is_cut() -> None:
    text = "ERROR HTTP 401: You have insufficient permissions for this operati"
    assert row(text) == ""
    assert asked(text) == "status-401"


# One login, several programs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("token refresh failed: 400 refresh token reuse detected, family revoked", "refresh-token-reused"),
        ("access token expired; invalid_grant: refresh token reuse", "refresh-token-reused"),
        ("OAuth token refresh failed for openai-codex: refresh token was reused", "refresh-token-reused"),
        ("401 token_expired: another process refreshed the login first", "refresh-token-reused"),
        ("codex cli and openclaw share ~/.codex/auth.json; invalid_grant", "refresh-token-shared"),
        ("token_expired. Both of them work with the same login.", "refresh-token-shared"),
        ("I copied auth.json to the server. Now: refresh token revoked", "refresh-token-shared"),
    ],
)
def test_a_login_that_several_programs_use_is_neither_refreshed_nor_made_anew(text: str, expected: str) -> None:
    decision = decided(text, route="codex-oauth")
    assert decision.row is not None
    assert (decision.row.id, decision.row.action) == (expected, "keep_one_owner_of_refresh_token")


@pytest.mark.parametrize(
    "text",
    [
        "OpenClaw and the Codex CLI run here. HTTP 401: token_expired",
        "invalid_grant: token has been revoked (opencode, openclaw)",
        "Two programs log in here. invalid_grant",
    ],
)
def test_of_two_programs_that_are_named_it_is_asked_first(text: str) -> None:
    assert asked(text, route="codex-oauth") == "login-of-several-programs"
    question = explain(read(text, route="codex-oauth")).question or ""
    assert "refresh nothing" in question
    assert "do not log in" in question


def test_one_program_that_has_lost_its_login_is_told_so() -> None:
    assert row("OpenClaw: HTTP 401 token_expired. Run codex login.", route="codex-oauth") == "login-expired"
    assert row("The refresh token has expired and cannot be reused. Please sign in again.") == "login-revoked"


# Made, and lost ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "image_generation_call completed; the client timed out after 60 s",
        "image_generation_call.completed, then HTTP 500",
        "image_generation_call result received; rate limit exceeded while relaying",
        "HTTP 502 Bad Gateway from the relay; upstream finished the image",
        "Image saved to out.png. Then: socket hang up",
        "image generation completed in 41 s\nHTTP 503 Service Unavailable",
    ],
)
def test_an_image_that_was_made_is_looked_for_before_another_is_paid(text: str) -> None:
    told = explain(read(text))
    assert told.found is not None
    assert (told.found.symptom, told.found.action) == ("made-but-lost", "recover_finished_result_before_retry")
    assert not any("routecheck run" in command for command in told.next)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Request timed out. Second try: image generated.", "timeout"),
        ("Image saved to out.png", ""),
        ("image generated; next one: HTTP 400 moderation_blocked", "moderation-blocked"),
    ],
)
def test_no_image_is_lost_without_a_failure_behind_it(text: str, expected: str) -> None:
    assert row(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "EACCES: permission denied, open '/home/u/.openclaw/media/generated/a.png'",
        "PermissionError: [Errno 13] Permission denied while saving image",
        "OSError: [Errno 28] No space left on device: 'out.png'",
        "ENOSPC: write failed for the image",
    ],
)
def test_an_image_that_could_not_be_written_is_not_asked_for_again(text: str) -> None:
    assert row(text) == "image-not-written"
    assert row("EACCES: permission denied, open '/etc/program.conf'") != "image-not-written"


# Whose host ----------------------------------------------------------------------------------------------------------


def refused(host: str, status: int = 401) -> str:
    return f'HTTP {status} from https://{host}/v1/images/generations: {{"error":{{"message":"invalid api key"}}}}'


@pytest.mark.parametrize("status", [401, 403])
def test_no_key_is_replaced_at_a_host_that_imitates_a_vendors(status: int) -> None:
    for host in ("api.opena1.com", "chatgtp.com"):
        decision = decided(refused(host, status), route="openai-api-key")
        assert decision.row is not None
        assert (decision.row.id, decision.row.action) == ("unknown-host", "fix_base_url")


def test_a_host_that_nobody_knows_is_asked_about() -> None:
    assert asked(refused("api.openai.example")) == "host-of-a-stranger"
    assert "no new key" in (explain(read(refused("api.openai.example"))).question or "")


@pytest.mark.parametrize(
    ("text", "given"),
    [
        (refused("api.openai.com"), {}),
        (refused("localhost:8317"), {}),
        (refused("relay.gateway.net"), {"route": "litellm"}),
        (refused("relay.gateway.net"), {"route": "other"}),
        (refused("relay.gateway.net") + " new_api_error", {}),
    ],
)
def test_a_host_that_is_known_or_named_as_a_gateway_may_refuse_a_key(text: str, given: dict[str, Any]) -> None:
    assert row(text, **given) == "bad-credential"


# Not ours ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        'psql: FATAL: password authentication failed for user "app"',
        "docker: Error response from daemon: unauthorized: authentication required",
        "npm ERR! code E401 Unable to authenticate",
        "fatal: Authentication failed for 'https://git.local/a.git/'",
        "An error occurred (ExpiredToken) when calling the ListBuckets operation: token expired",
        "gh: Bad credentials (HTTP 401)",
        "error: You must be logged in to the server (Unauthorized)",
        "me@host: Permission denied (publickey).",
        "ERROR 1045 (28000): Access denied for user 'a'@'b'",
        "redis.exceptions.ConnectionError: connection refused",
    ],
)
def test_what_another_program_says_of_itself_is_not_explained(text: str) -> None:
    assert decided(text) == Decision()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("docker: openai.AuthenticationError: Incorrect API key provided", "bad-credential"),
        (
            "An error occurred (ThrottlingException) when calling the InvokeModel operation: rate limit exceeded",
            "rate-limited",
        ),
        ("kubectl logs gateway: image generation: insufficient_quota", "quota-exhausted"),
    ],
)
def test_what_a_model_answered_is_explained_wherever_it_was_logged(text: str, expected: str) -> None:
    assert row(text) == expected


# Denied, or hardly said ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no rate limit, no quota problem", ""),
        ("It is not a timeout.", ""),
        ("No moderation_blocked, no rate limit; the picture is blurry", ""),
        ("not a rate limit: Billing hard limit has been reached", "quota-exhausted"),
        ("no credits left", "quota-exhausted"),
        ("not authenticated", "bad-credential"),
    ],
)
def test_what_is_denied_is_no_evidence(text: str, expected: str) -> None:
    assert row(text) == expected
    assert not expected or not asked(text)


@pytest.mark.parametrize(
    "text", ["429 Too Many Requests", "Error: 429 Too Many Requests", "HTTP/2 429 Too Many Requests"]
)
def test_a_reason_phrase_is_no_more_than_a_status(text: str) -> None:
    assert asked(text) == "bare-429"


def test_a_page_with_429_may_be_anybodys() -> None:
    page = "<html><head><title>429 Too Many Requests</title></head><body><hr><center>nginx</center></body></html>"
    assert asked(page) == "bare-429"
    assert row("429 Too Many Requests: rate limit reached for gpt-image-2, please try again in 12s") == "rate-limited"


def test_an_abort_may_be_of_three_clocks() -> None:
    assert asked("This operation was aborted") == asked("AbortError: The operation was aborted.") == "bare-abort"
    assert row("This operation was aborted", status=524) == "hop-gave-up"
    assert row("The operation was aborted due to timeout") == "timeout"


@pytest.mark.parametrize(
    "text",
    [
        '{"model": {"primary": "openai/gpt-image-2", "timeoutMs": 180000, "fallback model": "google/x"}}',
        "tools.media.image.timeoutSeconds = 60",
        "requestTimeout: 30000",
    ],
)
def test_settings_are_no_failures(text: str) -> None:
    assert decided(text) == Decision()
