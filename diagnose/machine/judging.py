"""What one credential is worth for a route: whose it is, until when, where it can work, and what is wrong with it."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from diagnose.machine.claims import Claims, read_claims
from diagnose.machine.credentials import Kind, kind_of
from diagnose.machine.held import Held, shared_refresh
from diagnose.machine.keys import KeySet, Signature, verify
from diagnose.machine.surfaces import about, surfaces_of
from diagnose.model.moments import utc, when
from diagnose.model.token import OrganizationRow, SurfaceRow, TokenProblem, TokenReport, Verdict

_SKEW = 300.0
_SOON = 600.0
"""How far clocks may differ, and how little time is too little, in seconds."""

_ORGANIZATION = "org-"
_NOT_ACCESS = {"codex-id-token": "id-token", "refresh-token": "refresh-token"}
_MENDED_BY_LOGIN = frozenset({"expired", "account-differs", "stored-account-is-organization", "empty-login"})
_IMAGE_SURFACES = ("codex-responses", "codex-images", "openai-images")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A credential under judgement. `text` is the secret without the white space around and inside it."""

    held: Held
    text: str = field(repr=False)
    breaks: int
    kind: Kind
    claims: Claims
    signature: Signature | None
    surfaces: tuple[SurfaceRow, ...]
    route: str
    now: float

    @property
    def here(self) -> SurfaceRow:
        return next(row for row in self.surfaces if row.id == self.route)


def judge(
    held: Held,
    *,
    route: str,
    now: float,
    among: Iterable[Held] = (),
    keys: KeySet | None = None,
    confined: tuple[str, ...] = (),
) -> TokenReport:
    """One credential for a route. `among`: all that were found, for what two places share; `now`: Unix seconds.

    `confined` are the workspaces that the config of the Codex CLI allows its own login, none: it allows every one.

    Nothing is sent, opened or changed, and nothing of the secret is in the result but its fingerprint.
    """
    case = _case(held, route, now, keys)
    claims, secret = case.claims, held.secret
    problems = (*_problems(case), *_confined(case, confined), *_shared(case, among))
    expires = claims.expires_at
    return TokenReport(
        route=route,
        verdict=_verdict(case, problems),
        name=held.id or None,
        source=held.source,
        file=str(held.file) if held.file else None,
        agent=held.agent,
        kind=case.kind.id,
        family=case.kind.family,
        about=case.kind.about.partition(";")[0],
        fingerprint=secret.fingerprint if secret else None,
        form=claims.form if secret else "none",
        algorithm=claims.algorithm,
        issuer=claims.issuer,
        client_id=claims.client_id,
        audience=claims.audience,
        scopes=claims.scopes,
        account=claims.account,
        workspace=held.stored_account or claims.account,
        user=claims.user,
        plan=claims.plan,
        organizations=tuple(OrganizationRow(id=o.id, role=o.role, default=o.default) for o in claims.organizations),
        encrypted_identity=claims.encrypted_identity,
        issued_at=claims.issued_at,
        not_before=claims.not_before,
        expires_at=expires,
        expired=None if expires is None else expires <= now,
        last_refresh=held.last_refresh,
        has_refresh=held.refresh is not None if _is_login(case) else None,
        verified=case.signature.verified if case.signature else None,
        signature=case.signature.why if case.signature else None,
        surfaces=case.surfaces,
        problems=problems,
        next=tuple(_next(case, problems)),
        now=now,
    )


def nothing(route: str, places: str, now: float) -> TokenReport:
    """The report where no credential was found; `places` says where it was looked for, as part of a sentence."""
    return TokenReport(
        route=route,
        verdict="stopped",
        name=None,
        source=places,
        file=None,
        agent=None,
        kind="none",
        family="",
        about="no credential",
        fingerprint=None,
        form="none",
        problems=(_problem("no-credential", places=places),),
        now=now,
    )


def _case(held: Held, route: str, now: float, keys: KeySet | None) -> _Case:
    written = held.secret.reveal().strip() if held.secret else ""
    parts = written.split()
    text = "".join(parts)
    claims = read_claims(text) if text else Claims(form="opaque")
    kind = kind_of(text) if text else held.kind
    return _Case(
        held=held,
        text=text,
        breaks=max(len(parts) - 1, 0),
        kind=kind,
        claims=claims,
        signature=verify(text, keys) if claims.form == "jwt" else None,
        surfaces=surfaces_of(kind, claims.plan),
        route=route,
        now=now,
    )


def _verdict(case: _Case, problems: tuple[TokenProblem, ...]) -> Verdict:
    if any(problem.stops for problem in problems):
        return "stopped"
    # A credential of a known family is told, even where the surface itself has the last word.
    return "unclear" if case.here.can == "maybe" and not case.kind.family else "fit"


def _problems(case: _Case) -> Iterator[TokenProblem]:
    held, kind, claims = case.held, case.kind, case.claims
    if held.secret is None:
        # A login without a token stops the route, one that is only not opened does not.
        yield _problem("empty-login" if kind.use == "no" else "not-opened", trouble=held.trouble or "it holds nothing")
        return
    if case.breaks:
        yield _problem("line-breaks", count=case.breaks, places="place" if case.breaks == 1 else "places")
    yield from _form(case)
    if kind.id in _NOT_ACCESS:
        yield _problem(_NOT_ACCESS[kind.id])
    elif claims.form not in {"truncated", "malformed"} and kind.id != "damaged-key":
        yield from _kind(case)
    if case.signature is not None and case.signature.verified is False:
        yield _problem("signature-invalid", detail=case.signature.why)
    if claims.form == "jwt":
        yield from _times(case)
    yield from _account(case)
    if _is_login(case) and held.refresh is None:
        yield _problem("no-refresh-token")
    if held.trouble is not None:
        yield _problem("not-used", trouble=held.trouble)


def _form(case: _Case) -> Iterator[TokenProblem]:
    claims = case.claims
    if claims.form in {"truncated", "malformed"}:
        yield _problem(claims.form, detail=claims.problem or "")
    elif claims.form == "encrypted":
        yield _problem("encrypted", algorithm=claims.algorithm or "its algorithm is not named")
    elif case.kind.id == "damaged-key":
        yield _problem("foreign-signs")
    elif claims.problem is not None:
        yield _problem("truncated" if "signature" in claims.problem else "odd-claim", detail=claims.problem)
    if claims.encrypted_identity:
        yield _problem("encrypted-identity")


def _kind(case: _Case) -> Iterator[TokenProblem]:
    kind, claims = case.kind, case.claims
    if kind.id == "unknown-key":
        yield _problem("opaque")
    elif kind.id == "other-jwt":
        names = {"issuer": claims.issuer or "no issuer", "client": claims.client_id or "no client"}
        yield _problem("unfamiliar-token", **names)
    if case.here.can == "no":
        fitting = [row.id for row in case.surfaces if row.can != "no" and row.id in _IMAGE_SURFACES]
        use = (
            f"Use it on {' or '.join(fitting)}." if fitting else "Use an API key, or a Codex login on codex-responses."
        )
        route = f"{case.route} ({about(case.route)})"
        yield _problem("wrong-kind", about=kind.about.partition(";")[0], route=route, detail=case.here.why, use=use)
    if claims.form != "jwt" or not kind.family:
        return
    if kind.issuer and (claims.issuer or "").rstrip("/") != kind.issuer:
        yield _problem("wrong-issuer", issuer=claims.issuer or "nobody that it names", expected=kind.issuer)
    if kind.client and claims.client_id and claims.client_id != kind.client:
        yield _problem("wrong-client", client=claims.client_id, expected=kind.client)


def _times(case: _Case) -> Iterator[TokenProblem]:
    claims, now = case.claims, case.now
    ends, begins = claims.expires_at, claims.not_before
    if ends is None:
        yield _problem("no-expiry")
    elif ends <= now:
        yield _problem("expired", when=when(ends, now))
    elif ends - now < _SOON:
        yield _problem("expires-soon", when=when(ends, now))
    if begins is not None and begins - now > _SKEW:
        yield _problem("not-yet-valid", when=when(begins, now))
    for what, moment in (("the token says that it was issued", claims.issued_at),
                         ("its login was last refreshed", case.held.last_refresh)):  # fmt: skip
        if moment is not None and moment - now > _SKEW:
            yield _problem("clock-skew", what=what, when=when(moment, now), now=utc(now))


def _account(case: _Case) -> Iterator[TokenProblem]:
    stored, own = case.held.stored_account, case.claims.account
    if stored is None or case.kind.family != "codex-oauth":
        return
    if stored.startswith(_ORGANIZATION):
        yield _problem("stored-account-is-organization", stored=stored, account=f" ({own})" if own else "")
    elif own is not None and stored != own:
        yield _problem("account-differs", account=own, stored=stored)


def _confined(case: _Case, confined: tuple[str, ...]) -> Iterator[TokenProblem]:
    mine = case.held.stored_account or case.claims.account
    if confined and mine is not None and mine not in confined:
        yield _problem("confined-elsewhere", account=mine, allowed=" or ".join(confined))


def _shared(case: _Case, among: Iterable[Held]) -> Iterator[TokenProblem]:
    mine = case.held.refresh
    for group in shared_refresh(among):
        if mine is not None and group[0].refresh == mine:
            places = " and in ".join(f"{held.source} ({held.file})" for held in group)
            yield _problem("refresh-token-shared", places=places)


def _is_login(case: _Case) -> bool:
    """Whether it is a ChatGPT login out of a store, beside which a refresh token belongs."""
    return case.kind.family == "codex-oauth" and case.held.file is not None and case.claims.form == "jwt"


def _next(case: _Case, problems: tuple[TokenProblem, ...]) -> Iterator[str]:
    wrong = {problem.id for problem in problems if problem.stops}
    can = [row.id for row in case.surfaces if row.can != "no" and row.id in _IMAGE_SURFACES]
    if not wrong and case.here.can != "no":
        yield f"routecheck run --no-fallback --no-spend --route {case.route}"
    elif wrong == {"wrong-kind"} and can:
        yield f"routecheck run --no-fallback --no-spend --route {can[0]}"
    elif case.held.file is not None and wrong & _MENDED_BY_LOGIN:
        codex = case.held.id == "codex"
        yield "codex login" if codex else f"openclaw models auth login --provider {case.held.provider}"


def _problem(name: str, **values: object) -> TokenProblem:
    row = _table()[name]
    says, remedy = (row[key].format_map(values) for key in ("says", "remedy"))
    return TokenProblem(id=name, says=says, remedy=remedy, stops=row["stops"])


@cache
def _table() -> dict[str, dict[str, Any]]:
    text = Path(__file__).with_name("token_problems.toml").read_text(encoding="utf-8")
    return {row["id"]: row for row in tomllib.loads(text)["problem"]}
