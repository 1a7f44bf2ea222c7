"""What an error comes to whose end or beginning was cut away, and beside sentences that tell of no cause."""

from __future__ import annotations

import time
from typing import Any

import pytest

from diagnose.matrix.cut import breaks_off
from diagnose.matrix.explaining import explain
from diagnose.matrix.reading import read


def symptom(text: str, **given: Any) -> str:
    found = explain(read(text, **given)).found
    return found.symptom if found else ""


RELAYED = "relay: upstream error: 422 message='style' must be one of 'vivid' and 'natural'"
WORKER = '[draw] API: 500 - {"error":{"message":"worker: the frame is larger than its buffer","type":"server_error"}}'
GUZZLE = (
    "Network error during POST https://api.example.com/v1/images:\nClient error: `POST https://api.example.com/v1/images`"
    ' resulted in a `400 Bad Request` response:\n{"error": {"message": "Unknown parameter: \'style\'."}}'
)
GOOGLE = (
    '{"error": {"code": 400, "message": "Request contains an invalid argument for the image.", '
    '"status": "INVALID_ARGUMENT", "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", '
    '"reason": "PUBLIC_ERROR_UNSAFE"}]}}'
)


@pytest.mark.parametrize(
    ("text", "end", "given"),
    [
        (RELAYED, "message='sty", {"route": "cpa-responses", "status": 400}),
        (RELAYED, "'s", {"route": "cpa-responses", "status": 502}),
        (WORKER, "worker", {"route": "google", "status": 500}),
        (WORKER, '{"error"', {}),
        (GUZZLE, "response:\n{", {}),
        (GUZZLE, "response:\n{", {"status": 400}),
        (GOOGLE, "type.googleapis", {}),
        (GOOGLE, "INVALID_ARG", {}),
    ],
)
def test_the_beginning_of_an_error_that_was_cut_proves_nothing(text: str, end: str, given: dict[str, Any]) -> None:
    cut = text[: text.index(end) + len(end)]
    assert symptom(cut, **given) == ""


@pytest.mark.parametrize(
    "text",
    [
        '{"error": {"message": "Incorrect API key provided: sk-1", "type": "invalid_request_err',
        "Error code: 400 - {'error': {'code': 'moderation_blocked', 'message': 'Your request was rejected by",
    ],
)
def test_what_a_cut_error_has_told_already_counts(text: str) -> None:
    assert symptom(text) in {"bad-credential", "moderation-blocked"}


def test_the_end_of_an_error_whose_message_was_cut_proves_nothing() -> None:
    text = 'del for image generation (request id: 7)", "type": "new_api_error", "code": "convert_request_failed"}}'
    assert symptom(text, status=500, route="google") == ""


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ('{"error": {"message": "no", "code": "unsupp', ""),
        ('{"error": {"message": "no", "code": "unsupp\u2026', ""),
        ('{"error": {"message": "no", "code": "unsupp..."}}', ""),
        ("{'error': {'message': 'no', 'code': 'unsupp", ""),
        ('{"body": "{\\"error\\": {\\"message\\": \\"no\\", \\"code\\": \\"unsupp', ""),
        ('{"error": {"message": "no", "code": "unsupported_value"', "unsupported_value"),
        ("refused [code=unsupp\u2026]", ""),
        ("refused [code=unsupported_value]", "unsupported_value"),
    ],
)
def test_a_code_that_was_cut_off_is_none(told: str, code: str) -> None:
    assert read(f"HTTP 400: {told}").outer.code == code


def test_a_type_that_was_cut_off_is_none() -> None:
    assert read('HTTP 400: {"error": {"message": "no", "code": "a_code", "type": "invalid_requ').outer.error_type == ""
    assert read('HTTP 400: {"error": {"message": "no", "status": "INVALID_ARGUM').outer.error_type == ""


@pytest.mark.parametrize(
    "printed",
    [
        "{ transitional: { silentJSONParsing: true, clarifyTimeoutError: false }, timeout: 0, xsrfCookieName: 'X' }",
        "{ adapter: [ 'xhr', 'http' ], timeout: 60000, maxRedirects: 5 }",
    ],
)
def test_the_settings_that_a_client_prints_are_no_timeout(printed: str) -> None:
    assert read(printed).outer.transport is None


@pytest.mark.parametrize("text", ["Timeout: 30000ms exceeded", "request failed: timeout", "timeout: no answer"])
def test_a_timeout_stays_one(text: str) -> None:
    assert read(text).outer.transport == "timeout"


INVALID_KEY = "Incorrect API key provided: sk-1. You can find your API key in the settings."


@pytest.mark.parametrize(
    "sentence",
    [
        "Since this morning no pictures come back.",
        "今朝から画像が生成されない状態です。",
        "昨日までは画像が作れていたのですが。",
        "Со вчерашнего дня изображение не создаётся.",  # noqa: RUF001
    ],
)
def test_what_an_error_names_goes_before_a_sentence_that_no_picture_came(sentence: str) -> None:
    assert symptom(f"{sentence}\n{INVALID_KEY}") == "bad-credential"
    assert symptom(f"{sentence}\nunexpected status 502 Bad Gateway") != "no-image"


@pytest.mark.parametrize(
    ("text", "not_this"),
    [
        ("No images were generated with imagen-4. Details:\nBatch 1 error: 400 FAILED_PRECONDITION.", "no-image"),
        ("Something went wrong, and this is the error message we encountered:", "server-error"),
        ("ValidationError: 1 validation error for DallEAPIWrapper\n  Value error, Did not", "parser-misses-image"),
        ("total_tokens\n  Input should be a valid integer, got a number [type=int_from_float]", "bad-parameter"),
        ("AzureException - Header value must be str or bytes", "bad-parameter"),
        ("litellm_proxy\n2026-11-20T09:00:00Z ERROR image edit", "unreachable"),
        (
            "POST …/models/gemini-3-image:generateContent 401 Unauthorized\nAPI keys are not supported by this API.",
            "google-other-method",
        ),
        (
            "[image-generation/openai] image auth selected: provider=openai mode=oauth transport=codex-responses "
            "requestedModel=gpt-image-2",
            "openclaw-model-rewritten",
        ),
        ("HTTP 401: You have insufficient\nERROR next line", "bad-credential"),
        ("InternalServerError: 502 failed to get model: no al", "server-error"),
        ("Bad request - please check your parameters\nThe model aurora-9 is", "error-body-thrown-away"),
    ],
)
def test_half_of_an_error_is_not_taken_for_another(text: str, not_this: str) -> None:
    assert symptom(text) != not_this
    assert symptom(text, route="codex-oauth") != not_this


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Invalid argument: 400 Image generation failed: The response is blocked, as", "moderation-blocked"),
        ("400 Image generation failed: The prompt is blocked, because of", "moderation-blocked"),
        ("AttributeError: 'ChatCompletionMessage' object has no attribute 'images'", "parser-misses-image"),
        ("AttributeError: 'ImagesResponse' object has no attribute 'get'", "parser-misses-image"),
    ],
)
def test_the_part_that_tells_is_enough(text: str, expected: str) -> None:
    assert symptom(text) == expected


@pytest.mark.parametrize(
    "said",
    [
        '500 - {"error":{"message":"worker: the fr',
        "error code: 400 - {'error': {'mess",
        'resulted in a `400 bad request` response: { "error": {',
        "resulted in a `400 bad request` response: {",
        "upstream error: 422 message='sty",
        'error="upstream error: 422 message=the sty',
        "[22:20] [plug] [image gen",
        'd model for image generation (request id: 7)", "type": "new_api_error", "code": "x" }',
    ],
)
def test_what_was_cut_breaks_off(said: str) -> None:
    assert breaks_off(said)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "http 502 bad gateway",
        '{"error":{"message":"bad gateway","code":null}}',
        "the model 'gpt-image-9' does not exist",
        "it doesn't work, and i don't know why",
        "users' pictures don't come back",
        'image selected: transport=codex-responses requestedmodel="gpt-image-2"',
        "[gateway] [image-generation] candidate failed",
        "request failed with status code 400 config: { timeout: 0, headers: { 'user-agent': 'node',",
        '"bad gateway", says the proxy',
    ],
)
def test_what_is_whole_does_not_break_off(said: str) -> None:
    assert not breaks_off(said)


@pytest.mark.parametrize("sign", ["{", '"', "'", "[", '{"', "['", '", "a', "headers: {"])
def test_looking_for_a_cut_is_linear(sign: str) -> None:
    begun = time.process_time()
    breaks_off(sign * 400_000)
    assert time.process_time() - begun < 0.5
