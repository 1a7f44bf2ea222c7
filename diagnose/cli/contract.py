"""The operating contract of a report: what was agreed, what holds it, and when to leave the route."""

from collections.abc import Sequence
from datetime import UTC, datetime

from checks.context import Context
from diagnose import proof
from diagnose.cli.session import Session
from diagnose.model.report import ContractRow, Served, Symptom
from diagnose.model.verdict import Verdict


def contract_of(
    session: Session, judgement: proof.Judgement, served: Served, symptoms: Sequence[Symptom]
) -> tuple[ContractRow, ...]:
    """The six rows of the contract, in the order in which they are read."""
    context = session.context
    claim = context.claim
    when = datetime.fromtimestamp(context.host.now(), UTC)
    if session.scenario is not None:
        proved = f"{judgement.verdict} in a sandbox run, which proves nothing about production"
    elif judgement.verdict is Verdict.PROVEN:
        proved = f"proven on {when:%Y-%m-%d %H:%M} UTC: " + "; ".join(judgement.because)
    else:
        proved = f"none: the run of {when:%Y-%m-%d %H:%M} UTC ended {judgement.verdict}"
    key = served.credential
    owner = f"{key.kind} {key.fingerprint} from {key.source}" if key else "no credential"
    unknown = ", whose account is not known" if context.kind.login else ", whose organisation is not known"
    owner += f", of {served.owner}" if served.owner else unknown
    if symptoms and judgement.verdict is not Verdict.PROVEN:
        branch = f"{symptoms[0].branch} → {symptoms[0].action}: {symptoms[0].better_move}"
    else:
        again = f"routecheck run --no-fallback{f' --route {claim.route}' if context.kind.login else ''}"
        branch = f"the API's own answer with its request id, then {again}"
    return (
        ContractRow(item="Model reference", value=f"{claim.model} at {context.target.base_url}{_asked_by(context)}"),
        ContractRow(item="Auth owner", value=owner),
        ContractRow(item="Route proof", value=proved),
        ContractRow(item="Fallback policy", value=_policy(context)),
        ContractRow(item="Failure branch", value=branch),
        ContractRow(
            item="Switch trigger",
            value=_switch(context),
        ),
    )


def _switch(context: Context) -> str:
    if context.kind.login:
        return (
            "any verdict other than proven; a 401 or 403 that stays after one new login; another account, workspace or "
            "plan; the need for an exact size, quality or model, or for billing to be audited: then OPENAI_API_KEY"
        )
    return "any verdict other than proven; another key, host, model or owner; a shutdown date of the model"


def _policy(context: Context) -> str:
    if context.claim.fallback != "forbidden":
        return "undeclared, so nothing is promised"
    if context.mode == "openclaw":
        return "forbidden during the proof; OpenClaw labels no fallback as one, so its attempts have to be looked at"
    return "forbidden during the proof; a fallback in production is labelled as one"


def _asked_by(context: Context) -> str:
    if context.mode != "openclaw" or context.openclaw is None:
        return ""
    named = "as an agent asks it" if context.openclaw.asked.model is None else "with the model named in the call"
    agent = f", agent {context.openclaw.asked.agent}" if context.openclaw.asked.agent else ""
    return f", through OpenClaw {context.openclaw.program.installation.shown}, {named}{agent}"
