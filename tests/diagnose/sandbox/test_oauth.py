"""auth.openai.com: refreshes, and the keys by which tokens are checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jwt
import pytest

from diagnose.sandbox.faults import Oauth
from diagnose.sandbox.plan import LoginPlan

TOKEN = "/oauth/token"


def refresh(caller: Any, token: str, *, form: bool = False, **extra: str) -> Any:
    body = {"client_id": "app_x", "grant_type": "refresh_token", "refresh_token": token} | extra
    sent: dict[str, Any] = {"data": body} if form else {"json": body}
    return caller.client.post(caller.sandbox.url + TOKEN, headers={"authorization": ""}, **sent)


@pytest.mark.parametrize(
    "code", ["refresh_token_reused", "refresh_token_expired", "refresh_token_invalidated", "token_expired"]
)
def test_every_refresh_is_refused_and_counted(code: Any, start: Callable[..., Any]) -> None:
    caller = start(fresh=True, oauth=Oauth(refusal=code))
    login = caller.sandbox.sign_in(LoginPlan())
    response = refresh(caller, login.refresh)
    assert (response.status_code, response.json()["error"]["code"]) == (401, code)
    [row] = caller.sandbox.requests
    assert (row.service, row.path, row.body) == ("oauth", TOKEN, None)
    assert login.refresh not in repr(row)


def test_without_a_fault_a_refresh_was_used_by_somebody_else(healthy: Any) -> None:
    there = healthy.at("auth.openai.com", TOKEN, {"refresh_token": "rt_x"})
    assert there.json()["error"]["code"] == "refresh_token_reused"


@pytest.mark.parametrize("form", [False, True])
def test_a_rotated_token_works_once(form: bool, start: Callable[..., Any]) -> None:
    caller = start(fresh=True, oauth=Oauth(rotates=True))
    old = caller.sandbox.sign_in(LoginPlan(expires_in=-1, issued_ago=900_000, account="other"))
    made = refresh(caller, old.refresh, form=form).json()
    assert made["refresh_token"] != old.refresh
    answer = caller.client.get(
        caller.sandbox.url + "/backend-api/wham/accounts/check",
        headers={"authorization": f"Bearer {made['access_token']}"},
    )
    assert answer.json()["default_account_id"] == old.account
    assert refresh(caller, old.refresh, form=form).json()["error"]["code"] == "refresh_token_reused"
    assert refresh(caller, made["refresh_token"], form=form).status_code == 200


def test_what_is_no_refresh_of_a_token_that_was_given_out(start: Callable[..., Any]) -> None:
    caller = start(oauth=Oauth(rotates=True))
    assert refresh(caller, "rt_nobody").json()["error"]["code"] == "token_expired"
    assert refresh(caller, "rt_x", grant_type="authorization_code").json() == {"error": "unsupported_grant_type"}
    for body in (b"", b"[]", b"{", b"\xff"):
        answer = caller.client.post(caller.sandbox.url + TOKEN, content=body, headers={"authorization": ""})
        assert answer.status_code == 400


def test_the_published_keys_check_both_tokens(healthy: Any) -> None:
    path = "/.well-known/jwks.json"
    published = healthy.at("auth.openai.com", path).json()
    assert healthy.client.get(healthy.sandbox.url + path).json() == published
    login = healthy.sandbox.sign_in(LoginPlan(issued_ago=60))
    [key] = jwt.PyJWKSet.from_dict(published).keys
    for token, audience in (
        (login.access, "https://api.openai.com/v1"),
        (login.identity, "app_EMoamEEZ73f0CkXaXp7hrann"),
    ):
        assert jwt.get_unverified_header(token)["kid"] == key.key_id
        told = jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer="https://auth.openai.com")
        assert told["https://api.openai.com/auth"]["chatgpt_account_id"] == login.account
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(login.access[:-8] + "AAAAAAAA", key, algorithms=["RS256"], audience="https://api.openai.com/v1")
