"""chatgpt.com: who is let in, in which workspace, and what the free calls say."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from diagnose.sandbox.faults import Codex
from diagnose.sandbox.plan import LoginPlan
from diagnose.sandbox.tokens import ACCOUNT, CHATGPT_USER, OTHER_ACCOUNT

PATHS = {
    "usage": "/backend-api/wham/usage",
    "check": "/backend-api/wham/accounts/check",
    "models": "/backend-api/codex/models?client_version=0.169.0",
}
IMAGE: dict[str, Any] = {"prompt": "x", "size": "1024x656", "quality": "low"}


def call(caller: Any, name: str, *, plan: LoginPlan | None = None, **headers: str) -> httpx.Response:
    sandbox = caller.sandbox
    token = sandbox.sign_in(plan).access if plan else sandbox.codex_token
    sent = {"authorization": f"Bearer {token}"} | headers
    if name == "image":
        answer: httpx.Response = caller.client.post(f"{sandbox.codex_url}/images/generations", json=IMAGE, headers=sent)
    else:
        answer = caller.client.get(sandbox.url + PATHS[name], headers=sent)
    return answer


def statuses(caller: Any, **given: Any) -> dict[str, int]:
    return {name: call(caller, name, **given).status_code for name in (*PATHS, "image")}


def test_the_free_calls_say_whose_login_it_is(start: Callable[..., Any]) -> None:
    caller = start(fresh=True)
    usage, check = call(caller, "usage").json(), call(caller, "check").json()
    assert check["default_account_id"] == caller.sandbox.placeholders["account"]
    assert usage["account_id"] == usage["user_id"] == CHATGPT_USER  # a personal account has no id of its own there
    assert usage["plan_type"] == check["accounts"][0]["plan_type"] == "plus"
    assert usage["rate_limit"]["primary_window"]["limit_window_seconds"] == 18_000
    assert [account["structure"] for account in check["accounts"]] == ["personal"]
    assert caller.sandbox.billed == 0


def test_they_are_answered_by_host_name_and_on_the_own_address(healthy: Any) -> None:
    token = healthy.sandbox.codex_token
    here = call(healthy, "check").json()
    assert healthy.at("chatgpt.com", PATHS["check"], key=token).json() == here
    assert healthy.sandbox.codex_url == f"{healthy.sandbox.url}/backend-api/codex"


def test_the_models_are_those_of_the_clients_version(healthy: Any) -> None:
    slugs = [model["slug"] for model in call(healthy, "models").json()["models"]]
    assert "gpt-5.5" in slugs
    without = healthy.at("chatgpt.com", "/backend-api/codex/models", key=healthy.sandbox.codex_token)
    assert without.status_code == 400


def test_refused_carriers_are_not_listed(start: Callable[..., Any]) -> None:
    models = call(start(codex=Codex(carriers="refused")), "models").json()["models"]
    assert [model["slug"] for model in models] == ["gpt-5.3-codex-spark"]


def test_a_token_that_nobody_gave_out(healthy: Any) -> None:
    for sent in ("Bearer other", "", "Basic eDp5", f"Bearer {healthy.sandbox.key}"):
        for name in (*PATHS, "image"):
            response = call(healthy, name, authorization=sent)
            assert (response.status_code, response.json()) == (401, {"detail": "Unauthorized"})


def test_an_expired_token_is_known_and_refused(healthy: Any) -> None:
    plan = LoginPlan(expires_in=-60, issued_ago=900_000)
    assert set(statuses(healthy, plan=plan).values()) == {401}
    response = call(healthy, "image", plan=plan)
    assert response.json()["error"]["code"] == response.headers["x-openai-authorization-error"] == "token_expired"
    told = json.loads(base64.b64decode(response.headers["x-error-json"]))
    assert told == {"error": {"code": "token_expired"}}


def test_a_plan_token_is_for_another_surface(healthy: Any) -> None:
    plan = LoginPlan(kind="siwc", expires_in=3000)
    assert set(statuses(healthy, plan=plan).values()) == {403}
    assert "chatpass_v2_" in call(healthy, "image", plan=plan).text
    token = healthy.sandbox.sign_in(plan).access
    there = healthy.client.post("/images/generations", json=IMAGE, headers={"authorization": f"Bearer {token}"})
    assert (there.status_code, there.json()["error"]["code"]) == (403, "subscription_sharing_route_not_supported")


def test_the_images_api_knows_every_login_and_takes_none(healthy: Any) -> None:
    for token in (healthy.sandbox.codex_token, healthy.sandbox.sign_in(LoginPlan(plan="free")).access):
        response = healthy.client.post("/images/generations", json=IMAGE, headers={"authorization": f"Bearer {token}"})
        assert response.status_code == 401
        assert "Missing scopes: api.model.images.request" in response.text


def test_the_plan_of_a_login_is_told(healthy: Any) -> None:
    plan = LoginPlan(plan="free")
    assert call(healthy, "usage", plan=plan).json()["plan_type"] == "free"
    assert call(healthy, "check", plan=plan).json()["accounts"][0]["plan_type"] == "free"


def test_without_an_account_header_the_tokens_own_is_meant(healthy: Any) -> None:
    assert call(healthy, "check").json()["default_account_id"] == ACCOUNT
    assert call(healthy, "check", plan=LoginPlan(account="other")).json()["default_account_id"] == OTHER_ACCOUNT


def test_a_workspace_that_is_not_the_logins_is_refused(healthy: Any) -> None:
    named = {"chatgpt-account-id": OTHER_ACCOUNT}
    response = call(healthy, "image", **named)
    assert (response.status_code, response.json()) == (403, {"detail": {"code": "invalid_workspace_selected"}})
    assert call(healthy, "image", **{"chatgpt-account-id": "org-x"}).status_code == 403
    # Which workspaces there are can always be asked.
    assert call(healthy, "check", **named).status_code == 200
    assert call(healthy, "image", **{"chatgpt-account-id": ACCOUNT}).status_code == 200


def test_one_of_several_workspaces_can_be_chosen(start: Callable[..., Any]) -> None:
    caller = start(codex=Codex(workspaces="several"))
    listed = call(caller, "check").json()
    assert {row["id"]: row["structure"] for row in listed["accounts"]} == {
        ACCOUNT: "personal",
        OTHER_ACCOUNT: "workspace",
    }
    assert listed["default_account_id"] == ACCOUNT
    chosen = {"chatgpt-account-id": OTHER_ACCOUNT}
    assert call(caller, "usage", **chosen).json()["account_id"] == OTHER_ACCOUNT
    assert call(caller, "image", **chosen).status_code == 200


def test_a_user_who_was_removed_from_the_workspace(start: Callable[..., Any]) -> None:
    caller = start(codex=Codex(workspaces="removed"))
    assert statuses(caller) == {"usage": 403, "check": 200, "models": 403, "image": 403}
    assert ACCOUNT not in [row["id"] for row in call(caller, "check").json()["accounts"]]


def test_a_deactivated_workspace(start: Callable[..., Any]) -> None:
    caller = start(codex=Codex(workspaces="deactivated"))
    assert statuses(caller) == {"usage": 402, "check": 200, "models": 402, "image": 402}
    assert call(caller, "image").json() == {"detail": {"code": "deactivated_workspace"}}
    [row] = call(caller, "check").json()["accounts"]
    assert (row["id"], row["is_deactivated"]) == (ACCOUNT, True)


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        ("missing_scope", {"usage": 401, "check": 401, "models": 401, "image": 401}),
        ("token_revoked", {"usage": 401, "check": 401, "models": 401, "image": 401}),
        ("forbidden", {"usage": 200, "check": 200, "models": 403, "image": 403}),
        ("usage_limit_reached", {"usage": 200, "check": 200, "models": 200, "image": 429}),
        ("usage_not_included", {"usage": 200, "check": 200, "models": 200, "image": 429}),
    ],
)
def test_where_each_refusal_is_said(refusal: Any, expected: dict[str, int], start: Callable[..., Any]) -> None:
    assert statuses(start(codex=Codex(refusal=refusal))) == expected


def test_a_revoked_token_is_said_in_the_headers_too(start: Callable[..., Any]) -> None:
    response = call(start(codex=Codex(refusal="token_revoked")), "usage")
    assert response.json()["error"]["code"] == response.headers["x-openai-authorization-error"] == "token_revoked"


def test_a_used_up_window_is_told_everywhere(start: Callable[..., Any]) -> None:
    caller = start(codex=Codex(refusal="usage_limit_reached"))
    refused = call(caller, "image")
    error = refused.json()["error"]
    assert (error["type"], error["plan_type"]) == ("usage_limit_reached", "plus")
    assert error["resets_in_seconds"] == pytest.approx(error["resets_at"] - time.time(), abs=5)
    assert refused.headers["x-codex-primary-used-percent"] == "100"
    limit = call(caller, "usage").json()["rate_limit"]
    assert (limit["allowed"], limit["limit_reached"], limit["primary_window"]["used_percent"]) == (False, True, 100)


def test_every_answer_of_this_host_has_its_headers(healthy: Any) -> None:
    for response in (call(healthy, "usage"), call(healthy, "image"), call(healthy, "usage", authorization="")):
        assert response.headers["x-request-id"] == response.headers["x-oai-request-id"]
        assert response.headers["x-codex-secondary-window-minutes"] == "10080"
        assert response.headers["cf-ray"]
