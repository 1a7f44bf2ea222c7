"""What gateways add of their own to a failed image, and what the vendors' own lists of codes say."""

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
    ("route", "expected"),
    [
        ("codex-oauth", "gateway-helper-retired"),
        ("cpa-responses", "gateway-helper-retired"),
        ("azure", "azure-deployment-unknown"),
        ("openai-api-key", "model-unknown"),
        ("", "ambiguous"),
    ],
)
def test_a_text_model_that_nobody_named_is_the_programs_own(route: str, expected: str) -> None:
    text = "The model `gpt-5.2-mini` does not exist or you do not have access to it."
    assert symptom(text, status=404, route=route) == expected


def test_an_image_model_that_does_not_exist_is_still_no_retired_text_model() -> None:
    text = "The model 'gpt-image-2' does not exist. Asked for by model `gpt-5.2`."
    assert symptom(text, status=400, route="codex-oauth") == "image-model-incident"


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ("cpa-responses", "tool-dropped-by-relay"),
        ("codex-oauth", "image-tool-absent"),
        ("openai-api-key", "bad-parameter"),
        ("", "ambiguous"),
    ],
)
@pytest.mark.parametrize(
    "text",
    [
        "Tool choice `required` must be specified with `tools` here.",
        "When using `tool_choice`, `tools` must be set.",
    ],
)
def test_who_dropped_the_tool_that_was_chosen_is_told_by_the_route(text: str, route: str, expected: str) -> None:
    assert symptom(text, status=400, route=route) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Image edit is not supported for built-in provider "somebody"', "gateway-lacks-image-route"),
        ('image generation failed: http 404 Not Found: {"error":"nothing here"}', "gateway-lacks-image-route"),
        ("Unknown endpoint: POST /v1/images/edits", "gateway-lacks-image-route"),
        ("Invalid image model: mine/flux. Use format: provider/model", "gateway-knows-no-such-provider"),
        ("No available channel for model gpt-image-2 under group plain (distributor)", "gateway-has-no-channel"),
        ("No available channel for model  under group plain (distributor)", "model-name-lost"),
        ("当前分组 a 下对于模型 gpt-image-2 无可用渠道", "gateway-has-no-channel"),
        ("当前分组 a 下对于模型  无可用渠道", "model-name-lost"),
        ("Model gpt-image-2 ratio or price not set, please set it", "gateway-price-unset"),
        ("Missing required parameter: 'image'.", "picture-lost-by-gateway"),
        ("No tool output found for function call call_1", "session-replayed-wrongly"),
        ("所有渠道均不可用", "gateway-cooldown"),
    ],
)
def test_what_a_gateway_says_by_itself_is_told_apart(text: str, expected: str) -> None:
    assert symptom(text, route="cpa-responses") == expected


def test_the_same_missing_picture_is_the_askers_own_where_no_gateway_stands_between() -> None:
    text = "Missing required parameter: 'image'."
    assert symptom(text, status=400, route="openai-api-key") == "bad-parameter"


def test_a_local_bridge_without_image_path_is_a_base_url_to_one_who_has_no_gateway() -> None:
    text = 'image generation failed: http 404 Not Found: Some("") at http://127.0.0.1:9/v1'
    assert symptom(text, status=404, route="codex-oauth") == "wrong-path"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("litellm.APIConnectionError: vertex_project is missing and required", "program-config-incomplete"),
        ("litellm.APIConnectionError: Unmapped provider passed in.", "model-not-served-here"),
        ("litellm.APIConnectionError: Cannot connect to host api.example.com:443", "unreachable"),
    ],
)
def test_what_litellm_wraps_as_a_broken_connection_may_be_anything(text: str, expected: str) -> None:
    assert symptom(text, route="litellm") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TypeError: header must be of type str or bytes, not <class 'NoneType'>", "credential-empty-in-header"),
        ("Header part (None) from ('Authorization', None) must be of type str or bytes", "credential-empty-in-header"),
        (
            "TypeError: Images.edit() got an unexpected keyword argument 'input_fidelity'",
            "library-older-than-parameter",
        ),
        ("missing field `b64_json` at line 1 column 93", "parser-misses-image"),
        ("error loading config.toml: unknown field `model_providr`", "openclaw-config-invalid"),
        ("stream disconnected before completion: The server had an error", "server-error"),
        ("stream disconnected before completion: error sending request", "dropped-connection"),
        ("ClientPayloadError: Response payload is not completed", "dropped-connection"),
        ("set the header x-ms-oai-image-generation-deployment to a deployment", "azure-deployment-unknown"),
        (
            "litellm: Malformed input request: #: extraneous key [size] is not permitted",
            "library-shapes-request-wrongly",
        ),
        ("Malformed input request: extraneous key [size], please reformat your input and try again.", "bad-parameter"),
    ],
)
def test_a_library_names_what_it_could_not_send_or_read(text: str, expected: str) -> None:
    assert symptom(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Arrearage: make sure your account is in good standing", "quota-exhausted"),
        ("AllocationQuota.FreeTierOnly", "quota-exhausted"),
        ("SetLimitExceeded: the set inference limit is reached", "quota-exhausted"),
        ("Throttling.RateQuota: slow down", "rate-limited"),
        ("The account has not activated the model seedream", "model-no-access"),
        ("Cannot access gated repo for url https://huggingface.co/x/y", "model-no-access"),
        ("You have exceeded your monthly included credits", "quota-exhausted"),
        ("x/y is not supported by provider hf-inference", "model-not-served-here"),
        ("Access denied due to Virtual Network/Firewall rules.", "resource-closed-to-this-network"),
        ("Key based authentication is disabled for this resource.", "wrong-credential-kind"),
        ("Token tenant a does not match resource tenant.", "not-a-member"),
        ("The provided model identifier is invalid.", "model-not-served-here"),
        ("Unable to show the generated image. Try rephrasing the prompt.", "moderation-blocked"),
        ("Request contains an invalid argument. INVALID_ARGUMENT", "bad-parameter"),
        ("ILLEGAL_PROMPT", "moderation-blocked"),
        ("IMAGE_FILE_EXCEEDS_MAX_SIZE", "bad-parameter"),
        ("Incorrect API key provided: sk-or-v1-0000.", "key-at-another-vendor"),
    ],
)
def test_a_vendors_own_code_has_its_mechanism(text: str, expected: str) -> None:
    assert symptom(text) == expected


@pytest.mark.parametrize(
    ("text", "route", "expected"),
    [
        ("Project archived: proj_0", "openai-api-key", "not-a-member"),
        ("ChatGPT account ID not available", "codex-oauth", "wrong-workspace"),
        ("This restricted API key may not call images", "openai-api-key", "missing-image-scope"),
        ("The organization is not verified for it", "openai-api-key", "org-unverified"),
        ("Image generation isn't available on your plan", "codex-oauth", "login-lacks-images"),
        ("There is no 'model_name' with this string", "litellm", "model-not-served-here"),
        ("No healthy deployments for this model right now", "litellm", "gateway-cooldown"),
        ("gpt-image-2 not available, using flux", "other", "prompted-fallback"),
        ("Unsupported image provider: mine", "other", "custom-provider-makes-no-images"),
        ("The image tool ignores my setting and calls api.openai.com", "litellm", "other-credential-used"),
        ("Access to internal IP refused", "other", "openclaw-private-network"),
        ("Resource has been exhausted (e.g. check quota).", "google", "rate-limited"),
        ("Resource has been exhausted (e.g. check quota). limit: 0", "google", "tier-limit-zero"),
        ("Gemini cannot be accessed through Vertex Predict", "google", "program-asks-google-wrongly"),
    ],
)
def test_the_rarer_branches_are_found_in_other_words(text: str, route: str, expected: str) -> None:
    assert symptom(text, route=route) == expected


@pytest.mark.parametrize("status", [400, 401, 500])
def test_a_failure_that_names_a_default_is_no_answer_of_another(status: int) -> None:
    text = f"HTTP {status}: model not set, using default model instead"
    assert symptom(text, status=status) != "prompted-fallback"


def test_who_serves_no_model_of_a_group_is_asked_to_serve_it() -> None:
    assert rows()["gateway-has-no-channel"].action == "enable_in_gateway_policy"
    assert rows()["gateway-list-lacks-model"].action == "upgrade_or_rollback_client"
