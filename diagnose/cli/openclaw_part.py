"""The part of a run that goes through the installed OpenClaw: whether there is one, and what it is asked."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

from checks.context import Mode
from diagnose import capabilities
from diagnose.cli.problems import UsageProblem
from diagnose.machine.host import Host
from diagnose.machine.openclaw.prediction import Asked, Prediction, Surface
from diagnose.machine.openclaw.setting import Setting
from diagnose.model.claim import Claim, Parameters
from diagnose.net import origin
from diagnose.routes.kind import RouteKind
from diagnose.routes.shot import SMOKE_PROMPT, Ledger
from diagnose.routes.target import Target

if TYPE_CHECKING:
    from diagnose.cli.typed import Options
    from diagnose.machine.openclaw.program import Program
    from diagnose.routes.openclaw import OpenClaw
    from diagnose.tap.forward import Forward


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """OpenClaw's part. `claim` is the one that its request can be held to; `ceiling_usd` what its image can cost,
    None where no price is known or where a plan pays for it.

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
    """How OpenClaw's requests are reached. `stands_for` is set where a played sandbox stands for the vendor."""

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
    kind: RouteKind,
    host: Host,
    setting: Setting,
    claim: Claim,
    target: Target,
    reach: Reach,
    watch: Watch,
) -> Part:
    """Decide whether OpenClaw is asked, and prepare it. Raises UsageProblem when it is wanted and cannot be had."""
    wanted = _wanted(options)
    if kind.name not in get_args(Surface):
        if wanted == "openclaw":
            raise UsageProblem(
                f"OpenClaw itself never asks the route {kind.name}: with a login it asks codex-responses. "
                "Name that route, or leave --through openclaw and what implies it out"
            )
        return Part(claim=claim)
    if wanted == "direct" or (wanted == "auto" and (setting.installation is None or _elsewhere(options, kind, reach))):
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
    where = _vendor(kind) if reach.stands_for else f"{target.host}:{target.port}"
    if reach.attached and not _leads_to(prediction, where):
        raise UsageProblem(
            f"--sandbox-at: OpenClaw would not ask the sandbox at {where}; configure it to, or leave one out"
        )
    held = _held(claim, passed) if mode == "openclaw" else claim
    ceiling, declined = _ceiling(kind, claim, passed, prediction, made_up=reach.forward is not None)
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
    if held.typed != claim.typed or (held != claim and not kind.login):
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


def _vendor(kind: RouteKind) -> str:
    """The vendor's own host of a route, as a proxy is asked for it ("api.openai.com:443")."""
    _, host, port = origin(kind.base_url)
    return f"{host}:{port}"


def _held(claim: Claim, passed: Parameters) -> Claim:
    """The claim without what OpenClaw was not asked for."""
    lost = {name for name in claim.typed if getattr(passed, name) != getattr(claim.parameters, name)}
    return replace(claim, parameters=passed, typed=claim.typed - lost)


def _ceiling(
    kind: RouteKind, claim: Claim, passed: Parameters, prediction: Prediction, *, made_up: bool
) -> tuple[float | None, str | None]:
    """The most that OpenClaw's image can cost, and why it is not asked for; it may put a dearer model in the place.

    (None, None) where nobody who may be asked is paid in dollars.
    """
    # Whoever may be asked may be paid: every candidate that could send something counts, but for those of a plan.
    able = [c for c in prediction.candidates if c.refused is None]
    if kind.login:
        models = {c.model for c in able if c.surface != kind.name}
    else:
        models = {claim.model_id} | {c.model for c in able}
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


def _elsewhere(options: "Options", kind: RouteKind, reach: Reach) -> bool:
    """Whether the run is about something that the installed OpenClaw was not asked to have a part in."""
    of_keys = kind.login and options.base_url_from == "OPENAI_BASE_URL"  # that variable is about keys
    typed = options.base_url is not None and not of_keys and reach.stands_for is None
    return typed or reach.attached or (reach.forward is None and options.sandbox is not None)


def _leads_to(prediction: Prediction, host: str) -> bool:
    first = prediction.first
    return first is not None and first.host == host


def _asked(options: "Options", claim: Claim, program: "Program") -> tuple[Asked, Parameters]:
    """What OpenClaw is asked, and the parameters that it can be held to: only those that its release can pass on."""
    parameters = claim.parameters
    quality = parameters.quality if program.supports("--quality") else None
    background = parameters.background if "background" in claim.typed and program.supports("--background") else None
    image_format = parameters.format if "format" in claim.typed and program.supports("--output-format") else None
    asked = Asked(
        model=None if options.as_configured else claim.model,
        size=parameters.size if parameters.size != "auto" else None,
        quality=quality,
        background=background,
        format=image_format,
        agent=options.agent,
    )
    return asked, replace(parameters, quality=quality or "auto", background=background or "auto")
