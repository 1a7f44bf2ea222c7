"""One situation on a computer, in words that every release understands; `spelling` writes it as a release wants it.

Made-up secrets stand in it as labels (`KEY1`, `JWT1`, …), `PORT` for the port of the service, `RELEASE` for the number
of the release. `LOGIN` is the provider of an OpenAI login, which older releases call openai-codex, and `LOGIN:name` the
id of a stored login.
"""

import base64
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DAY = 86_400


def _jwt(number: int) -> str:
    """A token as the vendor makes them, which nobody signed."""
    auth = {"chatgpt_account_id": f"acct-made-up-{number}", "chatgpt_plan_type": "plus", "user_id": f"user-{number}"}
    claims = {
        "iss": "https://auth.openai.com",
        "sub": f"made-up-{number}",
        "exp": int(time.time()) + 10 * DAY,
        "https://api.openai.com/auth": auth,
        "https://api.openai.com/profile": {"email": f"made-up-{number}@example.invalid"},
    }
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256", "typ": "JWT"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in [*parts, b"not-a-signature"])


SECRETS: Mapping[str, str] = {
    **{f"KEY{n}": f"sk-made-up-{n:036d}" for n in range(1, 8)},
    **{f"JWT{n}": _jwt(n) for n in (1, 2, 3)},
    **{f"REFRESH{n}": f"refresh-made-up-{n:04d}" for n in (1, 2, 3)},
    "OPAQUE1": "opaque-made-up-0000000000000000000001",
}
LABEL = re.compile(r"\b(?:KEY|JWT|REFRESH|OPAQUE)\d\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options of `infer image generate`. `model` None: without `--model`."""

    model: str | None = "openai/gpt-image-2"
    size: str | None = None
    background: str | None = None
    format: str | None = None
    quality: str | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    count: int = 1
    agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A machine and what it is asked.

    `image`: the image model, a string or {primary, fallbacks, timeoutMs}. `providers`: `models.providers`.
    `auth_order`: ids of profiles, `declared`: `auth.profiles` as {id: mode}. `agents`: {id: {"image": …}}, of which
    `default_agent` is the one that is asked. `config` is added as it stands. `profiles` are those of the shared store,
    `agent_profiles` those of an agent's own; {"kind", "secret", "provider"?, "days"?, "ref"?}. `stored_order` and
    `last_good` belong to the shared store. `included`: top-level keys of the config that stand in a file of their own.
    `codex`: {"folder": "home"|"elsewhere", "kind": "chatgpt"|"api_key"}. `layout`: how OpenClaw is told where its
    state is ("home", "state-dir", "config-path", "openclaw-home"). `failing`: hosts or paths that answer with 500.
    """

    name: str
    asked: Asked = Asked()
    image: Any = None
    auto_fallback: bool | None = None
    providers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    auth_order: tuple[str, ...] | None = None
    declared: Mapping[str, str] = field(default_factory=dict)
    agents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    default_agent: str = "main"
    config: Mapping[str, Any] = field(default_factory=dict)
    config_env: Mapping[str, str] = field(default_factory=dict)
    included: tuple[str, ...] = ()
    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    agent_profiles: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    stored_order: tuple[str, ...] | None = None
    last_good: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    dotenv: Mapping[str, str] = field(default_factory=dict)
    codex: Mapping[str, str] | None = None
    layout: str = "home"
    failing: tuple[str, ...] = ()


def revealed(labelled: Any, port: int) -> Any:
    """The same with the made-up secrets and the port instead of their labels."""
    if isinstance(labelled, Mapping):
        return {revealed(name, port): revealed(value, port) for name, value in labelled.items()}
    if isinstance(labelled, list | tuple):
        return [revealed(item, port) for item in labelled]
    if isinstance(labelled, str):
        return LABEL.sub(lambda found: SECRETS[found[0]], labelled).replace(":PORT", f":{port}")
    return labelled


def labelled(text: str, port: int) -> str:
    """A text with labels instead of the made-up secrets, for people to read."""
    for label, secret in SECRETS.items():
        text = text.replace(secret, label)
    return text.replace(f":{port}", ":PORT")
