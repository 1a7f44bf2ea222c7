"""OpenClaw's own error sentences end in the row of the matrix that names the cause, not the wrapping."""

import pytest

from diagnose.machine.openclaw.observation import FailedAttempt, Generation, Ran
from diagnose.matrix import classify
from diagnose.routes.openclaw_error import answer_of


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
