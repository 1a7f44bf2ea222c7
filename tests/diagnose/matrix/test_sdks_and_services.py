"""What SDKs, apps and smaller services write of a failed image, by the mechanism that writes it."""

from __future__ import annotations

import pytest

from diagnose.matrix.explaining import explain
from diagnose.matrix.reading import read


def symptom(text: str, *, status: int | None = None, route: str = "other") -> str:
    """The row that a text comes to, or the outcome where it comes to none."""
    answer = explain(read(text, status=status, route=route))
    return answer.found.symptom if answer.found else answer.outcome


@pytest.mark.parametrize(
    "text",
    [
        "DioException: status code of 400 and RequestOptions.validateStatus threw",
        "HttpRequestException: Response status code does not indicate success: 400 (Bad Request).",
        "WebException: The remote server returned an error: (400) Bad Request.",
        "IOException: Server returned HTTP response code: 400 for URL: https://api.example.com/v1/images/edits",
        "AFError: Response status code was unacceptable: 400.",
        "retrofit2.HttpException: HTTP 400",
        "The operation couldn\u2019t be completed. (PictureKit.APIError error 3.)",
        "Der Vorgang konnte nicht abgeschlossen werden. (PictureKit.APIError-Fehler 3.)",
    ],
)
def test_a_library_that_keeps_nothing_but_the_status_has_thrown_the_reason_away(text: str) -> None:
    assert symptom(text, route="openai-api-key") == "error-body-thrown-away"


@pytest.mark.parametrize(
    "text",
    [
        "AxiosError: Request failed with status code 401",
        "retrofit2.HttpException: HTTP 401",
        "IOException: Server returned HTTP response code: 401 for URL",
    ],
)
def test_a_bare_401_is_the_key_where_a_key_was_sent_and_a_question_elsewhere(text: str) -> None:
    assert symptom(text, status=401, route="openai-api-key") == "bad-credential"
    assert symptom(text, status=401, route="cpa-responses") == "ambiguous"
    assert symptom(f"{text} <html>", status=401, route="openai-api-key") != "bad-credential"


@pytest.mark.parametrize(
    ("text", "status", "expected"),
    [
        ("Item 'ig_01': was provided without its required 'reasoning' item", 400,
         "session-replayed-wrongly"),
        ("Invalid value: 'Quality.high'. Supported values are: 'low'.", 400, "library-shapes-request-wrongly"),
        ("TypeError: Invalid type for value. Expected primitive type, got <class 'PIL.Image'>", None,
         "library-shapes-request-wrongly"),
        ("contents.parts must not be empty", 400, "library-shapes-request-wrongly"),
        ("Unsupported content type: 'multipart/form-data'. It only accepts 'application/json'", 400,
         "upload-wrongly-packed"),
        ("Invalid value: 'image'. Supported values are: 'text' and 'audio'.", 400, "image-model-as-text-model"),
        ("RuntimeError: Expected entry at `mask` to be bytes, received <class 'int'>", None, "bad-parameter"),
        ("TypeError: Expected required arguments `image` and `prompt` to be given", None, "bad-parameter"),
        ("MissingParameter: something is missing", 400, "bad-parameter"),
        ("Object of type Undefined is not JSON serializable", None, "program-fault"),
        ("FATAL ERROR: JavaScript heap out of memory", None, "program-fault"),
    ],
)  # fmt: skip
def test_what_a_client_builds_wrongly_is_told_from_what_one_may_change(
    text: str, status: int | None, expected: str
) -> None:
    assert symptom(text, status=status) == expected


def test_an_older_text_model_around_the_image_tool_is_the_model_not_the_request() -> None:
    refused = "There was an issue with your request. Please check your inputs and try again"
    sent = '{"model": "%s", "tools": [{"type": "image_generation"}]}'
    assert symptom(f"{sent % 'gpt-4o'} -> 400 {refused}", status=400) == "carrier-without-image-tool"
    assert symptom(f"{sent % 'gpt-9'} -> 400 {refused}", status=400) != "carrier-without-image-tool"


def test_a_gateway_that_turns_a_file_into_text_loses_the_picture() -> None:
    for text in (
        "Invalid type for 'image[1]': expected a file, but got a string",
        "{'detail': [{'type': 'missing', 'loc': ['body', 'image'], 'msg': 'Field required'}]}",
    ):
        assert symptom(text, status=400, route="litellm") == "picture-lost-by-gateway"
        assert symptom(text, status=400, route="openai-api-key") != "picture-lost-by-gateway"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("failed to deserialize api response: error: missing field output_tokens at line 9", "library-misreads-answer"),
        ("OpenAIInvalidDataException: `code` is not set", "library-misreads-answer"),
        ("Provided readable stream must have a known length", "library-misreads-answer"),
        ("KeyError: 'data'", "answer-of-another-kind"),
        ("KeyError: 'b64_json'", "parser-misses-image"),
        ("AttributeError: 'ChatCompletionMessage' object has no attribute 'pictures'", "parser-misses-image"),
        ("JsonSyntaxException: Expected BEGIN_OBJECT but was STRING", "parser-misses-image"),
        ("Symbol '+'(53) at index 12 is prohibited after the pad character", "parser-misses-image"),
        ("MismatchedInputException: No content to map due to end-of-input", "html-read-as-json"),
        ('MCP tool "paint": 90000 tokens, exceeds maximum allowed tokens (25000)', "image-lost-in-translation"),
        ('{"choices":[{"message":{"role":"assistant"}}],"usage":{"completion_tokens":1290}}',
         "image-lost-in-translation"),
        ("imgen.x.ai/out.jpg: MissingAllowOriginHeader, the image URL cannot be read", "url-instead-of-image"),
    ],
)  # fmt: skip
def test_where_a_parser_stops_tells_whether_it_looked_in_another_place_or_at_another_answer(
    text: str, expected: str
) -> None:
    assert symptom(text) == expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("PUBLIC_ERROR_UNSAFE_GENERATION", "moderation-blocked"),
        ("PUBLIC_ERROR_MINOR", "moderation-blocked"),
        ("PUBLIC_ERROR_PROMINENT_PEOPLE_FILTER_FAILED", "moderation-blocked"),
        ("PUBLIC_ERROR_USER_QUOTA_REACHED", "quota-exhausted"),
        ("PUBLIC_ERROR_USER_REQUESTS_THROTTLED", "rate-limited"),
        ("PUBLIC_ERROR_MODEL_ACCESS_DENIED", "login-lacks-images"),
    ],
)
def test_a_reason_beside_an_invalid_argument_says_more_than_the_sentence(reason: str, expected: str) -> None:
    body = '{"error": {"code": 400, "message": "Request contains an invalid argument.", "details": [{"reason": "%s"}]}}'
    assert symptom(body % reason, status=400, route="google") == expected


@pytest.mark.parametrize(
    "text",
    [
        "The picture was stopped by the safety filter: image withheld",
        "No image. It may not have passed Google's safety review",
        "Le filtre de sécurité a refusé cette demande",
        "El filtro de contenido rechaza la imagen",
        "Der Sicherheitsfilter hat das Bild abgelehnt",
        "安全フィルタにより生成できません",
        "Pre Img Risk Not Pass",
    ],
)
def test_filters_refuse_in_many_languages(text: str) -> None:
    assert symptom(text) == "moderation-blocked"


@pytest.mark.parametrize(
    ("text", "status", "expected"),
    [
        ("You can make more as soon as your limit resets", None, "usage-limit-reached"),
        ("You've hit the Plus plan limit for image requests", None, "usage-limit-reached"),
        ("图像额度为 0", None, "tier-limit-zero"),
        ('{"code":402,"msg":"Credits insufficient"}', None, "quota-exhausted"),
        ("ServerOverloaded: please wait", 429, "rate-limited"),
        ("Request has reached API limit, try later", 429, "rate-limited"),
        ("the service is undergoing maintenance", None, "under-maintenance"),
        ('{"detail":[{"type":"downstream_service_unavailable"}]}', 400, "workers-down"),
        ("模型 abc-image 不存在", 404, "model-unknown"),
        ("le modèle dall-e-3 n'est plus disponible", None, "model-gone"),
        ("O modelo dall-e-2 foi descontinuado", None, "model-gone"),
        ("models/imagen-3.0-generate-001: unknown here, or not supported for predict", 404,
         "google-id-on-vertex-alone"),
        ("'NoneType' object has no attribute 'encode' in httpx/_models.py, header", None, "credential-empty-in-header"),
        ("Value cannot be null. (Parameter 'apiKey')", None, "no-credential"),
        ("Missing key inputs argument! Provide (`api_key`) arguments", None, "no-credential"),
        ("no Route matched with those values", 404, "endpoint-unknown"),
        ("MalformedURLException: no protocol: h.example/v1", None, "endpoint-unknown"),
        ("asked /backend-api/responses, which gives 403", 403, "endpoint-unknown"),
        ("Missing dependencies for SOCKS support.", None, "program-part-missing"),
        ("KeyError: 'IMAGE_MODEL'", None, "program-config-incomplete"),
        ('image generation provider "abc" not found. Available: x, y', None, "custom-provider-makes-no-images"),
        ("curl: (16) Error in the HTTP2 framing layer", None, "dropped-connection"),
        ("the explicit model failed and it still falls back to another provider", None, "prompted-fallback"),
    ],
)  # fmt: skip
def test_what_smaller_services_and_programs_say(text: str, status: int | None, expected: str) -> None:
    assert symptom(text, status=status) == expected


@pytest.mark.parametrize(
    "text",
    [
        "CORS_ALLOW_ORIGIN is '*'; image url prefix is /files",
        "I tried different models before that worked",
        "queue total=0 images=3",
        "quota of 0.5 GB for image files is free",
        "content filter: off, image size 1024",
    ],
)
def test_what_a_healthy_program_says_too_is_no_symptom(text: str) -> None:
    assert symptom(text) == "unknown"
