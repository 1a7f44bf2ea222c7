"""Programs, libraries and services that few people use, and in which words they tell what others tell otherwise."""

from __future__ import annotations

import pytest

from diagnose.matrix import questions
from diagnose.matrix.explaining import explain
from diagnose.matrix.reading import read


def symptom(text: str, *, status: int | None = None, route: str = "other") -> str:
    """The row that a text comes to, or the outcome where it comes to none."""
    answer = explain(read(text, status=status, route=route))
    return answer.found.symptom if answer.found else answer.outcome


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("当前环境没有暴露 image_gen 无法调用", "image-tool-not-offered"),
        ("このセッションでは画像生成ツールが利用できない状態です", "image-tool-not-offered"),
        ("Please select an image model in the settings first", "image-tool-not-offered"),
        ("请先选择绘图模型再生成", "image-tool-not-offered"),
        ("No qualifying bean of type 'org.springframework.ai.image.ImageModel' available", "image-tool-not-offered"),
        ("Service of type ITextToImageService not registered.", "image-tool-not-offered"),
        ("该服务商暂不支持图片", "client-has-no-image-path"),
        ("unsupported relay mode: images", "gateway-lacks-image-route"),
        ("Unsupported serving path: /v1/images/edits", "gateway-lacks-image-route"),
        ("UnhandledMatchError: Unhandled match case NULL", "answer-of-another-kind"),
        ("TypeError: Cannot read property 'inlineData' of undefined", "parser-misses-image"),
        ("TypeError: Cannot read property 'parts' of undefined", "answer-of-another-kind"),
        ("DataBufferLimitException: Exceeded limit on max bytes to buffer : 524288", "line-too-long-for-reader"),
        ("Error: maxContentLength size of 2000 exceeded", "line-too-long-for-reader"),
        ("FormatException: Unexpected character (at line 1, character 1)", "html-read-as-json"),
        ("'utf-8' codec can't decode byte 0x89 in position 0: invalid start byte", "not-json"),
    ],
)
def test_what_programs_say_of_themselves_and_of_what_they_read(text: str, expected: str) -> None:
    assert symptom(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NoValidHarFileError: No .har file found", "no-credential"),
        ('MissingAuthError: Missing "sessionid" cookie', "no-credential"),
        ("IllegalArgumentException: Mistral API key must be set.", "no-credential"),
        ("Authorization failed - please check your credentials", "bad-credential"),
        ("InvalidProviderAPIKey", "bad-credential"),
        ("[models] Error: Incorrect model credentials provided", "bad-credential"),
        ("Ошибка: неверный токен", "bad-credential"),
        ("Codex login: access_denied, missing_codex_entitlement", "wrong-workspace"),
        ("Codex is not enabled for your workspace.", "wrong-workspace"),
        ("Please contact your workspace admin to enable device code sign-in for Codex", "wrong-workspace"),
    ],
)
def test_credentials_that_are_cookies_sessions_or_somebody_elses(text: str, expected: str) -> None:
    assert symptom(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AI Gateway requires a valid credit card on file to service requests", "quota-exhausted"),
        ("You lack sufficient credits for this image", "quota-exhausted"),
        ("RESOURCE_EXHAUSTED: this organization does not have enough balance", "quota-exhausted"),
        ("Imagen is not available on free accounts", "billing-not-enabled"),
        ("You have reached your image creation limit for today", "usage-limit-reached"),
        ("model flux-max requires the flower tier or higher", "model-no-access"),
        ("Model use case details have not been submitted for this account", "model-no-access"),
        ("error_type: runner_scheduling_failure", "server-error"),
        ("Prediction interrupted; please retry (code: PA)", "server-error"),
        ("ValueError: The current space is in the invalid state: PAUSED", "workers-down"),
        ("RequestLimitExceeded.JobNumExceed", "rate-limited"),
        ("content: sensitive_word_error, image refused", "moderation-blocked"),
        ("Model can not be found. image", "model-not-served-here"),
        ("image candidate: finishReason: MAX_TOKENS", "no-image"),
    ],
)
def test_codes_and_sentences_of_smaller_services(text: str, expected: str) -> None:
    assert symptom(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Failed to deserialize the JSON body into the target type: missing comma", "bad-parameter"),
        ("Expected request with `Content-Type: application/json`", "bad-parameter"),
        (
            'JSON parse error: x; nested exception is JsonMappingException: (through reference chain: Image["n"])',
            "bad-parameter",
        ),
        ("提示词过长 请缩短后再试", "bad-parameter"),
        ("图片太大 请压缩后上传", "bad-parameter"),
        ("Error: JSON parse error: Unexpected end", "html-read-as-json"),
    ],
)
def test_a_request_that_the_server_can_not_read_is_no_answer_that_the_program_can_not_read(
    text: str, expected: str
) -> None:
    assert symptom(text, status=None) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("flux-pro is an image generation model. Call /v1/images/generations", "image-model-as-text-model"),
        ("Image models cannot be used with the chat path", "image-model-as-text-model"),
        ("gpt-5.1-mini 不支持 ChatGPT 账号 请换一个", "carrier-not-supported"),
        ("1 validation error: model: Input should be 'dall-e-2' or 'dall-e-3'", "library-lacks-model"),
        ("Invalid enum value. Expected 'dall-e-2' | 'dall-e-3', received 'gpt-image-1'", "library-lacks-model"),
        ("modèle introuvable : gpt-image-1", "model-not-served-here"),
        ("Requested entity was not found.", "google-id-gone"),
    ],
)
def test_models_that_a_list_lacks_or_that_were_asked_at_the_wrong_place(text: str, expected: str) -> None:
    assert symptom(text, route="google" if "entity" in text else "other") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("requested_size=1536x1024 actual_size=1024x1024", "parameter-not-kept"),
        ("请求尺寸 1024x1536 实际尺寸 1254x1254", "parameter-not-kept"),
        ("image provider setting is ignored, it always goes to fal", "other-credential-used"),
        ("even though I set another provider it asks fal: Authentication is required", "other-credential-used"),
        ("生成超过 60 秒就会断开", "timeout"),
        ("HTTPSConnectionPool(host='api.openai.com', port=443)", "unreachable"),
        ("HTTPSConnectionPool(host='api.openai.com', port=443): Read timed out. (read timeout=60)", "timeout"),
        ("Remote host terminated the handshake", "tls-not-trusted"),
    ],
)
def test_what_reporters_tell_in_their_own_words(text: str, expected: str) -> None:
    assert symptom(text) == expected


def test_a_vertex_key_can_never_do_this_on_the_gemini_api_and_a_missing_one_is_another_thing() -> None:
    never = "API keys are not supported by this API."
    assert symptom(never, status=401, route="google") == "google-wants-another-kind"
    assert symptom("Request is missing required authentication credential.", status=401) == "wrong-credential-kind"


def test_vertex_has_no_free_tier_so_its_429_is_a_busy_pool() -> None:
    text = "429 RESOURCE_EXHAUSTED from Vertex AI, location global"
    assert symptom(text, status=429, route="google") == "rate-limited"
    assert symptom("429 RESOURCE_EXHAUSTED", status=429, route="google") == "ambiguous"
    assert symptom("Vertex AI: 429 RESOURCE_EXHAUSTED, limit: 0", status=429, route="google") == "tier-limit-zero"


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("503 No available upstream for this request", "pool-empty"),
        ("Forbidden - perhaps check your credentials?", "status-403"),
        ("The resource you are requesting could not be found", "status-404"),
        ("Response status code does not indicate success: 404 (x).", "status-404"),
        ("Fehler 429 beim Erzeugen des Bildes", "status-429"),
        ("Image task failed", "bare-failure"),
    ],
)
def test_a_sentence_that_hides_the_reason_leaves_a_question(text: str, question: str) -> None:
    answer = explain(read(text, status=None, route="other"))
    assert (answer.outcome, answer.question) == ("ambiguous", questions()[question].asks)
