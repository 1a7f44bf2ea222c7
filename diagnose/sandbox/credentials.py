"""The made-up credentials of one sandbox: a key for each service, and the logins of the ChatGPT surface."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from diagnose.sandbox.plan import LoginPlan
from diagnose.sandbox.tokens import ACCOUNT, Login, sign_in

_KEY_SHAPES = {"litellm": "sk-", "openrouter": "sk-or-v1-", "google": "AIzaSy", "minimax": "sk-api-"}


class Logins:
    """The logins that one sandbox gave out, known by their tokens. Nothing is made, or signed, before it is asked
    for: making the key takes longer than starting the server."""

    def __init__(self) -> None:
        self._by_access: dict[str, Login] = {}
        self._plans: dict[str, LoginPlan] = {}
        self._used: set[str] = set()
        self._usual: Login | None = None

    def usual(self) -> Login:
        """The login of the plain plan, the same one at each call."""
        if self._usual is None:
            self._usual = self.sign_in(LoginPlan())
        return self._usual

    def sign_in(self, plan: LoginPlan) -> Login:
        """A new login as the plan wants it."""
        made = sign_in(plan, time.time())
        self._by_access[made.access] = made
        self._plans[made.refresh] = plan
        return made

    def of(self, token: str | None) -> Login | None:
        """The login whose access token this is."""
        return self._by_access.get(token or "")

    def gave_out(self, refresh: str) -> bool:
        """Whether the refresh token is one of this sandbox, and unused."""
        return refresh in self._plans

    def used_up(self, refresh: str) -> bool:
        """Whether the refresh token was one of this sandbox, and has been used."""
        return refresh in self._used

    def rotated(self, refresh: str) -> Login:
        """A new login for an unused refresh token, which is used up by it; KeyError when it is none."""
        plan = self._plans.pop(refresh)
        self._used.add(refresh)
        fresh = LoginPlan(kind=plan.kind, account=plan.account, plan=plan.plan, issued_ago=0)
        return self.sign_in(fresh)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What each service takes. `keys` by service id; `revoked` is shaped like a key and is taken nowhere."""

    keys: Mapping[str, str] = field(repr=False)
    revoked: str = field(repr=False)
    logins: Logins = field(default_factory=Logins, repr=False)

    def placeholders(self, url: str) -> dict[str, str]:
        """What the braces of a plan stand for; `url` is the sandbox's own."""
        named = {f"{service}_key": key for service, key in self.keys.items()}
        login = self.logins.usual()
        return {
            **named,
            "codex_token": login.access,
            "refresh_token": login.refresh,
            "revoked_key": self.revoked,
            "account": ACCOUNT,
            "sandbox_url": url,
        }


def make(key: str | None = None) -> Credentials:
    """New credentials; `key` is the Images API's, if it is given."""
    keys = {"openai": key if key is not None else _platform_key()}
    keys |= {service: shape + secrets.token_hex(20) for service, shape in _KEY_SHAPES.items()}
    return Credentials(keys=keys, revoked=_platform_key())


def _platform_key() -> str:
    return f"sk-proj-{secrets.token_hex(32)}"
