"""The part of a run that goes through the installed OpenClaw: whether there is one, and what it is asked."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from checks.context import Mode
from diagnose import capabilities
from diagnose.cli.problems import UsageProblem
from diagnose.machine.host import Host
from diagnose.machine.openclaw.prediction import Asked, Prediction
from diagnose.machine.openclaw.setting import Setting
from diagnose.model.claim import Claim, Parameters
from diagnose.routes.openai_images import SMOKE_PROMPT, Ledger
from diagnose.routes.target import Target

if TYPE_CHECKING:
    from diagnose.cli.session import Options
    from diagnose.machine.openclaw.program import Program
    from diagnose.routes.openclaw import OpenClaw
    from diagnose.tap.forward import Forward


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """OpenClaw's part. `claim` is the one that its request can be held to; `ceiling_usd` what its image can cost.

    `declined` is the reason why no image is asked for through it, None when one is.
    """

    openclaw: "OpenClaw | None" = None
    mode: Mode = "direct"
    host: str = ""
    claim: Claim
    ceiling_usd: float | None = 0.0
    declined: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How OpenClaw's requests are reached. `stands_for` is the host that a played sandbox stands for."""

    forward: "Forward | None" = None
    stands_for: str | None = None
    attached: bool = False
    """A sandbox was attached to: OpenClaw is its client only if it is configured to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What accompanies every child: the ledger of requests, the limit in seconds, who is told, and what is cleaned."""

    ledger: Ledger
    limit: float
    tell: Callable[[str], None]
    clean: Callable[[str], str]


def part_of(
    options: "Options",
    host: Host,
    setting: Setting,
    claim: Claim,
    target: Target,
    reach: Reach,
    watch: Watch,
) -> Part:
    """Decide whether OpenClaw is asked, and prepare it. Raises UsageProblem when it is wanted and cannot be had."""
    wanted = _wanted(options)
    if wanted == "direct" or (wanted == "auto" and (setting.installation is None or _elsewhere(options, reach))):
        return Part(claim=claim)
    if setting.installation is None and options.sandbox is not None and reach.forward is None:
        raise UsageProblem("this scenario has no machine for OpenClaw; play --sandbox=openclaw-healthy, for one")
    if setting.installation is None:
        raise UsageProblem("OpenClaw is not on PATH; install it for this user, or leave --through openclaw out")
    from diagnose.cli.agents import check_agent
    from diagnose.machine.openclaw.predict import predict
    from diagnose.machine.openclaw.program import Program
    from diagnose.routes.openclaw import OpenClaw

    check_agent(setting, options.agent)
    program = Program(setting.installation, host.env, redact=watch.clean, tell=watch.tell)
    mode: Mode = "openclaw" if wanted == "openclaw" else "both"
    asked, passed = _asked(options, claim, program)
    prediction = predict(setting, asked)
    where = reach.stands_for or f"{target.host}:{target.port}"
    if reach.attached and not _leads_to(prediction, where):
        raise UsageProblem(
            f"--sandbox-at: OpenClaw would not ask the sandbox at {where}; configure it to, or leave one out"
        )
    held = replace(claim, parameters=passed) if mode == "openclaw" else claim
    ceiling, declined = _ceiling(claim, passed, prediction, made_up=reach.forward is not None)
    forward = reach.forward
    if forward is None and options.tap:
        from diagnose.tap.forward import Forward

        forward = Forward.real(host.env)
    openclaw = OpenClaw(
        program=program,
        setting=setting,
        prediction=prediction,
        asked=asked,
        env=host.env,
        forward=forward,
        tap=options.tap,
        played=reach.forward is not None,
        stands_for=reach.stands_for is not None,
        ledger=watch.ledger,
        limit=watch.limit,
        now=host.now,
        install_allowed=options.allow_plugin_install,
    )
    notes: list[str] = []
    if held != claim:
        notes.append("OpenClaw was not asked for every parameter: what it was not asked for is not claimed either")
    return Part(
        openclaw=openclaw,
        mode=mode,
        host=where,
        claim=held,
        ceiling_usd=ceiling,
        declined=declined,
        notes=tuple(notes),
    )


def _ceiling(
    claim: Claim, passed: Parameters, prediction: Prediction, *, made_up: bool
) -> tuple[float | None, str | None]:
    """The most that OpenClaw's image can cost, and why it is not asked for; it may put a dearer model in the place."""
    # Whoever may be asked may be paid: every candidate that could send something counts.
    models = {claim.model_id} | {c.model for c in prediction.candidates if c.refused is None}
    found = {m: capabilities.ceiling_usd(capabilities.find_model(m), passed, SMOKE_PROMPT) for m in models}
    known = [usd for usd in found.values() if usd is not None]
    if len(known) < len(found) and not made_up:
        unknown = next(model for model, usd in found.items() if usd is None)
        return None, f"no dated price is known for {unknown}, so no limit could be kept"
    return max(known, default=None), None


def _wanted(options: "Options") -> str:
    needs = [name for name, given in (("--tap", options.tap), ("--as-configured", options.as_configured)) if given]
    if options.through == "direct" and (needs or options.agent):
        raise UsageProblem(f"--through direct and {(*needs, '--agent')[0]} contradict each other: leave one out")
    return "openclaw" if needs or options.through == "openclaw" else options.through


def _elsewhere(options: "Options", reach: Reach) -> bool:
    """Whether the run is about something that the installed OpenClaw was not asked to have a part in."""
    typed = options.base_url is not None and reach.stands_for is None
    return typed or reach.attached or (reach.forward is None and options.sandbox is not None)


def _leads_to(prediction: Prediction, host: str) -> bool:
    first = prediction.first
    return first is not None and first.host == host


def _asked(options: "Options", claim: Claim, program: "Program") -> tuple[Asked, Parameters]:
    """What OpenClaw is asked, and the parameters that it can be held to: only those that its release can pass on."""
    parameters = claim.parameters
    quality = parameters.quality if program.supports("--quality") else None
    typed = options.background is not None
    background = parameters.background if typed and program.supports("--background") else None
    asked = Asked(
        model=None if options.as_configured else claim.model,
        size=parameters.size if parameters.size != "auto" else None,
        quality=quality,
        background=background,
        agent=options.agent,
    )
    return asked, replace(parameters, quality=quality or "auto", background=background or "auto")
