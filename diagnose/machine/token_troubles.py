"""What is wrong with a credential, in the words of token_problems.toml."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from diagnose.machine.claims import Claims
from diagnose.machine.codex_logs import StoredError
from diagnose.machine.credentials import Kind
from diagnose.machine.held import Held, shared_refresh
from diagnose.machine.keys import Signature
from diagnose.machine.surfaces import about
from diagnose.model.moments import utc, when
from diagnose.model.token import SurfaceRow, TokenProblem

_SKEW = 300.0
_SOON = 600.0
"""How far clocks may differ, and how little time is too little, in seconds."""

_ORGANIZATION = "org-"
_NOT_ACCESS = {"codex-id-token": "id-token", "refresh-token": "refresh-token"}
_REUSED = "refresh-token-reused"
IMAGE_SURFACES = ("codex-responses", "codex-images", "openai-images")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A credential under judgement. `text` is the secret without white space inside it and quotes around it."""

    held: Held
    text: str = field(repr=False)
    breaks: int
    quoted: bool
    kind: Kind
    claims: Claims
    signature: Signature | None
    surfaces: tuple[SurfaceRow, ...]
    route: str
    now: float
    refused: StoredError | None

    @property
    def here(self) -> SurfaceRow:
        return next(row for row in self.surfaces if row.id == self.route)


def troubles(case: Case, *, among: Iterable[Held], confined: tuple[str, ...]) -> Iterator[TokenProblem]:
    """Everything that its owner should know. `among` and `confined` are those of judge()."""
    yield from _own(case)
    yield from _confined(case, confined)
    yield from _shared(case, among)


def _own(case: Case) -> Iterator[TokenProblem]:
    held, kind, claims = case.held, case.kind, case.claims
    if held.secret is None:
        # A login without a token stops the route, one that is only not opened does not.
        name = {"empty-login": "empty-login", "damaged-login": "damaged-login"}.get(kind.id, "not-opened")
        trouble = held.trouble or "it holds nothing"
        yield problem(name, trouble=trouble[0].upper() + trouble[1:] if name == "damaged-login" else trouble)
        return
    if case.breaks:
        yield problem("line-breaks", count=case.breaks, places="place" if case.breaks == 1 else "places")
    if case.quoted:
        yield problem("quoted")
    yield from _form(case)
    if kind.id in _NOT_ACCESS:
        yield problem(_NOT_ACCESS[kind.id])
    elif claims.form not in {"truncated", "malformed"} and kind.id != "damaged-key":
        yield from _kind(case)
    if case.signature is not None and case.signature.verified is False:
        yield problem("signature-invalid", detail=case.signature.why)
    if claims.form == "jwt":
        yield from _times(case)
    yield from _account(case)
    if is_login(case) and held.refresh is None:
        yield problem("no-refresh-token")
    if held.trouble is not None:
        yield problem("not-read" if held.lost else "not-used", trouble=held.trouble)


def _form(case: Case) -> Iterator[TokenProblem]:
    claims = case.claims
    if claims.form in {"truncated", "malformed"}:
        yield problem(claims.form, detail=claims.problem or "")
    elif claims.form == "encrypted":
        yield problem("encrypted", algorithm=claims.algorithm or "its algorithm is not named")
    elif case.kind.id == "damaged-key":
        yield problem("foreign-signs")
    elif claims.problem is not None:
        yield problem("truncated" if "signature" in claims.problem else "odd-claim", detail=claims.problem)
    if claims.encrypted_identity:
        yield problem("encrypted-identity")


def _kind(case: Case) -> Iterator[TokenProblem]:
    kind, claims = case.kind, case.claims
    if kind.id == "unknown-key":
        yield problem("opaque")
    elif kind.id == "other-jwt":
        names = {"issuer": claims.issuer or "no issuer", "client": claims.client_id or "no client"}
        yield problem("unfamiliar-token", **names)
    if case.here.can == "no":
        fitting = [row.id for row in case.surfaces if row.can != "no" and row.id in IMAGE_SURFACES]
        use = (
            f"Use it on {' or '.join(fitting)}." if fitting else "Use an API key, or a Codex login on codex-responses."
        )
        route = f"{case.route} ({about(case.route)})"
        yield problem("wrong-kind", about=kind.about.partition(";")[0], route=route, detail=case.here.why, use=use)
    yield from foreign(kind, claims)


def _times(case: Case) -> Iterator[TokenProblem]:
    claims, now, refused = case.claims, case.now, case.refused
    ends, begins = claims.expires_at, claims.not_before
    noted = {}
    if refused is not None:
        why = "another holder had used it" if refused.symptom == _REUSED else "expired or revoked"
        noted = {"refused": when(refused.at, now), "why": why, "file": refused.file}
    if noted and (ends is None or ends > now):
        yield problem("refresh-refused", **noted)
    if ends is None:
        yield problem("no-expiry")
    elif now - _SKEW < ends <= now and not noted:
        yield problem("just-ended", when=when(ends, now))
    elif ends <= now:
        yield problem("expired-for-good" if noted else "expired", when=when(ends, now), **noted)
    elif noted:
        pass  # that it ends soon asks for the same
    elif ends - now < _SOON:
        yield problem("expires-soon", when=when(ends, now))
    if begins is not None and begins - now > _SKEW:
        yield problem("not-yet-valid", when=when(begins, now))
    for what, moment in (("the token says that it was issued", claims.issued_at),
                         ("its login was last refreshed", case.held.last_refresh)):  # fmt: skip
        if moment is not None and moment - now > _SKEW:
            yield problem("clock-skew", what=what, when=when(moment, now), now=utc(now))


def _account(case: Case) -> Iterator[TokenProblem]:
    stored, own = case.held.stored_account, case.claims.account
    if stored is None or case.kind.family != "codex-oauth":
        return
    if stored.startswith(_ORGANIZATION):
        yield problem("stored-account-is-organization", stored=stored, account=f" ({own})" if own else "")
    elif own is not None and not _same(stored, own):
        yield problem("account-differs", account=own, stored=stored)


def _confined(case: Case, confined: tuple[str, ...]) -> Iterator[TokenProblem]:
    mine = case.held.stored_account or case.claims.account
    if confined and mine is not None and not any(_same(mine, allowed) for allowed in confined):
        yield problem("confined-elsewhere", account=mine, allowed=" or ".join(confined))


def _same(one: str, other: str) -> bool:
    """Whether two accounts are the same: a UUID may be written in capitals."""
    return one.strip().casefold() == other.strip().casefold()


def _shared(case: Case, among: Iterable[Held]) -> Iterator[TokenProblem]:
    mine = case.held.refresh
    for group in shared_refresh(among):
        if mine is not None and group[0].refresh == mine:
            places = " and in ".join(f"{held.source} ({held.file})" for held in group)
            yield problem("refresh-token-shared", places=places)


def is_login(case: Case) -> bool:
    """Whether it is a ChatGPT login out of a store, beside which a refresh token belongs."""
    return case.kind.family == "codex-oauth" and case.held.file is not None and case.claims.form == "jwt"


def foreign(kind: Kind, claims: Claims) -> tuple[TokenProblem, ...]:
    """Why a token of a known kind is not one that this kind's host takes: another issuer, or another client.

    Such a token must not be sent there: it was given out for somebody else's use.
    """
    if claims.form != "jwt" or not kind.family:
        return ()
    found = []
    if kind.issuer and (claims.issuer or "").rstrip("/") != kind.issuer:
        found.append(problem("wrong-issuer", issuer=claims.issuer or "nobody that it names", expected=kind.issuer))
    if kind.client and claims.client_id and claims.client_id != kind.client:
        found.append(problem("wrong-client", client=claims.client_id, expected=kind.client))
    return tuple(found)


def problem(name: str, **values: object) -> TokenProblem:
    row = _table()[name]
    says, remedy = (row[key].format_map(values) for key in ("says", "remedy"))
    return TokenProblem(id=name, says=says, remedy=remedy, stops=row["stops"])


@cache
def _table() -> dict[str, dict[str, Any]]:
    text = Path(__file__).with_name("token_problems.toml").read_text(encoding="utf-8")
    return {row["id"]: row for row in tomllib.loads(text)["problem"]}
