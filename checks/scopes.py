"""What the credential may do: by its claims, and asked with requests that cannot bill."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING

from checks.codex_login import CODEX, plain
from checks.context import Context, declare
from checks.credentials import login_again, renew, rerun
from diagnose import capabilities
from diagnose.model.check import Cost, Outcome, Status, skip
from diagnose.model.witness import Witness

if TYPE_CHECKING:
    from diagnose.matrix import Row
    from diagnose.model.answer import Answer
    from diagnose.routes.shot import Reply

_RESULT = re.compile(rb'"result"\s*:\s*"[A-Za-z0-9+/]{16}')
"""Where an event of a finished image holds it."""
_IMAGES_ALONE = "codex-images"
"""The surface of a login that does nothing but images."""
_FEW = 8
_SCOPES = frozenset({"missing-image-scope", "missing-models-scope"})


def explain(context: Context, answer: Answer) -> Row:
    """The matrix row of a refusal, with what this machine knows: the same words mean another thing of another kind.

    A refused model that the table knows as active is a question of access. Scopes that are missed in a login are
    those of another surface. A workspace that is refused while the stored account is not the token's is that.
    """
    from diagnose.matrix import classify, rows

    row = classify(answer)
    if context.kind.login and row.of_login:
        return rows()[row.of_login]
    if row.id in _SCOPES and context.credential is not None and context.credential.kind.family == "codex-oauth":
        found = rows()["token-on-images-api"]
        return rows()[found.of_login] if context.kind.login else found
    if row.id == "wrong-workspace" and _accounts_differ(context):
        return rows()["account-differs"]
    known = capabilities.find_model(context.claim.model_id)
    if row.id == "model-unknown" and known is not None:
        retired = known.shutdown is not None and known.shutdown.isoformat() <= _today(context)
        return rows()["model-unknown" if retired else "model-no-access"]
    return row


def _accounts_differ(context: Context) -> bool:
    stored = context.login.stored_account if context.login is not None else None
    own = context.claims.account if context.claims is not None else None
    return stored is not None and own is not None and plain(stored) != plain(own)


def few(names: Iterable[str]) -> str:
    """Names that a host gave, as many as can be read: it may give any number, each of any length."""
    shown = [" ".join(name.split())[:120] for name in islice(names, _FEW + 1)]
    return ", ".join(shown[:_FEW]) + (", and more" if len(shown) > _FEW else "")


def _today(context: Context) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(context.host.now(), UTC).date().isoformat()


def refused(context: Context, answer: Answer, *, status: Status = Status.FAIL, expected: str) -> Outcome:
    """The outcome of a question that was answered with a refusal or not at all."""
    row = explain(context, answer)
    return Outcome(
        status=status,
        summary=f"{row.title}: {answer.describe()}{_request(answer)}",
        measured=answer.describe(),
        expected=expected,
        symptom=row.id,
        remedy=remedies(context, row),
    )


def side(context: Context, answer: Answer, *, what: str, expected: str) -> Outcome:
    """The outcome of a question beside the image that was refused. It is no cause: where the image surface is refused
    in the same way, `scopes.images` says so and what helps; where it is not, nothing has to be mended for images."""
    alike = answer.describe() == context.learned.refused
    told = "is refused in the same way as the image surface" if alike else f"could not be asked: {answer.describe()}"
    return Outcome(
        status=Status.WARN, summary=f"{what} {told}{_request(answer)}", measured=answer.describe(), expected=expected
    )


def _request(answer: Answer) -> str:
    return f" (request {answer.request_id})" if answer.request_id else ""


def remedies(context: Context, row: Row) -> tuple[str, ...]:
    """What to do about a row, and on a route with a login what to type; shown, never run."""
    if not context.kind.login:
        return (row.better_move,)
    match row.command:
        case "log-in-again":
            return (row.better_move, *login_again(context, context.login))
        case "renew":
            return (row.better_move, *renew(context, context.login))
        case "other-surface":
            other = next(name for name in CODEX if name != context.kind.name)
            return (row.better_move, rerun(context, "--route", other))
        case "images-surface" if context.kind.name != _IMAGES_ALONE:
            move, note = row.better_move, ""
            if row.branch == "model_reference":
                move, note = f"{move} In force: {in_force()}.", "   # no text model carries the request there"
            return (move, rerun(context, "--route", _IMAGES_ALONE) + note)
        case "ask-with-curl":
            # In a sandbox the host is one that is gone when this is read.
            base = context.kind.base_url if context.target.sandbox else context.target.base_url
            return (
                row.better_move,
                f"curl -sSI {shlex.quote(base)}   # an HTML answer here as well: the network, and not the login",
            )
        case _:
            return (row.better_move,)


def in_force() -> str:
    """The text models that can carry the image tool by the dated table, and the day of the table."""
    from diagnose.capabilities.codex import carriers

    found = [row for row in carriers() if row.retired is None]
    return f"{', '.join(row.id for row in found)} (table as of {max(row.as_of for row in found)})"


@declare(
    "scopes.claims",
    "Scopes of the login",
    cost=Cost.OFFLINE,
    needs=["credentials.source", "credentials.kind"],
    routes=CODEX,
)
def claims(context: Context) -> Outcome:
    """What the token says that it may do; on this surface no image scope is asked for."""
    from diagnose.machine.surfaces import surfaces_of

    said, login = context.claims, context.login
    assert login is not None
    if said is None or said.form != "jwt":
        return skip("the token says nothing of itself; only the host can tell what it may do")
    rows = {row.id: row for row in surfaces_of(login.kind, said.plan)}
    here = rows[context.kind.name]
    carries = f"client {said.client_id or 'not named'}, scopes {' '.join(said.scopes) or 'none'}"
    summary = f"{carries}, by the token's own claims (not verified). {here.why}"
    if here.can == "yes":
        return Outcome(status=Status.PASS, summary=summary)
    return Outcome(
        status=Status.WARN, summary=summary, measured=carries, expected="a login of a plan that makes images"
    )


@declare(
    "scopes.model",
    "Model listed",
    cost=Cost.FREE,
    needs=["credentials.source", "credentials.kind"],
    routes=["openai-images"],
)
def model(context: Context) -> Outcome:
    """Whether the host lists the model for this key, and with which shutdown date."""
    reply = context.asking().get(f"/models/{context.claim.model_id}")
    answer = reply.answer
    if not answer.ok or not isinstance(reply.payload, dict):
        expected = f"{context.claim.model_id} in the list of models"
        return refused(context, answer, status=Status.WARN, expected=expected)
    listed = str(reply.payload.get("id", ""))
    shutdown = reply.payload.get("shutdown_date")
    if listed != context.claim.model_id:
        return Outcome(
            status=Status.WARN,
            summary=f"asked for {context.claim.model_id}, the host describes {listed or 'nothing'}",
            measured=listed or "no id",
            expected=context.claim.model_id,
            symptom="another-model" if listed else "not-json",
        )
    witness = Witness(
        dimension="model",
        value=f"the host lists {listed} for this key",
        source="body",
        strength=1,
        agrees=True,
        check="scopes.model",
    )
    if isinstance(shutdown, str):
        return Outcome(
            status=Status.WARN,
            summary=f"{listed} is listed, with the shutdown date {shutdown}",
            measured=shutdown,
            expected="no shutdown date",
            symptom="model-retiring",
            witnesses=(witness,),
        )
    return Outcome(status=Status.PASS, summary=f"{listed} is listed for this key", witnesses=(witness,))


@declare(
    "scopes.images",
    "Image scope",
    cost=Cost.FREE,
    needs=["credentials.source", "credentials.kind"],
    unless=["credentials.expiry"],
)
def images(context: Context) -> Outcome:
    """Whether the credential may make images: a request that holds nothing to draw must be refused for that alone."""
    body = context.kind.refusable(context.claim)
    reply = context.asking().refuse_me(body, may_bill=not context.target.at_vendor)
    answer = reply.answer
    expected = "400 that names n, because zero images were asked for"
    if context.kind.login:
        expected = "a 400 about the empty request, which shows that the login is accepted"
    if answer.ok and "html" not in answer.content_type:
        return answered(context, "scopes.images", reply, expected)
    if answer.status in {400, 422} and answer.param == "n":
        accepted = "the login is" if context.kind.login else "key, scope and model are"
        return Outcome(status=Status.PASS, summary=f"{accepted} accepted: only n was refused")
    if answer.status in {400, 422} and explain(context, answer).id in {"bad-parameter", "unclassified-refusal"}:
        return Outcome(
            status=Status.PASS,
            summary=f"the {'login' if context.kind.login else 'key'} reaches the validation of the body "
            f"({answer.describe()})",
        )
    context.learned.refused = answer.describe()
    return refused(context, answer, expected=expected)


def answered(context: Context, check: str, reply: Reply, expected: str) -> Outcome:
    """The outcome of a request that nobody may accept and that was answered with success."""
    if not _holds_image(reply):
        return Outcome(
            status=Status.FAIL,
            summary="a request that had to be refused was answered with success and without an image",
            measured="success",
            expected=expected,
            symptom="not-json" if reply.payload is None else "no-image",
        )
    own = capabilities.hosts_of(context.claim.provider)
    where = f"{context.target.host}:{context.target.port}"
    value = f"{where} answered a request for zero images with an image, which may have been billed"
    return Outcome(
        status=Status.FAIL,
        summary=value,
        measured="an image",
        expected=expected,
        symptom="control-answered",
        remedy=(rerun(context, "--no-spend", "--base-url", context.kind.base_url),) if own else (),
        witnesses=(
            Witness(dimension="provider", value=value, source="control", strength=2, agrees=False, check=check),
        ),
    )


def _holds_image(reply: Reply) -> bool:
    """Whether there is an image in an answer of the Images API's or the Responses API's shape, streamed or whole."""
    body = reply.exchange.body if reply.exchange is not None else b""
    if b'"image_generation_call"' in body and _RESULT.search(body) is not None:
        return True
    data = reply.payload.get("data") if isinstance(reply.payload, dict) else None
    return isinstance(data, list) and any(
        isinstance(item, dict) and (item.get("b64_json") or item.get("url")) for item in data
    )
