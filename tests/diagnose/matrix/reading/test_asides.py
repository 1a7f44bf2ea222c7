"""What stands beside an error is no error: hopes, tries, hints, manuals, other people, the past, code, settings."""

import pytest

from diagnose.matrix.explaining import explain
from diagnose.matrix.reading import read
from diagnose.matrix.reading.asides import without_asides
from diagnose.model.explanation import Explanation

ERROR = "HTTP 400: Unknown parameter: 'quality'."
BLOCKED = "Blocked: resolves to private/internal/special-use IP address"


def told(text: str) -> Explanation:
    return explain(read(text))


def symptom(text: str) -> str:
    found = told(text).found
    return found.symptom if found else told(text).outcome


@pytest.mark.parametrize("error", [ERROR, BLOCKED])
@pytest.mark.parametrize(
    "around",
    [
        "### Expected behaviour\nA picture, no rate limit, no question for a key.\n### Actual behaviour\n{}",
        "Expected: it takes the key when the login has expired.\nActual: {}",
        "Expected result: no insufficient_quota\n{}",
        "{}\n\n## What I tried\n- paid, so no insufficient_quota\n- a second API key, not an invalid api key\n",
        "{}\nThings I tried: logged in again after token_expired, raised the rate limit.",
        "Notes\nA missing scope says: Missing scopes: api.model.images.request\n\nLogs\n{}",
        "Checklist\n[x] my API key is valid, rate limit exceeded is not meant\n\n{}",
        "{}\nRelated: #12 rate limit exceeded, #13 insufficient_quota",
        "{} Docs: see the rate limit guide",
        '{}\nThe manual says "the organization must be verified" for this.',
        "{}\nYesterday it said rate limit exceeded.",
        "{}\nBefore the update it said: token_expired.",
        "{}\nThe insufficient_quota error of last month is gone.",
        "{} (rate limit exceeded earlier)",
        "{}\nMy colleague gets insufficient_quota, but I do not.",
        "{}\nexcept (openai.RateLimitError, openai.APITimeoutError) as error:",
        'try:\n    draw()\nexcept openai.RateLimitError:\n    print("rate limit exceeded")\n{}',
        "from openai import RateLimitError, APITimeoutError\n{}",
        '{}\nconfig: {{"retry": {{"on": ["rate_limit_exceeded", "timeout"]}}, "n": 1}}',
        "{}\nHelper (bot): You exceeded your current quota, add credits.",
        "{}\nIf you exceeded your quota, add credits.",
        '1. if you see "401 Unauthorized" log in again\n2. run it\n{}',
        "{}\nPossible causes:\n- insufficient quota\n- rate limit exceeded",
        '{}\nprompt: a wall with the words "rate limit exceeded"',
        "prompt: draw a wall that says insufficient_quota\n{}",
        'I asked it to paint a wall "rate limit exceeded".\n{}',
    ],
)
def test_words_beside_an_error_are_not_the_error(error: str, around: str) -> None:
    assert symptom(around.format(error)) == symptom(error)


@pytest.mark.parametrize(
    "text",
    [
        "If the problem persists, check your API key, your quota and your network connection.",
        "Possible causes: rate limit, insufficient quota, invalid API key, network timeout.",
        "Common reasons:\n- your API key expired\n- insufficient quota",
        "It could be a billing problem or an invalid API key",
        "Fixed: I logged in again and the 401 invalid_api_key is gone",
        "The 429 rate limit exceeded error is gone now.",
        "HTTP 401 Unauthorized. Possible reasons: expired token, missing scopes, wrong organization.",
    ],
)
def test_asides_alone_are_no_diagnosis(text: str) -> None:
    assert told(text).outcome in {"unknown", "ambiguous"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What I tried\n$ draw\nHTTP 400 moderation_blocked", "moderation-blocked"),
        ("Yesterday it worked, today: HTTP 429 insufficient_quota", "quota-exhausted"),
        ("Yesterday I got HTTP 401 Incorrect API key provided.", "bad-credential"),
        ("The quota message is gone, but now I get HTTP 401 Incorrect API key provided", "bad-credential"),
        ("HTTP 401 Incorrect API key provided, my friend has a picture", "bad-credential"),
        ("Notes: HTTP 401 Incorrect API key provided", "bad-credential"),
        ("Tried\nI drew it and got 401 Incorrect API key provided", "bad-credential"),
        ("Error in prompt: too long, HTTP 400 moderation_blocked", "moderation-blocked"),
    ],
)
def test_an_error_in_such_words_is_read(text: str, expected: str) -> None:
    assert symptom(text) == expected


def test_what_stands_beside_an_error_still_names_the_login_and_the_release() -> None:
    text = f"{ERROR}\nNotes\nOpenClaw 2026.9.6 with provider openai-codex"
    assert "2026.9.6" not in without_asides(text)
    assert read(text).outer.release == "2026.9.6"


def test_a_text_without_asides_stays_as_it_is() -> None:
    text = 'HTTP 429: You exceeded your quota.\n\n{"error": {"message": "If it persists, check it."}}'
    assert without_asides(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Yesterday it failed with 429 You exceeded your current quota, please check your plan. Still so today.",
            "quota-exhausted",
        ),
        ("note: Request timed out. after 60000ms  (openai.APITimeoutError)", "timeout"),
        (
            "- [x] I searched\n- [x] moderation_blocked appears on every prompt, 400 rejected by the safety system",
            "moderation-blocked",
        ),
        (
            "The documentation says it is available to all, yet I get 403 Your organization must be verified",
            "org-unverified",
        ),
        ("my colleague gets connect ECONNREFUSED 127.0.0.1:4000 when calling litellm for images", "unreachable"),
        (
            "This could be due to the history: 400 Your input exceeds the context window. context_length_exceeded",
            "context-too-long",
        ),
    ],
)
def test_an_aside_that_is_the_only_error_is_the_error(text: str, expected: str) -> None:
    found = explain(read(text)).found
    assert found is not None
    assert found.symptom == expected
