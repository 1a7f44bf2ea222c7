"""What the program that owns a login has written down about it. Stands before the other checks of credentials: where a
login is missing or has run out, this is why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.codex_login import CODEX, SKEW
from checks.context import Context, declare
from checks.credentials import login_again, of_codex
from diagnose.model.check import Cost, Outcome, Status, skip
from diagnose.model.moments import LAST_MOMENT

if TYPE_CHECKING:
    from diagnose.machine.held import Held


@declare("credentials.history", "What became of the login before", cost=Cost.OFFLINE, routes=CODEX)
def history(context: Context) -> Outcome:
    """Whether the program that owns the login has noted that a refresh or a login was refused since."""
    from diagnose.machine.codex_home import read_home
    from diagnose.machine.codex_logs import stored_errors
    from diagnose.model.moments import when

    login, now = context.login, context.host.now()
    if login is not None and not _is_about(context, login):
        return _resting(context, login)
    errors = stored_errors(read_home(context.host))
    since = _since(context, login) if login is not None else 0.0
    end = context.claims.expires_at if context.claims is not None else None
    # As long as the token itself is in force it works, whatever became of the attempt to get another one.
    lives = login is not None and login.secret is not None and (end is None or end > now)
    after = [error for error in errors if not error.over and since < error.at < now + SKEW]
    of_refresh = [error for error in after if error.symptom != _OF_A_NEW_LOGIN and login is not None]
    of_today = [error for error in after if error.symptom == _OF_A_NEW_LOGIN and now - error.at < _DAY and not lives]
    context.learned.refresh_spent = bool(of_refresh)
    if not (of_refresh or of_today):
        if login is None:
            return skip("there is no login")
        old = f"; an older one, {when(errors[-1].at, now)}, is past" if errors else ""
        return Outcome(status=Status.PASS, summary=f"the Codex CLI has noted no refusal of this login{old}")
    worst = (of_refresh or of_today)[-1]
    # Where there is a login, what became of it is the cause, and the refusal of a new one stands beside it.
    beside = login is not None and not of_refresh
    since_then = "not renewed since" if of_refresh else "nobody has logged in since"
    return Outcome(
        status=Status.WARN if lives or beside else Status.FAIL,
        summary=f"{_SAYS[worst.symptom]}, noted {when(worst.at, now)} in {worst.file}, and {since_then}",
        measured=f"refused {when(worst.at, now)}",
        expected="no refusal since the last refresh",
        symptom=worst.symptom,
        remedy=login_again(context, login),
    )


_OF_A_NEW_LOGIN = "invalid-scope-login"
_DAY = 86_400.0
"""How long the refusal of a new login may explain that nobody is logged in, in seconds."""
_SAYS = {
    "refresh-token-reused": "the refresh token had already been used, by another holder of this login",
    _OF_A_NEW_LOGIN: "a new login was refused, because it asked for a scope that this client may not ask for",
    "login-revoked": "the refresh token was refused as expired or revoked",
}


def _since(context: Context, login: Held) -> float:
    """When the login was renewed last, by what stands beside any copy of it and by the token itself."""
    copies = [login, *(held for held in context.logins if login.refresh is not None and held.refresh == login.refresh)]
    issued = context.claims.issued_at if context.claims is not None else None
    return max(issued or 0.0, *(held.last_refresh or 0.0 for held in copies))


def _is_about(context: Context, login: Held) -> bool:
    """Whether the logs of the Codex CLI speak of this login: it is its own, or a copy with the same refresh token."""
    same = (held.refresh for held in context.logins if of_codex(context, held))
    return of_codex(context, login) or (login.refresh is not None and login.refresh in same)


def _resting(context: Context, login: Held) -> Outcome:
    """What OpenClaw remembers of its profile; image requests do not heed it."""
    from diagnose.model.moments import when

    usage = context.setting.stores.usage.get(login.id)
    until = min(max(usage.disabled_until or 0, usage.cooldown_until or 0) / 1000, LAST_MOMENT - 1) if usage else 0.0
    now = context.host.now()
    if usage is None or until <= now:
        return Outcome(status=Status.PASS, summary="OpenClaw remembers no trouble with this login")
    return Outcome(
        status=Status.WARN,
        summary=f"OpenClaw lets it rest until {when(until, now)} ({usage.reason or 'no reason given'}); "
        "image requests do not heed that",
        measured=usage.reason or "no reason given",
        expected="no trouble",
    )
