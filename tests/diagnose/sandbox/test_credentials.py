"""The made-up credentials of a run."""

from __future__ import annotations

import base64
import json
import time

from diagnose.sandbox.credentials import codex_token, make
from diagnose.sandbox.server import Sandbox


def claims(token: str) -> dict[str, object]:
    middle = token.split(".")[1]
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return found


def test_the_token_has_the_claims_of_a_login() -> None:
    token = codex_token()
    assert token.count(".") == 2
    told = claims(token)
    account = told["https://api.openai.com/auth"]
    assert isinstance(account, dict)
    assert account["chatgpt_plan_type"] == "plus"
    assert account["chatgpt_account_id"] == make().placeholders("")["account"]
    assert told["iss"] == "https://auth.openai.com"
    expiry = told["exp"]
    assert isinstance(expiry, int)
    assert 9 * 86_400 < expiry - time.time() < 11 * 86_400
    assert claims(codex_token(1000, days=1))["exp"] == 87_400


def test_every_run_has_its_own_and_none_is_shown() -> None:
    first, second = Sandbox(), Sandbox(key="sk-proj-mine")
    assert second.key == second.keys["openai"] == second.placeholders["openai_key"] == "sk-proj-mine"
    mine, other = first.placeholders, second.placeholders
    shared = {name for name in mine if mine[name] == other[name]}
    assert shared == {"account", "sandbox_url"}
    made = make()
    hidden = [*made.keys.values(), made.codex_token, made.refresh_token, made.revoked]
    assert not any(secret in repr(made) for secret in hidden)
    assert len(set(hidden)) == len(hidden)
