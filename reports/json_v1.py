"""The public JSON of a run, "routecheck.report/v1": add to it, never rename in it.

These types repeat the internal ones on purpose: renaming something inside must not change what other
people's programs read. Enumerations are spelt out again for the same reason.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec

from diagnose.model.check import Finished
from diagnose.model.report import Report
from reports.evidence import findings
from reports.text import without_surrogates
from reports.wording import utc

SCHEMA = "routecheck.report/v1"


class VerdictV1(StrEnum):
    """What the run concludes; only `proven` is a proof."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    BROKEN = "broken"
    CONTRADICTED = "contradicted"


class StatusV1(StrEnum):
    """How a check ended; `error` means that it could not tell, which is never a `fail`."""

    PASS = "pass"  # noqa: S105
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"
    ERROR = "error"


class CostV1(StrEnum):
    """What a check may cause: no network, network that cannot bill, or a paid request."""

    OFFLINE = "offline"
    FREE = "free"
    BILLABLE = "billable"


class StateV1(StrEnum):
    """What the witnesses make of a dimension."""

    MET = "met"
    NOT_MET = "not met"
    CONTRADICTED = "contradicted"
    REPORTED = "reported"
    NO_WITNESS = "no witness"
    NOT_REVEALED = "not revealed"


DimensionV1 = Literal["provider", "surface", "credential", "owner", "model", "parameters", "pixels", "freshness"]
SourceV1 = Literal["config", "wire", "header", "body", "bytes", "tool-output", "control"]


class _Public(msgspec.Struct, frozen=True, kw_only=True):
    pass


class ToolV1(_Public, frozen=True, kw_only=True):
    """The program that wrote this."""

    name: Literal["routecheck"]
    version: str


class SandboxV1(_Public, frozen=True, kw_only=True):
    """The played scenario. A report with this set says nothing about production."""

    scenario: str


class ParametersV1(_Public, frozen=True, kw_only=True):
    """The requested image parameters, in the words of the Images API."""

    size: str
    quality: str
    background: str
    format: str


class ClaimV1(_Public, frozen=True, kw_only=True):
    """What the operator declared before anything was asked."""

    route: str
    model: str
    owner: str | None
    fallback: Literal["forbidden", "undeclared"]
    parameters: ParametersV1


class CredentialV1(_Public, frozen=True, kw_only=True):
    """A credential, never its value: `fingerprint` is the start of its SHA-256."""

    kind: str
    fingerprint: str
    source: str


class ServedV1(_Public, frozen=True, kw_only=True):
    """Who and what answered; null where no witness tells."""

    provider: str | None
    host: str | None
    surface: str | None
    credential: CredentialV1 | None
    owner: str | None
    model: str | None
    parameters: dict[str, str]
    pixels: str | None
    alpha: bool | None
    sha256: str | None


class WitnessV1(_Public, frozen=True, kw_only=True):
    """One observation, at the strength (0-4) at which it counted; `aspect` names a single parameter."""

    dimension: DimensionV1
    value: str
    source: SourceV1
    strength: int
    agrees: bool
    check: str
    aspect: str | None


class CheckV1(_Public, frozen=True, kw_only=True):
    """One check: what was measured where something else was expected, and what to do about it."""

    status: StatusV1
    title: str
    summary: str
    measured: str | None
    expected: str | None
    symptom: str | None
    remedy: list[str]
    cost: CostV1
    duration_ms: float
    skipped_because: str | None


class SymptomV1(_Public, frozen=True, kw_only=True):
    """A row of the troubleshooting matrix that applied, and the check that saw it."""

    id: str
    branch: str
    action: str
    check: str
    title: str
    meaning: str
    first_check: str
    better_move: str


class SpendV1(_Public, frozen=True, kw_only=True):
    """`ceiling_usd` is null without a dated price; `unknown_requests` may have been billed."""

    ceiling_usd: float | None
    requests: int
    billable_requests: int
    unknown_requests: int


class RequirementV1(_Public, frozen=True, kw_only=True):
    """What the route says of one dimension, and what the witnesses make of it."""

    dimension: DimensionV1
    need: Literal["required", "reported", "not revealed"]
    reason: str
    aspects: list[str]
    state: StateV1


class ContractRowV1(_Public, frozen=True, kw_only=True):
    """One row of the operating contract."""

    item: str
    value: str


class ImageV1(_Public, frozen=True, kw_only=True):
    """What was measured of the smoke image; the bytes are not in the report."""

    format: str
    width: int
    height: int
    size: int
    sha256: str
    alpha: bool | None
    transparent_share: float | None
    decoded: bool
    content_credentials: bool
    vendors: list[str]
    generator: str | None


class CandidateV1(_Public, frozen=True, kw_only=True):
    """A provider and model that OpenClaw would try; `refused` says why nothing would be sent."""

    route: str
    via: Literal["override", "primary", "fallback", "auto"]
    refused: str | None
    origin: str | None
    rules: list[str]


class OpenClawV1(_Public, frozen=True, kw_only=True):
    """What OpenClaw was asked, what was predicted of it, and what a proxy of ours saw of it (`how`)."""

    release: str
    program: str
    mode: Literal["both", "openclaw"]
    asked: dict[str, str]
    read: list[str]
    predicted: list[CandidateV1]
    stops: str | None
    tried: list[str]
    how: Literal["dry", "tap"] | None
    says: str | None


class ReportV1(_Public, frozen=True, kw_only=True):
    """A finished run. `checks` stand in running order; the first of `symptoms` is the cause to act on."""

    schema: Literal["routecheck.report/v1"]
    generated_at: Annotated[datetime, msgspec.Meta(tz=True)]
    tool: ToolV1
    sandbox: SandboxV1 | None
    claim: ClaimV1
    base_url: str
    verdict: VerdictV1
    exit_code: Literal[0, 1, 3, 4]
    because: list[str]
    served: ServedV1
    witnesses: list[WitnessV1]
    requirements: list[RequirementV1]
    checks: dict[str, CheckV1]
    symptoms: list[SymptomV1]
    spend: SpendV1
    contract: list[ContractRowV1]
    openclaw: OpenClawV1 | None
    image: ImageV1 | None
    notes: list[str]
    next: list[str]


def render(report: Report) -> str:
    """The JSON text, indented by 2, in UTF-8 without escapes, ending with a newline."""
    found = msgspec.to_builtins(report, builtin_types=(datetime, bytes))
    found |= {
        "schema": SCHEMA,
        "generated_at": utc(report.generated_at),
        "tool": {"name": "routecheck", "version": report.tool_version},
        "sandbox": None if report.sandbox is None else {"scenario": report.sandbox},
        "exit_code": int(report.exit_code),
        "requirements": [
            {"dimension": f.dimension, "need": f.need, "reason": f.reason, "aspects": f.aspects, "state": f.state}
            for f in findings(report)
            if f.need is not None
        ],
        "checks": {done.check_id: _check(done) for done in report.checks},
        "image": found["image_facts"],
    }
    public = msgspec.convert(without_surrogates(found), ReportV1)
    return msgspec.json.format(msgspec.json.encode(public), indent=2).decode() + "\n"


def _check(done: Finished) -> dict[str, Any]:
    outcome: dict[str, Any] = msgspec.to_builtins(done.outcome)
    return outcome | {"title": done.title, "cost": done.cost.value, "duration_ms": done.duration_ms}


def schema() -> dict[str, Any]:
    """The JSON Schema of this format, as checked in under reports/schemas/."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(ReportV1)}


def schema_text() -> str:
    """The text of reports/schemas/report.v1.schema.json."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode() + "\n"
