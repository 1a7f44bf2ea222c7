"""What each entry of an auth store is, in every spelling that the releases take."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from diagnose.machine.openclaw import profiles
from diagnose.machine.openclaw.facts import Origin, Profile, Usage
from diagnose.model.secret import Secret

AT = Origin(file=Path("/s/auth-profiles.json"), key="")
KEY = "sk-proj-CANARY" + "s7" * 10


def jwt(**claims: Any) -> str:
    parts = [{"alg": "none"}, claims]
    return ".".join([*(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts), "sig"])


JWT = jwt(exp=1800000000, **{"https://api.openai.com/auth": {"chatgpt_account_id": "acc", "chatgpt_plan_type": "plus"}})


def profile(**entry: Any) -> Profile:
    (found,) = profiles.profiles({"profiles": {"openai:x": {"provider": "OpenAI"} | entry}}, AT, None)
    return found


def test_a_login_has_expiry_account_plan_and_the_fingerprint_of_its_refresh_token() -> None:
    found = profile(type="oauth", access=JWT, refresh="CANARY-refresh", expires=1800000000000)
    assert (found.provider, found.kind, found.form, found.secret) == ("openai", "oauth", "jwt", Secret(JWT))
    assert (found.expires_ms, found.account, found.plan) == (1800000000000, "acc", "plus")
    assert found.refresh == Secret("CANARY-refresh").fingerprint
    own = profile(type="oauth", access=JWT, accountId="stored", chatgptPlanType="pro")
    assert (own.account, own.plan, own.expires_ms, own.refresh) == ("stored", "pro", None, None)


@pytest.mark.parametrize("expires", ["soon", -1, 0, True, float("inf"), []])
def test_an_expiry_that_is_no_moment_has_passed(expires: Any) -> None:
    assert profile(type="token", token="t", expires=expires).expires_ms == 0


def test_a_login_that_a_failed_refresh_destroyed_is_marked() -> None:
    fence = "openclaw-oauth-refresh-fence:v1:" + "0" * 32
    found = profile(type="oauth", access=f"{fence}:access:x", refresh=f"{fence}:refresh:x", expires=1)
    assert (found.fenced, found.secret, found.refresh, found.expires_ms) == (True, None, None, 1)


@pytest.mark.parametrize(
    ("entry", "reference"),
    [
        ({"type": "api_key", "keyRef": {"source": "env", "id": "MY_KEY"}}, "env MY_KEY"),
        ({"type": "api_key", "keyRef": {"source": "file", "id": "/k"}, "key": KEY}, "file"),
        ({"type": "api_key", "key": {"source": "exec", "id": "pass"}}, "exec"),
        ({"type": "api_key", "key": "${MY_KEY}"}, "env MY_KEY"),
        ({"type": "token", "tokenRef": {"source": KEY}}, "something else"),
        ({"type": "oauth", "oauthRef": {"source": "openclaw-credentials"}}, "file"),
    ],
)
def test_a_profile_may_only_refer_to_its_secret(entry: dict[str, Any], reference: str) -> None:
    found = profile(**entry)
    assert (found.reference, found.secret) == (reference, None)


@pytest.mark.parametrize(
    ("entry", "kind", "form"),
    [
        ({"mode": "api_key", "apiKey": KEY}, "api_key", "sk"),
        ({"type": "apiKey", "key": "plain"}, "api_key", "other"),
        ({"type": "token", "token": "a.b.c"}, "token", "jwt"),
        ({"type": "token", "token": KEY}, "token", "sk"),
        ({"type": "api_key", "key": "  "}, "api_key", "other"),
        ({"type": "cookie", "key": KEY}, "other", "sk"),
        ({"type": [KEY]}, "other", "other"),
    ],
)
def test_every_spelling_of_kind_and_secret(entry: dict[str, Any], kind: str, form: str) -> None:
    found = profile(**entry)
    assert (found.kind, found.form) == (kind, form)


def test_what_openclaw_drops_is_no_profile() -> None:
    personal = "personal:gateway-owner:00000000-0000-0000-0000-000000000000"
    entries = {"a": 5, "b": {"type": "api_key"}, "c": {"type": "api_key", "provider": 5}, personal: {"provider": "x"}}
    for content in ({"profiles": entries}, {"profiles": []}, [], None, "x", {"openai": {"provider": "openai"}}):
        assert profiles.profiles(content, AT, None) == ()


def test_a_profile_keeps_its_place() -> None:
    assert profile(type="token").origin == Origin(file=Path("/s/auth-profiles.json"), key="openai:x")


def test_state_of_any_other_shape_is_passed_over() -> None:
    nothing = profiles.State(order={}, last_good={}, usage={})
    for content in (
        None,
        [],
        {"order": [], "lastGood": 5, "usageStats": "x"},
        {"order": {"a": 5}, "usageStats": {"a": 5}},
    ):
        assert profiles.state(content) == nothing
    odd = profiles.state({"usageStats": {"a": {"cooldownUntil": "x", "disabledUntil": 7.5, "disabledReason": 5}}})
    assert odd.usage == {"a": Usage(disabled_until=7)}
