"""Options that this model or host does not support: predicted from dated rows, confirmed where that is free."""

from collections.abc import Collection

from checks.context import Context, declare
from diagnose import capabilities
from diagnose.capabilities.codex import advice, pinned
from diagnose.model.check import Cost, Outcome, Status, skip


def refused_for_certain(context: Context) -> list[str]:
    """What the dated table says that the model refuses, where no source says otherwise: size and quality.

    Nothing where they are taken as advice: such a host draws what it likes, and refuses neither.
    """
    row, asked = capabilities.find_model(context.claim.model_id), context.claim.parameters
    if row is None or advice(context.kind.name):
        return []
    problems = []
    if (problem := capabilities.size_problem(asked.size, row)) is not None:
        problems.append(f"size: {problem}")
    if asked.quality not in row.qualities:
        problems.append(f"quality: {asked.quality} is none of {', '.join(row.qualities)}")
    return problems


@declare("parameters.predicted", "Unsupported options, predicted", cost=Cost.OFFLINE)
def predicted(context: Context) -> Outcome:
    """Which of the claimed parameters the dated table says that this model refuses."""
    if advised := advice(context.kind.name):
        return _advised(context, advised)
    row = capabilities.find_model(context.claim.model_id)
    asked = context.claim.parameters
    if row is None:
        return skip(f"no dated row for {context.claim.model_id}")
    problems = refused_for_certain(context)
    if asked.format not in row.formats:
        problems.append(f"format: {asked.format} is none of {', '.join(row.formats)}")
    if asked.background == "transparent" and asked.format == "jpeg":
        problems.append("background: jpeg has no transparency")
    if asked.background == "transparent" and row.transparent != "supported":
        note = f"; {row.transparent_note}" if row.transparent_note else ""
        problems.append(f"background: transparent is {row.transparent} for {row.id}{note}")
    dated = f"(table as of {row.as_of}, {row.source})"
    if problems:
        return Outcome(
            status=Status.WARN,
            summary="; ".join(problems) + f" {dated}",
            measured="; ".join(problems),
            expected="parameters that the model supports",
            symptom="bad-parameter",
        )
    others = "" if row.transparent == "supported" else f"; transparent would be {row.transparent}"
    return Outcome(status=Status.PASS, summary=f"all claimed parameters are supported{others} {dated}")


def _advised(context: Context, advised: Collection[str]) -> Outcome:
    """What is typed is a claim, and the backend promises nothing of it; a transparent background it refuses."""
    claim = context.claim
    asked = claim.parameters
    served = pinned(context.kind.name, claim.model_id)
    row = capabilities.find_model(served.served if served is not None else claim.model_id)
    if asked.background == "transparent" and row is not None and row.transparent == "rejected":
        return Outcome(
            status=Status.WARN,
            summary=f"background: transparent is refused here; {row.transparent_note} (table as of {row.as_of})",
            measured="background: transparent",
            expected="opaque or auto",
            symptom="bad-parameter",
        )
    words = {"format": "output_format"}
    typed = [name for name in ("size", "quality", "background", "format") if name in claim.typed]
    held = [f"{name}={getattr(asked, name)}" for name in typed if words.get(name, name) in advised]
    if held:
        summary = f"{', '.join(held)}: advice to this backend, which may choose others; held against what comes"
    else:
        summary = "nothing was claimed: this backend chooses size, quality and format by itself"
    return Outcome(status=Status.PASS, summary=summary)


@declare(
    "parameters.confirmed",
    "Unsupported options, confirmed",
    cost=Cost.FREE,
    needs=["credentials.source", "credentials.kind", "scopes.images"],
    routes=["openai-images"],
)
def confirmed(context: Context) -> Outcome:
    """Whether the host refuses what it is known to refuse; sent only where the refusal is free for certain."""
    known = capabilities.refused_values(context.claim.provider, context.claim.model_id)
    learned = context.learned
    if not context.target.at_vendor or not known:
        return skip("only the vendor's own host refuses for certain, and only values with a dated row are sent")
    if context.no_spend:
        return skip("--no-spend: these values are sent without n:0, so nothing but the host's refusal keeps them free")
    if refused_for_certain(context):
        return skip("what is claimed is itself refused, so another refusal would tell nothing")
    if not (learned.key_checked and learned.model_checked):
        return skip("this host did not refuse the controls, so nothing else is sent to be refused")
    for row in known:
        # n:0 cannot stand beside these: the vendor looks at n first, and the value would never be reached.
        body = context.kind.request_body(context.claim, "x", context.claim.parameters) | {row.param: row.value}
        answer = context.asking().refuse_me(body, may_bill=True).answer
        if answer.ok:
            return Outcome(
                status=Status.WARN,
                summary=f"{row.param}={row.value} was accepted and may have been billed: the table is out of date",
                measured="success",
                expected=f"{row.code} for {row.param} (measured on {row.as_of})",
            )
        if answer.param != row.param:
            return Outcome(
                status=Status.WARN,
                summary=f"{row.param}={row.value} was not refused as such: {answer.describe()}",
                measured=answer.describe(),
                expected=f"{row.code} for {row.param} (measured on {row.as_of})",
            )
    names = ", ".join(f"{row.param}={row.value}" for row in known)
    return Outcome(status=Status.PASS, summary=f"{names}: refused, as measured on {known[0].as_of}")
