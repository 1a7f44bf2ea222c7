"""What a pasted attempt comes to: a row, a question, or nothing; and what it never comes to."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.matrix import rows
from diagnose.matrix.deciding import Decision, classes, decide
from diagnose.matrix.evidence import Evidence


def seen(said: str = "", **more: Any) -> Evidence:
    return Evidence(said=" ".join(said.lower().split()), message=said, **more)


def row(said: str = "", **more: Any) -> str:
    decision = decide(seen(said, **more))
    return decision.row.id if decision.row else ""


def question(said: str = "", **more: Any) -> str:
    decision = decide(seen(said, **more))
    return decision.question.id if decision.question and not decision.row else ""


SCOPES = "You have insufficient permissions for this operation. Missing scopes: model.request"


@pytest.mark.parametrize(
    ("said", "more", "expected"),
    [
        (SCOPES, {"route": "codex-oauth"}, "token-on-images-api"),
        (SCOPES, {"credential": "codex-oauth"}, "token-on-images-api"),
        (SCOPES, {"host": "chatgpt.com"}, "token-on-images-api"),
        (SCOPES, {"route": "openai-api-key"}, "missing-image-scope"),
        (SCOPES, {"credential": "platform-key"}, "missing-image-scope"),
        ("Missing scopes: api.model.read", {"route": "openai-api-key"}, "missing-models-scope"),
        ("The model 'x-1' does not exist.", {"route": "azure"}, "azure-deployment-unknown"),
        ("The model 'x-1' does not exist.", {"route": "openai-images"}, "model-unknown"),
        ("The model 'x-1' does not exist.", {"param": "tools"}, "image-model-incident"),
        ("Tool choice 'image_generation' not found", {"route": "codex-oauth"}, "image-tool-absent"),
        ("OpenAI Codex image generation failed (HTTP 400): Tool choice 'image_generation' not found",
         {"route": "openai-api-key"}, "openclaw-login-wins"),
        ("RESOURCE_EXHAUSTED: Quota exceeded for metric: x, limit: 0", {"status": 429}, "tier-limit-zero"),
        ("RESOURCE_EXHAUSTED. Please retry in 12.5s.", {"status": 429}, "rate-limited"),
    ],
)  # fmt: skip
def test_the_same_text_is_decided_by_one_more_fact(said: str, more: dict[str, Any], expected: str) -> None:
    assert row(said, **more) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (SCOPES, "missing-scopes"),
        ("The model 'x-1' does not exist.", "model-does-not-exist"),
        ("Tool choice 'image_generation' not found in 'tools' parameter.", "tool-choice-not-found"),
        ("RESOURCE_EXHAUSTED", "google-quota"),
        ("no available accounts", "pool-empty"),
    ],
)
def test_without_that_fact_it_is_asked_for(said: str, expected: str) -> None:
    assert question(said) == expected


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 429, 500, 502, 503])
def test_hardly_more_than_a_status_is_never_a_diagnosis(status: int) -> None:
    decision = decide(seen(f"image generation: HTTP {status}", status=status))
    assert decision.row is None
    assert decision.question is not None
    assert len(decision.candidates) == 3


def test_a_page_is_the_edge_whatever_status_it_has() -> None:
    for status in (401, 403, 502):
        assert row("<html>just a moment...</html>", status=status, content="html") == "edge-html"


def test_a_page_at_a_wrong_url_is_the_url() -> None:
    page = seen("<html>403 forbidden</html>", status=403, content="html", path="/backend-api/responses")
    assert (decide(page).row or rows()["edge-html"]).id == "base-url-is-a-website"


def test_words_do_without_a_status_that_nobody_told_and_not_against_one() -> None:
    told = "[ERROR: Bad Request]"
    assert row(told) == row(told, status=400) == "error-body-thrown-away"
    assert row(told, status=429) == ""


def test_a_route_in_any_words_is_of_a_class() -> None:
    assert classes(Evidence(route="codex-images")) == {"login"} == classes(Evidence(route="Codex-OAuth"))
    assert classes(Evidence(credential="project-key")) == {"key"}
    assert classes(Evidence(route="cpa-responses", credential="codex-oauth")) == {"gateway", "login"}
    assert classes(Evidence(route="mine")) == frozenset()


def test_nothing_is_made_of_nothing() -> None:
    assert decide(Evidence()) == Decision()
    assert decide(seen("hello, my picture is not nice")) == Decision()


def test_what_stands_at_the_end_of_a_long_text_is_seen() -> None:
    assert row("x " * 200_000 + "Billing hard limit has been reached") == "quota-exhausted"


def test_time_is_linear() -> None:
    def lasts(size: int) -> float:
        evidence = seen('{"a": "' * size)
        best = 9.0
        for _ in range(3):
            begun = time.perf_counter()
            decide(evidence)
            best = min(best, time.perf_counter() - begun)
        return best

    lasts(1_000)
    assert lasts(1_600_000) < 8 * max(lasts(400_000), 0.002)


@given(
    st.text(max_size=80),
    st.none() | st.integers(100, 599),
    st.sampled_from(["", "codex-oauth", "openai-api-key", "azure", "google", "?"]),
)
def test_any_text_comes_to_one_of_three(said: str, status: int | None, route: str) -> None:
    decision = decide(seen(said, status=status, route=route))
    if decision.row is None and decision.question is not None:
        assert 2 <= len(decision.candidates) <= 3


@pytest.mark.parametrize(
    ("said", "route", "row"),
    [
        ('No API key found for provider "google"', "", "openclaw-no-credential"),
        ('No API key found for provider "openai"', "openai-api-key", "openclaw-no-credential"),
        ('No API key found for provider "openai-codex"', "codex-oauth", "login-expired"),
        ('No API key found for provider "openai"', "codex-oauth", ""),
    ],
)
def test_no_key_for_a_provider_has_several_causes(said: str, route: str, row: str) -> None:
    decision = decide(seen(said, route=route))
    assert (decision.row.id if decision.row else "") == row
    assert decision.question is not None
    assert decision.question.id == "no-key-for-provider"


def test_an_option_that_the_release_does_not_know_is_no_missing_image_tool() -> None:
    decision = decide(seen("error: unknown option '--quality'"))
    assert decision.row is not None
    assert (decision.row.id, decision.row.action) == ("option-unknown", "upgrade_or_rollback_client")


@pytest.mark.parametrize(
    ("said", "row"),
    [
        ("ModuleNotFoundError: No module named 'google.genai'", "program-part-missing"),
        ("Image part is missing a thought_signature in content position 3", "thought-signature-lost"),
        ("error code: 1033", "origin-down"),
        ("minimax image request failed (status 2013)", "bad-parameter"),
        ("allow_all for personGeneration is currently not supported.", "bad-parameter"),
        ("This API is under maintenance", "under-maintenance"),
        ("Task timed out after 300000ms", "stopped-asking-for-task"),
        ("Your key is missing a required scope: app.labs", "labs-endpoint"),
        ("relative URL without a base", "endpoint-unknown"),
        ("Model undefined is not supported. Supported models: a, b", "no-model-named"),
    ],
)
def test_a_mechanism_has_its_own_row(said: str, row: str) -> None:
    decision = decide(seen(said))
    assert decision.row is not None
    assert decision.row.id == row


def test_a_status_that_a_gateway_kept_of_a_refusal_is_no_failure_of_a_server() -> None:
    decision = decide(seen("bad response status code 400", status=400, error_type="upstream_error"))
    assert decision.row is not None
    assert decision.row.id == "error-body-thrown-away"
