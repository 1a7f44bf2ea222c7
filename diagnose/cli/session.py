"""From options to a run: finds out what the machine says, opens the sandbox and the connection, runs the checks."""

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from checks.context import Context
from diagnose import capabilities, routes
from diagnose.cli.problems import UsageProblem
from diagnose.http import Client, TransportFault
from diagnose.machine import credentials, openclaw
from diagnose.machine.host import Host, empty_machine
from diagnose.machine.json5 import ConfigError
from diagnose.model.claim import Claim, Parameters
from diagnose.net import Settings, settings_from
from diagnose.redact import Redactor, secrets_of
from diagnose.routes.openai_images import PROVIDER, SMOKE_PROMPT, Ledger, OpenAIImages
from diagnose.routes.target import BaseUrlError, Target, parse_base_url

if TYPE_CHECKING:
    from diagnose.sandbox.scenarios import Scenario

DEFAULT_MODEL = "openai/gpt-image-2"
DEFAULT_BASE_URL = "https://api.openai.com/v1"
DEFAULT_TIMEOUT = 180.0
DEFAULT_MAX_COST = 0.05
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+-]*(?:/[A-Za-z0-9._:@+-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the operator typed; None where nothing was typed and a scenario or a default decides."""

    route: str = "openai-images"
    model: str | None = None
    base_url: str | None = None
    base_url_from: str = "--base-url"
    owner: str | None = None
    size: str | None = None
    quality: str | None = None
    background: str | None = None
    no_fallback: bool = False
    no_spend: bool = False
    max_cost: float | None = None
    timeout: float | None = None
    allow_http: bool = False
    sandbox: str | None = None
    sandbox_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An opened route: the context of the checks, and what the report needs besides.

    `scenario` is the id of the sandbox scenario that is played ("served" for an attached one), for display.
    """

    options: Options
    context: Context
    ledger: Ledger
    redactor: Redactor
    timeout: float
    max_cost: float
    scenario: str | None
    embedded: bool
    notes: tuple[str, ...] = ()
    client: Client = field(repr=False)


@contextlib.contextmanager
def opened(
    options: Options, host: Host, tell: Callable[[str], None], scenario: "Scenario | None" = None
) -> Iterator[Session]:
    """Open everything that a run needs, and close it again. Raises UsageProblem before anything is sent.

    `scenario` is played when it is given; otherwise the one that the options name, if they name one.
    """
    if options.route not in routes.ROUTES:
        raise UsageProblem(f"there is no route {options.route!r}; there are {', '.join(routes.ROUTES)}")
    if options.sandbox and options.sandbox_at:
        raise UsageProblem("--sandbox and --sandbox-at contradict each other: one starts a sandbox, one attaches")
    with contextlib.ExitStack() as stack:
        scenario = scenario or _scenario(options.sandbox)
        identity: tuple[str, bytes] | None = None
        if scenario is not None:
            if options.base_url is not None:
                raise UsageProblem("--sandbox and --base-url contradict each other: leave one out")
            host, identity, options = _played(stack, scenario, host, options)
        elif options.sandbox_at is not None:
            identity = _attached(options.sandbox_at, host)
        yield _session(stack, options, host, scenario, identity, tell)


def _scenario(scenario_id: str | None) -> "Scenario | None":
    if scenario_id is None:
        return None
    from diagnose.sandbox.scenarios import ScenarioError, get

    try:
        return get(scenario_id)
    except ScenarioError as error:
        hint = "; a word after --sandbox is taken for its id, so write --sandbox=healthy before a prompt"
        raise UsageProblem(f"--sandbox: {error}" + (hint if " " in scenario_id else "")) from None


def _played(
    stack: contextlib.ExitStack, scenario: "Scenario", host: Host, options: Options
) -> tuple[Host, tuple[str, bytes], Options]:
    """Start the scenario's server. The machine that the checks see holds the sandbox's key and nothing else."""
    from diagnose.sandbox.server import Sandbox

    server = stack.enter_context(Sandbox(scenario.faults))
    claim = scenario.claim
    options = replace(
        options,
        model=options.model or claim.model,
        size=options.size or claim.size,
        quality=options.quality or claim.quality,
        background=options.background or claim.background,
        max_cost=claim.max_cost if options.max_cost is None else options.max_cost,
        timeout=scenario.deadline if options.timeout is None else options.timeout,
        base_url=server.base_url,
        base_url_from="the sandbox",
    )
    return empty_machine({"OPENAI_API_KEY": server.key}, host), (server.url, server.secret), options


def _attached(url: str, host: Host) -> tuple[str, bytes]:
    """The address of a served sandbox and the secret that it wrote down for this user alone."""
    from diagnose.cli.sandbox import SecretFileError, read_secret

    try:
        return url.rstrip("/").removesuffix("/v1"), read_secret(url, host.env)
    except SecretFileError as error:
        raise UsageProblem(f"--sandbox-at: {error}") from error


def _session(
    stack: contextlib.ExitStack,
    options: Options,
    host: Host,
    scenario: "Scenario | None",
    identity: tuple[str, bytes] | None,
    tell: Callable[[str], None],
) -> Session:
    try:
        config = openclaw.read_config(host)
    except ConfigError as error:
        raise UsageProblem(str(error)) from error
    notes: list[str] = []
    claim = _claim(options, notes)
    target = _target(options, config, identity)
    row = capabilities.find_model(claim.model_id)
    ceiling = capabilities.ceiling_usd(row, claim.parameters, SMOKE_PROMPT)
    max_cost = DEFAULT_MAX_COST if options.max_cost is None else options.max_cost
    declined = _declined(options, claim, ceiling, max_cost)

    found = credentials.candidates(host, config)
    timeout = DEFAULT_TIMEOUT if options.timeout is None else options.timeout
    ledger = Ledger()
    try:
        settings = settings_from(host.env, target.base_url, timeout)
        client = stack.enter_context(Client(target.base_url, settings, now=host.now))
    except TransportFault as error:
        raise UsageProblem(str(error)) from error
    if identity is not None:
        target = replace(target, sandbox=_answers_for(target, identity))
        if not target.sandbox:
            raise UsageProblem(f"the process at {identity[0]} does not know the sandbox's secret; it is another one")
    secrets = secrets_of(host.env) | {c.secret.reveal() for c in found}
    secrets |= secrets_of(config.variables) | secrets_of(openclaw.dotenv(host))
    if identity is not None:
        secrets.add(identity[1].hex())
    redactor = Redactor(secrets)
    route = None
    if found:
        route = OpenAIImages(
            client=client,
            target=target,
            key=found[0].secret,
            ledger=ledger,
            sleep=host.sleep,
            now=host.now,
            patience=timeout,
            tell=tell,
            clean=redactor.text,
        )
    return Session(
        options=options,
        context=Context(
            claim=claim,
            target=target,
            host=host,
            installation=openclaw.find(host),
            config=config,
            credentials=found,
            unread=credentials.unread_sources(host, config),
            route=route,
            ceiling_usd=ceiling,
            declined=declined,
            no_spend=options.no_spend,
        ),
        ledger=ledger,
        redactor=redactor,
        timeout=timeout,
        max_cost=max_cost,
        scenario=scenario.id if scenario else ("served" if identity else None),
        embedded=scenario is not None,
        notes=tuple(notes),
        client=client,
    )


def _claim(options: Options, notes: list[str]) -> Claim:
    model = options.model or DEFAULT_MODEL
    if not _REFERENCE.fullmatch(model) or ".." in model:
        raise UsageProblem(f"--model: {model!r} is no model reference; write {DEFAULT_MODEL}")
    prefix, slash, _ = model.partition("/")
    if not slash:
        notes.append(f"--model {model} has no provider prefix; it was taken as {PROVIDER}/{model}")
        model = f"{PROVIDER}/{model}"
    elif prefix != PROVIDER:
        raise UsageProblem(
            f"--model: the route {options.route} serves {PROVIDER}/… models, and {model!r} names {prefix!r}"
        )
    parameters = Parameters(
        size=options.size or "1024x1024",
        quality=options.quality or "low",
        background=options.background or "opaque",
    )
    if parameters.size != "auto" and parameters.pixels() is None:
        raise UsageProblem(f"--size: {capabilities.size_problem(parameters.size, None)}")
    return Claim(
        route=options.route,
        model=model,
        owner=options.owner,
        fallback="forbidden" if options.no_fallback else "undeclared",
        parameters=parameters,
    )


def _target(options: Options, config: openclaw.Config, identity: tuple[str, bytes] | None) -> Target:
    found = [
        (options.base_url_from, options.base_url),
        ("models.providers.openai.baseUrl", config.provider.base_url),
        ("the sandbox", f"{identity[0]}/v1" if identity else None),
        ("the default", DEFAULT_BASE_URL),
    ]
    origin_of, url = next((name, url) for name, url in found if url)
    try:
        target = parse_base_url(url, origin_of=origin_of, allow_http=options.allow_http)
    except BaseUrlError as error:
        raise UsageProblem(str(error)) from error
    if identity is not None and not f"{target.base_url}/".startswith(f"{identity[0]}/"):
        raise UsageProblem(
            f"{origin_of} says {target.base_url}, and the sandbox is at {identity[0]}: they contradict each other"
        )
    return target


def _declined(options: Options, claim: Claim, ceiling: float | None, max_cost: float) -> str | None:
    if options.no_spend:
        return "--no-spend"
    if ceiling is None:
        return f"no dated price is known for {claim.model_id} at this size and quality, so no limit could be kept"
    if ceiling > max_cost:
        raise UsageProblem(
            f"the smoke image ({claim.parameters.size}, {claim.parameters.quality}) can cost ${ceiling:.4f}, more "
            f"than --max-cost {max_cost:g}; ask for less or raise --max-cost. Nothing was sent"
        )
    return None


def _answers_for(target: Target, identity: tuple[str, bytes]) -> bool:
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
