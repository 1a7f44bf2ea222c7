"""Which key or login the route uses, and what its form shows."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from checks.context import Context, declare
from diagnose.model.check import Cost, Outcome, Status, skip

if TYPE_CHECKING:
    from diagnose.machine.credentials import Kind
    from diagnose.machine.held import Held
    from diagnose.model.token import SurfaceRow


def rerun(context: Context, *words: str) -> str:
    """The command of the same run with other `words` ("--model", "X"), which take the place of its own."""
    changed = {word for word in words if word.startswith("--")}
    changed |= {"--sandbox-at"} if "--base-url" in changed else set()
    kept: list[str] = []
    taken = True
    for word in shlex.split(context.again):
        taken = word.partition("=")[0] not in changed if word.startswith("--") else taken
        kept += [word] if taken else []
    return shlex.join(["routecheck", "run", *kept, *words])


def of_codex(context: Context, login: Held) -> bool:
    """Whether a login is kept by the Codex CLI; the others are OpenClaw's."""
    from diagnose.machine.openclaw.codex_login import auth_file

    return login.file == auth_file(context.host)


def login_again(context: Context, login: Held | None) -> tuple[str, ...]:
    """The command of the program that owns the login; those of both where there is none. Shown, never run."""
    from diagnose.machine.openclaw.remedies import remedy

    commands: tuple[str, ...] = ()
    if login is None or of_codex(context, login):
        commands += ("codex login",)
    if (login is None and context.installation is not None) or (login is not None and not of_codex(context, login)):
        version = context.installation.version if context.installation else None
        commands += remedy("openclaw-login-expiring", version)
    return commands


def renew(context: Context, login: Held | None) -> tuple[str, ...]:
    """How a login that has run out comes back: by its own program's refresh where that can be, else by a new login."""
    anew = login_again(context, login)
    if login is None or login.refresh is None or context.learned.refresh_spent:
        return anew
    by_itself = "OpenClaw renews it by itself when it is used: let it do anything once"
    if of_codex(context, login):
        by_itself = "codex   # once: it renews the login by itself"
    return (by_itself, *(f"{command}   # only if that does not help" for command in anew))


@declare("credentials.source", "Credential", cost=Cost.OFFLINE)
def source(context: Context) -> Outcome:
    """Which credential is used, and why that one."""
    if context.kind.login:
        return _login(context)
    credential = context.credential
    if credential is None:
        if context.mode == "openclaw":
            return skip("no API key is read here: OpenClaw uses a credential of its own")
        found = ", ".join(context.unread)
        return Outcome(
            status=Status.FAIL,
            summary="no API key was found" + (f"; there is {found}, which this route does not use" if found else ""),
            measured="none",
            expected="OPENAI_API_KEY or models.providers.openai.apiKey",
            symptom="no-credential",
            remedy=("export OPENAI_API_KEY=YOUR_KEY",),
        )
    others = [c.source for c in context.credentials[1:]]
    first = f"; it comes before {', '.join(others)}" if others else ""
    return Outcome(
        status=Status.PASS, summary=f"{credential.source}, fingerprint {credential.secret.fingerprint}{first}"
    )


def _login(context: Context) -> Outcome:
    login = context.login
    if login is None or login.secret is None:
        if context.mode == "openclaw":
            return skip("no login can be read here: OpenClaw uses one of its own")
        why = f"{login.source}: {login.trouble}" if login is not None else _nowhere(context)
        return Outcome(
            status=Status.FAIL,
            summary=f"no ChatGPT login can be used: {why}",
            measured="none",
            expected="a login of the Codex CLI or of OpenClaw",
            symptom="no-login",
            remedy=login_again(context, login),
        )
    others = [held.source for held in context.logins[1:]]
    first = f"; it comes before {', '.join(others)}" if others else ""
    summary = f"{login.source}, fingerprint {login.secret.fingerprint}{first}"
    if login.trouble is None:
        return Outcome(status=Status.PASS, summary=summary)
    return Outcome(
        status=Status.WARN,
        summary=f"{summary}; {login.trouble}",
        measured=login.trouble,
        expected="a login that its own program uses",
    )


def _nowhere(context: Context) -> str:
    """Where a login was looked for, and where one may be that is not opened."""
    from diagnose.machine.codex_home import read_home

    home = read_home(context.host)
    looked = f"there is none in {home.folder} and in no store of OpenClaw"
    if home.store in {"keyring", "auto"}:
        return f"{looked}; the Codex CLI keeps its own in the keyring ({home.store} in {home.config}), not opened here"
    if home.store == "ephemeral":
        return f"{looked}; the Codex CLI keeps its own in memory alone (ephemeral in {home.config})"
    return looked


@declare("credentials.kind", "Kind of credential", cost=Cost.OFFLINE, needs=["credentials.source"])
def kind(context: Context) -> Outcome:
    """Whether a credential of this form can make images on this route at all."""
    credential = context.credential
    assert credential is not None
    found = credential.kind
    if context.kind.login:
        return _kind_of_login(context, credential.source, found)
    if found.family == "codex-oauth":
        return Outcome(
            status=Status.FAIL,
            summary=f"{credential.source} holds a Codex login's token. {_surface(context, found).why} It was not sent.",
            measured=found.id,
            expected="a project, service-account or user key of the platform",
            symptom="token-on-images-api",
            remedy=("export OPENAI_API_KEY=YOUR_KEY", "routecheck run --no-fallback --route codex-responses"),
        )
    if found.use == "no":
        platform = "a project, service-account or user key of the platform"
        return _wrong(found, f"{credential.source} holds {found.about}", platform, ("export OPENAI_API_KEY=YOUR_KEY",))
    return Outcome(status=Status.PASS, summary=found.about)


def _kind_of_login(context: Context, where: str, found: Kind) -> Outcome:
    """Only the token of a Codex login works there; a plan token, or one for another program, must not even be sent."""
    if (why := not_to_send(context)) is not None:
        summary = f"{where} {why} It was not sent."
        return _wrong(found, summary, "the token of a Codex login", login_again(context, context.login))
    if found.id == "codex-oauth":
        return Outcome(status=Status.PASS, summary="the token of a Codex login, by its own claims (not verified)")
    return Outcome(
        status=Status.WARN,
        summary=f"{where} holds {found.about}; whether it works here only the host can tell",
        measured=found.id,
        expected="the token of a Codex login",
    )


def not_to_send(context: Context) -> str | None:
    """Why the token of a route with a login must not be sent there, as the end of a sentence; None when it may be."""
    from diagnose.machine.token_troubles import foreign

    assert context.credential is not None
    found = context.credential.kind
    if wrong := foreign(found, context.claims) if context.claims is not None else ():
        return f"holds a token that is not for this: {wrong[0].says}"
    if found.id != "codex-oauth" and _surface(context, found).can == "no":
        return f"holds {found.about}. {_surface(context, found).why}"
    return None


def _wrong(found: Kind, summary: str, expected: str, remedy: tuple[str, ...]) -> Outcome:
    if found.id.startswith("damaged"):
        symptom = "damaged-credential"
    else:
        symptom = "siwc-token" if found.family == "siwc" else "wrong-credential-kind"
    return Outcome(
        status=Status.FAIL, summary=summary, measured=found.id, expected=expected, symptom=symptom, remedy=remedy
    )


def _surface(context: Context, found: Kind) -> SurfaceRow:
    """What the dated table says of this kind at the surface of the route."""
    from diagnose.machine.surfaces import surfaces_of

    return next(row for row in surfaces_of(found, None) if row.id == context.kind.name)
