"""Playing a sandbox scenario, or attaching to a served sandbox: whose machine, which address, which secret."""

import contextlib
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diagnose.cli.openclaw_part import Reach
from diagnose.cli.problems import UsageProblem
from diagnose.http import Client, TransportFault
from diagnose.machine.host import Host, empty_machine
from diagnose.net import Settings
from diagnose.routes import load
from diagnose.routes.target import Target

if TYPE_CHECKING:
    from diagnose.cli.typed import Options
    from diagnose.sandbox.plan import LoginPlan, Plan
    from diagnose.sandbox.scenarios import Scenario
    from diagnose.sandbox.server import Sandbox

VENDOR_HOST = "api.openai.com:443"
"""The host that the sandbox stands for where OpenClaw asks it."""

SANDBOX_MAX_COST = 1.0
_KEPT = ("PATH", "LANG", "TMPDIR")
"""What a made-up machine still needs of the real environment, to start a program at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """The machine that the checks see, the options that follow, and the sandbox's address with its secret.

    `scenario` is the id of the one that a sandbox plays that was attached to.
    """

    host: Host
    options: "Options"
    identity: tuple[str, bytes] | None = None
    scenario: str = "served"
    reach: Reach = field(default_factory=Reach)


def named(scenario_id: str | None) -> "Scenario | None":
    """The scenario of that id; a usage problem when there is none."""
    if scenario_id is None:
        return None
    from diagnose.sandbox.scenarios import ScenarioError, get

    try:
        return get(scenario_id)
    except ScenarioError as error:
        hint = "; a word after --sandbox is taken for its id, so write --sandbox=healthy before a prompt"
        raise UsageProblem(f"--sandbox: {error}" + (hint if " " in scenario_id else "")) from None


def play(stack: contextlib.ExitStack, scenario: "Scenario", host: Host, options: "Options") -> Played:
    """Start the scenario's server. The machine that the checks see holds the sandbox's keys and nothing else."""
    from diagnose.sandbox.server import Sandbox

    server = stack.enter_context(Sandbox(scenario.faults))
    claim = scenario.claim
    options = replace(
        options,
        route=options.route or scenario.route,
        model=options.model or claim.model,
        size=options.size or claim.size,
        quality=options.quality or claim.quality,
        background=options.background or claim.background,
        image_format=options.image_format or claim.format,
        owner=options.owner or claim.owner,
        max_cost=claim.max_cost if options.max_cost is None else options.max_cost,
        timeout=scenario.deadline if options.timeout is None else options.timeout,
        # Not left to the machine: the config of a made-up one names hosts that stand for others.
        base_url=f"{server.url}{load(options.route or scenario.route).ends}",
        base_url_from="the sandbox",
    )
    identity = (server.url, server.secret)
    if scenario.login is not None:
        return Played(host=_with_login(stack, scenario.login, server, host), options=options, identity=identity)
    if scenario.openclaw is None:
        return Played(host=empty_machine({"OPENAI_API_KEY": server.key}, host), options=options, identity=identity)
    return _with_openclaw(
        stack, scenario, scenario.openclaw, server, Played(host=host, options=options, identity=identity)
    )


def _with_login(stack: contextlib.ExitStack, plan: "LoginPlan", server: "Sandbox", host: Host) -> Host:
    """A made-up machine that holds the login of the plan and nothing else."""
    from diagnose.sandbox.codex_home import prepare_login

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="routecheck-")))
    prepared = prepare_login(folder, plan, server)
    return replace(empty_machine(prepared.env, host), home=prepared.home)


def _with_openclaw(
    stack: contextlib.ExitStack, scenario: "Scenario", plan: "Plan", server: "Sandbox", played: Played
) -> Played:
    """The installed OpenClaw on a made-up machine; all that it asks for is led to the sandbox."""
    from diagnose.machine.openclaw.installation import find
    from diagnose.sandbox.machine import prepare
    from diagnose.tap.forward import Forward

    installed = find(played.host)
    if installed is None or installed.version is None:
        raise UsageProblem(f"--sandbox: the scenario {scenario.id} needs OpenClaw, and none is on PATH")
    if not plan.fits(installed.version):
        bounds = " ".join([f"from {plan.since}"] * bool(plan.since) + [f"before {plan.before}"] * bool(plan.before))
        raise UsageProblem(
            f"--sandbox: the scenario {scenario.id} shows what releases {bounds} do, and OpenClaw {installed.shown} "
            "is installed"
        )
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="routecheck-")))
    prepared = prepare(folder, installed.version, plan, server.placeholders)
    kept = {name: played.host.env[name] for name in _KEPT if name in played.host.env}
    options = played.options
    return replace(
        played,
        host=replace(played.host, env={**kept, **prepared.env}, home=prepared.home),
        options=replace(
            options,
            # Nothing is paid for, and a release that passes no quality on would be held to the dearest one.
            max_cost=SANDBOX_MAX_COST if options.max_cost is None else options.max_cost,
            through=scenario.through if options.through == "auto" else options.through,
            tap=options.tap or scenario.tap,
            as_configured=options.as_configured or plan.asks == "configured",
            agent=options.agent or plan.agent or None,
        ),
        reach=Reach(forward=Forward.to_sandbox(None, server.port), stands_for=VENDOR_HOST),
    )


def attach(url: str, host: Host, options: "Options") -> Played:
    """The address of a served sandbox and the secret that it wrote down for this user alone."""
    from diagnose.cli.sandbox import SecretFileError, read_scenario, read_secret

    try:
        identity = (url.rstrip("/").removesuffix("/v1"), read_secret(url, host.env))
        scenario = read_scenario(url, host.env)
    except SecretFileError as error:
        raise UsageProblem(f"--sandbox-at: {error}") from error
    return Played(host=host, options=options, identity=identity, scenario=scenario, reach=Reach(attached=True))


def answers_for(target: Target, identity: tuple[str, bytes]) -> bool:
    """Whether the process behind the address knows the per-run secret, bound to this very address."""
    import hmac
    import secrets

    from diagnose.routes.answers import parse
    from diagnose.sandbox.identity import expected_mac

    nonce = secrets.token_hex(16)
    url = f"{identity[0]}/__routecheck__/challenge?nonce={nonce}"
    try:
        # Not under the run's deadline: which process this is has to be known however short that is.
        with Client(identity[0], Settings(timeout=10)) as client:
            exchange = client.exchange("GET", url, headers={"accept": "application/json"})
    except TransportFault as fault:
        raise UsageProblem(f"the sandbox at {identity[0]} does not answer: {fault.detail}") from fault
    payload: Any = parse(exchange.body)
    mac = payload.get("mac") if isinstance(payload, dict) else None
    expected = expected_mac(identity[1], nonce, target.host, target.port)
    return isinstance(mac, str) and hmac.compare_digest(mac.encode(), expected.encode())
