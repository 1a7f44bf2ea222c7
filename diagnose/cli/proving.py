"""Running the checks of one route and concluding: what `run` shows and `generate` relies on."""

from collections.abc import Iterable

import checks
from checks.codex_account import sent_account
from checks.context import Context
from diagnose import runner
from diagnose.cli.conclude import OPENCLAW_SMOKE, conclude, smoke_of, smoke_state, without_image
from diagnose.cli.problems import UsageProblem
from diagnose.cli.progress import Progress
from diagnose.cli.session import Session, opened
from diagnose.cli.typed import Options
from diagnose.history import History, claim_key, state_folder
from diagnose.machine.host import Host
from diagnose.model.check import Cost
from diagnose.model.report import Report
from diagnose.model.verdict import Verdict
from diagnose.proof import Smoke


def prove(
    options: Options,
    host: Host,
    progress: Progress,
    *,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
) -> Report:
    """Open the route, run the checks, store the result. Raises UsageProblem before anything is sent."""
    with opened(options, host, progress.say) as session:
        selection = selected(session, only, skip)
        if options.dry:
            mine = checks.checks_of(session.context.kind.name)
            selection = runner.leave_out(mine, selection, Cost.FREE, "--dry: nothing leaves this machine")
        announce(session, progress, selection)
        return run_checks(session, selection, progress)


def selected(session: Session, only: Iterable[str] = (), skip: Iterable[str] = ()) -> runner.Selection:
    """The selection of the route's checks; a name that is none of them is a usage problem."""
    try:
        return runner.select(checks.checks_of(session.context.kind.name), only, skip)
    except runner.SelectionError as error:
        raise UsageProblem(str(error)) from error


def announce(session: Session, progress: Progress, selection: runner.Selection) -> None:
    """Say what is claimed and what it can cost, before anything is sent."""
    context, claim = session.context, session.context.claim

    def say(text: str) -> None:
        progress.say(session.redactor.text(text))

    if session.scenario is not None:
        deadline = f", deadline {session.timeout:g} s" if session.options.timeout else ""
        say(f"sandbox run, scenario {session.scenario}{deadline}; nothing real is asked or paid")
    asked = claim.parameters
    say(
        f"claim: {claim.model} by {claim.route} at {context.target.base_url}, fallback {claim.fallback}, "
        f"{asked.size} {asked.quality} {asked.background} {asked.format}"
    )
    smoke = smoke_of(context)
    declined = context.openclaw_declined if context.mode == "openclaw" else context.declined
    if context.openclaw is not None:
        say(f"OpenClaw {context.openclaw.program.installation.shown} is {_part(context, selection)}")
    if declined is not None or smoke in selection.left_out:
        say(f"no image will be asked for: {declined or selection.left_out[smoke]}")
    elif context.kind.login and context.ceiling_usd is None:
        say(
            "one image will be asked for: it counts against the usage of the ChatGPT plan, or its credits, and has "
            "no price in dollars"
        )
    elif context.ceiling_usd is None:
        say("one image may be paid; no price of it is known")
    else:
        two = context.mode == "both" and context.openclaw_declined is None and OPENCLAW_SMOKE not in selection.left_out
        say(
            f"{'two images' if two else 'one image'} may be paid: at most ${context.ceiling_usd:.4f} "
            f"(limit --max-cost {session.max_cost:g})"
        )


def _part(context: Context, selection: runner.Selection) -> str:
    """What OpenClaw has to do in this run."""
    if context.openclaw_declined is not None or OPENCLAW_SMOKE in selection.left_out:
        return "looked at, and asked for no image"
    watched = " and watched by a tap" if context.openclaw is not None and context.openclaw.tap else ""
    return ("asked for the image" if context.mode == "openclaw" else "asked for an image besides") + watched


def run_checks(session: Session, selection: runner.Selection, progress: Progress) -> Report:
    """Run the selected checks on an opened session and keep the result in the history."""
    try:
        finished = runner.run(
            checks.checks_of(session.context.kind.name),
            session.context,
            selection=selection,
            clock=session.context.host.monotonic,
            listen=progress.listen,
        )
        notes = []
        if selection.filtered:
            notes.append(f"this run was filtered: {len(selection.left_out)} of {len(finished)} checks were left out")
        report = conclude(session, finished, notes=notes)
        _remember(session, report, progress, filtered=selection.filtered)
    except (KeyboardInterrupt, SystemExit):
        if session.ledger.billable:
            progress.say("the smoke image had been asked for: it may have been billed")
        raise
    return report


def _remember(session: Session, report: Report, progress: Progress, *, filtered: bool) -> None:
    """Store the run. An embedded sandbox has a new key each time, so its proof could never be asked for again."""
    if session.embedded:
        return
    from reports.json_v1 import render

    try:
        History(state_folder(session.context.host.env)).record(
            at=report.generated_at.timestamp(),
            key=key_of(session),
            verdict=report.verdict,
            conclusive=conclusive(report, filtered=filtered, smoke=smoke_of(session.context)),
            report=render(without_image(report)),
        )
    except Exception as error:  # whatever it is: the verdict is paid for, and worth more than its copy
        progress.say(f"note: this run could not be stored: {error}")


def conclusive(report: Report, *, filtered: bool, smoke: str) -> bool:
    """Whether a run settles anything for later ones.

    What speaks against the route always does. A run that asked for no image by choice does not, and neither
    does the proof of a filtered run: nobody can say what the left-out checks would have found.
    """
    if report.verdict in {Verdict.CONTRADICTED, Verdict.BROKEN}:
        return True
    return not filtered and smoke_state(report.checks, smoke) is not Smoke.DECLINED


def key_of(session: Session) -> str:
    """What identifies the claim of a session in the history."""
    context = session.context
    return claim_key(
        context.claim,
        base_url=context.target.base_url,
        fingerprint=context.credential.secret.fingerprint if context.credential else "",
        sandbox=session.scenario is not None,
        through="openclaw" if context.mode == "openclaw" else "",
        account=sent_account(context) or "" if context.kind.login else "",
    )
