"""Whose login it is: by the login itself, and by the backend's list of its workspaces."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from checks.codex_login import CODEX, plain
from checks.context import Context, declare
from checks.credentials import login_again, of_codex, rerun
from checks.scopes import few, side
from diagnose.model.check import Cost, Outcome, Status
from diagnose.model.witness import Source, Witness

if TYPE_CHECKING:
    from diagnose.machine.claims import Claims
    from diagnose.machine.held import Held

NEEDS = ["credentials.source", "credentials.kind"]
UNLESS = ["credentials.expiry"]
_LISTED = "/wham/accounts/check"
_SENDABLE = re.compile(r"[A-Za-z0-9._:-]+")
"""What a header can carry as an account."""


def _witness(check: str, value: str, source: Source, strength: int, *, agrees: bool) -> Witness:
    return Witness(
        dimension="owner",
        value=value,
        source=source,
        strength=strength if agrees else 2,
        agrees=agrees,
        check=check,
    )


def account_to_send(login: Held | None, claims: Claims | None) -> str | None:
    """The account that goes along with every request: the stored one, which the programs that own the login send, too,
    else that of the token, which also decides how the id is spelt. None as well where no header can carry it."""
    stored = login.stored_account if login is not None else None
    own = claims.account if claims is not None else None
    found = ((own if same(stored, own) else stored or own) or "").strip()
    return found if _SENDABLE.fullmatch(found) else None


def sent_account(context: Context) -> str | None:
    """The account of this run's requests."""
    return account_to_send(context.login, context.claims)


def same(one: str | None, other: str | None) -> bool:
    """Whether two ids are the same one."""
    return one is not None and other is not None and plain(one) == plain(other)


@declare("workspace.account", "Account of the login", cost=Cost.OFFLINE, needs=["credentials.source"], routes=CODEX)
def account(context: Context) -> Outcome:
    """Whether the account in the token, the one stored beside it, the claimed one and the enforced one are the same."""
    login, claims, claimed = context.login, context.claims, context.claim.owner
    assert login is not None
    stored, own = login.stored_account, claims.account if claims is not None else None
    sent = sent_account(context)
    where = login.file or login.source
    if sent is None and (found := stored or own):
        return Outcome(
            status=Status.FAIL,
            summary=f"the account in {where} cannot be sent: {found!a} holds signs that no header can carry",
            measured=f"{found!a}",
            expected="the id of an account, as the login gave it out",
            symptom="damaged-credential",
            remedy=login_again(context, login),
        )
    if stored is not None and not same(stored, own) and (own is not None or stored.startswith("org-")):
        kind = "the id of an organisation of the API platform, which is no ChatGPT account" * stored.startswith("org-")
        summary = f"{stored} is stored beside the token in {where}" + (f": {kind}" if kind else "")
        return differs(context, f"{summary}; the token is of {own or 'an account that it does not name'}", stored, own)
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
        agrees = same(claimed, sent) or same(claimed, user)
        value = f"the login is of account {sent}" + ("" if agrees else f", where {claimed} was claimed{_org(claimed)}")
        witnesses = (_witness("workspace.account", value, "config", 1, agrees=agrees),)
        if not agrees:
            return Outcome(
                status=Status.FAIL,
                summary=f"{value}, by {where}",
                measured=sent,
                expected=claimed,
                symptom="account-not-claimed",
                remedy=(rerun(context, "--owner", sent), *login_again(context, login)),
                witnesses=witnesses,
            )
    if (forced := _forced(context)) and not any(same(sent, name) for name in forced):
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


def differs(
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


@declare("workspace.listed", "Workspaces of the login", cost=Cost.FREE, needs=NEEDS, unless=UNLESS, routes=CODEX)
def listed(context: Context) -> Outcome:
    """Whether the account that is sent is one that the backend lists for this login, and is active."""
    reply = context.asking().get(_LISTED)
    found = _workspaces(reply.payload)
    expected = "the workspaces of this login"
    if not reply.answer.ok:
        return side(context, reply.answer, what="wham/accounts/check", expected=expected)
    if not found:
        return Outcome(
            status=Status.WARN,
            summary="the answer of wham/accounts/check lists no workspace that can be read",
            measured="none",
            expected=expected,
        )
    sent = sent_account(context) or _default(reply.payload)
    mine = next((name for name in found if same(sent, name)), None)
    mine = mine or next((name for name, entry in found.items() if same(sent, _second(entry))), None)
    named = few(_shown(name, entry) for name, entry in found.items())
    by = "by the answer of wham/accounts/check"
    if mine is None:
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
    if _deactivated(found[mine]):
        return Outcome(
            status=Status.FAIL,
            summary=f"the workspace {_shown(sent, found[mine])} is deactivated, {by}",
            measured="deactivated",
            expected="an active workspace",
            symptom="workspace-deactivated",
        )
    others = few(_shown(name, entry) for name, entry in found.items() if name != mine)
    beside = f"; this login has {others}, too" if others else ""
    return Outcome(
        status=Status.PASS,
        summary=f"{_shown(sent, found[mine])}, {by}{beside}",
        witnesses=owner_witnesses(context, "workspace.listed", sent),
    )


def owner_witnesses(context: Context, check: str, found: str | None, user: str | None = None) -> tuple[Witness, ...]:
    """What an answer says of the claimed owner: of an account by the account `found` in it, of a user by `user`."""
    claimed = context.claim.owner
    own = context.claims.user if context.claims is not None else None
    of_user = claimed is not None and (same(claimed, own) or is_user(claimed))
    named = user if of_user else found
    if claimed is None or named is None:
        return ()
    value = f"the backend names the {'user' if of_user else 'account'} {named}"
    if same(claimed, named):
        return (_witness(check, value, "body", 3, agrees=True),)
    return (_witness(check, f"{value}, where {claimed} was claimed", "body", 2, agrees=False),)


def _workspaces(payload: Any) -> dict[str, Mapping[str, Any]]:
    """The workspaces of an answer by their id: a list of them, or as it was before, a map of objects around them."""
    accounts = payload.get("accounts") if isinstance(payload, dict) else None
    entries: list[Any] = accounts if isinstance(accounts, list) else []
    if isinstance(accounts, dict):
        entries = [{"id": key, **_inner(value)} for key, value in accounts.items() if key != "default"]
    listed = (entry for entry in entries if isinstance(entry, dict))
    return {name: entry for entry in listed if (name := text_of(entry.get("id")) or _second(entry)) is not None}


def _second(entry: Mapping[str, Any]) -> str | None:
    """The account of an entry that may have an id of its own besides."""
    return text_of(entry.get("account_id"))


def is_user(name: str) -> bool:
    """Whether an id is that of a person, not of an account."""
    return name.strip().startswith("user-")


def _inner(value: Any) -> dict[str, Any]:
    inner = value.get("account") if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def _default(payload: Any) -> str | None:
    """Which workspace the backend takes where none is named."""
    accounts = payload.get("accounts") if isinstance(payload, dict) else None
    older = _inner(accounts.get("default")).get("account_id") if isinstance(accounts, dict) else None
    return text_of(payload.get("default_account_id") if isinstance(payload, dict) else None) or text_of(older)


def _shown(name: str, entry: Mapping[str, Any]) -> str:
    """A workspace by its id, its form and its plan; never by its name, which may be a person's."""
    words = [text_of(entry.get("structure")) or "", text_of(entry.get("plan_type")) or ""]
    words += ["deactivated"] if _deactivated(entry) else []
    return f"{name} ({', '.join(filter(None, words))})" if any(words) else name


def _deactivated(entry: Mapping[str, Any]) -> bool:
    return any(entry.get(key) is True for key in ("is_deactivated", "deactivated"))


def text_of(value: Any) -> str | None:
    """A short name of a host's answer, without line ends."""
    return " ".join(value.split())[:80] if isinstance(value, str) and value.strip() else None
