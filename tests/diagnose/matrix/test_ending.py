"""Several failures in one log: which one is explained, and what is asked where that can not be told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnose.matrix import ending, questions, rows
from diagnose.matrix.explaining import explain
from diagnose.matrix.reading import read
from diagnose.model.explanation import Explanation

MODERATED = json.dumps({"error": {"code": "moderation_blocked", "message": "rejected by the safety system"}})
UNVERIFIED = "Your organization must be verified to use the model"


def told(text: str, **given: Any) -> Explanation:
    return explain(read(text, **given))


def test_the_rows_that_are_named_are_there() -> None:
    named = ending._FOLLOWS | ending._ONLY_FOLLOWS | ending._MAY_FOLLOW
    assert named <= rows().keys() | questions().keys()
    assert {row.branch for row in rows().values()} >= ending._PASSES


def symptom(text: str, **given: Any) -> str:
    found = told(text, **given).found
    return found.symptom if found else ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"HTTP 401 token_expired; refreshed ok\nHTTP 403 {UNVERIFIED}", "org-unverified"),
        (f"[10:01] 401 token_expired -> refreshed token\n[10:02] 403 {UNVERIFIED}", "org-unverified"),
        ("HTTP 429 rate limit exceeded, retrying\nHTTP 400 moderation_blocked", "moderation-blocked"),
        (f"WARN HTTP 429 rate limit exceeded, retry in 2s\nERROR HTTP 400 {MODERATED}", "moderation-blocked"),
        (f'{{"error":{{"code":"rate_limit_exceeded"}}}}\n{MODERATED}', "moderation-blocked"),
        ("request timed out, retrying (1/2)\nError: 429 insufficient_quota", "quota-exhausted"),
        ("[auth] access token is expired, refreshing… done\n[image] HTTP 429 insufficient_quota", "quota-exhausted"),
        ("ERROR 400 moderation_blocked\nuser changed prompt\nERROR 401 Incorrect API key provided", "bad-credential"),
        ("HTTP 400 moderation_blocked\nHTTP 429 rate limit exceeded", "rate-limited"),
    ],
)
def test_the_last_one_matters(text: str, expected: str) -> None:
    assert symptom(text) == expected


def test_the_others_are_shown_and_a_repeated_one_once() -> None:
    tries = "".join(
        f"2026-11-21T10:00:0{at}Z WARN HTTP 429 rate limit exceeded, retrying ({at}/5)\n" for at in range(5)
    )
    found = told(f"{tries}2026-11-21T10:00:09Z ERROR HTTP 401 Incorrect API key provided")
    assert [(one.tried, one.symptom, one.matters) for one in found.attempts] == [
        ("HTTP 429", "rate-limited", False),
        ("HTTP 401", "bad-credential", True),
    ]
    assert found.facts["http_status"] == 401


@pytest.mark.parametrize(
    "end",
    [
        "ERROR HTTP 503 all credentials for the model are cooling down",
        "ERROR giving up after 3 attempts",
        "ERROR process exited with code 1",
        "ERROR no image was returned by the provider",
    ],
)
def test_what_only_follows_does_not(end: str) -> None:
    assert symptom(f"ERROR HTTP 400 {MODERATED}\nINFO status sent\n{end}") == "moderation-blocked"


def test_what_emptied_the_accounts_of_a_gateway_is_the_cause() -> None:
    text = 'WARN upstream 401 token_revoked\nERROR HTTP 503 {"error":{"message":"no available accounts"}}'
    assert symptom(text) == "login-revoked"


def test_where_it_can_not_be_told_it_is_asked() -> None:
    found = told(f"ERROR upstream answered HTTP 403 {UNVERIFIED}\nERROR HTTP 502 Bad Gateway: upstream error")
    assert found.outcome == "ambiguous"
    assert found.question == "Which of these ended the request?"
    assert [one.found.symptom for one in found.candidates] == ["org-unverified", "server-error"]
    assert found.next == ("routecheck explain org-unverified", "routecheck explain server-error")
    assert not any(one.matters for one in found.attempts)


def test_an_answer_without_an_image_after_a_retry_is_asked_about() -> None:
    found = told("WARN HTTP 429 rate limit exceeded, retrying\nERROR Image generation provider returned no images.")
    assert [one.found.symptom for one in found.candidates] == ["rate-limited", "no-image"]


def test_a_last_failure_that_is_overcome_leaves_the_one_before() -> None:
    text = "ERROR HTTP 429 insufficient_quota\nWARN HTTP 401 token_expired; refreshed ok"
    assert symptom(text) == "quota-exhausted"


def test_a_last_question_is_asked_where_all_before_was_tried_again() -> None:
    found = told('WARN HTTP 429 rate limit exceeded, retrying\nERROR HTTP 403 {"detail":"Forbidden"}')
    assert found.outcome == "ambiguous"
    assert "403" in found.question


def test_an_image_that_was_made_before_a_failure_is_not_forgotten() -> None:
    text = (
        "2026-11-21T10:00:00Z WARN HTTP 401 token_expired, refreshed\n"
        "2026-11-21T10:00:03Z INFO image_generation_call completed\n"
        "2026-11-21T10:00:05Z INFO relaying\n"
        "2026-11-21T10:00:09Z ERROR HTTP 429 rate limit exceeded"
    )
    found = told(text).found
    assert found is not None
    assert found.action == "recover_finished_result_before_retry"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Access denied, invalid api key hint\n{MODERATED}", "moderation-blocked"),
        ('{"hint":"too many requests lead to rate limit","error":{"code":"moderation_blocked"}}', "moderation-blocked"),
        (
            'ECONNRESET on stats.example\nHTTP 400 {"error":{"message":"Invalid size","code":"invalid_value"}}',
            "bad-parameter",
        ),
    ],
)
def test_the_code_of_an_error_beats_loose_words_beside_it(text: str, expected: str) -> None:
    assert symptom(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The docs list these errors: 401 invalid_api_key, 429 rate_limit_exceeded, 403 unsupported_country. Which one?",
        "- 401: incorrect API key\n- 403: organization must be verified\n- 429: rate limit exceeded\n",
    ],
)
def test_a_list_of_errors_is_none_of_them(text: str) -> None:
    found = told(text)
    assert (found.outcome, found.found) == ("ambiguous", None)
    assert {one.say for one in found.candidates} == {"--status 401", "--status 403", "--status 429"}
    again = told(text, status=403)
    assert again.found is not None
    assert again.found.branch == "model_access_verification"


def test_a_list_of_what_no_row_knows_is_unknown() -> None:
    found = told("- 451: odd\n- 460: odder\n- 499: oddest\n")
    assert (found.outcome, found.found) == ("unknown", None)
    assert found.collect
