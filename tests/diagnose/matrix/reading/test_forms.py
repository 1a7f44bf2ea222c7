"""One refusal in the forms in which programs print it and people paste it."""

import html
import json
import re

import pytest

from diagnose.matrix.reading import read

MESSAGE = "Unknown parameter: 'response_format'."
BODY = {
    "error": {
        "message": MESSAGE,
        "type": "invalid_request_error",
        "param": "response_format",
        "code": "unknown_parameter",
    }
}
JSON = json.dumps(BODY)
TOLD = (400, "unknown_parameter", "invalid_request_error", "response_format", MESSAGE)

FORMS = {
    "json": f"HTTP 400: {JSON}",
    "indented": "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n\r\n" + json.dumps(BODY, indent=2),
    "a Python repr": f"openai.BadRequestError: Error code: 400 - {BODY!r}",
    "curly quotes": f"Error code: 400 - {JSON}".replace('"', "\u201d").replace("'", "\u2019"),
    "guillemets": "400 Bad Request: " + re.sub(r'"([^"]*)"', "\u00ab\\1\u00bb", JSON),
    "a JavaScript object": "BadRequestError: 400 { status: 400, "
    "error: { message: \"Unknown parameter: 'response_format'.\", "
    "type: 'invalid_request_error', param: 'response_format', code: 'unknown_parameter' } }",
    "a fragment": f"status=400 {JSON[11:-2]}",
    "inside of a string": json.dumps({"status": 400, "error": {"message": JSON, "code": "upstream_error"}}),
    "inside of a string twice": json.dumps({"statusCode": 400, "message": json.dumps({"body": JSON})}),
    "escaped and without the string": "status_code: 400, body: " + JSON.replace('"', '\\"'),
    "as one string": json.dumps(f"unexpected status 400 Bad Request: {JSON}"),
    "entities": html.escape(f"HTTP status code: BadRequest. Content: {JSON}"),
    "a log line in JSON": json.dumps({"level": "error", "time": 1, "msg": f"relay failed (HTTP 400): {JSON}"}),
    "colours": f"2026-11-20T18:09:54.012+00:00 \x1b[1m\x1b[31mERROR\x1b[0m (400) \x1b[33m{JSON}\x1b[0m",
    "times": "\n".join(
        f"[2026-11-20 18:09:54,012] {line}" for line in f"HTTP 400\n{json.dumps(BODY, indent=1)}".split("\n")
    ),
    "quoted": "\n".join(f"> {line}" for line in f"HTTP 400\n{json.dumps(BODY, indent=1)}".split("\n")),
    "a frame": "\n".join(f"\u2502 {line:<70} \u2502" for line in f"HTTP 400\n{json.dumps(BODY, indent=1)}".split("\n")),
    "a fence": f"Das kam zurück:\n```json\n(400) {JSON}\n```\nWas nun?",
    "among other languages": f"生图失败\uff0c状态码\uff1a400\uff0c{JSON} 请问怎么办",
    "lines in JSON": f'{{"a": 1}}\n{{"status": 400, "error": {JSON}}}\n{{"b": 2}}',
    "a stream": f'event: error\ndata: {{"type": "error", "status": 400, {JSON[1:]}\n\n',
    "curl": f"> POST /v1/images/generations HTTP/2\n> Host: api.openai.com\n< HTTP/2 400\n< cf-ray: 9ab-FRA\n<\n{JSON}",
    "a LiteLLM sentence": f"litellm.BadRequestError: OpenAIException - {JSON}. Received Model Group=gpt-image-2\n"
    "Available Model Group Fallbacks=None",
    "OpenClaw's tags": f"OpenAI image generation failed (HTTP 400): {MESSAGE} [type=invalid_request_error, "
    "code=unknown_parameter] [param=response_format]",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_the_same_is_read_out_of_every_form(text: str) -> None:
    found = read(text).attempts[0]
    assert (found.status, found.code, found.error_type, found.param, found.message) == TOLD


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_bytes_in_any_encoding(encoding: str) -> None:
    assert read(f"HTTP 400: {JSON}".encode(encoding)).outer.code == "unknown_parameter"


def test_zero_bytes_and_bytes_that_are_no_text_are_passed_over() -> None:
    assert read("\0".join(f"HTTP 400: {JSON}")).outer.code == "unknown_parameter"
    assert read(b"\xff\xfe\xfa" + JSON.encode() + b"\xc3\x28").outer.status is None
    assert read(b"\x80\x81" + JSON.encode()).outer.code == "unknown_parameter"


def test_the_order_of_the_keys_does_not_matter() -> None:
    turned = {"error": dict(reversed(BODY["error"].items()))}
    assert read(json.dumps(turned)).outer.message == MESSAGE


@pytest.mark.parametrize("length", range(30, len(JSON), 7))
def test_an_object_that_is_cut_off_tells_what_is_there(length: int) -> None:
    found = read(f"(HTTP 400): {JSON[:length]}\u2026").outer
    assert MESSAGE.startswith(found.message.strip("\u2026"))
    assert found.code in {"", *("unknown_parameter"[:n] for n in range(18))}


def test_the_words_are_in_lower_case_with_single_spaces_and_without_escapes() -> None:
    said = read('\x1b[31mNo API key\n   found\x1b[0m for provider \\u0027OpenAI\\u0027 \\"x\\"').outer.said
    assert said == "no api key found for provider 'openai' \"x\""


def test_a_wrapped_sentence_is_put_together() -> None:
    text = "Error: The 'gpt-image-2' model is not supported when using Codex with\na ChatGPT account\n\nWhat now?"
    assert (
        read(text).outer.message == "The 'gpt-image-2' model is not supported when using Codex with a ChatGPT account"
    )


def test_images_in_base64_are_left_out() -> None:
    found = read('{"data": "' + "QUJD" * 3000 + f'", "error": {JSON}}}').outer
    assert (found.code, "qujdqujd" in found.said) == ("unknown_parameter", False)


def test_nothing_is_still_an_attempt() -> None:
    for text in ("", "   \n", "\x1b[0m", b"", "{", "\ud800"):
        found = read(text)
        assert found.attempts == (found.outer,)
        assert (found.outer.status, found.report) == (None, None)
