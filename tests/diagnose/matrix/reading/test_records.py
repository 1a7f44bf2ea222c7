"""Several failures in one log, and the many lines of one."""

import json

import pytest

from diagnose.matrix.reading import read

REFUSAL = {"error": {"message": "Unknown parameter: 'style'.", "param": "style", "code": "unknown_parameter"}}
CURL = """\
$ curl -v https://api.openai.com/v1/images/generations
* Connected to api.openai.com (192.0.2.1) port 443
> POST /v1/images/generations HTTP/2
> Host: api.openai.com
< HTTP/2 {status}
< content-type: application/json

{{"error": {{"code": "{code}", "message": "no"}}}}
"""


def told(text: str) -> list[int | None]:
    return [one.evidence.status for one in read(text).failures]


@pytest.mark.parametrize(
    "text",
    [
        "HTTP 401 token_expired; refreshed ok\nHTTP 403 forbidden by policy\n",
        "2026-11-21T10:00:00Z WARN HTTP 401 token_expired\n2026-11-21T10:00:02Z ERROR HTTP 403 forbidden by policy",
        "Nov 21 10:00:00 web-3 node[41]: HTTP 401 token_expired\nNov 21 10:00:02 web-3 node[41]: HTTP 403 forbidden",
        "[10:01] 401 token_expired -> refreshed token\n[10:02] 403 forbidden",
        "level=warn HTTP 401 token_expired\nlevel=error HTTP 403 forbidden",
        "[auth] HTTP 401 token_expired\n[image] HTTP 403 forbidden",
        "retry 1: 401 token_expired\nfinal: 403 forbidden",
        '{"level":"warn","msg":"HTTP 401 token_expired"}\n{"level":"error","msg":"HTTP 403 forbidden"}',
        CURL.format(status=401, code="token_expired") + CURL.format(status=403, code="forbidden"),
    ],
    ids=["bare", "timed", "of a service", "minutes", "keys", "tags", "numbered", "JSON", "curl"],
)
def test_records_with_different_statuses_are_different_failures(text: str) -> None:
    assert told(text) == [401, 403]


@pytest.mark.parametrize(
    "text",
    [
        f"Image generation failed (HTTP 400)\n{json.dumps(REFUSAL)}",
        f"2026-11-21T10:00:00Z ERROR HTTP 400\n2026-11-21T10:00:00Z ERROR {json.dumps(REFUSAL)}",
        "HTTP 400 Bad Request\nHTTP/1.1 400 Bad Request\ncontent-type: application/json\n\n"
        + json.dumps(REFUSAL, indent=1),
        "Error: fetch failed\n    at x (a.js:1:2)\n  [cause]: Error: connect ECONNREFUSED 127.0.0.1:9\n"
        "Caused by: HTTP 502",
        'Traceback (most recent call last):\n  File "a.py", line 1\nhttpx.ReadTimeout: timed out\n\n'
        "The above exception was the direct cause of the following exception:\n\n"
        "openai.APITimeoutError: Request timed out.",
        CURL.format(status=400, code="unknown_parameter"),
        "< HTTP/1.1 200 Connection established\n\n< HTTP/2 401\n< content-type: application/json\n\n{}",
        "HTTP 429 rate limit exceeded\n" * 30,
        "A sentence.\nAnother one, about HTTP 403.\nAnd about nothing.",
    ],
    ids=[
        "wrapper and JSON",
        "timed lines",
        "headers and body",
        "cause",
        "exceptions",
        "curl",
        "proxy",
        "again",
        "prose",
    ],
)
def test_one_failure_of_many_lines_stays_one(text: str) -> None:
    assert read(text).failures == ()


def test_codes_tell_failures_apart_too() -> None:
    found = read('{"error":{"code":"rate_limit_exceeded"}}\n{"error":{"code":"moderation_blocked"}}').failures
    assert [one.evidence.code for one in found] == ["rate_limit_exceeded", "moderation_blocked"]
    wrapped = '{"error":{"code":"moderation_blocked"}}\n{"error":{"code":"upstream_error"}}'
    assert read(wrapped).failures == ()


def test_a_refusal_that_was_not_overcome_is_not_taken_for_one_that_was() -> None:
    refused = "ERROR HTTP 401 your access token could not be refreshed\nERROR HTTP 403 forbidden"
    assert [one.overcome for one in read(refused).failures] == [False, False]
    helped = "ERROR HTTP 401 token expired\nINFO refresh ok\nERROR HTTP 403 forbidden"
    assert [one.overcome for one in read(helped).failures] == [True, False]


def test_after_a_retry_a_new_failure_needs_no_status() -> None:
    found = read("request timed out, retrying (1/2)\nError: You exceeded your current quota").failures
    assert [one.again for one in found] == [True, False]
    assert found[1].evidence.message == "You exceeded your current quota"


def test_what_was_asked_with_may_stand_anywhere_but_not_the_host() -> None:
    selected = "[image-generation/openai] image auth selected: provider=openai mode=oauth transport=codex-responses"
    found = read(f"{selected}\nECONNRESET https://stats.example/v1/x, retrying\nHTTP 400 no").failures
    assert [one.evidence.route for one in found] == ["codex-oauth", "codex-oauth"]
    assert [one.evidence.host for one in found] == ["stats.example", ""]
    given = read("HTTP 401 a\nHTTP 403 b", route="azure").failures
    assert {one.evidence.route for one in given} == {"azure"}


def test_of_a_long_log_the_last_records_are_looked_at() -> None:
    text = "".join(f"HTTP {400 + at % 2} error {at}\n" for at in range(500))
    found = read(text).failures
    assert len(found) == 40
    assert "error 499" in found[-1].evidence.said


def test_where_openclaw_names_its_attempts_they_are_the_attempts() -> None:
    text = "HTTP 429 slow down, retrying\nAll image generation models failed (1): openai/gpt-image-2: HTTP 401: no"
    found = read(text)
    assert found.failures == ()
    assert [one.candidate for one in found.attempts] == ["openai/gpt-image-2"]
