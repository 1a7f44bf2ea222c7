"""From finished checks to the Report: verdict, what was served, the symptoms, the contract, and what to do next."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import checks
from checks.context import Context
from diagnose import __version__, matrix, proof
from diagnose.cli.again import generate_words, run_words
from diagnose.cli.contract import contract_of
from diagnose.cli.openclaw_report import openclaw_part, proxy_notes
from diagnose.cli.serving import served_by
from diagnose.cli.session import Session
from diagnose.model.check import Finished, Status
from diagnose.model.claim import Claim, Parameters
from diagnose.model.report import Report, Spend, Symptom
from diagnose.model.verdict import Verdict

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
    served = served_by(context, judgement, asked=session.ledger.requests > 0)
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
        contract=contract_of(session, judgement, served, symptoms),
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
