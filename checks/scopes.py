"""What the key may do: asked with requests that cannot bill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from checks.context import Context, declare
from diagnose import capabilities
from diagnose.model.check import Cost, Outcome, Status
from diagnose.model.witness import Witness

if TYPE_CHECKING:
    from diagnose.matrix import Row
    from diagnose.model.answer import Answer


def explain(context: Context, answer: Answer) -> Row:
    """The matrix row of a refusal; a refused model that the table knows as active is a question of access."""
    from diagnose.matrix import classify, rows

    row = classify(answer)
    known = capabilities.find_model(context.claim.model_id)
    if row.id == "model-unknown" and known is not None:
        retired = known.shutdown is not None and known.shutdown.isoformat() <= _today(context)
        return rows()["model-unknown" if retired else "model-no-access"]
    return row


def _today(context: Context) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(context.host.now(), UTC).date().isoformat()


def refused(context: Context, answer: Answer, *, status: Status = Status.FAIL, expected: str) -> Outcome:
    """The outcome of a question that was answered with a refusal or not at all."""
    row = explain(context, answer)
    request = answer.headers.get("x-request-id")
    return Outcome(
        status=status,
        summary=f"{row.title}: {answer.describe()}" + (f" (request {request})" if request else ""),
        measured=answer.describe(),
        expected=expected,
        symptom=row.id,
        remedy=(row.better_move,),
    )


@declare("scopes.model", "Model listed", cost=Cost.FREE, needs=["credentials.source", "credentials.kind"])
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


@declare("scopes.images", "Image scope", cost=Cost.FREE, needs=["credentials.source", "credentials.kind"])
def images(context: Context) -> Outcome:
    """Whether the key may make images: a request for no image must be refused for that and nothing else."""
    reply = context.asking().refuse_me(probe_body(context), may_bill=not context.target.at_vendor)
    answer = reply.answer
    expected = "400 that names n, because zero images were asked for"
    if answer.ok and "html" not in answer.content_type:
        return answered(context, "scopes.images", reply.payload, expected)
    if answer.status in {400, 422} and answer.param == "n":
        return Outcome(status=Status.PASS, summary="key, scope and model are accepted: only n was refused")
    if answer.status in {400, 422} and explain(context, answer).id in {"bad-parameter", "unclassified-refusal"}:
        return Outcome(
            status=Status.PASS,
            summary=f"the key reaches the validation of the body ({answer.describe()})",
        )
    context.learned.refused = answer.describe()
    return refused(context, answer, expected=expected)


def probe_body(context: Context) -> dict[str, Any]:
    """A request that no honest server accepts: it asks for zero images."""
    from diagnose.routes.openai_images import request_body

    return request_body(context.claim, "x", context.claim.parameters) | {"n": 0}


def answered(context: Context, check: str, payload: Any, expected: str) -> Outcome:
    """The outcome of a request that nobody may accept and that was answered with success."""
    data = payload.get("data") if isinstance(payload, dict) else None
    image = isinstance(data, list) and any(
        isinstance(item, dict) and (item.get("b64_json") or item.get("url")) for item in data
    )
    if not image:
        return Outcome(
            status=Status.FAIL,
            summary="a request that had to be refused was answered with success and without an image",
            measured="success",
            expected=expected,
            symptom="not-json" if payload is None else "no-image",
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
        remedy=(f"routecheck run --no-fallback --no-spend --base-url https://{own[0]}/v1",) if own else (),
        witnesses=(
            Witness(dimension="provider", value=value, source="control", strength=2, agrees=False, check=check),
        ),
    )
