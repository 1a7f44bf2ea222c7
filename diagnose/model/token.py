"""What `routecheck token` says of one credential. Nothing in it is a secret; times are Unix seconds."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Can = Literal["yes", "no", "maybe"]
Verdict = Literal["fit", "stopped", "unclear"]

_EXIT: dict[Verdict, int] = {"fit": 0, "stopped": 1, "unclear": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenProblem:
    """Something about a credential that its owner should know. `stops`: the route cannot work with it."""

    id: str
    says: str
    remedy: str
    stops: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceRow:
    """Whether a credential of this kind can ever work at a surface, by a dated fact."""

    id: str
    can: Can
    why: str
    as_of: date
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationRow:
    """An organisation that a token names."""

    id: str
    role: str | None
    default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenReport:
    """One credential, judged for one route.

    `name` is the profile or variable, `source` the place in words, `file` its path. `form` is that of Claims, "none"
    where there is nothing to read. `workspace` is the account that the request would name: the one stored beside the
    token, or the token's own `account`. `verified` None: the signature could not be checked, `signature` says why;
    whatever is not verified is only claimed. `verdict` "unclear": what it is cannot be told.
    """

    route: str
    verdict: Verdict
    name: str | None
    source: str
    file: str | None
    agent: str | None
    kind: str
    family: str
    about: str
    fingerprint: str | None
    form: str
    algorithm: str | None = None
    issuer: str | None = None
    client_id: str | None = None
    audience: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    account: str | None = None
    workspace: str | None = None
    user: str | None = None
    plan: str | None = None
    organizations: tuple[OrganizationRow, ...] = ()
    encrypted_identity: bool = False
    issued_at: float | None = None
    not_before: float | None = None
    expires_at: float | None = None
    expired: bool | None = None
    last_refresh: float | None = None
    has_refresh: bool | None = None
    verified: bool | None = None
    signature: str | None = None
    surfaces: tuple[SurfaceRow, ...] = ()
    problems: tuple[TokenProblem, ...] = ()
    notes: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    now: float

    @property
    def exit_code(self) -> int:
        """0: nothing stands in the way; 1: something stops the route; 3: what it is cannot be told."""
        return _EXIT[self.verdict]

    @property
    def claimed(self) -> bool:
        """Whether what it says of itself is not verified."""
        return self.form == "jwt" and self.verified is not True
