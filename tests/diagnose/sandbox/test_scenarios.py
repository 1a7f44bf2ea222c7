"""The scenario file, the strict loader, and what loading costs."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from diagnose.sandbox import scenarios
from diagnose.sandbox.catalogue import catalogue
from diagnose.sandbox.credentials import make
from diagnose.sandbox.faults import Faults
from diagnose.sandbox.machine import prepare
from diagnose.sandbox.provenance import vendor
from diagnose.sandbox.refusals import rows
from diagnose.sandbox.strict import DataError, build

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
IDS = [
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


def test_all_scenarios_are_there_in_order() -> None:
    assert list(scenarios.load()) == IDS


@pytest.mark.parametrize("scenario", scenarios.load().values(), ids=lambda row: row.id)
def test_each_scenario_is_sane(scenario: scenarios.Scenario) -> None:
    assert scenario.route == "openai-images" or scenario.needs
    assert scenario.route in {"openai-images", "codex-responses", "images-gateway"}
    assert scenario.about
    assert scenario.expect.verdict in VERDICTS
    assert (scenario.expect.branch is None) == (scenario.expect.action is None)
    assert scenario.expect.branch is None or scenario.expect.branch in BRANCHES
    assert scenario.expect.action is None or scenario.expect.action in ACTIONS
    assert scenario.expect.verdict == "proven" or scenario.expect.branch
    changed = (scenario.faults, scenario.claim, scenario.openclaw) != (
        scenario.twin_faults,
        scenario.twin_claim or scenario.claim,
        scenario.twin_openclaw or scenario.openclaw,
    )
    assert changed or scenario.id in {"healthy", "openclaw-healthy"}


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


def test_a_scenario_of_openclaw_needs_openclaw(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"id": "x", "about": "y", "route": "z", "expect": {"verdict": "proven"}, "through": "openclaw"}
    content = {"as_of": "2026-11-21", "source": "here", "scenario": [row]}
    monkeypatch.setattr(scenarios, "read", lambda name: content)
    monkeypatch.setattr(scenarios, "_FILES", ("one.toml",))
    with pytest.raises(DataError, match="go together"):
        scenarios._rows.__wrapped__()


def test_unknown_id_names_the_valid_ones() -> None:
    assert scenarios.get("healthy").id == "healthy"
    with pytest.raises(KeyError) as caught:
        scenarios.get("helthy")
    assert isinstance(caught.value, scenarios.ScenarioError)
    assert "'helthy'" in str(caught.value)
    assert "huge-body" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"colour": 1}, "unknown key colour"),
        ({"faults": {"dely": 3}}, "unknown key dely"),
        ({"faults": {"delivery": "dripp"}}, "none of"),
        ({"faults": {"delay": "3"}}, "no float"),
        ({"faults": {"hidden_models": "x"}}, "no list"),
        ({"faults": {"images_scope_status": 402}}, "none of"),
        ({"faults": {"models_scope_missing": 1}}, "no bool"),
        ({"claim": 3}, "no table"),
        ({"expect": {}}, "missing key verdict"),
        ({"about": None}, "no str"),
    ],
)
def test_the_loader_is_strict(change: dict[str, object], complaint: str) -> None:
    row = {"id": "x", "about": "y", "route": "z", "expect": {"verdict": "proven"}}
    build(scenarios.Scenario, row, "row")
    with pytest.raises(DataError, match=complaint):
        build(scenarios.Scenario, row | change, "row")


def test_faults_refuse_nonsense() -> None:
    with pytest.raises(ValueError, match="edge"):
        Faults(edge="cliff")  # type: ignore[arg-type]


def test_data_files_load_and_are_dated() -> None:
    assert catalogue().as_of
    assert all(row.as_of and row.source for row in rows().values())
    assert all(vendor(name).source for name in ("google", "edge", "proxy"))


def test_scenarios_need_the_standard_library_only() -> None:
    code = (
        "import sys; from diagnose.sandbox import scenarios, identity; scenarios.load();"
        "heavy = {'starlette','uvicorn','PIL','msgspec','httpx','asyncio','anyio','click','sqlite3'};"
        "ours = {m for m in sys.modules if m.startswith('diagnose.')};"
        "ours = {m for m in ours if not m.startswith('diagnose.sandbox')};"
        "print(sorted(heavy & set(sys.modules) | ours))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_server_imports_no_client_side() -> None:
    code = (
        "import sys; from diagnose.sandbox.server import Sandbox\n"
        "with Sandbox(): pass\n"
        "ours = {m for m in sys.modules if m.startswith('diagnose.')}\n"
        "ours = {m for m in ours if not m.startswith('diagnose.sandbox')}\n"
        "print(sorted(ours | {'PIL', 'httpx', 'checks'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
