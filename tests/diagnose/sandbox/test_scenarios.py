"""The scenario files: what they hold, and that it makes sense."""

from __future__ import annotations

from typing import Any

import pytest

from diagnose.sandbox import scenarios
from diagnose.sandbox.credentials import make
from diagnose.sandbox.faults import Faults
from diagnose.sandbox.machine import prepare
from diagnose.sandbox.strict import DataError

RELEASES = [(2026, 4, 22), (2026, 5, 18), (2026, 9, 6)]
VERDICTS = {"proven", "contradicted", "unproven", "broken"}
BRANCHES = {
    "auth_profile",
    "scope",
    "workspace_account",
    "provider_selection",
    "fallback_masking",
    "environment_tooling",
    "model_reference",
    "model_access_verification",
    "unsupported_parameter",
    "quota_billing",
    "rate_limit_capacity",
    "timeout_transport",
    "content_policy",
    "network_policy_ssrf",
    "response_parsing",
    "config_invalid",
}
ACTIONS = {
    "allow_private_host_or_fix_dns",
    "ask_for_b64_or_fix_parser",
    "back_off_and_pace",
    "call_dedicated_image_endpoint",
    "change_content",
    "change_egress_region",
    "check_edge_headers_or_egress",
    "check_image_entitlement_or_switch_account",
    "clear_gateway_cooldown",
    "compare_echoed_model_and_pixels",
    "drop_or_change_parameter",
    "enable_in_gateway_policy",
    "fix_base_url",
    "fix_client_provider_block_or_tool_policy",
    "fix_key_permissions",
    "force_intended_route_in_config",
    "ignore_false_alarm_and_probe",
    "keep_one_owner_of_refresh_token",
    "match_config_to_installed_version",
    "pin_model_and_disable_fallback",
    "poll_task_id",
    "raise_timeout_of_shortest_hop",
    "read_raw_body",
    "reauth_or_repair_profile",
    "recover_finished_result_before_retry",
    "start_new_session_or_compact",
    "strip_gateway_prefix_from_model",
    "switch_workspace_or_ask_admin",
    "top_up_or_enable_billing",
    "upgrade_or_rollback_client",
    "use_deployment_name_and_api_version",
    "use_endpoint_the_token_is_for",
    "use_text_model_with_image_tool",
    "verify_organization_or_use_other_surface",
    "wait_for_provider_incident",
}
IN_ORDER = [
    "healthy",
    "invalid-key",
    "missing-image-scope",
    "missing-image-scope-403",
    "models-scope-missing",
    "org-unverified",
    "model-not-found",
    "model-no-access",
    "retired-model",
    "quota-exhausted",
    "billing-hard-limit",
    "rate-limited-then-ok",
    "tier-limit-zero",
    "moderation-blocked",
    "edge-403-html",
    "proxy-html-200",
    "slow-timeout",
    "drip-feed",
    "dropped-connection",
    "malformed-json",
    "no-image-200",
    "url-instead-of-b64",
    "truncated-image",
    "wrong-size-pixels",
    "wrong-format-bytes",
    "quality-downgraded",
    "other-model-served",
    "any-key-accepted",
    "any-model-accepted",
    "fallback-answered",
    "fallback-by-bytes-alone",
    "stale-image",
    "control-answered",
    "transparent-accepted-but-opaque",
    "redirect-to-other-host",
    "huge-body",
    "server-error-500",
    "openclaw-healthy",
    "openclaw-fallback-answered",
    "openclaw-auto-detected",
    "openclaw-fallback-though-disabled",
    "openclaw-model-rewritten",
    "openclaw-size-snapped",
    "openclaw-parameters-dropped",
    "openclaw-oauth-wins",
    "openclaw-key-wins",
    "openclaw-oauth-to-images-api",
    "openclaw-oauth-to-third-party",
    "openclaw-listing-says-configured-but-dead",
    "openclaw-agent-differs",
    "openclaw-config-invalid",
    "openclaw-store-waits",
    "openclaw-no-image-tool",
    "openclaw-private-network",
    "openclaw-image-too-large",
    "openclaw-login-expiring",
]


OF_LOGINS = [
    "codex-healthy",
    "codex-images-healthy",
    "oauth-401-missing-scope",
    "codex-token-on-images-api",
    "oauth-403-json",
    "oauth-403-html",
    "codex-images-403-html",
    "expired-token",
    "revoked",
    "wrong-workspace",
    "workspace-deactivated",
    "account-mismatch",
    "free-plan-empty-tools",
    "tool-choice-not-found",
    "model-not-supported-with-chatgpt-account",
    "retired-host-model",
    "client-too-old",
    "usage-limit-reached",
    "codex-images-usage-limit",
    "plan-without-codex",
    "failed-inside-200",
    "stream-cut-before-completed",
    "final-item-still-generating",
    "empty-completed-output",
    "odd-size",
    "odd-size-unclaimed",
    "webp-asked-png-sent",
    "codex-model-pinned",
    "siwc-token",
    "invalid-scope-login",
    "refresh-token-reused",
    "refresh-token-reused-but-in-force",
    "forced-workspace",
    "shared-refresh-token",
    "refused-in-text",
    "spoke-instead-of-drawing",
]
HEALTHY = {"healthy", "openclaw-healthy", "openclaw-codex-healthy", "codex-healthy", "codex-images-healthy"}


def test_all_scenarios_are_there_in_order() -> None:
    found = list(scenarios.load())
    assert [name for name in found if name in {*IN_ORDER, *OF_LOGINS}] == [*IN_ORDER, *OF_LOGINS]
    assert all(name.startswith("openclaw-") for name in set(found) - {*IN_ORDER, *OF_LOGINS})


@pytest.mark.parametrize("scenario", scenarios.load().values(), ids=lambda row: row.id)
def test_each_scenario_is_sane(scenario: scenarios.Scenario) -> None:
    assert scenario.route in {"openai-images", "codex-responses", "codex-images"}
    assert scenario.about
    assert scenario.expect.verdict in VERDICTS
    assert (scenario.expect.branch is None) == (scenario.expect.action is None)
    assert scenario.expect.branch is None or scenario.expect.branch in BRANCHES
    assert scenario.expect.action is None or scenario.expect.action in ACTIONS
    assert scenario.expect.verdict == "proven" or scenario.expect.branch
    changed = (scenario.faults, scenario.claim, scenario.openclaw, scenario.login) != (
        scenario.twin_faults,
        scenario.twin_claim or scenario.claim,
        scenario.twin_openclaw or scenario.openclaw,
        scenario.twin_login or scenario.login,
    )
    assert changed or scenario.id in HEALTHY


def test_scenarios_with_a_claim_of_their_own() -> None:
    rows = scenarios.load()
    assert rows["model-not-found"].claim.model == "openai/gpt-image-22"
    assert rows["model-not-found"].twin_claim == scenarios.Claim()
    assert rows["quality-downgraded"].claim == scenarios.Claim(quality="high", max_cost=0.25)
    assert rows["slow-timeout"].deadline == 1.5
    assert rows["drip-feed"].deadline == 2.0
    assert rows["healthy"].faults == Faults()
    assert rows["healthy"].twin_claim is None
    assert rows["transparent-accepted-but-opaque"].twin_faults == Faults(transparent="honoured")


@pytest.mark.parametrize("scenario", [s for s in scenarios.load().values() if s.needs], ids=lambda row: row.id)
def test_a_machine_can_be_written_for_every_release_that_it_is_for(scenario: scenarios.Scenario, tmp_path: Any) -> None:
    placeholders = make().placeholders("http://127.0.0.1:1")
    assert scenario.openclaw is not None
    plans = [scenario.openclaw, scenario.twin_openclaw or scenario.openclaw]
    for release in RELEASES:
        for at, plan in enumerate(plans):
            if plan.fits(release):
                prepare(tmp_path / f"{release}-{at}", release, plan, placeholders)
    assert any(plans[0].fits(release) and plans[1].fits(release) for release in RELEASES)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"through": "openclaw"}, "go together"),
        ({"through": "openclaw", "needs": ["openclaw"], "openclaw": {}, "login": {}}, "one machine"),
        ({"twin_login": {}}, "one machine"),
        ({"route": "codex-responses"}, "needs a machine with a login"),
    ],
)
def test_a_scenario_has_the_machine_that_it_needs(
    change: dict[str, Any], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"id": "x", "about": "y", "route": "z", "expect": {"verdict": "proven"}} | change
    content = {"as_of": "2026-11-21", "source": "here", "scenario": [row]}
    monkeypatch.setattr(scenarios, "read", lambda name: content)
    monkeypatch.setattr(scenarios, "_FILES", ("one.toml",))
    with pytest.raises(DataError, match=complaint):
        scenarios._rows.__wrapped__()


def test_what_nobody_typed_is_no_claim() -> None:
    claim = scenarios.get("healthy").claim
    assert (claim.size, claim.quality, claim.background, claim.format, claim.owner) == (None,) * 5
    assert scenarios.get("odd-size").claim == scenarios.Claim(size="1024x1024")


def test_an_unknown_id_names_those_that_are_near_and_where_all_of_them_are() -> None:
    assert scenarios.get("healthy").id == "healthy"
    with pytest.raises(KeyError) as caught:
        scenarios.get("helthy")
    assert isinstance(caught.value, scenarios.ScenarioError)
    assert "'helthy'" in str(caught.value)
    assert "`routecheck sandbox scenarios` lists them" in str(caught.value)


def test_faults_refuse_nonsense() -> None:
    with pytest.raises(ValueError, match="edge"):
        Faults(edge="cliff")  # type: ignore[arg-type]
