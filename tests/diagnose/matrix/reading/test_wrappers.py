"""What gateways, vendors and client libraries put around a refusal, or say in ways of their own."""

import json

import pytest

from diagnose.matrix.reading import read

RAW = json.dumps(
    {"error": {"message": "Invalid value: 'huge'.", "param": "quality", "code": "invalid_value"}}, indent=2
)
GOOGLE = {
    "error": {
        "code": 429,
        "message": "Quota exceeded for metric: generate_content_free_tier_requests, limit: 0",
        "status": "RESOURCE_EXHAUSTED",
        "details": [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED"},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3.3s"},
        ],
    }
}
AZURE = {
    "error": {
        "code": "content_policy_violation",
        "message": "Your request was rejected.",
        "innererror": {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": {"violence": {"filtered": True}},
        },
    }
}


def fields(text: str, *names: str) -> tuple[object, ...]:
    found = read(text).attempts[0]
    return tuple(getattr(found, name) for name in names)


def test_openrouter_hides_the_vendors_answer_in_a_string() -> None:
    text = json.dumps({"error": {"message": "Provider returned error", "code": 400,
                                 "metadata": {"raw": RAW, "provider_name": "OpenAI"}}})  # fmt: skip
    expected = (400, "invalid_value", "quality", "Invalid value: 'huge'.", ("openrouter",))
    assert fields(text, "status", "code", "param", "message", "by") == expected


def test_google_has_a_status_in_words_a_reason_and_a_delay() -> None:
    expected = (429, "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED", 3.3)
    assert fields(json.dumps([GOOGLE]), "status", "code", "error_type", "retry_after") == expected
    assert "limit: 0" in read(json.dumps(GOOGLE)).outer.said


def test_azures_inner_error_does_not_take_the_place_of_the_error() -> None:
    host = "https://x.openai.azure.com/openai/deployments/img/images/generations?api-version=2025-04-01-preview"
    found = read(f"POST {host} 400 Bad Request {json.dumps(AZURE)}").outer
    assert (found.status, found.code, found.message) == (400, "content_policy_violation", "Your request was rejected.")
    assert (found.host, found.path) == ("x.openai.azure.com", "/openai/deployments/img/images/generations")
    assert (found.route, "azure" in found.by) == ("azure", True)


def test_minimax_refuses_inside_of_a_200() -> None:
    text = 'HTTP/1.1 200 OK\n\n{"id": "x", "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}'
    assert fields(text, "status", "code", "message") == (200, "1008", "insufficient balance")


def test_a_gateways_5xx_gives_way_to_the_refusal_inside() -> None:
    inner = json.dumps({"detail": "Unauthorized", "status": 401})
    text = json.dumps(
        {"error": {"message": f"upstream error: {inner}", "type": "server_error", "code": "internal_server_error"}}
    )
    assert fields(f"HTTP 502: {text}", "status", "message", "code") == (401, "Unauthorized", "")
    assert fields("HTTP 502: auth_not_found: no auth available", "status") == (502,)


def test_a_gateways_own_words_are_its_own() -> None:
    text = json.dumps({"error": {"message": "auth_not_found: no auth available (providers=codex, model=gpt-5.4-mini)",
                                 "type": "server_error", "code": "internal_server_error"}})  # fmt: skip
    expected = ("internal_server_error", "server_error", "gpt-5.4-mini", ("cpa",))
    assert fields(text, "code", "error_type", "candidate", "by") == expected


def test_the_sdk_of_vercel_prints_everything_it_knows() -> None:
    text = (
        "AI_APICallError: Invalid value\n    at x (file:///app/index.mjs:50:14) {\n  cause: undefined,\n"
        "  url: 'https://api.openai.com/v1/images/generations',\n"
        "  requestBodyValues: { model: 'gpt-image-1', prompt: 'error: code red' },\n  statusCode: 400,\n"
        "  responseHeaders: { 'cf-ray': '92f-FRA', 'x-request-id': 'req_abc123' },\n"
        f"  responseBody: {json.dumps(RAW)},\n  isRetryable: false\n}}"
    )
    found = read(text).outer
    assert (found.status, found.code, found.host, found.path) == (
        400,
        "invalid_value",
        "api.openai.com",
        "/v1/images/generations",
    )
    assert (found.request_id, found.headers["cf-ray"], found.by) == ("req_abc123", "92f-FRA", ("ai-sdk",))


def test_fastapi_names_the_place_and_says_what_is_missing() -> None:
    text = '422 Unprocessable Entity {"detail":[{"type":"missing","loc":["body","prompt"],"msg":"Field required"}]}'
    assert fields(text, "status", "error_type", "param", "message") == (422, "missing", "prompt", "Field required")


def test_codex_tells_url_ray_and_request() -> None:
    text = (
        "■ unexpected status 403 Forbidden: <html><head><style>a{}</style></head>"
        "<body>Enable JavaScript and cookies to continue</body></html>, "
        "url: https://chatgpt.com/backend-api/codex/responses, cf-ray: 9d2aa-HKG, request id: 123e4567-e89b"
    )
    found = read(text).outer
    assert (found.status, found.content, found.message) == (403, "html", "Enable JavaScript and cookies to continue")
    assert (found.host, found.path, found.route) == ("chatgpt.com", "/backend-api/codex/responses", "codex-oauth")
    assert (found.headers["cf-ray"], found.request_id) == ("9d2aa-HKG", "123e4567-e89b")


@pytest.mark.parametrize(
    ("text", "status", "message"),
    [
        (
            "<html><head><title>504 Gateway Time-out</title></head><center>nginx/1.18.0</center>",
            504,
            "Gateway Time-out",
        ),
        ("HTTP 403 <!DOCTYPE html><title>Just a moment...</title>", 403, "Just a moment..."),
        ("<h1>Error 1020</h1> Ray ID: <strong>8f3a9c0d1e2b3c4d</strong> Access denied", None, "Error 1020"),
        ('DNS lookup failed (HTTP 403): {"error": {"message": "<html><title>Attention</title>"}}', 403, "Attention"),
    ],
)
def test_a_web_page_is_told_from_an_answer_of_an_api(text: str, status: int | None, message: str) -> None:
    page = "Ray ID" not in text
    found = read(text).outer
    assert (found.status, found.message, found.transport) == (status, message, None) if page else True
    assert not page or found.content == "html"
    assert page or found.headers["cf-ray"] == "8f3a9c0d1e2b3c4d"


def test_a_page_beside_an_answer_of_an_api_is_not_its_content() -> None:
    assert fields('<html> 403 {"error": {"message": "no", "code": "nope"}}', "content", "code") == ("json", "nope")


def test_har() -> None:
    entry = {"request": {"method": "POST", "url": "https://api.openai.com/v1/images/edits"},
             "response": {"status": 400, "headers": [{"name": "x-request-id", "value": "req_z9"}],
                          "content": {"text": RAW}}}  # fmt: skip
    found = read(json.dumps({"log": {"entries": [entry]}})).outer
    assert (found.status, found.code, found.request_id) == (400, "invalid_value", "req_z9")
    assert (found.host, found.path) == ("api.openai.com", "/v1/images/edits")


def test_served_model_and_organization() -> None:
    assert read('{"created": 1, "model": "gpt-image-1", "data": [{}]}').outer.served_model == "gpt-image-1"
    assert read('{"candidates": [], "modelVersion": "gemini-3-pro"}').outer.served_model == "gemini-3-pro"
    assert read("Rate limit reached in organization org-AbC123 on images").outer.organization == "org-AbC123"


def test_what_begins_a_credential_tells_its_family_and_is_not_kept_in_it() -> None:
    assert read("Incorrect API key provided: eyJhbGci***NiIs").outer.credential == "codex-oauth"
    assert read("> authorization: Bearer sk-proj-abcdefgh").outer.credential == "platform-key"
    assert "authorization" not in read("> authorization: Bearer sk-proj-abcdefgh\n> set-cookie: a=b").outer.headers
