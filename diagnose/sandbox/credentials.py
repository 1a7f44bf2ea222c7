"""The made-up credentials of one sandbox: a key for each service, and a login of the ChatGPT surface."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

ACCOUNT = "6b1f0d52-3c47-4e0a-9d58-0a7c41e6f293"
PLAN = "plus"
EMAIL = "sandbox.login@example.com"
CHATGPT_USER = "user-RcSandboxChat5Wd8Lk2Pz"
CLIENT = "app_EMoamEEZ73f0CkXaXp7hrann"
"""The public client id of the Codex login, which such a token names."""

TOKEN_DAYS = 10
_KEY_SHAPES = {"litellm": "sk-", "openrouter": "sk-or-v1-", "google": "AIzaSy", "minimax": "sk-api-"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What each service takes. `keys` by service id; `revoked` is shaped like a key and is taken nowhere."""

    keys: Mapping[str, str] = field(repr=False)
    codex_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    revoked: str = field(repr=False)

    def of(self, service: str) -> str:
        """The one credential that the service takes ("" for one that takes none)."""
        return self.codex_token if service == "codex" else self.keys.get(service, "")

    def placeholders(self, url: str) -> dict[str, str]:
        """What the braces of a plan stand for; `url` is the sandbox's own."""
        named = {f"{service}_key": key for service, key in self.keys.items()}
        return {
            **named,
            "codex_token": self.codex_token,
            "refresh_token": self.refresh_token,
            "revoked_key": self.revoked,
            "account": ACCOUNT,
            "sandbox_url": url,
        }


def make(key: str | None = None) -> Credentials:
    """New credentials; `key` is the Images API's, if it is given."""
    keys = {"openai": key if key is not None else _platform_key()}
    keys |= {service: shape + secrets.token_hex(20) for service, shape in _KEY_SHAPES.items()}
    return Credentials(
        keys=keys,
        codex_token=codex_token(),
        refresh_token=f"rt_{secrets.token_urlsafe(48)}",
        revoked=_platform_key(),
    )


def _platform_key() -> str:
    return f"sk-proj-{secrets.token_hex(32)}"


def codex_token(now: float | None = None, *, days: float = TOKEN_DAYS) -> str:
    """A token with the claims of a ChatGPT sign-in; its signature is random, so nobody has signed it.

    `now` is Unix seconds (None: now), from which on it is valid for `days`.
    """
    issued = int(time.time() if now is None else now)
    claims = {
        "aud": ["https://api.openai.com/v1"],
        "client_id": CLIENT,
        "exp": issued + int(days * 86_400),
        "iat": issued,
        "iss": "https://auth.openai.com",
        "jti": secrets.token_hex(16),
        "scp": ["openid", "profile", "email", "offline_access"],
        "sub": "auth0|RcSandbox7Jm3",
        "https://api.openai.com/auth": {
            "chatgpt_account_id": ACCOUNT,
            "chatgpt_account_user_id": f"{CHATGPT_USER}__{ACCOUNT}",
            "chatgpt_plan_type": PLAN,
            "chatgpt_user_id": CHATGPT_USER,
            "user_id": CHATGPT_USER,
        },
        "https://api.openai.com/profile": {"email": EMAIL, "email_verified": True},
    }
    header = {"alg": "RS256", "kid": secrets.token_hex(8), "typ": "JWT"}
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in (header, claims)]
    return ".".join(_url64(part) for part in (*parts, secrets.token_bytes(256)))


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
