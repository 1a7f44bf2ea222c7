"""Whose login it is, what its plan has left, and what it may ask: by the login itself, and by the backend's word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.codex_login import CODEX
from checks.context import Context, declare
from checks.credentials import login_again, of_codex
from checks.scopes import few, refused
from diagnose.model.check import Cost, Outcome, Status
from diagnose.model.moments import LAST_MOMENT
from diagnose.model.witness import Source, Witness

_NEEDS = ["credentials.source", "credentials.kind"]
_UNLESS = ["credentials.expiry"]
_LISTED = "/wham/accounts/check"
_USAGE = "/wham/usage"
_FULL = 90


def _witness(check: str, value: str, source: Source, strength: int, *, agrees: bool) -> Witness:
    return Witness(
        dimension="owner",
        value=value,
        source=source,
        strength=strength if agrees else 2,
        agrees=agrees,
        check=check,
    )


def sent_account(context: Context) -> str | None:
    """The account that goes along with every request: the stored one, else that of the token."""
    login, claims = context.login, context.claims
    stored = login.stored_account if login is not None else None
    return stored or (claims.account if claims is not None else None)


@declare("workspace.account", "Account of the login", cost=Cost.OFFLINE, needs=["credentials.source"], routes=CODEX)
def account(context: Context) -> Outcome:
    """Whether the account in the token, the one stored beside it, the claimed one and the enforced one are the same."""
    login, claims, claimed = context.login, context.claims, context.claim.owner
    assert login is not None
    stored, own = login.stored_account, claims.account if claims is not None else None
    sent = sent_account(context)
    where = login.file or login.source
    if stored is not None and stored != own and (own is not None or stored.startswith("org-")):
        kind = "the id of an organisation of the API platform, which is no ChatGPT account" * stored.startswith("org-")
        summary = f"{stored} is stored beside the token in {where}" + (f": {kind}" if kind else "")
        return _differs(context, f"{summary}; the token is of {own or 'an account that it does not name'}", stored, own)
    if sent is None:
        return Outcome(
            status=Status.WARN,
            summary="neither the token nor what is stored beside it names an account",
            measured="no account",
            expected=claimed or "the account of a workspace",
            costs_proof=claimed is not None,
        )
    user = claims.user if claims is not None else None
    witnesses: tuple[Witness, ...] = ()
    if claimed is not None:
        same = claimed in {sent, user}
        value = f"the login is of account {sent}" + ("" if same else f", where {claimed} was claimed{_org(claimed)}")
        witnesses = (_witness("workspace.account", value, "config", 1, agrees=same),)
        if not same:
            return _differs(context, f"{value}, by {where}", sent, claimed, witnesses)
    if (forced := _forced(context)) and sent not in forced:
        listed = ", ".join(forced)
        return Outcome(
            status=Status.FAIL,
            summary=f"the login is of account {sent}, and forced_chatgpt_workspace_id allows {listed} alone: "
            "the Codex CLI logs out and deletes this login when it starts",
            measured=sent,
            expected=listed,
            symptom="account-differs",
            remedy=login_again(context, login),
            witnesses=witnesses,
        )
    agree = [f"{where}" if stored is not None else "", "the token's own claims (not verified)" if own else ""]
    return Outcome(
        status=Status.PASS, summary=f"account {sent}, by {' and '.join(filter(None, agree))}", witnesses=witnesses
    )


def _org(claimed: str) -> str:
    return ", an organisation of the API platform, which pays for nothing here" if claimed.startswith("org-") else ""


def _forced(context: Context) -> tuple[str, ...]:
    """The workspaces that the Codex CLI confines its own login to."""
    from diagnose.machine.codex_home import read_home

    login = context.login
    return read_home(context.host).workspaces if login is not None and of_codex(context, login) else ()


def _differs(
    context: Context, summary: str, measured: str, expected: str | None, witnesses: tuple[Witness, ...] = ()
) -> Outcome:
    return Outcome(
        status=Status.FAIL,
        summary=summary,
        measured=measured,
        expected=expected,
        symptom="account-differs",
        remedy=login_again(context, context.login),
        witnesses=witnesses,
    )


@declare("workspace.listed", "Workspaces of the login", cost=Cost.FREE, needs=_NEEDS, unless=_UNLESS, routes=CODEX)
def listed(context: Context) -> Outcome:
    """Whether the account that is sent is one that the backend lists for this login, and is active."""
    reply = context.asking().get(_LISTED)
    found = _workspaces(reply.payload)
    expected = "the workspaces of this login"
    if not reply.answer.ok:
        return refused(context, reply.answer, status=Status.WARN, expected=expected)
    if not found:
        return Outcome(
            status=Status.WARN,
            summary="the answer of wham/accounts/check lists no workspace that can be read",
            measured="none",
            expected=expected,
        )
    sent = sent_account(context) or _default(reply.payload)
    named = few(_shown(name, entry) for name, entry in found.items())
    by = "by the answer of wham/accounts/check"
    if sent not in found:
        return Outcome(
            status=Status.FAIL,
            summary=f"{sent or 'no account'} is sent, and this login has {named}, {by}",
            measured=named,
            expected=sent,
            symptom="wrong-workspace",
            remedy=login_again(context, context.login),
        )
    assert sent is not None
    context.learned.account = sent
    if _deactivated(found[sent]):
        return Outcome(
            status=Status.FAIL,
            summary=f"the workspace {_shown(sent, found[sent])} is deactivated, {by}",
            measured="deactivated",
            expected="an active workspace",
            symptom="workspace-deactivated",
        )
    others = few(_shown(name, entry) for name, entry in found.items() if name != sent)
    beside = f"; this login has {others}, too" if others else ""
    return Outcome(
        status=Status.PASS,
        summary=f"{_shown(sent, found[sent])}, {by}{beside}",
        witnesses=_owner(context, "workspace.listed", sent),
    )


def _owner(context: Context, check: str, found: str | None, user: str | None = None) -> tuple[Witness, ...]:
    """What an answer says of the claimed owner: of an account by the account `found` in it, of a user by `user`."""
    claimed = context.claim.owner
    own = context.claims.user if context.claims is not None else None
    of_user = claimed is not None and (claimed == own or claimed.startswith("user-"))
    named = user if of_user else found
    if claimed is None or named is None:
        return ()
    value = f"the backend names the {'user' if of_user else 'account'} {named}"
    if claimed == named:
        return (_witness(check, value, "body", 3, agrees=True),)
    return (_witness(check, f"{value}, where {claimed} was claimed", "body", 2, agrees=False),)


def _workspaces(payload: Any) -> dict[str, Mapping[str, Any]]:
    """The workspaces of an answer by their id: a list of them, or as it was before, a map of objects around them."""
    accounts = payload.get("accounts") if isinstance(payload, dict) else None
    entries: list[Any] = accounts if isinstance(accounts, list) else []
    if isinstance(accounts, dict):
        entries = [{"id": key, **_inner(value)} for key, value in accounts.items() if key != "default"]
    listed = (entry for entry in entries if isinstance(entry, dict))
    return {name: entry for entry in listed if (name := _text(entry.get("id") or entry.get("account_id"))) is not None}


def _inner(value: Any) -> dict[str, Any]:
    inner = value.get("account") if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def _default(payload: Any) -> str | None:
    """Which workspace the backend takes where none is named."""
    accounts = payload.get("accounts") if isinstance(payload, dict) else None
    older = _inner(accounts.get("default")).get("account_id") if isinstance(accounts, dict) else None
    return _text(payload.get("default_account_id") if isinstance(payload, dict) else None) or _text(older)


def _shown(name: str, entry: Mapping[str, Any]) -> str:
    """A workspace by its id, its form and its plan; never by its name, which may be a person's."""
    words = [_text(entry.get("structure")) or "", _text(entry.get("plan_type")) or ""]
    words += ["deactivated"] if _deactivated(entry) else []
    return f"{name} ({', '.join(filter(None, words))})" if any(words) else name


def _deactivated(entry: Mapping[str, Any]) -> bool:
    return any(entry.get(key) is True for key in ("is_deactivated", "deactivated"))


def _text(value: Any) -> str | None:
    """A short name of a host's answer, without line ends."""
    return " ".join(value.split())[:80] if isinstance(value, str) and value.strip() else None


@declare("workspace.usage", "Usage of the plan", cost=Cost.FREE, needs=_NEEDS, unless=_UNLESS, routes=CODEX)
def usage(context: Context) -> Outcome:
    """How much of the plan's usage window is used and when it is reset, and whether the plan makes images at all."""
    reply = context.asking().get(_USAGE)
    if not reply.answer.ok:
        return refused(context, reply.answer, status=Status.WARN, expected="the usage of the plan")
    said = reply.payload if isinstance(reply.payload, dict) else {}
    found, sent = _text(said.get("account_id")), sent_account(context)
    by = "by the answer of wham/usage"
    witnesses = _owner(context, "workspace.usage", found, _text(said.get("user_id")))
    if found is not None and sent is not None and found != sent:
        return _differs(context, f"the usage of {found} is counted, and {sent} is sent, {by}", found, sent, witnesses)
    limits = said.get("rate_limit")
    limits = limits if isinstance(limits, dict) else {}
    windows = [w for name in ("primary_window", "secondary_window") if (w := _window(context, limits.get(name)))]
    plan = _text(said.get("plan_type"))
    shown = ", ".join([f"plan {plan or 'not named'}", *(text for text, _ in windows)])
    if limits.get("limit_reached") is True:
        return Outcome(
            status=Status.FAIL,
            summary=f"the limit is reached: {shown}, {by}",
            measured=shown,
            expected="a window with something left",
            symptom="usage-limit-reached",
            witnesses=witnesses,
        )
    if (doubt := _plan_doubt(context, plan)) is not None:
        return Outcome(
            status=Status.WARN,
            summary=f"{shown}, {by}. {doubt}",
            measured=plan,
            expected="a plan that makes images",
            witnesses=witnesses,
        )
    full = [text for text, used in windows if used >= _FULL]
    return Outcome(
        status=Status.WARN if full else Status.PASS,
        summary=(f"nearly used up: {shown}" if full else shown) + f", {by}",
        measured="; ".join(full) or None,
        expected=f"under {_FULL} % used" if full else None,
        witnesses=witnesses,
    )


def _window(context: Context, window: Any) -> tuple[str, float] | None:
    """A usage window in words, and how many percent of it are used; None for what is none."""
    from diagnose.model.moments import span, when

    used = window.get("used_percent") if isinstance(window, dict) else None
    if not isinstance(used, int | float) or not _number(used):
        return None
    length, reset = window.get("limit_window_seconds"), window.get("reset_at")
    of = f" of the {span(length)} window" if _number(length) else ""
    until = f", reset {when(reset, context.host.now())}" if _number(reset) else ""
    return f"{used:g} %{of} used{until}", used


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < LAST_MOMENT


def _plan_doubt(context: Context, plan: str | None) -> str | None:
    """What the dated table holds against a plan; whether it is so, the image itself decides."""
    from diagnose.machine.surfaces import surfaces_of

    if plan is None or context.login is None:
        return None
    rows = {row.id: row for row in surfaces_of(context.login.kind, plan)}
    found = rows[context.kind.name]
    usual = next(row for row in surfaces_of(context.login.kind, None) if row.id == context.kind.name)
    return found.why if found.can != "yes" and found.why != usual.why else None
