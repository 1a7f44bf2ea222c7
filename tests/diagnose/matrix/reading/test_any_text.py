"""Any text is read, and a long one in a time that grows no faster than it does."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.matrix.evidence import Evidence
from diagnose.matrix.explaining import explain
from diagnose.matrix.reading import read
from diagnose.matrix.reading.interest import KEPT

PIECES = st.sampled_from(
    ['{"error": {', '"message": "', '\\"', "\\\\", "'", '"', "{", "}", "[", "]", ": ", "\n", "\x1b[31m",
     "HTTP 403", "candidate failed: a/b: ", "All image generation models failed (2): a/b: ", "  | c/d: ", "30s",
     "timed out after ", "https://", "x.example/v1", "data: ", "\\ud83d", "\ud800", "\0", "\u0130",
     "base_resp", "<html>", "null", ",",
     "[type=x, code=y]", "litellm.BadRequestError: OpenAIException - ", "retry after ", "9" * 40, "\u2026", "&quot;",
     "\n2026-11-21T10:00:00Z ERROR ", "retrying", "\nINFO refreshed ok", '{"prompt": "', "--prompt ", "\n- 401 a",
     "\n403: b", ", 429 c", "407 proxy", "> POST /v1 HTTP/1.1\n", '\n{"code": "a_b"}', "\x1e"]
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.text(), st.binary(), st.lists(PIECES, max_size=60).map("".join)))
def test_nothing_fails(text: str | bytes) -> None:
    found = read(text)
    assert found.attempts
    assert explain(found).outcome in {"diagnosed", "ambiguous", "unknown"}
    for one in (*found.attempts, found.outer):
        assert isinstance(one, Evidence)
        assert one.said == " ".join(one.said.split())
        assert one.status is None or 200 <= one.status < 600
        assert not any(sign in one.message + one.said for sign in "\x1b\0\n")
        (one.message + one.said + one.code).encode("utf-8")


ADVERSARIAL = {
    "braces": '{"a":',
    "strings that never end": '{"\n',
    "quotes": '"message": "',
    "escapes": "\\",
    "escaped quotes": '{\\"error\\":',
    "candidates": "candidate failed: openai/gpt-image-2: ",
    "lists": "All image generation models failed (3): a/b: x | ",
    "colours": "\x1b[",
    "wrappings": "Error: Error: ",
    "pages": "<title><html",
    "addresses": "https://a.b/",
    "spaces": " ",
    "one word": "A",
    "statuses": "HTTP 403: ",
    "whole refusals": '{"error":{"message":"x","code":"y","status":403}}\n',
}
LONG = 20_000_000


@pytest.mark.parametrize("unit", ADVERSARIAL.values(), ids=ADVERSARIAL)
def test_a_text_four_times_as_long_takes_about_four_times_as_long_at_most(unit: str) -> None:
    text = (unit * (LONG // len(unit) + 1))[:LONG]
    short = min(_seconds(text[: LONG // 4]) for _ in range(2))
    assert min(_seconds(text) for _ in range(2)) < 8 * short


def test_the_error_is_found_in_the_middle_of_a_long_log() -> None:
    noise = "2026-11-20T18:09:50.000+00:00 [ws] heartbeat 17 connections, nothing new\n" * 40_000
    line = "18:09:54.012 [image-generation] candidate failed: openai/gpt-image-2: P failed (HTTP 403): Forbidden\n"
    (found,) = read(noise + line + noise).attempts
    assert (found.candidate, found.status, found.message) == ("openai/gpt-image-2", 403, "Forbidden")
    assert len(found.said) < KEPT


def _seconds(text: str) -> float:
    begun = time.process_time()
    read(text)
    return time.process_time() - begun
