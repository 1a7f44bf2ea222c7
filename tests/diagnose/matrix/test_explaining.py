"""The explanation: what is told of a diagnosis, a question, nothing, several attempts, a saved report and an id."""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnose.matrix import rows
from diagnose.matrix.branches import branches, groups
from diagnose.matrix.evidence import Evidence
from diagnose.matrix.explaining import explain, explain_row
from diagnose.matrix.reading import Reading, read


def attempt(said: str, **more: Any) -> Evidence:
    return Evidence(said=" ".join(said.lower().split()), message=said, **more)


def reading(*attempts: Evidence, outer: Evidence | None = None, report: Any = None) -> Reading:
    return Reading(attempts=attempts, outer=outer or attempts[0], report=report)


def test_a_diagnosis_tells_the_row_the_reason_and_what_to_type() -> None:
    seen = attempt("Incorrect API key provided: x", status=401, code="invalid_api_key", host="api.openai.com")
    told = explain(reading(seen))
    assert told.outcome == "diagnosed"
    assert told.found is not None
    assert (told.found.symptom, told.found.branch) == ("bad-credential", "auth_profile")
    assert told.facts == {"http_status": 401, "code": "invalid_api_key", "host": "api.openai.com"}
    assert told.because
    assert told.next
    assert told.dont
    assert told.attempts == ()


def test_no_word_of_the_text_is_repeated_as_a_reason() -> None:
    told = explain(reading(attempt("Incorrect API key provided: sk-canary-1234567890", status=401)))
    assert "canary" not in repr(told)


def test_what_to_type_is_of_the_route() -> None:
    page = attempt("<html>just a moment...</html>", status=403, content="html")
    login = explain(reading(attempt(page.said, status=403, content="html", route="codex-oauth")))
    assert any("chatgpt.com" in command for command in login.next)
    assert login.next != explain(reading(page)).next


def test_a_question_tells_what_each_answer_would_mean_and_how_to_say_it() -> None:
    told = explain(reading(attempt("Missing scopes: model.request", status=401)))
    assert told.outcome == "ambiguous"
    assert told.found is None
    assert told.question.endswith("?")
    assert [one.found.symptom for one in told.candidates] == ["token-on-images-api", "missing-image-scope"]
    assert [one.say for one in told.candidates] == ["--credential codex-oauth", "--credential platform-key"]
    assert told.next == tuple(f"routecheck explain {one.say} …" for one in told.candidates)


def test_nothing_known_asks_for_more() -> None:
    told = explain(reading(attempt("the picture is somehow odd")))
    assert (told.outcome, told.found, told.candidates) == ("unknown", None, ())
    assert told.collect
    assert told.next


def test_of_several_attempts_the_wanted_model_counts() -> None:
    first = attempt("fetch failed | connect ECONNREFUSED", candidate="litellm/gpt-image-2", transport="connect")
    wanted = attempt("Billing hard limit has been reached", candidate="openai/gpt-image-2", status=400)
    told = explain(reading(first, wanted))
    assert told.found is not None
    assert told.found.symptom == "quota-exhausted"
    assert [one.matters for one in told.attempts] == [False, True]
    assert [one.tried for one in told.attempts] == ["litellm/gpt-image-2", "openai/gpt-image-2"]
    assert [one.symptom for one in told.attempts] == ["unreachable", "quota-exhausted"]


def test_where_none_is_of_openai_the_first_counts() -> None:
    one = attempt("no image-generation provider registered for custom", candidate="custom/image-01")
    two = attempt("fetch failed", candidate="litellm/x")
    told = explain(reading(one, two))
    assert told.found is not None
    assert told.found.symptom == "custom-provider-makes-no-images"


def test_what_stands_around_an_attempt_decides_where_the_attempt_does_not() -> None:
    inner = attempt("oops", status=500)
    outer = attempt("OpenClaw dynamic tool call timed out after 30000ms while running tool image_generate: oops")
    told = explain(reading(inner, outer=outer))
    assert told.found is not None
    assert told.found.symptom == "tool-bridge-timeout"


def test_a_success_with_a_failed_attempt_is_a_fallback() -> None:
    inner = attempt("The usage limit has been reached", candidate="openai/gpt-image-2", code="usage_limit_reached")
    outer = attempt('{"ok":true,"provider":"minimax","attempts":[{"provider":"openai","error":"usage limit"}]}')
    told = explain(reading(inner, outer=outer))
    assert told.found is not None
    assert told.found.branch == "fallback_masking"


def test_a_saved_report_is_explained_by_the_symptom_to_act_on() -> None:
    saved = {"schema": "routecheck.report/v1", "symptoms": [{"id": "login-expired"}, {"id": "forbidden"}]}
    told = explain(reading(attempt("x"), report=saved))
    assert told.found is not None
    assert told.found.symptom == "login-expired"
    again = explain(reading(attempt("x"), report={"symptom": "timeout"}))
    assert again.found is not None
    assert again.found.symptom == "timeout"


@pytest.mark.parametrize("strange", [{}, {"symptoms": []}, {"symptoms": [7]}, {"symptom": ["x"]}, {"symptom": "nope"}])
def test_a_report_without_a_symptom_is_read_as_a_text(strange: dict[str, Any]) -> None:
    assert explain(reading(attempt("odd"), report=strange)).outcome == "unknown"


@pytest.mark.parametrize("name", [*rows(), *branches(), *groups(), "scopes.images", "credentials.expiry"])
def test_every_id_is_explained(name: str) -> None:
    told = explain_row(name)
    assert told.outcome == "diagnosed"
    assert told.found is not None
    assert told.found.branch in branches()
    assert told.dont


def test_another_id_is_none() -> None:
    for name in ("nope", "", "nothing.here", "login_expired"):
        with pytest.raises(KeyError):
            explain_row(name)


def test_of_several_attempts_no_fact_of_the_whole_text_is_taken_for_that_of_the_one_that_matters() -> None:
    wanted = attempt("Incorrect API key provided: x", candidate="openai/gpt-image-2")
    other = attempt("fetch failed", candidate="google/gemini-3-pro-image")
    whole = attempt(
        f"{wanted.said} {other.said}", status=503, host="generativelanguage.googleapis.com", by=("openclaw",)
    )
    told = explain(reading(wanted, other, outer=whole))
    assert told.facts == {"candidate": "openai/gpt-image-2", "wrapped_by": "openclaw"}
    alone = explain(reading(wanted, outer=whole))
    assert alone.facts["http_status"] == 503


def test_a_reason_holds_no_quotes_that_a_terminal_or_json_would_spoil() -> None:
    told = explain(reading(attempt("Incorrect API key provided: x", status=401)))
    assert told.because[0] == "the text says: incorrect api key"


def test_quotes_of_an_editor_are_read_as_plain_ones() -> None:
    told = explain(reading(attempt("The built-in image generation tool isn\u2019t exposed in this session")))
    assert told.found is not None
    assert told.found.branch == "environment_tooling"


@pytest.mark.parametrize("name", rows())
def test_two_warnings_of_a_row_say_different_things(name: str) -> None:
    told = [set(text.lower().replace(",", "").rstrip(".").split()) for text in explain_row(name).dont]
    assert len(told) < 2 or len(told[0] & told[1] - {"do", "not", "and", "the", "a", "it"}) <= len(told[1]) / 2


@pytest.mark.parametrize(
    "saved",
    [
        {
            "schema": "routecheck.report/v1",
            "symptoms": [{"id": "login-expired"}],
            "claim": {"route": "codex-responses"},
        },
        {"schema": "routecheck.explanation/v1", "symptom": "login-expired", "facts": {"route": "codex-responses"}},
    ],
)
def test_what_to_type_for_a_saved_document_is_of_its_own_route(saved: dict[str, Any]) -> None:
    text = json.dumps({**saved, "base_url": "https://my.openai.azure.com/v1"})
    of_login = explain(read("Provided authentication token is expired.", route="codex-oauth"))
    assert explain(read(text)).next == of_login.next
    assert explain(read(text, route="openai-api-key")).next != of_login.next
    anywhere = {**saved, "claim": {"route": 7}, "facts": None}
    assert explain(read(json.dumps(anywhere))).next == of_login.next  # the row is about logins by itself
