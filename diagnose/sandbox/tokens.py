"""The tokens of a ChatGPT sign-in: whose they are, and the claims that say so."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from diagnose.sandbox.plan import LoginPlan
from diagnose.sandbox.signing import signed, url64

ACCOUNT = "6b1f0d52-3c47-4e0a-9d58-0a7c41e6f293"
OTHER_ACCOUNT = "c0a4e8d7-51b9-4f62-8e3d-7f2b96a01c84"
ORGANIZATION = "org-RcSandboxChat4Bn7Qw2Xs9Lp"
EMAIL = "sandbox.login@example.com"
CHATGPT_USER = "user-RcSandboxChat5Wd8Lk2Pz"
CLIENT = "app_EMoamEEZ73f0CkXaXp7hrann"
"""The public client id of the Codex login, which such a token names."""
SIWC_CLIENT = "oaiapp_RcSandbox2Kf9Tz6Hm"

_ISSUER = "https://auth.openai.com"
_API = "https://api.openai.com/v1"
_ABOUT = "https://api.openai.com/auth"
_SUBJECT = "auth0|RcSandbox7Jm3"
_SCOPES = ["openid", "profile", "email", "offline_access"]
_ID_SECONDS = 3600
_SUBSCRIPTION_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One sign-in. `account` is the workspace of its token, `stored_account` what a program has filed beside it;
    moments are Unix seconds."""

    kind: Literal["codex", "siwc"]
    account: str
    stored_account: str
    plan: str
    issued: float
    expires: float
    access: str = field(repr=False)
    identity: str = field(repr=False)
    refresh: str = field(repr=False)

    @property
    def another_account(self) -> str:
        """A workspace that is not the token's."""
        return _other(self.account)


def sign_in(plan: LoginPlan, now: float) -> Login:
    """A new login as the plan wants it, with tokens that are really signed; `now` is Unix seconds."""
    issued, expires = int(now - plan.issued_ago), int(now + plan.expires_in)
    account = ACCOUNT if plan.account == "same" else OTHER_ACCOUNT
    stored = {"same": account, "other": _other(account), "org": ORGANIZATION}
    about = _hidden() if plan.kind == "siwc" else _about(account, plan.plan, issued)
    access = signed(_access(plan.kind, about, issued, expires))
    return Login(
        kind="siwc" if plan.kind == "siwc" else "codex",
        account=account,
        stored_account=stored[plan.stored_account],
        plan=plan.plan,
        issued=issued,
        expires=expires,
        access=access,
        identity=signed(_identity(plan.kind, about, issued, access)),
        refresh=f"rt_{secrets.token_urlsafe(48)}",
    )


def _other(account: str) -> str:
    return ACCOUNT if account == OTHER_ACCOUNT else OTHER_ACCOUNT


def _access(kind: str, about: Mapping[str, Any], issued: int, expires: int) -> dict[str, Any]:
    common = {"aud": [_API], "exp": expires, "iat": issued, "iss": _ISSUER, "jti": uuid.uuid4().hex, "sub": _SUBJECT}
    if kind == "siwc":
        scopes = [*_SCOPES, "resource.invoke", "chatgpt.tokens.use.direct"]
        return common | {"client_id": SIWC_CLIENT, "scp": scopes, _ABOUT: about}
    person = {"email": EMAIL, "email_verified": True}
    return common | {
        "client_id": CLIENT,
        "scp": _SCOPES,
        _ABOUT: about,
        "https://api.openai.com/profile": person,
    }


def _identity(kind: str, about: Mapping[str, Any], issued: int, access: str) -> dict[str, Any]:
    return {
        "aud": [SIWC_CLIENT if kind == "siwc" else CLIENT],
        "iss": _ISSUER,
        "sub": _SUBJECT,
        "iat": issued,
        "rat": issued - 4,
        "auth_time": issued - 2,
        "exp": issued + _ID_SECONDS,
        "jti": uuid.uuid4().hex,
        "sid": uuid.uuid4().hex,
        "at_hash": url64(hashlib.sha256(access.encode()).digest()[:16]),
        "auth_provider": "password",
        "email": EMAIL,
        "email_verified": True,
        _ABOUT: about,
    }


def _about(account: str, plan: str, issued: int) -> dict[str, Any]:
    organization = {"id": ORGANIZATION, "is_default": True, "role": "owner", "title": "Personal"}
    found: dict[str, Any] = {
        "chatgpt_account_id": account,
        "chatgpt_account_user_id": f"{CHATGPT_USER}__{account}",
        "chatgpt_plan_type": plan,
        "chatgpt_user_id": CHATGPT_USER,
        "user_id": CHATGPT_USER,
        "organizations": [organization],
        "groups": [],
    }
    if plan != "free":
        found["chatgpt_subscription_active_start"] = _day(issued)
        found["chatgpt_subscription_active_until"] = _day(issued + _SUBSCRIPTION_DAYS * 86_400)
        found["chatgpt_subscription_last_checked"] = _day(issued)
    return found


def _hidden() -> dict[str, Any]:
    """A plan token of Sign in with ChatGPT says to nobody else whose it is."""
    return {"per_user_salt": secrets.token_urlsafe(16), "encrypted_auth_metadata": secrets.token_urlsafe(192)}


def _day(moment: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(moment, UTC).isoformat()
