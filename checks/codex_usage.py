"""What the plan of a login has left, and whether it makes images at all, by the backend's word."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from checks.codex_account import NEEDS, UNLESS, differs, is_user, owner_witnesses, same, sent_account, text_of
from checks.codex_login import CODEX
from checks.context import Context, declare
from checks.scopes import side
from diagnose.model.check import Cost, Outcome, Status
from diagnose.model.moments import LAST_MOMENT

_PATH = "/wham/usage"
_FULL = 90
_SPENT = re.compile(r"[0.]+")
"""A balance of nothing."""


@declare("workspace.usage", "Usage of the plan", cost=Cost.FREE, needs=NEEDS, unless=UNLESS, routes=CODEX)
def usage(context: Context) -> Outcome:
    """How much of the plan's usage window is used and when it is reset, and whether the plan makes images at all."""
    reply = context.asking().get(_PATH)
    if not reply.answer.ok:
        return side(context, reply.answer, what="wham/usage", expected="the usage of the plan")
    said = reply.payload if isinstance(reply.payload, dict) else {}
    (found, user), sent = _counted(said), sent_account(context)
    by = "by the answer of wham/usage"
    witnesses = owner_witnesses(context, "workspace.usage", found, user)
    if found is not None and sent is not None and not same(found, sent):
        return differs(context, f"the usage of {found} is counted, and {sent} is sent, {by}", found, sent, witnesses)
    mine = context.claims.user if context.claims is not None else None
    if found is None and user is not None and mine is not None and user.casefold() != mine.casefold():
        return Outcome(
            status=Status.WARN,
            summary=f"the usage of {user} is counted, and the login says that it is of {mine}, {by}",
            measured=user,
            expected=mine,
            witnesses=witnesses,
        )
    limits = _table(said.get("rate_limit"))
    windows = [w for name in ("primary_window", "secondary_window") if (w := _window(context, limits.get(name)))]
    plan = text_of(said.get("plan_type"))
    shown = ", ".join([f"plan {plan or 'not named'}", *(text for text, _ in windows)])
    reached = limits.get("limit_reached") is True or limits.get("allowed") is False
    if reached and (pays := _goes_on(limits, _table(said.get("credits")))):
        return Outcome(
            status=Status.WARN,
            summary=f"the limit is reached, and {pays}: {shown}, {by}",
            measured=shown,
            expected="a window with something left",
            witnesses=witnesses,
        )
    if reached:
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


def _counted(said: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The account and the user whose usage it is. For a personal account the backend writes the user into both."""
    account, user = text_of(said.get("account_id")), text_of(said.get("user_id"))
    if account is not None and (is_user(account) or account == user):
        return None, user or account
    return account, user


def _goes_on(limits: Mapping[str, Any], credits: Mapping[str, Any]) -> str:
    """Why a plan whose limit is reached is served all the same; empty where it is not."""
    spent = _SPENT.fullmatch(str(credits.get("balance")).strip()) is not None
    if credits.get("unlimited") is True or (credits.get("has_credits") is True and not spent):
        return "the next image is paid with credits, which cost money"
    return "the backend still allows requests" if limits.get("allowed") is True else ""


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


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
