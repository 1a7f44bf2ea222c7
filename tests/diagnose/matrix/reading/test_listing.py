"""Lists of the errors that may happen."""

import pytest

from diagnose.matrix.reading import read
from diagnose.matrix.reading.listing import listed

BULLETS = (
    "## Errors\n- **401 Unauthorized**: incorrect API key\n- **429**: rate limit\n- **403 Forbidden**: unverified\n"
)
TABLE = (
    "| Code | Meaning |\n| --- | --- |\n| 401 - Invalid key | replace it |\n"
    "| 403 - Country | move |\n| 429 - Quota | pay |\n"
)
HEADINGS = (
    "### 401 Unauthorized\n\nYour key is wrong.\n\n### 403 Forbidden\n\nVerify it.\n\n"
    "### 429 Too Many Requests\n\nPace.\n"
)
SENTENCE = (
    "The docs list these errors: 401 invalid_api_key, 429 rate_limit_exceeded, 403 unsupported_country. Which is it?"
)


@pytest.mark.parametrize("text", [BULLETS, TABLE, HEADINGS, SENTENCE])
def test_a_list_is_known_and_its_words_are_no_error(text: str) -> None:
    found = read(text)
    assert {one.status for one in found.listed} == {401, 403, 429}
    assert (found.outer.status, found.outer.code) == (None, "")
    assert "key" not in found.outer.said


@pytest.mark.parametrize(
    "text",
    [
        "HTTP 429 slow down, retrying\nHTTP 503 overloaded, retrying\nHTTP 400 no",
        "2026-11-21 10:00:00 401 a\n2026-11-21 10:00:01 403 b\n2026-11-21 10:00:02 429 c",
        "- 401 failed: a\n- 403 failed: b\n- 429 failed: c",
        "HTTP 503 overloaded (it retries on 429, 500, 502)",
        "401 unauthorized\n403 forbidden",
        "error: 400 then 401 then 403",
    ],
    ids=["tries", "times", "failures", "numbers", "two", "chain"],
)
def test_what_happened_is_no_list(text: str) -> None:
    assert read(text).listed == ()


def test_what_stands_beside_a_list_is_read() -> None:
    found = read(f'I get HTTP 400 {{"error":{{"code":"moderation_blocked"}}}}\n{BULLETS}\nThat is all.')
    assert (found.outer.status, found.outer.code) == (400, "moderation_blocked")
    assert "that is all" in found.outer.said
    kept = listed(f"before\n{SENTENCE}\nbehind")
    assert kept is not None
    assert kept.rest.split("\n") == ["before", "The docs list these errors: ", ". Which is it?", "behind"]


def test_the_status_that_is_given_takes_its_entry() -> None:
    found = read(BULLETS, status=403)
    assert found.listed == ()
    assert found.outer.status == 403
    assert "unverified" in found.outer.said
    assert "rate limit" not in found.outer.said
