"""What can be read about OpenClaw on one machine. Each fact keeps the place that it was read from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from diagnose.model.secret import Secret

Version = tuple[int, int, int]

CredentialKind = Literal["api_key", "oauth", "token", "other"]
"""The kinds of OpenClaw's own store."""

SecretForm = Literal["jwt", "sk", "other"]
"""What the text of a credential looks like: three dotted parts, the prefix of a platform key, or neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a fact stands: a file (None: the environment of the process) and the key or variable in it."""

    file: Path | None
    key: str

    def __str__(self) -> str:
        return f"{self.key} in {self.file}" if self.file else f"{self.key} in the environment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """An environment variable as OpenClaw would see it: the process, then `.env` of the state folder, then the
    config's `env` section."""

    value: str = field(repr=False)
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One stored login or key. `agent` is None for the store that all agents share.

    `secret` is the key, the token or the access token; None when the profile only refers to one (`reference`).
    `refresh` is the fingerprint of the refresh token. `expires_ms` is Unix milliseconds as stored. `fenced`:
    a failed refresh of 2026.9.6 has overwritten the login.
    """

    id: str
    provider: str
    kind: CredentialKind
    origin: Origin
    agent: str | None
    secret: Secret | None
    form: SecretForm
    reference: str | None = None
    refresh: str | None = None
    expires_ms: int | None = None
    account: str | None = None
    plan: str | None = None
    fenced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a store remembers of a profile's troubles. Times are Unix milliseconds."""

    cooldown_until: int | None = None
    disabled_until: int | None = None
    reason: str | None = None
    last_used: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Every auth store of every agent, merged in reading order.

    `order`, `last_good` and `usage` come from the state beside the profiles (by provider, by provider, by
    profile id). `unreadable` maps a file to the reason. `waiting`: old JSON stores that this release wants to
    have migrated before it asks OpenAI for anything. `waiting_for`: every provider that is stopped in this way,
    "*" for all; requests to the others go on. `database`: `state/openclaw.sqlite` is there; `discovery` is its row
    `plugins.bundledDiscovery`, None without one.

    `beside` and `beside_unreadable` are the same of the stores that this release should not use and may touch all
    the same. `texts`: every secret text in any store, for the redactor.
    """

    profiles: tuple[Profile, ...] = ()
    order: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    last_good: Mapping[str, str] = field(default_factory=dict)
    usage: Mapping[str, Usage] = field(default_factory=dict)
    unreadable: Mapping[Path, str] = field(default_factory=dict)
    waiting: tuple[Path, ...] = ()
    database: bool = False
    discovery: str | None = None
    waiting_for: tuple[str, ...] = ()
    beside: tuple[Profile, ...] = ()
    beside_unreadable: Mapping[Path, str] = field(default_factory=dict)
    texts: tuple[Secret, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodexLogin:
    """`auth.json` of the Codex CLI, as OpenClaw sees it. `kind` "none": the file holds neither."""

    path: Path
    kind: Literal["chatgpt", "api_key", "none", "unreadable"]
    secret: Secret | None = None
    refresh: str | None = None
    account: str | None = None
    expires_ms: int | None = None
    """From the access token's `exp`; OpenClaw takes one hour after the file's last change when it has none."""
    texts: tuple[Secret, ...] = field(default=(), repr=False)
    """Every secret text in the file, for the redactor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """`apiKey` of a configured provider. `form`: "plain", "variable NAME", "reference to env NAME", "reference to
    file", "reference to profile", …; `secret` None: it does not resolve, or is not opened here."""

    form: str
    secret: Secret | None
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """`models.providers.<id>`, with variables replaced. `settings` is the rest of the object, without `apiKey`."""

    id: str
    base_url: str | None = field(repr=False)
    api_key: ApiKey | None
    settings: Mapping[str, Any] = field(repr=False, default_factory=dict)
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageModel:
    """An image model in the config. `key` is the config key ("agents.defaults.mediaModels.image");
    `agent` is None for the defaults."""

    key: str
    primary: str | None
    fallbacks: tuple[str, ...] = ()
    timeout_ms: int | None = None
    agent: str | None = None
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A configured agent; `default` when requests without an agent are its."""

    id: str
    default: bool
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthProfile:
    """`auth.profiles.<id>` of the config: what it declares, which is not what the store holds."""

    id: str
    provider: str | None
    mode: str | None
