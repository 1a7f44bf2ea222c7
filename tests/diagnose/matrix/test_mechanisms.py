"""What other vendors, gateways, libraries and storages say of a failed image, and which mechanism wrote it."""

from __future__ import annotations

import pytest

from diagnose.matrix import rows
from diagnose.matrix.explaining import explain
from diagnose.matrix.reading import read


def symptom(text: str, *, status: int | None = None, route: str = "other") -> str:
    """The row that a text comes to, or the outcome where it comes to none."""
    answer = explain(read(text, status=status, route=route))
    return answer.found.symptom if answer.found else answer.outcome


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Unexpected token 'B', \"Billing li\"... is not valid JSON", "quota-exhausted"),
        ("SyntaxError: Unexpected token 'Y', \"You exceed\"... is not valid JSON", "quota-exhausted"),
        ("SyntaxError: Unexpected token 'I', \"Invalid AP\"... is not valid JSON", "bad-credential"),
        ("Unexpected token 'R', \"Request En\"... is not valid JSON", "body-refused-by-proxy"),
        ("Unexpected token 'A', \"An error o\"... is not valid JSON", "hop-gave-up"),
        ("Unexpected token 'T', \"Too many r\"... is not valid JSON", "rate-limited"),
        ("Unexpected token 'I', \"Internal S\"... is not valid JSON", "server-error"),
        ("Unexpected token 'N', \"Not Found\" is not valid JSON", "base-url-is-a-website"),
    ],
)
def test_a_parser_that_quotes_the_first_signs_of_a_body_tells_what_it_was(text: str, expected: str) -> None:
    assert symptom(text) == expected


MODEL_404 = (
    "models/{} is not found for API version v1beta, or is not supported for {}. Call ListModels to see the list."
)


@pytest.mark.parametrize(
    ("model", "method", "expected"),
    [
        ("imagen-9.0-generate-001", "predict", "google-id-gone"),
        ("gemini-2.9-image-exp", "generateContent", "google-id-gone"),
        ("imagen-3.0-fast-generate-009", "predict", "google-id-on-vertex-alone"),
        ("gemini-3-image", "predict", "program-asks-google-wrongly"),
        ("imagen-9.0-generate-001", "generateContent", "google-other-method"),
    ],
)
def test_at_google_the_method_beside_the_id_tells_which_of_them_is_wrong(
    model: str, method: str, expected: str
) -> None:
    assert symptom(MODEL_404.format(model, method), status=404, route="google") == expected


def test_a_region_that_lacks_a_newer_image_model_is_no_retired_id() -> None:
    text = "Publisher Model `projects/p/locations/{}/publishers/google/models/gemini-3-pro-image` was not found."
    assert symptom(text.format("europe-west4"), status=404, route="google") == "vertex-elsewhere"
    assert symptom(text.format("global"), status=404, route="google") == "google-other-method"


KEY_401 = "401 Incorrect API key provided: 12ab***. You can find your API key at https://platform.openai.com/account/api-keys."


def test_a_refusal_that_names_another_vendors_site_is_no_dead_key() -> None:
    assert symptom(KEY_401, status=401, route="azure") == "key-at-another-vendor"
    assert symptom(KEY_401, status=401, route="openai-api-key") == "bad-credential"
    other = (
        "OpenAI rejected it: Incorrect API key provided: sk***. You can obtain an API key from https://console.x.ai."
    )
    assert symptom(other, status=400) == "key-at-another-vendor"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("429 error code: 1015 retry-after: 600", "edge-paces"),
        ("Unable to reach the origin service of this tunnel", "origin-down"),
        ('{"error":"Internal Server Error","message":"fetch failed","requestId":"r1"}', "origin-down"),
        ("❌ upstream said 502 Bad Gateway", "origin-down"),
        ("No active sdxl servers available", "workers-down"),
        ('{"error":"Model a/b is currently loading","estimated_time":33.1}', "model-loading"),
        ("Fetch at https://api.openai.com blocked by CORS policy", "browser-keeps-it-back"),
    ],
)
def test_who_could_not_answer_is_told_apart(text: str, expected: str) -> None:
    assert symptom(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GET a.png: 403 Server failed to authenticate the request.", "url-instead-of-image"),
        ("<Error><Code>BlobNotFound</Code></Error>", "url-instead-of-image"),
        ("Bad Request: wrong file identifier/HTTP URL specified", "url-instead-of-image"),
        ("data: bufio.Scanner: token too long", "line-too-long-for-reader"),
        ("ValueError: Chunk too big", "line-too-long-for-reader"),
        ("Type validation failed: [{\"code\":\"invalid_type\",\"path\":[\"predictions\"]}]", "parser-misses-image"),
        ("error decoding response body: missing field `b64_json`", "parser-misses-image"),
        ("TypeError: string indices must be integers", "answer-of-another-kind"),
        ("Incomplete JSON segment at the end of the stream", "html-read-as-json"),
    ],
)  # fmt: skip
def test_an_image_that_was_made_and_not_read_is_no_refusal(text: str, expected: str) -> None:
    assert symptom(text) == expected


def test_a_library_that_fails_over_an_answer_has_to_be_changed_not_the_key() -> None:
    trace = "File x.py, in transform_image_generation_response: pydantic ValidationError: 2 validation errors for Usage"
    assert symptom(trace, route="litellm") == "library-misreads-answer"
    chat = (
        "self.client.chat.completions.create( … Error code: 400 - {'code': 20012, 'message': 'Model does not exist.'}"
    )
    assert symptom(chat, status=400) == "image-model-as-text-model"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("画像生成エラー: APIキーが設定されていません", "no-credential"),
        ("Ошибка: недостаточно кредитов", "quota-exhausted"),
        ("Fehler: Zeitüberschreitung bei der Anfrage", "timeout"),
        ("エラー: 生成内容がポリシーに違反しています", "moderation-blocked"),
        ("当前模型不支持绘图", "text-model-on-image-endpoint"),
        ("Erreur réseau pendant la création", "unreachable"),
        ("cURL error 28: 60001 milliseconds with 0 bytes", "timeout"),
        ("at TLSSocket.onConnectEnd (node:_tls_wrap:1)", "tls-not-trusted"),
        ("NSURLErrorDomain Code=-1009", "unreachable"),
    ],
)
def test_other_languages_and_bare_codes_of_libraries_are_read(text: str, expected: str) -> None:
    assert symptom(text) == expected


@pytest.mark.parametrize(
    ("text", "status", "expected"),
    [
        ("content-type: must be multipart/form-data", 400, "upload-wrongly-packed"),
        ("request Content-Type isn't multipart/form-data", 400, "upload-wrongly-packed"),
        ("missing_file_mimetype: ensure that the part has a type", 400, "bad-parameter"),
        ("Penalty is not enabled for models/gemini-2.9-image", 400, "bad-parameter"),
        ("The parameter `guidance` specified in the request is not valid", 400, "bad-parameter"),
        ("Seeds cannot be combined with several pictures", 400, "bad-parameter"),
        ("Failed to download image from the provided URL", 400, "bad-parameter"),
        ("Invalid value: 'dall-e-3'. Value must be 'dall-e-2'.", 400, "model-unknown"),
        ("Application \"flux-x\" not found", 404, "model-unknown"),
        ("Model 'flux-x' not found", 404, "model-unknown"),
        ("convert_request_failed: not supported model for image generation", 500, "gateway-wants-imagen-here"),
        ("HTTP 402 for this request", 402, "quota-exhausted"),
        ("You have hit the end of it", 402, "quota-exhausted"),
        ("BFL: Request Moderated", None, "moderation-blocked"),
        ("DataInspectionFailed", 400, "moderation-blocked"),
        ("ModelNotOpen: activate the model service first", 404, "model-no-access"),
        ("Request had invalid authentication credentials. Expected OAuth 2 token", 401, "bad-credential"),
        ("Request is missing required authentication credential.", 401, "wrong-credential-kind"),
        ("gpt-image-1: 组织验证 https://platform.openai.com/settings/organization/general", 403, "org-unverified"),
        ("POST https://h/v1beta/v1beta/models/x", 404, "endpoint-unknown"),
    ],
)  # fmt: skip
def test_what_other_vendors_and_gateways_refuse(text: str, status: int | None, expected: str) -> None:
    assert symptom(text, status=status) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'Version' object has no attribute 'run'", "program-fault"),
        ("draw() takes from 2 to 3 positional arguments but 4 were given", "program-fault"),
        ("OSError: [Errno 36] File name too long: 'a cat.png'", "program-fault"),
        ("Client.__init__() got an unexpected keyword argument 'proxies'", "program-part-missing"),
        ("module 'google.genai.types' has no attribute 'ImageConfig'", "program-part-missing"),
        ("MCP error -32000: Connection closed", "program-part-missing"),
        ("'ascii' codec can't encode characters in position 7-9", "damaged-credential"),
        ("Illegal header value b'Bearer '", "damaged-credential"),
        ("KeyError: 'OPENAI_API_KEY'", "no-credential"),
        ("Did not find x_key, please add an environment variable `X_KEY`", "no-credential"),
    ],
)  # fmt: skip
def test_a_fault_of_the_program_is_no_refusal_of_the_service(text: str, expected: str) -> None:
    assert symptom(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "MCP servers available: files, web",
        "loading model sd15 ... done",
        "New users get free credits",
        "Image saved to out.png",
    ],
)
def test_what_a_healthy_log_says_too_is_no_symptom(text: str) -> None:
    assert symptom(text) == "unknown"


def test_a_dump_of_headers_and_a_status_beside_words_do_not_decide() -> None:
    assert symptom("x-rate-limit-remaining: 4") == "unknown"
    assert symptom("The picture could not be made", status=400) == "ambiguous"
    assert symptom("Failed to generate image") == "ambiguous"
    assert rows()["vertex-elsewhere"].action == rows()["google-id-on-vertex-alone"].action == "fix_base_url"


def test_vague_words_need_a_status_that_was_told() -> None:
    assert symptom("An error occurred while drawing") == "unknown"
    assert symptom("An error occurred while drawing", status=500) == "server-error"
    assert symptom('{"data": [], "text": "Error code: 404 - the model x does not exist"}') == "model-unknown"
