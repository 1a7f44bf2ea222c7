"""What a text says, what it denies, and what is only the name of a setting in it."""

from __future__ import annotations

import time

import pytest

from diagnose.matrix.phrases import meant, without_denied


@pytest.mark.parametrize(
    ("said", "phrase"),
    [
        ("no rate limit", "rate limit"),
        ("it is not a timeout", "timeout"),
        ("not due to the timeout", "timeout"),
        ("there is no moderation_blocked here", "moderation_blocked"),
        ("(not 'insufficient_quota')", "insufficient_quota"),
        ("never timed out", "timed out"),
        ("kein rate limit", "rate limit"),
        ("sans timeout", "timeout"),
        ("没有超时", "超时"),
        ("no quota problem", "no quota"),
        ("no credits issue", "no credits"),
    ],
)
def test_what_is_denied_is_not_meant(said: str, phrase: str) -> None:
    assert phrase in said
    assert not meant(phrase, said)


@pytest.mark.parametrize(
    ("said", "phrase"),
    [
        ("no quota left", "no quota"),
        ("no credits", "no credits"),
        ("not authenticated", "not authenticated"),
        ("if not, rate limit exceeded", "rate limit exceeded"),
        ("there was no answer: request timed out", "request timed out"),
        ("not found: invalid api key", "invalid api key"),
        ("no timeout at first, then a timeout", "timeout"),
        ("domino rate limit", "rate limit"),
    ],
)
def test_what_is_said_is_meant(said: str, phrase: str) -> None:
    assert meant(phrase, said)


@pytest.mark.parametrize(
    "said",
    [
        '{"timeoutms": 180000}',
        '{"timeout": 60, "retries": 2}',
        "timeoutseconds = 60",
        "timeout: 0",
        '"timeout": "60s"',
        "requesttimeout: 30000",
        "timeout=none",
    ],
)
def test_a_timeout_that_is_set_is_none_that_happened(said: str) -> None:
    assert not meant("timeout", said)


@pytest.mark.parametrize(
    "said",
    [
        "timeout: 30000ms exceeded",
        "upstream timeout",
        '{"error": "timeout"}',
        "timeout: the answer took too long",
        "timeout of 60 s",
    ],
)
def test_a_timeout_that_happened_is_one(said: str) -> None:
    assert meant("timeout", said)


def test_a_status_in_words_is_no_setting() -> None:
    assert meant("gateway timeout", 'gateway timeout: 504 {"error": 1}')
    assert meant("timeout", 'upstream timeout: {"error": {"code": 1}}')


def test_a_fallback_in_a_config_has_answered_nothing() -> None:
    assert not meant("fallback model", '{"fallback model": "google/x"}')
    assert meant("fallback model", "served by the fallback model google/x")


def test_the_words_behind_a_negation_are_taken_away() -> None:
    assert "timeout" not in without_denied("this is not a timeout")
    assert without_denied("the request timed out") == "the request timed out"


def test_time_is_linear_where_everything_is_denied() -> None:
    said = "no timeout " * 500_000
    begun = time.perf_counter()
    assert not meant("timeout", said)
    without_denied(said)
    assert time.perf_counter() - begun < 5
