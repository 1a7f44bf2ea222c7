"""What was asked for is no error, wherever it stands."""

import json

import pytest

from diagnose.matrix.reading import read

SIGN = "a sign: insufficient_quota, HTTP 401"
ERROR = {"message": "Invalid value: 'huge'", "param": "size", "code": "invalid_value"}
ASKED, REFUSED = json.dumps({"prompt": SIGN}), json.dumps({"error": ERROR})


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"prompt": SIGN, "error": ERROR}),
        json.dumps({"error": ERROR, "prompt": SIGN}),
        json.dumps({"request": {"prompt": SIGN, "n": 1}, "response": {"status": 400, "body": {"error": ERROR}}}),
        json.dumps({"body": json.dumps({"prompt": SIGN}), "error": ERROR}),
        json.dumps({"input": [{"role": "user", "content": [{"type": "input_text", "text": SIGN}]}], "error": ERROR}),
        json.dumps({"messages": [{"role": "user", "content": SIGN}], "error": ERROR}),
        json.dumps({"instructions": SIGN, "negative_prompt": SIGN, "error": ERROR}),
        json.dumps({"contents": [{"parts": [{"text": SIGN}]}], "error": ERROR}),
        f"$ curl -d '{ASKED}' https://api.openai.com/v1/images/generations\n{REFUSED}",
        f"> POST /v1/images/generations HTTP/2\n> \n> {ASKED}\n< HTTP/2 400\n{REFUSED}",
        f'openclaw infer image generate --prompt "{SIGN}"\n{REFUSED}',
        f'prompt="{SIGN}" error: 400 {REFUSED}',
        f'user prompt: "{SIGN}"\n{REFUSED}',
        REFUSED + f' request was {{"n": 1, "prompt": "{SIGN}',
        json.dumps({"prompt": 'a "sign", ' + SIGN, "error": ERROR}),
    ],
)
def test_the_words_of_a_request_are_not_searched(text: str) -> None:
    found = read(text).outer
    assert "insufficient_quota" not in found.said
    assert found.status in {None, 400}
    assert (found.code, found.message, found.param) == ("invalid_value", "Invalid value: 'huge'", "size")


def test_an_echo_beside_the_message_takes_nothing_from_it() -> None:
    found = read(json.dumps({"error": {"message": "Unsupported value", "input": SIGN}})).outer
    assert "unsupported value" in found.said
    assert "insufficient_quota" not in found.said


@pytest.mark.parametrize(
    "text",
    [
        "Invalid 'prompt': string too long. Expected a string with maximum length 32000",
        '{"errors": {"prompt": "Too long: at most 32000"}}',
        '{"errors": {"prompt": ["Too long: at most 32000"]}}',
        '{"detail": [{"loc": ["body", "prompt"], "msg": "Too long"}]}',
        '{"error": {"message": "messages: Too long"}}',
    ],
)
def test_a_refusal_of_the_field_keeps_its_words(text: str) -> None:
    assert "too long" in read(text).outer.said


def test_an_error_that_stands_only_in_such_a_field_is_read() -> None:
    assert "insufficient_quota" in read(json.dumps({"input": "insufficient_quota"})).outer.said
