"""From an order for one image to the file: proof first, then the request, then the judgement of what came."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from checks.credentials import not_to_send
from checks.scopes import remedies
from diagnose import capabilities, proof
from diagnose.cli.asking import asking, check_route, named
from diagnose.cli.money import NO_DOLLARS
from diagnose.cli.problems import UsageProblem
from diagnose.cli.progress import Progress
from diagnose.cli.record import WITNESS_FIELDS, Order, Standing, cost_of, record, when
from diagnose.cli.session import Session, opened
from diagnose.cli.typed import Options
from diagnose.generation.single import Made, NotMade, Placed, make, sidecar_path
from diagnose.images.save import OutputPathError, check_writable
from diagnose.machine.host import Host
from diagnose.matrix import classify, rows
from diagnose.model.check import Status
from diagnose.model.claim import Claim, Parameters
from diagnose.model.verdict import EXIT_CODES, ExitCode, Verdict
from diagnose.model.witness import Witness
from diagnose.routes.received import OWNER_HEADERS
from reports.text import clean


def carry_out(order: Order, options: Options, host: Host) -> ExitCode:
    """Carry out an order. Raises UsageProblem before anything is sent; prints the result on stdout."""
    try:
        check_writable(order.path, overwrite=order.force)
        check_writable(sidecar_path(order.path), overwrite=order.force)
    except OutputPathError as error:
        raise UsageProblem(f"-o {error}" + (" Say --force to replace it." if _taken(order.path) else "")) from error
    if not (options.no_fallback or order.unproven):
        raise UsageProblem(
            "without --no-fallback nothing can be proven, so no image is asked for; add --no-fallback, or --unproven "
            "to have the image without a proof"
        )
    progress = Progress()
    # The image is asked for directly, so the proof is that of the direct route.
    with opened(replace(options, max_cost=None, through="direct"), host, progress.say) as session:
        check_route(order, session)
        claim = _claim(order, session)
        _check_cost(order, options, session, claim)
        standing = Standing() if order.unproven else _proof(order, session, claim, progress)
        if isinstance(standing, ExitCode):
            return standing
        return _generate(order, session, claim, standing, progress)


def _taken(path: Path) -> bool:
    try:
        return path.is_file() or (bool(path.name) and sidecar_path(path).is_file())
    except (OSError, ValueError):  # no name that the system accepts
        return False


def _claim(order: Order, session: Session) -> Claim:
    claim = session.context.claim
    parameters = Parameters(
        size=order.size or claim.parameters.size,
        quality=order.quality or claim.parameters.quality,
        background=order.background or claim.parameters.background,
        format=order.format,
    )
    problem = capabilities.size_problem(parameters.size, capabilities.find_model(claim.model_id))
    if problem is not None:
        raise UsageProblem(f"--size: {problem}. Nothing was sent")
    if parameters.background == "transparent" and parameters.format == "jpeg":
        raise UsageProblem("--background transparent and --format jpeg contradict each other: jpeg has no alpha")
    typed = {"size": order.size, "quality": order.quality, "background": order.background, "format": order.format}
    named = {name for name, value in typed.items() if value is not None}
    return replace(claim, parameters=parameters, typed=claim.typed | named)


def _check_cost(order: Order, options: Options, session: Session, claim: Claim) -> None:
    if options.max_cost is None:
        return
    if session.context.kind.login:
        if options.max_cost and options.max_cost_from != "--max-cost":
            return  # left in the environment, for keys
        raise UsageProblem(f"{options.max_cost_from}: {NO_DOLLARS}; leave it out. Nothing was sent")
    one = capabilities.ceiling_usd(capabilities.find_model(claim.model_id), claim.parameters, order.prompt)
    smoke = 0.0 if order.unproven else session.context.ceiling_usd
    if one is None or smoke is None:
        raise UsageProblem(f"--max-cost: no dated price is known for {claim.model_id}, so no limit can be kept")
    if one + smoke > options.max_cost:
        raise UsageProblem(
            f"the image can cost ${one:.4f} and the smoke ${smoke:.4f}, more than --max-cost {options.max_cost:g}. "
            "Nothing was sent"
        )


def _ceiling(order: Order, session: Session, claim: Claim) -> str:
    if session.context.kind.login:
        return "it counts against the usage of the ChatGPT plan, or its credits"
    ceiling = capabilities.ceiling_usd(capabilities.find_model(claim.model_id), claim.parameters, order.prompt)
    return "the price is not known" if ceiling is None else f"at most ${ceiling:.4f}"


def _proof(order: Order, session: Session, claim: Claim, progress: Progress) -> Standing | ExitCode:
    """A stored proof, or a new one; an exit code when the route is not proven."""
    from diagnose.cli.proving import announce, run_checks, selected

    stored = _stored(session, progress)
    if stored is not None:
        return stored
    everything = selected(session)
    announce(session, progress, everything)
    progress.say(
        f"that is for the proof; the image that was ordered comes on top of it: {_ceiling(order, session, claim)}"
    )
    report = run_checks(session, everything, progress)
    if report.verdict is not Verdict.PROVEN:
        from reports.table import render

        sys.stdout.write(render(report))
        overrides = " (--unproven overrides)" if report.verdict is Verdict.UNPROVEN else ""
        sys.stdout.write(f"\nyour image was not asked for: the route is not proven{overrides}\n")
        return report.exit_code
    witnesses = tuple(w for w in report.witnesses if not w.check.startswith("served."))
    known = session.context.learned.owner_headers
    return Standing(witnesses=witnesses, owner_headers=known, at=report.generated_at.timestamp())


def _stored(session: Session, progress: Progress) -> Standing | None:
    if session.embedded:
        return None
    import sqlite3

    from diagnose.cli.proving import key_of
    from diagnose.history import History, state_folder

    host = session.context.host
    try:
        past = History(state_folder(host.env)).proof(key_of(session), now=host.now())
        if past is None:
            return None
        witnesses = _witnesses(past.report)
    except (OSError, sqlite3.Error, ValueError) as error:
        progress.say(f"note: the history cannot be read, so the checks run again: {error}")
        return None
    named = str((past.report.get("served") or {}).get("owner") or "")
    known = {OWNER_HEADERS[part.startswith("proj_")]: part for part in named.split(", ") if part}
    return Standing(witnesses=witnesses, owner_headers=known, at=past.at, stored=True)


def _witnesses(report: Mapping[str, Any]) -> tuple[Witness, ...]:
    """The witnesses of a stored report but the smoke's own. Raises ValueError when it is no report of ours."""
    try:
        found = [Witness(**{name: row[name] for name in WITNESS_FIELDS}) for row in report["witnesses"]]
    except (KeyError, TypeError) as error:
        raise ValueError("the stored report is damaged") from error
    for w in found:
        if not (isinstance(w.value, str) and isinstance(w.check, str) and isinstance(w.agrees, bool)):
            raise ValueError("the stored report is damaged")  # noqa: TRY004
    if not found:
        raise ValueError("the stored report holds no witness")
    return tuple(w for w in found if not w.check.startswith("served."))


def _generate(order: Order, session: Session, claim: Claim, standing: Standing, progress: Progress) -> ExitCode:
    context = session.context
    if context.route is None:
        what = (
            "login was found; run `codex login`"
            if context.kind.login
            else ("API key was found; export OPENAI_API_KEY, or set it in the OpenClaw config")
        )
        raise UsageProblem(f"no {what}")
    if context.kind.login and (why := not_to_send(context)) is not None:
        raise UsageProblem(f"the login {why} Nothing was sent")
    cost = _ceiling(order, session, claim)
    asked = claim.parameters
    progress.say(
        f"asking {context.target.host} for {named(order)} ({asked.size} {asked.quality} {asked.background} "
        f"{asked.format}): {cost}" + ("; WITHOUT A PROOF of the route (--unproven)" if order.unproven else "")
    )
    judged: list[proof.Judgement] = []

    def sidecar(made: Made, path: Path) -> str:
        judged[:] = [_judge(session, claim, standing, made)]
        return record(order, session, claim, standing, made, judged[0], path)

    paid_before = session.ledger.billable
    try:
        made = make(
            asking(order, context.route, claim),
            kind=context.kind,
            claim=claim,
            target=context.target,
            path=order.path,
            overwrite=order.force,
            owner_headers=standing.owner_headers,
            model_checked=any(w.check == "controls.bogus_model" and w.agrees for w in standing.witnesses),
            sidecar=sidecar,
            tell=progress.say,
        )
    except (KeyboardInterrupt, SystemExit):
        if session.ledger.billable > paid_before:
            progress.say("the request for the image was on its way: it may have been billed")
        raise
    except OSError as error:
        return _not_written(order, session, progress, error, asked=session.ledger.billable > paid_before)
    if isinstance(made, NotMade):
        return _not_made(session, made)
    return _made(order, session, standing, made, judged[0] if judged else None)


def _not_written(order: Order, session: Session, progress: Progress, error: OSError, *, asked: bool) -> ExitCode:
    """The disk refused the image: a usage problem only as long as nothing at all has been sent."""
    said = f"{order.path}: cannot be written: {error.strerror or error}"
    if not session.ledger.requests:
        raise UsageProblem(said) from error
    progress.say(f"error: {said}. " + ("The image may have been billed" if asked else "No image was asked for"))
    return ExitCode.BROKEN if asked else ExitCode.UNPROVEN


def _judge(session: Session, claim: Claim, standing: Standing, made: Made) -> proof.Judgement:
    outcomes = made.outcomes.values()
    costly = [outcome for outcome in outcomes if outcome.costs_proof]
    return proof.judge(
        claim=claim,
        requirements=session.context.kind.requirements(claim),
        witnesses=[*standing.witnesses, *(w for outcome in outcomes for w in outcome.witnesses)],
        smoke=proof.Smoke.IMAGE,
        failures=[outcome.summary for outcome in outcomes if outcome.status is Status.FAIL],
        errors=[name for name, outcome in made.outcomes.items() if outcome.status is Status.ERROR],
        doubts=[outcome.summary for outcome in costly if outcome.symptom],
        costs=[outcome.summary for outcome in costly],
    )


def _not_made(session: Session, made: NotMade) -> ExitCode:
    row = rows().get(made.problem) or classify(made.shot.answer)
    if session.context.kind.login and row.of_login:
        row = rows()[row.of_login]
    ledger = session.ledger
    lines = [
        f"BROKEN  no image came: {row.title}: {made.detail}",
        f"branch {row.branch}, action {row.action}: {row.better_move}",
        *(f"type: {command}" for command in remedies(session.context, row)[1:]),
    ]
    if ledger.unknown:
        lines.append("what became of the request is not known: it may have been billed, and was not sent again")
    lines.append("nothing was written")
    _print(session, lines)
    return ExitCode.BROKEN


def _made(
    order: Order, session: Session, standing: Standing, placed: Placed, judgement: proof.Judgement | None
) -> ExitCode:
    cost = cost_of(session.context.claim, placed.shot)
    paid = "paid by the plan" if session.context.kind.login else "cost not known" if cost is None else f"${cost:.4f}"
    if placed.made is None or judgement is None:
        _print(
            session, [f"UNPROVEN  {placed.path}  {paid}", *(f"  - {p}" for p in placed.problems), "the image was kept"]
        )
        return ExitCode.UNPROVEN
    image, verdict = placed.made.image, judgement.verdict
    accepted = order.unproven and verdict is Verdict.UNPROVEN  # that it is unproven was accepted with --unproven
    lines = [f"{verdict.value.upper()}  {placed.path}  {image.format} {image.pixels}, {image.size:,} bytes, {paid}"]
    lines += [f"  - {sentence}" for sentence in placed.problems]
    if session.scenario is not None:
        lines.append("sandbox run: nothing real was asked or paid, and nothing is proven about production")
    if order.unproven:
        lines.append("made without a proof of the route (--unproven)")
    if verdict is not Verdict.PROVEN and not accepted:
        lines += [f"  - {sentence}" for sentence in judgement.because]
    if verdict is Verdict.CONTRADICTED:
        lines.append("the image was kept and is labelled; do not hand it on as what was claimed")
    if standing.at is not None:
        lines.append(f"proof of {when(standing.at)}" + (" (stored)" if standing.stored else " (this run)"))
    lines.append(f"record: {placed.record}" if placed.record else "record: none")
    _print(session, lines)
    code = ExitCode.OK if accepted else EXIT_CODES[verdict]
    return max(code, ExitCode.UNPROVEN) if placed.problems else code


def _print(session: Session, lines: Sequence[str]) -> None:
    sys.stdout.write("".join(clean(session.redactor.text(line)) + "\n" for line in lines))
