"""Whose API key it is: organisation and project, as the host says. Of a login: checks/codex_account.py."""

from typing import Any

from checks.context import Context, declare
from checks.scopes import refused
from diagnose.model.check import Cost, Outcome, Status, skip
from diagnose.model.witness import Witness


@declare(
    "workspace.owner",
    "Owner of the key",
    cost=Cost.FREE,
    needs=["credentials.source", "credentials.kind"],
    routes=["openai-images"],
)
def owner(context: Context) -> Outcome:
    """Which organisation and project the key belongs to, and whether that is the claimed owner."""
    from diagnose.routes.received import OWNER_HEADERS

    reply = context.asking().get("/me")
    claimed = context.claim.owner
    headers = reply.exchange.headers if reply.exchange is not None else {}
    named = {name: headers[name] for name in OWNER_HEADERS if headers.get(name)}
    aliases = _organisations(reply.payload)
    if not reply.answer.ok and not named:
        if claimed is None:
            return skip(f"the host does not say whose key it is ({reply.answer.describe()})")
        expected = f"the owner {claimed}"
        return refused(context, reply.answer, status=Status.WARN, expected=expected)
    # The header names the organisation that this very request is billed to; /me lists all of the user's.
    ours = set(named.values())
    for group in aliases:
        if group & ours or (not named and len(aliases) == 1):
            ours |= group
    shown = ", ".join(named.values()) or ", ".join(sorted(ours)) or "not named"
    if claimed is None or claimed in ours:
        context.learned.owner_headers.update(named)
    if claimed is None:
        return Outcome(status=Status.PASS, summary=f"{shown} (no owner was claimed)")
    if not ours:
        return Outcome(
            status=Status.WARN,
            summary=f"the host does not say which of {len(aliases)} organisations pays",
            measured="not named",
            expected=claimed,
            costs_proof=True,
        )
    same = claimed in ours
    context.learned.owner_differs = not same
    witness = Witness(
        dimension="owner",
        value=f"the key belongs to {shown}" + ("" if same else f", where {claimed} was claimed"),
        source="header" if named else "body",
        strength=3 if same else 2,
        agrees=same,
        check="workspace.owner",
    )
    return Outcome(
        status=Status.PASS if same else Status.FAIL,
        summary=witness.value,
        measured=shown,
        expected=claimed,
        symptom=None if same else "owner-differs",
        witnesses=(witness,),
    )


def _organisations(payload: Any) -> list[set[str]]:
    """The organisations of an answer of /me, each as its id and its slug.

    The title is left out: everybody gives his own organisation the title that he likes.
    """
    orgs = payload.get("orgs") if isinstance(payload, dict) else None
    data = orgs.get("data") if isinstance(orgs, dict) else None
    rows = [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []
    return [{v for k in ("id", "name") if isinstance(v := row.get(k), str) and _fits(k, v)} for row in rows]


def _fits(field: str, value: str) -> bool:
    """A slug that looks like an id would let one organisation pass for another."""
    return bool(value) and (field == "id" or not value.startswith(("org-", "proj_")))
