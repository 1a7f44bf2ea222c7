"""Failures that are not the one to mend: overcome ones, another part's, and several that nothing puts in an order."""

import pytest

from diagnose.matrix.explaining import explain
from diagnose.matrix.reading import read
from diagnose.model.explanation import Explanation

UNVERIFIED = "HTTP 403 Your organization must be verified to use the model"


def told(text: str) -> Explanation:
    return explain(read(text))


def symptom(text: str) -> str:
    found = told(text).found
    return found.symptom if found else ""


@pytest.mark.parametrize(
    "text",
    [
        "HTTP 429 rate limit exceeded, retry in 3s\nHTTP 200 OK image saved to /tmp/x.png",
        "HTTP 401 token_expired\nretry after refresh\nHTTP/1.1 200 OK\nsaved image x.png",
        "HTTP 401 token_expired; refreshed; HTTP 200 OK image saved to x.png",
        "WARN 429 rate_limit_exceeded, retry 1/3\nINFO image saved: /tmp/x.png",
        'POST /v1/embeddings 401 {"error":{"code":"invalid_api_key"}}\nPOST /v1/images/generations 200 9034ms',
    ],
)
def test_whether_it_was_overcome_is_asked_and_never_claimed(text: str) -> None:
    found = told(text)
    assert found.outcome == "ambiguous"
    assert found.question.startswith("Is the image that was saved in the end the one that failed before?")
    assert len(found.candidates) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "openclaw-1 | [image_generate] failed: 429 insufficient_quota\nopenclaw-1 | [telegram] polling retry\n"
            "openclaw-1 | [telegram] HTTP 200",
            "quota-exhausted",
        ),
        (
            "* Operation timed out after 60000 milliseconds with 0 bytes received\n* Retrying\n"
            "HTTP/1.1 200 Connection established",
            "timeout",
        ),
        (
            "ERROR POST /v1/images/generations 401 Incorrect API key provided\nINFO HTTP 200 OK GET /health",
            "bad-credential",
        ),
        ("HTTP 401 invalid_api_key on images. Retried the text endpoint: HTTP 200", "bad-credential"),
    ],
)
def test_a_200_of_another_request_overcomes_nothing(text: str, expected: str) -> None:
    assert symptom(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "HTTP 401 Incorrect API key provided by the program.\nWith curl: HTTP 200 OK",
        "HTTP 429 rate limit exceeded, retrying\nHTTP 200 OK\nHTTP 429 rate limit exceeded",
        "HTTP 429 rate limit exceeded, retrying\nfallback to google/gemini-3-pro-image\nimage saved",
    ],
)
def test_a_success_beside_a_failure_that_lasts_mends_nothing(text: str) -> None:
    assert told(text).outcome == "diagnosed"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[image_generate] HTTP 429 insufficient_quota\n[telegram] failed: 401 Unauthorized", "quota-exhausted"),
        (
            "ERROR embeddings: HTTP 401 Incorrect API key provided\nERROR image_generate: HTTP 400 moderation_blocked\n"
            "ERROR embeddings: HTTP 401 Incorrect API key provided",
            "moderation-blocked",
        ),
        (f"ERROR [image_generate] {UNVERIFIED}\nWARN [whatsapp] connection timed out, reconnecting", "org-unverified"),
        (
            'POST /v1/chat/completions 429 {"error":{"code":"rate_limit_exceeded"}}\n'
            'POST /v1/images/generations 403 {"error":{"message":"Your organization must be verified"}}\n'
            'POST /v1/chat/completions 429 {"error":{"code":"rate_limit_exceeded"}}',
            "org-unverified",
        ),
    ],
)
def test_the_failure_of_the_image_goes_before_that_of_another_part(text: str, expected: str) -> None:
    assert symptom(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "ERROR embeddings: HTTP 401 Incorrect API key provided",
        "ERROR [telegram] sendMessage failed: 401 Unauthorized: bot token invalid",
    ],
)
def test_only_another_part_failing_is_a_question(text: str) -> None:
    found = told(text)
    assert found.outcome == "ambiguous"
    assert found.question == "Did the request for an image fail in this way, too?"


def test_what_a_channel_hands_on_is_read() -> None:
    assert symptom("[discord] HTTP 400 moderation_blocked") == "moderation-blocked"


def test_lines_of_different_branches_without_an_order_are_asked_about() -> None:
    found = told("Error: 400 Unknown parameter: style\nError: 400 Your request was rejected by the safety system")
    assert found.question == "Which of these is the failure that you have?"
    assert {one.found.symptom for one in found.candidates} == {"bad-parameter", "moderation-blocked"}


def test_the_line_with_the_status_goes_before_loose_words() -> None:
    text = "The organization must be verified, mine is.\nHTTP 400: Unknown parameter: 'style'.\nNo more was printed."
    assert symptom(text) == "bad-parameter"
