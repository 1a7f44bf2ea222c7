"""A question that is answered with one of its own options is answered: it is not put again in the same way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from diagnose.matrix import Choice, Match, Question, questions
from diagnose.matrix.deciding import Decision, decide
from diagnose.matrix.evidence import Evidence

FIELDS = {"--status": "status", "--route": "route", "--credential": "credential", "--openclaw-version": "release"}
OF_KEYS = {"bad-credential", "missing-image-scope", "org-unverified", "forbidden", "quota-exhausted"}
HOSTS = {"stranger": "api.dreamcloud.dev", "imitation": "api.opemai.com"}
SENTENCES = {
    "no-key-for-provider": 'No API key found for provider "openai"',
    "openrouter-no-endpoints": "No endpoints found that support the requested output modalities: image, text",
    "login-of-several-programs": "both machines: session expired, log in again",
    "other-account-or-shared-login": "both machines: you have since logged out or signed in to another account",
}


def evidence(said: str = "", **more: Any) -> Evidence:
    return Evidence(said=" ".join(said.lower().split()), message=said, **more)


def texts(question: Question) -> Iterator[Evidence]:
    """Texts that look like what the question is put for: one for each of its phrases."""
    if question.id in SENTENCES:
        yield evidence(SENTENCES[question.id])
    for match in question.matches:
        for phrase in match.says or ("",):
            parts = (phrase, *match.also[:1], *match.then[:1])
            yield evidence(" ".join(part for part in parts if part), **facts(match))


def facts(match: Match) -> dict[str, Any]:
    told: dict[str, Any] = {name: getattr(match, name)[0] for name in ("status", "transport", "code", "param")
                            if getattr(match, name)}  # fmt: skip
    if match.route == ("login",):
        told["route"] = "codex-oauth"
    if match.html:
        told["content"] = "html"
    if match.whose:
        told["host"] = HOSTS[match.whose[0]]
    elif match.host:
        told["host"] = match.host[0]
    return told


def asking(question: Question) -> list[tuple[Evidence, Decision]]:
    decisions = [(text, decide(text)) for text in texts(question)]
    return [(text, found) for text, found in decisions if found.question == question and found.row is None]


def answered(text: Evidence, say: str) -> Decision:
    option, _, value = say.partition(" ")
    fact: dict[str, Any] = {FIELDS[option]: int(value) if option == "--status" else value}
    return decide(replace(text, **fact))


def choices_with_an_option() -> list[Any]:
    return [
        pytest.param(question, choice, id=f"{question.id}: {choice.say}")
        for question in questions().values()
        for choice in question.choices
        if choice.say
    ]


@pytest.mark.parametrize(("question", "choice"), choices_with_an_option())
def test_the_option_of_a_choice_leads_to_its_row_or_to_fewer_choices(question: Question, choice: Choice) -> None:
    asked = [(text, found) for text, found in asking(question) if choice in found.candidates]
    if question.id != "credential-of-another-place":  # that one is put where the option was given
        assert asked
    for text, before in asked:
        after = answered(text, choice.say)
        if after.row is not None:
            assert after.row.id == choice.row, text.said
            continue
        left = {one.row for one in after.candidates}
        assert choice.row in left, text.said
        # The next fact is asked for: fewer choices are left, none of which is answered in the same way.
        assert after.question != question or left < {one.row for one in before.candidates}, text.said
        assert choice.say not in {one.say for one in after.candidates}, text.said


@pytest.mark.parametrize(
    ("more", "row"),
    [
        ({"release": "2026.4.22"}, "openclaw-login-not-for-images"),
        ({"release": "2026.4.9-beta.1", "credential": "codex-oauth"}, "openclaw-login-not-for-images"),
        ({"credential": "codex-oauth"}, "login-expired"),
        ({"release": "2026.9.6", "credential": "codex-oauth"}, "login-expired"),
        ({"route": "openai-api-key"}, "openclaw-no-credential"),
    ],
)
def test_a_missing_key_is_decided_by_release_credential_or_route(more: dict[str, Any], row: str) -> None:
    found = decide(evidence('No API key found for provider "openai"', **more)).row
    assert found is not None
    assert found.id == row


def test_a_release_rules_out_what_only_older_ones_do() -> None:
    found = decide(evidence('No API key found for provider "openai"', release="2026.9.6"))
    assert "openclaw-login-not-for-images" not in {choice.row for choice in found.candidates}
    assert len(found.candidates) == 2


@pytest.mark.parametrize("text", ["HTTP 401 Unauthorized", "HTTP 403 Forbidden", "HTTP 429", "HTTP 401", "HTTP 403"])
@pytest.mark.parametrize("more", [{"route": "codex-oauth"}, {"credential": "codex-oauth"}, {"route": "codex-images"}])
def test_a_login_is_offered_nothing_that_keys_alone_have(text: str, more: dict[str, str]) -> None:
    found = decide(evidence(text, status=int(text.split()[1]), **more))
    assert found.candidates
    assert not OF_KEYS & {choice.row for choice in found.candidates}
    assert not {choice.say for choice in found.candidates} & {"--credential platform-key", "--credential codex-oauth"}


@pytest.mark.parametrize("status", [401, 403])
def test_a_longer_text_of_a_login_is_offered_no_row_of_keys_either(status: int) -> None:
    text = f"image generation ended with HTTP {status} " + "and words that tell nothing of it " * 4
    found = decide(evidence(text, status=status, route="codex-oauth"))
    assert len(found.candidates) == 3
    assert not OF_KEYS & {choice.row for choice in found.candidates}


def test_a_key_is_not_offered_the_window_of_a_plan() -> None:
    found = decide(evidence("HTTP 429 and words that tell nothing of it", status=429, route="openai-images"))
    assert "quota-exhausted" in {choice.row for choice in found.candidates}
    assert "usage-limit-reached" not in {choice.row for choice in found.candidates}


def test_behind_a_gateway_any_credential_may_stand() -> None:
    text = 'No API key found for provider "openai"'
    found = decide(evidence(text, route="responses-gateway"))
    assert found.candidates == decide(evidence(text)).candidates
