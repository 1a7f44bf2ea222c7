"""A finished run, ready for every renderer. Nothing in it may be a secret."""

from dataclasses import dataclass
from datetime import datetime

from diagnose.model.check import Finished
from diagnose.model.claim import Claim
from diagnose.model.image import ImageFacts
from diagnose.model.verdict import EXIT_CODES, ExitCode, Verdict
from diagnose.model.witness import Requirement, Witness


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialFacts:
    """A credential as it may be shown: its kind and the first 8 hex digits of its SHA-256."""

    kind: str
    fingerprint: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """A matrix row that applied: where it was seen, its branch and the next action."""

    id: str
    branch: str
    action: str
    check: str
    title: str
    meaning: str
    first_check: str
    better_move: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Who and what answered, as far as a witness says so; None where none does."""

    provider: str | None
    host: str | None
    surface: str | None
    credential: CredentialFacts | None
    owner: str | None
    model: str | None
    parameters: dict[str, str]
    pixels: str | None
    alpha: bool | None
    sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """Money: `ceiling_usd` is None when no dated price is known. `unknown_requests` may have been billed."""

    ceiling_usd: float | None
    requests: int
    billable_requests: int
    unknown_requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractRow:
    """One of the six rows of the operating contract."""

    item: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A provider and model that OpenClaw would try. `refused`: why no request would leave for it, None if one would.

    `origin` says where the credential stands (file and key), `rules` which rules decided, with their releases.
    """

    route: str
    via: str
    refused: str | None
    origin: str | None
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenClawPart:
    """What OpenClaw had to do with a run: what it was asked, what was predicted, and what was seen of it.

    `mode` is "both" (asked besides the direct request) or "openclaw" (its image is the one that is judged).
    `asked` are the options of its image command; `read` the settings that matter, each with its file and key.
    `tried` are the hosts that a proxy of ours saw, in order, and `how` says which proxy that was ("dry", "tap"); None
    when none was between.
    """

    release: str
    program: str
    mode: str
    asked: dict[str, str]
    read: tuple[str, ...]
    predicted: tuple[Candidate, ...]
    stops: str | None
    tried: tuple[str, ...]
    how: str | None
    says: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that a run found. `sandbox` is the scenario that was played, None for a real run.

    `next` holds commands and sentences for the operator, most urgent first. `notes` say what limits the
    run (a filter, a sandbox, a missing library). `image` is the smoke image as received, `b""` if none.
    """

    tool_version: str
    generated_at: datetime
    sandbox: str | None
    claim: Claim
    base_url: str
    verdict: Verdict
    because: tuple[str, ...]
    served: Served
    witnesses: tuple[Witness, ...]
    requirements: tuple[Requirement, ...]
    checks: tuple[Finished, ...]
    symptoms: tuple[Symptom, ...]
    spend: Spend
    contract: tuple[ContractRow, ...]
    next: tuple[str, ...]
    notes: tuple[str, ...] = ()
    openclaw: OpenClawPart | None = None
    image: bytes = b""
    image_facts: ImageFacts | None = None

    @property
    def exit_code(self) -> ExitCode:
        return EXIT_CODES[self.verdict]
