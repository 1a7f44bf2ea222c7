"""The login of a Codex route by what this machine says of it: nothing is asked, nothing is refreshed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from checks.context import Context, declare
from checks.credentials import login_again, renew, rerun
from diagnose.model.check import Cost, Outcome, Status, skip

if TYPE_CHECKING:
    from diagnose.machine.held import Held

CODEX = ("codex-responses", "codex-images")
_NEEDS = ["credentials.source"]
SKEW = 300.0
"""Seconds by which two clocks may differ without a word."""
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_SOON = 600.0
_STALE = 8 * 86_400.0
"""Codex renews a token that names no end when its last refresh is older than this (0.169.0, measured)."""


def plain(account: str) -> str:
    """An id as it is compared: UUIDs are the same in any case, and white space around an id was copied along."""
    account = account.strip()
    return account.lower() if _UUID.fullmatch(account) else account


def account_of(login: Held) -> str | None:
    """The account of a login: the stored one, else the one in its token."""
    from diagnose.machine.claims import read_claims

    if login.stored_account is not None or login.secret is None:
        return login.stored_account
    return read_claims(login.secret.reveal()).account


@declare("credentials.logins", "Logins of this machine", cost=Cost.OFFLINE, needs=_NEEDS, routes=CODEX)
def logins(context: Context) -> Outcome:
    """Which logins there are, and whether they are of different accounts, so that programs may use different ones."""
    usable = [login for login in context.logins if login.secret is not None]
    accounts = [(login, account_of(login)) for login in usable]
    named = "; ".join(f"{login.source}: {account or 'account not known'}" for login, account in accounts)
    known = [(login, plain(account)) for login, account in accounts if account is not None]
    others = [login for login, account in known if account != known[0][1]]
    if others:
        other = rerun(context, "--login", others[0].id)
        return Outcome(
            status=Status.WARN,
            summary=f"logins of different accounts, of which the first is used: {named}",
            measured=named,
            expected="one account, or the intended one named with --login",
            symptom="several-credentials",
            remedy=("routecheck token --all", other),
        )
    return Outcome(status=Status.PASS, summary=named)


@declare("credentials.expiry", "Time left of the login", cost=Cost.OFFLINE, needs=_NEEDS, routes=CODEX)
def expiry(context: Context) -> Outcome:
    """Whether the token is in force by its own claims and this machine's clock; it is never refreshed here."""
    from diagnose.model.moments import span, when

    login, claims, now = context.login, context.claims, context.host.now()
    assert login is not None
    if claims is None or claims.form != "jwt":
        return skip("the token says nothing of its time: it has no claims that can be read")
    end, begin = claims.expires_at, max(claims.issued_at or 0.0, claims.not_before or 0.0)
    refreshed = f"; last refreshed {when(login.last_refresh, now)}" if login.last_refresh is not None else ""
    if end is not None and end <= now:
        over = now - end > SKEW
        asked = "" if over else "; clocks may differ, so the host is asked"
        return Outcome(
            status=Status.FAIL if over else Status.WARN,
            summary=f"expired {when(end, now)}, by the token's own claims (not verified){refreshed}{asked}",
            measured=when(end, now),
            expected="a token that is in force",
            symptom="login-expired" if over else None,
            remedy=renew(context, login),
        )
    if begin - now > SKEW:
        return Outcome(
            status=Status.WARN,
            summary=f"the token begins {when(begin, now)}: the clock of this machine may be wrong",
            measured=f"{span(begin - now)} ahead of this clock",
            expected="a beginning in the past",
            remedy=("date -u   # compare with another clock",),
        )
    if end is None:
        old = login.last_refresh is not None and now - login.last_refresh > _STALE
        return Outcome(
            status=Status.WARN,
            summary=f"the token names no end{refreshed}" + ("; its program has not renewed it when it was due" * old),
            measured="no end",
            expected="a token that says until when it is in force",
            remedy=login_again(context, login) if old else (),
        )
    if end - now < _SOON:
        return Outcome(
            status=Status.WARN,
            summary=f"expires {when(end, now)}, by the token's own claims (not verified){refreshed}",
            measured=when(end, now),
            expected="10 minutes or more",
            remedy=renew(context, login),
        )
    return Outcome(
        status=Status.PASS,
        summary=f"in force until {when(end, now)}, by the token's own claims (not verified){refreshed}",
    )


@declare("credentials.shared", "One owner of the login", cost=Cost.OFFLINE, needs=_NEEDS, routes=CODEX)
def shared(context: Context) -> Outcome:
    """Whether two programs or stores hold the same refresh token, which only one of them can use."""
    from diagnose.machine.held import all_held, shared_refresh

    groups = shared_refresh(all_held(context.host, context.setting))
    if not groups:
        return Outcome(status=Status.PASS, summary="no refresh token is held in two places, by their fingerprints")
    login = context.login
    first = next((group for group in groups if login is not None and group[0].refresh == login.refresh), groups[0])
    places = " and ".join(f"{held.source} ({held.file})" for held in first)
    return Outcome(
        status=Status.WARN,
        summary=f"the same refresh token, fingerprint {first[0].refresh}, is held by {places}: "
        "the first to use it ends the other",
        measured=places,
        expected="a login of its own for each program",
        symptom="refresh-token-shared",
        remedy=tuple(dict.fromkeys(command for held in first[1:] for command in login_again(context, held))),
    )
