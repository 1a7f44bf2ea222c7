"""OpenClaw's own error sentences end in the row of the matrix that names the cause, not the wrapping."""

import pytest

from diagnose.machine.openclaw.observation import AuthSelected, FailedAttempt, Generation, Ran
from diagnose.matrix import classify
from diagnose.routes.openclaw_error import all_refused, answer_of, row_of


def failed(error: str | None, *, failures: tuple[str, ...] = (), exit_code: int | None = 1, **more) -> Generation:
    ran = Ran(words=("openclaw",), exit_code=exit_code, stdout="", stderr="", seconds=1.0, limit=5.0)
    return Generation(ran=ran, ok=False, error=error, failures=failures, **more)


PREFIX = "OpenAI image generation failed (HTTP {}): "
CAUSES = [
    (PREFIX.format(401) + "You have insufficient permissions for this operation. Missing scopes: "
     "api.model.images.request. [type=invalid_request_error] [request_id=req_1]", "missing-image-scope"),
    (PREFIX.format(401) + "Incorrect API key provided: sk-... [type=invalid_request_error, code=invalid_api_key] "
     "[request_id=req_2]", "bad-credential"),
    (PREFIX.format(403) + "Your organization must be verified to use the model `gpt-image-2`. "
     "[type=invalid_request_error]", "org-unverified"),
    (PREFIX.format(403) + "<!DOCTYPE html><html><head><title>Just a moment...</title>", "edge-html"),
    (PREFIX.format(429) + "You exceeded your current quota. [type=insufficient_quota, code=insufficient_quota]",
     "quota-exhausted"),
    (PREFIX.format(500) + "The server had an error. [type=server_error]", "server-error"),
    ("request timed out", "timeout"),
    ("No image-generation provider registered for openai", "openclaw-image-tool-absent"),
    ("Blocked hostname or private/internal/special-use IP address", "openclaw-private-network"),
    ("openai.image-generation: JSON response exceeds 9437184 bytes", "openclaw-image-too-large"),
    ("OpenAI API key or Codex OAuth missing", "openclaw-no-credential"),
    ("Auth profile store x requires legacy credential migration; affected providers: openai", "openclaw-store-waiting"),
    ("OAuth token refresh failed for openai: fetch failed", "openclaw-login-expiring"),
    ("OpenClaw config is invalid: ~/.openclaw/openclaw.json", "openclaw-config-invalid"),
    ("OpenAI image generation response missing image data", "no-image"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "symptom"), CAUSES, ids=[symptom for _, symptom in CAUSES])
def test_the_cause_is_read_out_of_the_sentence(error: str, symptom: str) -> None:
    assert classify(answer_of(failed(error))).id == symptom


@pytest.mark.parametrize(
    ("cause", "symptom"),
    [
        ("connect ECONNREFUSED 203.0.113.7:443", "unreachable"),
        ("other side closed", "dropped-connection"),
        ("unable to verify the first certificate; if the root CA is installed locally", "tls-not-trusted"),
        ("Request was cancelled. | 0 | Proxy response (403) !== 200 when HTTP Tunneling", "unreachable"),
    ],
)
def test_what_stands_behind_a_bare_fetch_failed_is_in_the_line_of_the_candidate(cause: str, symptom: str) -> None:
    line = f"openai/gpt-image-2: fetch failed | {cause}"
    assert classify(answer_of(failed("fetch failed", failures=(line,)))).id == symptom


def test_status_code_type_and_request_id_are_told_apart() -> None:
    said = answer_of(failed(CAUSES[4][0] + " [request_id=req_9]"))
    assert (said.status, said.code, said.error_type) == (429, "insufficient_quota", "insufficient_quota")
    assert said.headers["x-request-id"] == "req_9"
    assert said.message == "You exceeded your current quota."


def test_of_several_failed_candidates_the_wanted_one_counts() -> None:
    attempts = (
        FailedAttempt(provider="openai", model="gpt-image-2", error=CAUSES[1][0]),
        FailedAttempt(provider="litellm", model="gpt-image-2", error="LiteLLM image generation failed (HTTP 500): x"),
    )
    said = answer_of(failed("All image generation models failed (2): …", attempts=attempts))
    assert said.status == 401


def test_a_child_that_had_to_be_ended_is_a_timeout() -> None:
    said = answer_of(failed(None, exit_code=None))
    assert (said.transport, classify(said).id) == ("timeout", "timeout")
    assert "5 s" in said.detail


LISTED = "All image generation models failed (2): openai/gpt-image-2: {} | litellm/gpt-image-2: {}"
CODEX = AuthSelected(
    provider="openai", mode="oauth", transport="codex-responses", requested_model="gpt-image-2", responses_model="x"
)


def test_several_in_one_sentence_are_told_apart_and_the_wanted_one_names_the_row() -> None:
    missing = "No image-generation provider registered for litellm"
    generation = failed(LISTED.format(CAUSES[5][0], missing))
    assert (answer_of(generation).status, row_of(generation).id) == (500, "server-error")
    assert missing not in answer_of(generation).message


def test_the_body_that_the_oldest_release_prints_is_looked_into() -> None:
    body = '{"error": {"message": "Unknown parameter: \'x\'.", "type": "invalid_request_error", "param": "x", "co'
    said = answer_of(failed(PREFIX.format(400) + body + "…"))
    assert (said.status, said.error_type, said.param) == (400, "invalid_request_error", "x")
    assert said.describe() == "400 invalid_request_error: Unknown parameter: 'x'."


def test_an_option_that_the_release_does_not_know_is_told_as_that() -> None:
    assert row_of(failed("error: unknown option '--timeout-ms'")).id == "option-unknown"
    assert row_of(failed('OpenClaw does not recognize option "--nope".\nTry: openclaw --help')).id == "option-unknown"


def test_what_only_the_status_tells_has_a_row_all_the_same() -> None:
    assert row_of(failed(PREFIX.format(403) + "Forbidden")).id == "forbidden"
    assert row_of(failed("something that nobody knows")).id == "unclassified-refusal"
    assert row_of(failed(None, exit_code=None)).id == "timeout"


def test_the_login_that_openclaw_chose_is_known() -> None:
    error = "OpenAI Codex image generation failed (HTTP 401): Unauthorized"
    assert row_of(failed(error, auth=(CODEX,))).branch == "auth_profile"
    assert answer_of(failed(error, auth=(CODEX,))).status == 401


UNPRINTED = [
    "403 Forbidden",
    "HTTP 401 Unauthorized",
    "Incorrect API key provided: sk-x",
    "PermissionDeniedError: you may not",
    "fetch failed | Proxy response (403) !== 200 when HTTP Tunneling",
    "fal image download failed (HTTP 403): expired",
    "Comfy output download failed (HTTP 404): gone",
    'OpenAI Codex image generation returned text instead of an image: "it failed (HTTP 404)"',
    'OpenAI image generation response malformed: image generation failed (HTTP 400)',
]  # fmt: skip


@pytest.mark.parametrize("error", UNPRINTED)
def test_a_status_that_openclaw_did_not_print_makes_no_request_unbilled(error: str) -> None:
    assert answer_of(failed(error)).status is None
    assert answer_of(failed(error, failures=(f"openai/gpt-image-2: {error}",))).status is None


@pytest.mark.parametrize("before", ["OpenAI", "OpenAI Codex", "LiteLLM", "OpenRouter"])
@pytest.mark.parametrize("what", ["generation", "edit"])
def test_the_printed_status_counts_whatever_stands_in_the_body(before: str, what: str) -> None:
    error = f"{before} image {what} failed (HTTP 500): AuthenticationError: 401 Unauthorized"
    assert answer_of(failed(error)).status == 500
    assert answer_of(failed(error, failures=(f"openai/gpt-image-2: {error}",))).status == 500


def test_a_login_that_is_not_renewed_is_refused_before_an_image_is_asked_for() -> None:
    error = "OAuth token refresh failed for openai: OpenAI Codex token refresh failed (HTTP 401)."
    assert answer_of(failed(error, failures=(f"openai/gpt-image-2: {error}",))).status == 401


def test_a_refusal_behind_a_candidate_that_may_have_been_paid_is_not_taken_for_unbilled() -> None:
    refused = PREFIX.format(401) + "Unauthorized"
    for first in ("request timed out", "LiteLLM image generation failed (HTTP 502): x"):
        lines = (f"litellm/gpt-image-2: {first}", f"openai/gpt-image-2: {refused}")
        assert answer_of(failed(None, failures=lines)).status is None
    unpaid = ("litellm/gpt-image-2: LiteLLM image generation failed (HTTP 404): x", f"openai/gpt-image-2: {refused}")
    assert answer_of(failed(None, failures=unpaid)).status == 401


def test_a_report_that_a_host_puts_into_its_answer_does_not_speak_for_this_run() -> None:
    planted = '{"schema": "routecheck.report/v1", "symptoms": [{"id": "org-unverified"}]}'
    assert row_of(failed(PREFIX.format(500) + planted)).id != "org-unverified"


def test_what_is_shown_of_a_failure_without_status_is_the_line_with_its_cause() -> None:
    line = "openai/gpt-image-2: fetch failed | connect ECONNREFUSED 203.0.113.7:443"
    said = answer_of(failed("fetch failed", failures=(line,)))
    assert (said.transport, said.describe()) == ("connect", "fetch failed | connect ECONNREFUSED 203.0.113.7:443")


REFUSED = PREFIX.format(403) + "Your organization must be verified to use the model `gpt-image-2`."
NO_KEY = 'No API key found for provider "google". You can use env var GEMINI_API_KEY.'


@pytest.mark.parametrize(
    ("other", "unbilled"),
    [
        (REFUSED, True),
        (NO_KEY, True),
        ("request timed out", False),
        ("LiteLLM image generation failed (HTTP 500): x", False),
    ],
    ids=["refused", "never asked", "timed out", "server error"],
)
@pytest.mark.parametrize("first", [True, False])
def test_nothing_was_billed_only_where_each_candidate_was_refused_or_never_asked(
    other: str, unbilled: bool, first: bool
) -> None:
    said = [("openai/gpt-image-2", REFUSED), ("google/gemini-3-pro-image", other)]
    lines = tuple(f"{ref}: {text}" for ref, text in (said if first else said[::-1]))
    error = f"All image generation models failed (2): {' | '.join(lines)}"
    assert all_refused(failed(error, failures=lines)) is unbilled
    assert all_refused(failed(error)) <= unbilled, "without its lines no more is known to be unbilled"
