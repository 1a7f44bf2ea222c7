"""The troubleshooting matrix: closed lists, no loose ends, and the measured refusals in the right rows."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import checks
import diagnose.generation
import diagnose.routes
from diagnose.matrix import classify, questions, rows
from diagnose.model.answer import Answer

BRANCHES = {
    "auth_profile", "scope", "workspace_account", "provider_selection", "fallback_masking", "environment_tooling",
    "model_reference", "model_access_verification", "unsupported_parameter", "quota_billing", "rate_limit_capacity",
    "timeout_transport", "content_policy", "network_policy_ssrf", "response_parsing", "config_invalid",
}  # fmt: skip
ACTIONS = {
    "allow_private_host_or_fix_dns", "ask_for_b64_or_fix_parser", "back_off_and_pace", "call_dedicated_image_endpoint",
    "change_content", "change_egress_region", "check_edge_headers_or_egress",
    "check_image_entitlement_or_switch_account", "clear_gateway_cooldown", "compare_echoed_model_and_pixels",
    "drop_or_change_parameter", "enable_in_gateway_policy",
    "fix_base_url", "fix_client_provider_block_or_tool_policy", "fix_key_permissions", "force_intended_route_in_config",
    "ignore_false_alarm_and_probe", "keep_one_owner_of_refresh_token", "match_config_to_installed_version",
    "pin_model_and_disable_fallback", "poll_task_id", "raise_timeout_of_shortest_hop", "read_raw_body",
    "reauth_or_repair_profile", "recover_finished_result_before_retry", "start_new_session_or_compact",
    "strip_gateway_prefix_from_model", "switch_workspace_or_ask_admin", "top_up_or_enable_billing",
    "upgrade_or_rollback_client", "use_deployment_name_and_api_version", "use_endpoint_the_token_is_for",
    "use_text_model_with_image_tool", "verify_organization_or_use_other_surface", "wait_for_provider_incident",
}  # fmt: skip
TODAY = date(2026, 11, 21)
_ROW = re.compile(r"[a-z]+(-[a-z]+)+")


@pytest.mark.parametrize("row", rows().values(), ids=list(rows()))
def test_every_row_is_whole(row: Any) -> None:
    assert row.branch in BRANCHES
    assert row.action in ACTIONS
    assert row.as_of <= TODAY
    for text in (row.title, row.meaning, row.first_check, row.better_move, row.source):
        assert text.strip() == text != ""
    for match in row.matches:
        assert match.transport or match.status or match.code or match.says or match.html
        assert all(part == part.lower() for part in match.says + match.also + match.without)  # compared with lower case
    symptom = row.symptom("a.check")
    assert (symptom.id, symptom.branch, symptom.action, symptom.check) == (row.id, row.branch, row.action, "a.check")


def named_in_code() -> dict[str, str]:
    """Every text that the code uses as a row's id → where. By syntax: `symptom=`, `rows()[…]`, lists of symptoms, a
    returned tuple that begins with one."""
    found: dict[str, str] = {}
    folders = [Path(next(iter(module.__path__))) for module in (checks, diagnose.routes, diagnose.generation)]
    for file in (file for folder in folders for file in sorted(folder.glob("*.py"))):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            nodes: list[ast.AST] = []
            named = isinstance(node, ast.keyword) and node.arg in {"symptom", "problem"}
            if named or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "symptom"):
                nodes = [node.value]
            elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Call):
                name = node.value.func
                nodes = [node.slice] if isinstance(name, ast.Name) and name.id == "rows" else []
            elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == "symptoms":
                nodes = [node.value]
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_SYMPTOMS":
                assert isinstance(node.value, ast.Tuple)
                nodes = [row.elts[1] for row in node.value.elts if isinstance(row, ast.Tuple)]
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
                names = [t.id for t in node.targets[0].elts if isinstance(t, ast.Name)]
                is_problem = names[:1] == ["problem"] and isinstance(node.value, ast.Tuple)
                nodes = [node.value.elts[0]] if is_problem else []  # type: ignore[attr-defined]
            elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
                nodes = [e for e in node.value.elts[:1] if any(_ROW.fullmatch(text) for text in _values(e))]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_outcome":
                nodes = [node.args[0]] if node.args else []
            elif isinstance(node, ast.Compare) and isinstance(node.left, ast.Attribute) and node.left.attr == "id":
                nodes = list(node.comparators) if ast.unparse(node.left) in {"row.id", "classify(answer).id"} else []
            for top in nodes:
                for leaf in _values(top):
                    found[leaf] = f"{file.name}:{node.lineno if hasattr(node, 'lineno') else 0}"
    return found


def _values(node: ast.AST) -> list[str]:
    """The texts that an expression may come to; the condition of a conditional is none of them."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.IfExp):
        return _values(node.body) + _values(node.orelse)
    if isinstance(node, ast.BoolOp):
        return [text for value in node.values for text in _values(value)]
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [text for item in node.elts for text in _values(item)]
    return []


def test_every_symptom_that_the_code_names_is_a_row() -> None:
    named = named_in_code()
    assert len(named) > 20  # or the search itself has broken
    assert {"bogus-key-not-refused", "another-model", "tokens-differ", "no-image", "owner-differs"} <= set(named)
    missing = {name: where for name, where in named.items() if name not in rows() and name != "refused"}
    assert missing == {}


def test_no_row_is_out_of_reach() -> None:
    asked = {choice.row for question in questions().values() for choice in question.choices}
    named = {*named_in_code(), *asked, *(row.of_login for row in rows().values())}
    unreachable = [row.id for row in rows().values() if not row.matches and row.id not in named]
    assert [row for row in unreachable if row not in {"unclassified-refusal", "no-credential"}] == []


def test_what_stands_in_for_a_row_where_a_login_was_sent_is_a_row_that_no_answer_reaches_by_itself() -> None:
    for row in rows().values():
        if row.of_login:
            other = rows()[row.of_login]
            assert (other.matches, other.of_login) == ((), "")


def test_what_to_type_is_of_a_known_kind() -> None:
    kinds = {"", "log-in-again", "renew", "other-surface", "images-surface", "ask-with-curl"}
    assert {row.command for row in rows().values()} == kinds


def refusal(
    status: int | None, message: str = "", code: str = "", error_type: str = "", param: str = "", **more: Any
) -> str:
    answer = Answer(
        status=status, content_type="application/json", message=message, code=code, error_type=error_type, param=param,
        **more,
    )  # fmt: skip
    return classify(answer).id


USER, REQUEST = "image_generation_user_error", "invalid_request_error"


@pytest.mark.parametrize(
    ("error_type", "param", "code", "message", "expected"),
    [
        (REQUEST, "model", "missing_required_parameter", "Missing required parameter: 'model'.", "bad-parameter"),
        (USER, "model", "invalid_value", "The model 'foo' does not exist.", "model-unknown"),
        (USER, "model", "invalid_value", "The model 'dall-e-3' does not exist.", "model-unknown"),
        (REQUEST, "model", "invalid_type", "Invalid type for 'model': expected a string, but got null instead.",
         "bad-parameter"),
        (REQUEST, "foo", "unknown_parameter", "Unknown parameter: 'foo'.", "bad-parameter"),
        (REQUEST, "n", "integer_below_min_value", "Invalid 'n': integer below minimum value.", "bad-parameter"),
        (REQUEST, "n", "integer_above_max_value", "Expected a value <= 10, but got 11 instead.", "bad-parameter"),
        (REQUEST, "quality", "invalid_value", "Invalid value: 'ultra'. Supported values are: 'low'.", "bad-parameter"),
        (USER, "size", "invalid_value", "Invalid size 'bogus'. Expected WIDTHxHEIGHT.", "bad-parameter"),
        (USER, "size", "invalid_value", "Requested resolution is below the current minimum pixel budget.",
         "bad-parameter"),
        (REQUEST, "prompt", "empty_string", "", "bad-parameter"),
        (REQUEST, "image", "invalid_value", "Unknown parameter: 'image'.", "bad-parameter"),
        (USER, "image", "invalid_image_file", "Invalid image file or mode for image 3.", "bad-parameter"),
        (REQUEST, "input_fidelity", "invalid_input_fidelity_model",
         "The model 'gpt-image-2-codex' does not support the 'input_fidelity' parameter.", "bad-parameter"),
        (USER, "background", "", "Transparent background is not supported for this model.", "bad-parameter"),
        (USER, "", "moderation_blocked", "Your request was rejected by the safety system.", "moderation-blocked"),
        ("", "", "billing_hard_limit_reached", "Billing hard limit has been reached", "quota-exhausted"),
    ],
)  # fmt: skip
def test_the_measured_400s(error_type: str, param: str, code: str, message: str, expected: str) -> None:
    assert refusal(400, message, code, error_type, param) == expected


SCOPES = "You have insufficient permissions for this operation. Missing scopes: {}. Check that you have the role"


@pytest.mark.parametrize(
    ("status", "code", "message", "expected"),
    [
        (401, "invalid_api_key", "Incorrect API key provided: sk-x.", "bad-credential"),
        (401, "", "You didn't provide an API key.", "bad-credential"),
        (401, "insufficient_scope", SCOPES.format("api.model.images.request"), "missing-image-scope"),
        (403, "missing_scope", SCOPES.format("api.model.images.request"), "missing-image-scope"),
        (401, "", SCOPES.format("api.model.images.request"), "missing-image-scope"),
        (403, "", SCOPES.format("api.model.read"), "missing-models-scope"),
        (403, "", "Your organization must be verified to use the model `gpt-image-2`.", "org-unverified"),
        (403, "unsupported_country_region_territory", "Country, region, or territory not supported",
         "country-not-supported"),
        (403, "model_not_found", "Project `proj_x` does not have access to model `gpt-image-2`", "model-unknown"),
        (404, "model_not_found", "The model `gpt-image-2` does not exist or you do not have access to it.",
         "model-unknown"),
        (403, "", "Forbidden.", "forbidden"),
        (403, "", "You are authenticated with chatpass_v2_direct", "siwc-token"),
        (429, "rate_limit_exceeded", "Rate limit reached for gpt-image-2: Limit 5, Used 5. Please try again in 12s.",
         "rate-limited"),
        (429, "rate_limit_exceeded", "Request too large for gpt-image-2: Limit 0, Requested 1", "tier-limit-zero"),
        (429, "slow_down", "", "rate-limited"),
        (429, "insufficient_quota", "", "quota-exhausted"),
        (429, "credit_balance_exhausted", "", "quota-exhausted"),
        (429, "organization_spend_limit_exceeded", "", "quota-exhausted"),
        (429, "project_spend_limit_exceeded", "", "quota-exhausted"),
        (429, "organization_usage_limit_exceeded", "", "quota-exhausted"),
        (503, "server_is_overloaded", "", "server-error"),
        (500, "", "The server had an error", "server-error"),
        (404, "", "Not found", "wrong-path"),
        (405, "", "", "wrong-path"),
        (418, "", "I am a teapot", "unclassified-refusal"),
        (400, "", "Something else", "unclassified-refusal"),
    ],
)  # fmt: skip
def test_the_refusals_of_access_money_and_pace(status: int, code: str, message: str, expected: str) -> None:
    assert refusal(status, message, code) == expected


NOT_SUPPORTED = "The 'gpt-5.2' model is not supported when using Codex with a ChatGPT account."
REUSED = "Your refresh token has already been used to generate a new access token. Please try signing in again."


@pytest.mark.parametrize(
    ("status", "code", "message", "expected"),
    [
        (401, "token_expired", "Provided authentication token is expired. Please try signing in again.",
         "login-expired"),
        (401, "token_revoked", "Encountered invalidated oauth token for user, failing request", "login-revoked"),
        (401, "token_invalidated", "Your authentication token has been invalidated.", "login-revoked"),
        (401, "", "Unauthorized", "bad-credential"),
        (401, "refresh_token_reused", REUSED, "refresh-token-reused"),
        (None, "", f"OAuth token refresh failed for openai-codex: 401 {REUSED}", "refresh-token-reused"),
        (401, "refresh_token_expired", "", "login-revoked"),
        (400, "refresh_token_invalidated", "", "login-revoked"),
        (None, "invalid_scope", "The OAuth 2.0 Client is not allowed to request scope 'api.model.images.request'.",
         "invalid-scope-login"),
        (403, "invalid_workspace_selected", "", "wrong-workspace"),
        (400, "chatgpt_account_missing", "No eligible ChatGPT workspaces found.", "wrong-workspace"),
        (402, "deactivated_workspace", "", "workspace-deactivated"),
        (403, "", "This workspace has been deactivated and can no longer be used.", "workspace-deactivated"),
        (401, "account_deactivated", "Your OpenAI account has been deactivated.", "workspace-deactivated"),
        (402, "", "Payment required", "quota-exhausted"),
        (400, "", "Tool choice 'image_generation' not found in 'tools' parameter.", "image-tool-absent"),
        (400, "", NOT_SUPPORTED, "carrier-not-supported"),
        (400, "", "The 'gpt-6-astra' model requires a newer version of Codex.", "client-too-old"),
        (429, "usage_limit_reached", "The usage limit has been reached", "usage-limit-reached"),
        (429, "usage_not_included", "", "plan-without-codex"),
        (200, "server_is_overloaded", "Our servers are overloaded.", "server-error"),
        (200, "slow_down", "", "server-error"),
        (502, "", "Codex completed without producing an image_generation_call", "spoke-instead-of-drawing"),
        (403, "", "Forbidden", "forbidden"),
        (400, "", "Instructions are required", "unclassified-refusal"),
    ],
)  # fmt: skip
def test_the_refusals_of_the_codex_backend(status: int | None, code: str, message: str, expected: str) -> None:
    assert refusal(status, message, code) == expected


def test_a_code_in_the_type_field_of_the_codex_backend_is_seen() -> None:
    assert refusal(429, "The usage limit has been reached", "", "usage_limit_reached") == "usage-limit-reached"
    assert refusal(429, "", "", "usage_not_included") == "plan-without-codex"


def test_a_newer_code_in_the_type_field_is_seen() -> None:
    assert refusal(429, "", "", "insufficient_quota") == "quota-exhausted"


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 429, 500, 502, 503, 520, 599])
def test_a_web_page_is_the_edge_on_any_status(status: int) -> None:
    page = Answer(status=status, content_type="text/html", text="401: Missing scopes: api.model.images.request")
    assert classify(page).id == "edge-html"
    assert classify(page).branch == "timeout_transport"
    challenged = Answer(status=status, content_type="application/json", headers={"cf-mitigated": "challenge"})
    assert classify(challenged).id == "edge-html"


@pytest.mark.parametrize(
    ("transport", "expected"),
    [
        ("timeout", "timeout"), ("dropped", "dropped-connection"), ("too-large", "body-too-large"),
        ("connect", "unreachable"), ("dns", "unreachable"), ("proxy", "unreachable"), ("tls", "tls-not-trusted"),
        ("redirect", "redirect-to-other-host"), ("unsendable", "damaged-credential"),
    ],
)  # fmt: skip
def test_every_transport_fault_has_its_row(transport: Any, expected: str) -> None:
    for status in (None, 200, 308, 401):
        assert classify(Answer(status=status, transport=transport, detail="x")).id == expected


@given(
    st.integers(0, 999) | st.none(),
    st.text(max_size=40),
    st.text(max_size=20),
    st.sampled_from(["", "application/json", "text/html", "x"]),
)
def test_every_answer_has_a_row(status: int | None, message: str, code: str, kind: str) -> None:
    assert classify(Answer(status=status, message=message, code=code, content_type=kind)).id in rows()
