"""The public JSON of `routecheck token`, "routecheck.token/v1": add to it, never rename in it.

These types repeat the internal ones on purpose: renaming something inside must not change what other people's
programs read.
"""

import datetime
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from diagnose.model.token import TokenReport
from reports.text import without_surrogates

SCHEMA = "routecheck.token/v1"


class _Public(msgspec.Struct, frozen=True, kw_only=True):
    pass


class ToolV1(_Public, frozen=True, kw_only=True):
    """The program that wrote this."""

    name: Literal["routecheck"]
    version: str


class ProblemV1(_Public, frozen=True, kw_only=True):
    """Something that its owner should know. `stops`: the route cannot work with it."""

    id: str
    says: str
    remedy: str
    stops: bool


class OrganizationV1(_Public, frozen=True, kw_only=True):
    """An organisation of the API platform that the token names."""

    id: str
    role: str | None
    default: bool


class SurfaceV1(_Public, frozen=True, kw_only=True):
    """Whether a credential of this kind can ever work at a surface, by a dated fact."""

    id: str
    can: Literal["yes", "no", "maybe"]
    why: str
    as_of: datetime.date
    source: str


class TokenV1(_Public, frozen=True, kw_only=True):
    """One credential. `kind` "none": there is none.

    `workspace` is the account that a request would name: the one stored beside the token, else the token's.
    `verified` is true only where a given public key has signed it; `claimed`: what it says is not verified.
    """

    schema: Literal["routecheck.token/v1"]
    kind: str
    fingerprint: str | None
    issuer: str | None
    client_id: str | None
    scopes: list[str]
    account: str | None
    workspace: str | None
    plan: str | None
    expires_at: datetime.datetime | None
    expired: bool | None
    verified: bool | None
    problems: list[ProblemV1]
    family: str
    about: str
    route: str
    verdict: Literal["fit", "stopped", "unclear"]
    exit_code: int
    name: str | None
    source: str
    file: str | None
    agent: str | None
    form: Literal["jwt", "encrypted", "truncated", "malformed", "opaque", "none"]
    algorithm: str | None
    claimed: bool
    signature: str | None
    user: str | None
    organizations: list[OrganizationV1]
    encrypted_identity: bool
    audience: list[str]
    issued_at: datetime.datetime | None
    not_before: datetime.datetime | None
    expires_in_seconds: int | None
    last_refresh_at: datetime.datetime | None
    last_refresh_age_seconds: int | None
    has_refresh_token: bool | None
    surfaces: list[SurfaceV1]
    notes: list[str]
    next: list[str]
    generated_at: datetime.datetime
    tool: ToolV1


def render(reports: Sequence[TokenReport], *, everything: bool = False, version: str) -> str:
    """The JSON text, indented by 2, ending with a newline: a list for everything, else one object.

    Where nothing was found the one entry, of the kind "none", says where it was looked for.
    """
    public = [_public(report, version) for report in reports]
    found: Any = public if everything else public[0]
    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"


def _public(report: TokenReport, version: str) -> TokenV1:
    found: dict[str, Any] = msgspec.to_builtins(report, builtin_types=(datetime.date,))
    moments = {name: _moment(found[name]) for name in ("expires_at", "issued_at", "not_before")}
    now, ends, refreshed = report.now, report.expires_at, report.last_refresh
    public = {
        **found,
        **moments,
        "schema": SCHEMA,
        "exit_code": report.exit_code,
        "claimed": report.claimed,
        "expires_in_seconds": None if ends is None else int(ends - now),
        "last_refresh_at": _moment(refreshed),
        "last_refresh_age_seconds": None if refreshed is None else int(now - refreshed),
        "has_refresh_token": report.has_refresh,
        "generated_at": _moment(now),
        "tool": {"name": "routecheck", "version": version},
    }
    return msgspec.convert(without_surrogates(public), TokenV1)


def _moment(moment: float | None) -> datetime.datetime | None:
    return None if moment is None else datetime.datetime.fromtimestamp(int(moment), datetime.UTC)


def schema_text() -> str:
    """The text of reports/schemas/token.v1.schema.json."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(TokenV1)}
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"
