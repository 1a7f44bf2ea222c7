"""What the emulated machine of a scenario holds, in words that no release of a program owns (stdlib only)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from diagnose.sandbox.strict import DataError

Release = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A stored login or key. `name` is the part of the id behind the provider ("default" of "openai:default").

    `agent` "" is the store that all agents share, or the default agent's where there is none. `holds` is a
    placeholder; `expires_in` is seconds from now, for logins and tokens.
    """

    kind: Literal["oauth", "api_key", "token"] = "oauth"
    name: str = "default"
    holds: str = "{codex_token}"
    expires_in: float = 864_000.0
    agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A configured provider; an empty field is left out. `base_url` empty: the provider's public address."""

    id: str = "openai"
    base_url: str = ""
    api_key: str = ""
    api: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A configured agent; `default`: requests that name none are its."""

    id: str
    default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The machine. Texts may hold placeholders ("{openai_key}"), which the sandbox's run fills in.

    `since` and `before` bound the releases for which the plan means what the scenario says (empty: no bound).
    `asks` "configured": the image is asked for as the agent's tool does it, without naming a model; `agent` is the
    one that is asked ("": none is named). `model_key` "other": the image model stands under the key of the releases
    on the other side of the change. `order` are names of profiles, None: no order is configured. `plugins` are the
    allowed ones, none: all are. `auto_fallback` "" is not configured, and neither is it for a release that has no
    such switch. `store` "legacy": logins stand where the release no longer reads them.
    """

    since: str = ""
    before: str = ""
    asks: Literal["named", "configured"] = "named"
    agent: str = ""
    primary: str = ""
    fallbacks: tuple[str, ...] = ()
    model_key: Literal["own", "other"] = "own"
    auto_fallback: Literal["", "on", "off"] = ""
    private_network: bool = False
    plugins: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    profiles: tuple[Profile, ...] = ()
    order: tuple[str, ...] | None = None
    store: Literal["own", "legacy"] = "own"
    providers: tuple[Provider, ...] = ()
    agents: tuple[Agent, ...] = ()

    def fits(self, release: Release) -> bool:
        """Whether the plan means on that release what its scenario says."""
        return within(release, self.since, self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPlan:
    """A ChatGPT login as the Codex CLI keeps it, and the machine around it. Spans are seconds from now.

    `kind` "siwc": a plan token of Sign in with ChatGPT, in the same place; "none": nobody is logged in. `account`
    "other": the token is of another account than the sandbox's usual one; `stored_account` is the one that stands
    beside it ("org": an organisation's id of the API platform). `forced_workspace` is the workspace that the config
    insists on, `model` the text model that it names ("": none). `keyring`: the login is kept in the system's keyring,
    so that no file has it.
    `also_in_openclaw`: OpenClaw's store holds the same login. `logs` names what the CLI has written down before.
    `in_env`: the token is exported as OPENAI_API_KEY, too; `key_in_env`: what is exported is the platform's key.
    """

    kind: Literal["codex", "siwc", "none"] = "codex"
    expires_in: float = 864_000.0
    issued_ago: float = 3600.0
    account: Literal["same", "other"] = "same"
    stored_account: Literal["same", "other", "org"] = "same"
    plan: str = "plus"
    keyring: bool = False
    last_refresh_ago: float = 3600.0
    also_in_openclaw: bool = False
    forced_workspace: Literal["", "same", "other"] = ""
    model: str = ""
    logs: tuple[Literal["refresh_token_reused", "invalid_scope"], ...] = ()
    in_env: bool = False
    key_in_env: bool = False


def parsed(text: str) -> Release:
    """ "2026.9.6" as numbers; DataError when it is no release."""
    parts = text.split(".")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        raise DataError(f"{text!r} is no release")
    return int(parts[0]), int(parts[1]), int(parts[2])


def within(release: Release, since: str, before: str) -> bool:
    """Whether `release` lies in [since, before); an empty text is no bound."""
    return (not since or release >= parsed(since)) and (not before or release < parsed(before))
