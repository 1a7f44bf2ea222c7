"""From finished checks to the Report: verdict, what was served, the symptoms, the contract, and what to do next."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import checks
from checks.context import Context
from diagnose import __version__, matrix, proof
from diagnose.cli.again import generate_words, run_words
from diagnose.cli.openclaw_report import openclaw_part, proxy_notes
from diagnose.cli.session import Session
from diagnose.model.check import Finished, Status
from diagnose.model.claim import Claim, Parameters
from diagnose.model.report import ContractRow, CredentialFacts, Report, Served, Spend, Symptom
from diagnose.model.verdict import Verdict
from diagnose.model.witness import Witness
from diagnose.routes.served import served_model

SMOKE = "smoke.generation"
OPENCLAW_SMOKE = "smoke.openclaw"
_OPENCLAW_CHECKS = frozenset(
    {OPENCLAW_SMOKE, "smoke.dry", "served.openclaw", "served.request", "served.file", "served.credential"}
    | {"environment.validation", "environment.stores", "credentials.openclaw", "credentials.login"}
)
"""Checks that look at OpenClaw's side of a run whose image was asked for directly."""


def smoke_of(context: Context) -> str:
    """The check whose image the claim is about."""
    return OPENCLAW_SMOKE if context.mode == "openclaw" else SMOKE


def conclude(session: Session, finished: Sequence[Finished], *, notes: Sequence[str] = ()) -> Report:
    """The finished report, redacted and ready for every renderer."""
    context = session.context
    rows = list(finished)
    judgement = proof.judge(
        claim=context.claim,
        requirements=context.kind.requirements(context.claim),
        witnesses=[w for row in rows for w in row.outcome.witnesses],
        smoke=smoke_state(rows, smoke_of(context), needs_of(context)),
        failures=[f"{r.outcome.summary}" for r in rows if r.outcome.status is Status.FAIL],
        errors=[r.check_id for r in rows if r.outcome.status is Status.ERROR],
        doubts=[r.outcome.summary for r in rows if r.outcome.costs_proof and r.outcome.symptom],
        costs=[r.outcome.summary for r in rows if r.outcome.costs_proof],
        declined_because=_declined_because(rows, context),
    )
    symptoms = tuple(_symptoms(rows))
    served = _served(context, judgement, asked=session.ledger.requests > 0)
    report = Report(
        tool_version=__version__,
        generated_at=datetime.fromtimestamp(context.host.now(), UTC),
        sandbox=session.scenario,
        claim=context.claim,
        base_url=context.target.base_url,
        verdict=judgement.verdict,
        because=judgement.because,
        served=served,
        witnesses=judgement.witnesses,
        requirements=context.kind.requirements(context.claim),
        checks=tuple(rows),
        symptoms=symptoms,
        spend=Spend(
            ceiling_usd=0.0 if session.options.no_spend and not session.ledger.billable else context.ceiling_usd,
            requests=session.ledger.requests,
            billable_requests=session.ledger.billable,
            unknown_requests=session.ledger.unknown,
        ),
        contract=_contract(session, judgement, served, symptoms),
        next=_next(session, judgement.verdict, rows, symptoms),
        notes=(*session.notes, *proxy_notes(context), *notes),
        openclaw=openclaw_part(context),
        image=context.learned.image,
        image_facts=context.learned.facts,
    )
    return session.redactor.tree(report)


def needs_of(context: Context) -> tuple[str, ...]:
    """The checks of which none may have failed when an image is asked for."""
    smoke = next(check for check in checks.checks_of(context.kind.name) if check.id == smoke_of(context))
    return (*smoke.needs, *smoke.unless)


def smoke_state(rows: Sequence[Finished], smoke_id: str = SMOKE, needs: Sequence[str] = ()) -> proof.Smoke:
    """What became of the smoke, as the proof rules ask. Left out by a filter, it is prevented by a failed check of
    `needs` all the same: nobody would have asked for an image then."""
    by_id = {row.check_id: row for row in rows}
    smoke = by_id[smoke_id].outcome
    if smoke.status in {Status.PASS, Status.WARN}:
        return proof.Smoke.IMAGE
    if smoke.status is Status.FAIL:
        return proof.Smoke.NO_IMAGE
    cause = by_id.get(smoke.skipped_because or "")
    if smoke.status is Status.SKIP and cause is not None and cause.outcome.status is Status.FAIL:
        return proof.Smoke.PREVENTED
    if smoke.status is Status.SKIP and any(by_id[need].outcome.status is Status.FAIL for need in needs):
        return proof.Smoke.PREVENTED
    return proof.Smoke.DECLINED


def _declined_because(rows: Sequence[Finished], context: Context) -> str:
    declined = context.openclaw_declined if context.mode == "openclaw" else context.declined
    if declined is not None:
        return declined
    smoke = next(row for row in rows if row.check_id == smoke_of(context)).outcome
    return (
        smoke.summary if smoke.status is not Status.ERROR else "the smoke check itself failed; it may have been asked"
    )


def _symptoms(rows: Sequence[Finished]) -> list[Symptom]:
    """The matrix rows that applied, the cause to act on first: failures, then what costs the proof, then hints."""
    seen = [row for row in rows if row.outcome.symptom is not None]

    def weight(row: Finished) -> int:
        if row.outcome.status is Status.FAIL:
            return 0
        return 1 if row.outcome.costs_proof else 2

    ordered = sorted(seen, key=weight)
    found: dict[str, Symptom] = {}
    for row in ordered:
        symptom = row.outcome.symptom
        if symptom is not None and symptom not in found:
            found[symptom] = matrix.rows()[symptom].symptom(row.check_id)
    return list(found.values())


def _served(context: Context, judgement: proof.Judgement, *, asked: bool) -> Served:
    """Who and what answered. A dimension is filled from a witness that carries it, never from the request."""
    weighed = judgement.witnesses
    learned = context.learned
    facts = learned.facts
    rooted = _carried("provider", weighed)
    against = [w for w in weighed if w.dimension == "provider" and not w.agrees]
    shot = learned.shot
    peer = shot.exchange.peer if shot is not None and shot.exchange is not None else None
    body = shot.body if shot is not None else {}
    echoed = {
        name: value
        for name in ("size", "quality", "background", "output_format")
        if isinstance(value := body.get(name), str)
    }
    # The free probes tell who owns the key; whose image OpenClaw brought only its own answer does.
    owners = list(learned.owner_headers.values()) if context.mode != "openclaw" or shot is not None else []
    owners += [learned.account] if learned.account is not None else []
    through = learned.through.served if learned.through is not None and context.mode == "openclaw" else None
    tapped = f"{through.method} {through.path}" if through else None
    return Served(
        provider=f"not {context.claim.provider}" if against else (context.claim.provider if rooted else None),
        host=f"{peer.host}:{peer.port}" if peer else through.target.shown if through else None,
        surface=_surface(weighed) if peer else tapped,
        credential=_credential(context) if asked else None,
        owner=", ".join(owners) or None,
        model=_model(context),
        parameters=echoed,
        pixels=facts.pixels if facts else None,
        alpha=facts.alpha if facts else None,
        sha256=facts.sha256 if facts else None,
    )


def _credential(context: Context) -> CredentialFacts | None:
    """The credential that was sent with the image request: ours, or the one of OpenClaw if the tap saw it."""
    if context.mode == "openclaw":
        through = context.learned.through.served if context.learned.through is not None else None
        if through is None or through.credential is None:
            return None
        return CredentialFacts(
            kind=through.credential.form, fingerprint=through.credential.fingerprint, source="OpenClaw's own request"
        )
    if context.credential is None:
        return None
    found = context.credential
    return CredentialFacts(kind=found.kind.id, fingerprint=found.secret.fingerprint, source=found.source)


def _model(context: Context) -> str | None:
    """The model that served, as far as a witness says so; never the requested one."""
    if context.learned.shot is None or context.learned.facts is None:
        return None
    return served_model(context.received())


def _surface(weighed: Sequence[Witness]) -> str | None:
    best = proof.strongest(weighed).get("surface")
    return best.value if best is not None else None


def _carried(dimension: str, weighed: Sequence[Witness]) -> bool:
    return any(w.dimension == dimension and w.agrees and w.strength >= 3 for w in weighed)


def _contract(
    session: Session, judgement: proof.Judgement, served: Served, symptoms: Sequence[Symptom]
) -> tuple[ContractRow, ...]:
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


def _next(session: Session, verdict: Verdict, rows: Sequence[Finished], symptoms: Sequence[Symptom]) -> tuple[str, ...]:
    options, claim, login = session.options, session.context.claim, session.context.kind.login
    through = session.context.mode == "openclaw"
    again = f"routecheck run {run_words(options, claim, login=login, openclaw=through)}"
    ordered = f'routecheck generate "YOUR PROMPT" {generate_words(options, claim, login=login)}'
    if verdict is Verdict.PROVEN and session.scenario is None and through:
        made = f"openclaw infer image generate --model {claim.model} --prompt 'YOUR PROMPT' --output image.png"
        return (made, f"{again} --output contract.html")
    if verdict is Verdict.PROVEN and session.scenario is None:
        return (ordered, f"{again} --output contract.html")
    if verdict is Verdict.PROVEN:
        if options.sandbox_at:
            return (ordered,)
        real = "routecheck run --no-fallback" + (f" --route {session.context.kind.name}" if login else "")
        first = "routecheck token" if login else "export OPENAI_API_KEY=YOUR_KEY"
        return (first, f"{real} --no-spend", real)
    cause = next((row for row in rows if symptoms and row.check_id == symptoms[0].check), None)
    commands = [r for r in (cause.outcome.remedy if cause else ()) if _is_command(r)]
    if session.scenario is not None:  # what would mend a made-up machine must not be typed on this one
        commands = [c if c.startswith("routecheck ") else f"# on a real machine: {c}" for c in commands]
    if through and not options.tap and session.scenario is None:
        again += " --tap"
    if session.context.mode == "both" and cause is not None and cause.check_id in _OPENCLAW_CHECKS:
        commands.append(f"{again} --through direct   # if OpenClaw is none of your business here")
    if symptoms and symptoms[0].id == "control-answered":
        return tuple(commands)  # never advise to pay a host once more that bills what nobody may accept
    bad = [row for row in rows if row.outcome.status in {Status.FAIL, Status.ERROR} or row.outcome.costs_proof]
    if options.no_spend and not bad and not session.ledger.unknown and claim.fallback == "forbidden":
        cost = "of the plan's usage" if login else "that can bill"
        return (f"{again}   # every free check is done; this asks for one image {cost}",)
    if options.no_spend or session.ledger.unknown:
        again += " --no-spend"  # what is not known to be unbilled is not asked for a second time
    if options.sandbox is not None:
        again += "   # plays the same again"
    elif verdict is not Verdict.UNPROVEN or symptoms:
        again += "   # when that is mended"
    return tuple(dict.fromkeys([*commands, again]))


def _is_command(text: str) -> bool:
    return text.split(" ", 1)[0] in {"routecheck", "openclaw", "codex", "export", "getent", "curl"}


def without_image(report: Report) -> Report:
    """The report without the image bytes, for where only its words are kept."""
    return replace(report, image=b"")


def known_good(claim: Claim) -> Claim:
    """The claim with the parameters of the smoke."""
    return replace(claim, parameters=Parameters())
