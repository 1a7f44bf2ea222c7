"""The made-up credentials of a run."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from typing import Any

from diagnose.sandbox.credentials import make
from diagnose.sandbox.plan import LoginPlan
from diagnose.sandbox.server import Sandbox
from diagnose.sandbox.tokens import ACCOUNT, OTHER_ACCOUNT, sign_in

ABOUT = "https://api.openai.com/auth"


def claims(token: str) -> dict[str, Any]:
    middle = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return found


def test_the_token_has_the_claims_of_a_login() -> None:
    login = sign_in(LoginPlan(), time.time())
    assert login.access.count(".") == login.identity.count(".") == 2
    told = claims(login.access)
    account = told[ABOUT]
    assert account["chatgpt_plan_type"] == "plus"
    assert account["chatgpt_account_id"] == login.account == make().placeholders("")["account"]
    assert account["organizations"][0]["is_default"] is True
    assert told["iss"] == "https://auth.openai.com"
    assert told["scp"] == ["openid", "profile", "email", "offline_access"]
    assert 9 * 86_400 < told["exp"] - time.time() < 11 * 86_400
    named = claims(login.identity)
    assert named["aud"] == [told["client_id"]]
    assert named[ABOUT] == account


def test_a_login_is_as_its_plan_wants_it() -> None:
    told = sign_in(LoginPlan(expires_in=-60, issued_ago=600, account="other", plan="free"), 10_000)
    assert (claims(told.access)["exp"], claims(told.access)["iat"]) == (9940, 9400)
    assert (told.account, told.stored_account) == (OTHER_ACCOUNT, OTHER_ACCOUNT)
    assert "chatgpt_subscription_active_until" not in claims(told.access)[ABOUT]
    assert sign_in(LoginPlan(stored_account="other"), 0).stored_account == OTHER_ACCOUNT
    assert sign_in(LoginPlan(stored_account="other", account="other"), 0).stored_account == ACCOUNT
    assert sign_in(LoginPlan(stored_account="org"), 0).stored_account.startswith("org-")


def test_a_plan_token_hides_whose_it_is() -> None:
    told = claims(sign_in(LoginPlan(kind="siwc"), time.time()).access)
    assert told["client_id"].startswith("oaiapp_")
    assert "chatgpt.tokens.use.direct" in told["scp"]
    assert set(told[ABOUT]) == {"per_user_salt", "encrypted_auth_metadata"}
    assert ACCOUNT not in json.dumps(told)
    assert "@" not in json.dumps(told)


def test_every_run_has_its_own_and_none_is_shown() -> None:
    first, second = Sandbox(), Sandbox(key="sk-proj-mine")
    assert second.key == second.keys["openai"] == second.placeholders["openai_key"] == "sk-proj-mine"
    mine, other = first.placeholders, second.placeholders
    shared = {name for name in mine if mine[name] == other[name]}
    assert shared == {"account", "sandbox_url"}
    made = make()
    login = made.logins.usual()
    assert made.logins.usual() is login
    hidden = [*made.keys.values(), login.access, login.identity, login.refresh, made.revoked]
    assert not any(secret in repr(made) + repr(login) + repr(made.logins) for secret in hidden)
    assert len(set(hidden)) == len(hidden)


def test_a_server_signs_nothing_before_a_token_is_asked_for() -> None:
    code = (
        "import sys, httpx; from diagnose.sandbox.server import Sandbox\n"
        "with Sandbox() as server:\n"
        "    httpx.get(server.codex_url + '/models', trust_env=False)\n"
        "    before = 'cryptography' in sys.modules\n"
        "    server.codex_token\n"
        "    print(before, 'cryptography' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
