"""What OpenClaw would do with one request: the answer of `predict`, made of plain facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from diagnose.machine.openclaw.facts import CredentialKind, Origin, Version

Via = Literal["override", "primary", "fallback", "auto"]

Surface = Literal[
    "openai-images", "codex-responses", "litellm-images", "openrouter-images", "openrouter-chat",
    "google-generate", "minimax-images", "other",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One image request to OpenClaw. `model` None: without `--model`, so that config and detection decide.

    `edit`: the command is `infer image edit`; `images` is the number of reference images.
    """

    model: str | None = "openai/gpt-image-2"
    size: str | None = None
    quality: str | None = None
    background: str | None = None
    format: str | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    moderation: str | None = None
    count: int = 1
    agent: str | None = None
    edit: bool = False
    images: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedCredential:
    """The credential that would be sent. `source` for people ("OPENAI_API_KEY", "profile openai:default")."""

    kind: CredentialKind
    source: str
    origin: Origin
    fingerprint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A row of rules.toml that applied: its id, the sentence that it says, and the releases it holds for."""

    id: str
    says: str
    releases: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One provider and model that OpenClaw would try, in order.

    `model` is what would be on the wire; `named` what was asked for; `carrier` the text model around it. `host` is
    "name:port". `refused` is the reason why no request would leave (id of a row of rules.toml), with `refusal` its
    sentence. `sent` are the parameters on the wire, of each of `requests`. `refreshes_first`: the login would be
    refreshed before, so that the token that is sent is not known. `bypasses_proxy`: it would not go through a proxy,
    even if HTTP_PROXY and HTTPS_PROXY both name one and the process has no NO_PROXY.
    """

    provider: str
    named: str
    model: str
    via: Via
    surface: Surface | None = None
    host: str | None = None
    path: str | None = None
    credential: UsedCredential | None = None
    refused: str | None = None
    refusal: str | None = None
    carrier: str | None = None
    requests: int = 1
    refreshes_first: bool = False
    bypasses_proxy: bool = False
    sent: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    """Options that would be dropped, and told so (`ignoredOverrides`)."""
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What would happen, in order of trying. `stops` (a rule id) and `why`: OpenClaw would end before it tries any.

    `newer`: the release is newer than the tables, and the newest rules were used. `release`: whose rules.
    """

    release: Version
    newer: bool
    candidates: tuple[Candidate, ...]
    stops: str | None = None
    why: str | None = None
    rules: tuple[Rule, ...] = ()

    @property
    def first(self) -> Candidate | None:
        """The first candidate from which a request would leave."""
        return next((c for c in self.candidates if c.refused is None), None) if self.stops is None else None
