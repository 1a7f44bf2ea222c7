"""From options to a run: finds out what the machine says, opens the sandbox and the connection, runs the checks."""

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from checks.codex_account import account_to_send
from checks.context import Context
from diagnose import capabilities, routes
from diagnose.cli.again import DEFAULT_MODEL, DEFAULT_ROUTE, run_words
from diagnose.cli.money import money_of, refuse_limit
from diagnose.cli.openclaw_part import Watch, part_of
from diagnose.cli.problems import UsageProblem
from diagnose.cli.sandboxed import Played, answers_for, attach, named, play
from diagnose.http import Client, TransportFault
from diagnose.machine import credentials
from diagnose.machine.claims import read_claims
from diagnose.machine.held import Held, all_held, codex_logins
from diagnose.machine.host import Host
from diagnose.machine.json5 import ConfigError
from diagnose.machine.openclaw.config import Config, read_config
from diagnose.machine.openclaw.known import secrets_in, used_first
from diagnose.machine.openclaw.setting import Setting, read
from diagnose.machine.openclaw.variables import dotenv
from diagnose.model.claim import Claim, Parameters
from diagnose.net import settings_from
from diagnose.redact import Redactor, secrets_of
from diagnose.routes.connection import Connection
from diagnose.routes.kind import RouteKind
from diagnose.routes.shot import Ledger
from diagnose.routes.target import BaseUrlError, Target, parse_base_url

if TYPE_CHECKING:
    from diagnose.sandbox.scenarios import Scenario

DEFAULT_TIMEOUT = 180.0
DEFAULT_MAX_COST = 0.05
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+-]*(?:/[A-Za-z0-9._:@+-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the operator typed; None where nothing was typed and a scenario or a default decides."""

    route: str | None = None
    model: str | None = None
    base_url: str | None = None
    base_url_from: str = "--base-url"
    owner: str | None = None
    size: str | None = None
    quality: str | None = None
    background: str | None = None
    image_format: str | None = None
    login: str | None = None
    no_fallback: bool = False
    no_spend: bool = False
    max_cost: float | None = None
    max_cost_from: str = "--max-cost"
    timeout: float | None = None
    allow_http: bool = False
    allow_other_host: bool = False
    sandbox: str | None = None
    sandbox_at: str | None = None
    through: str = "auto"
    tap: bool = False
    dry: bool = False
    as_configured: bool = False
    agent: str | None = None
    allow_plugin_install: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An opened route: the context of the checks, and what the report needs besides.

    `scenario` is the id of the sandbox scenario that is played, for display.
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
    if options.route is not None and options.route not in routes.ROUTES:
        raise UsageProblem(f"there is no route {options.route!r}; there are {', '.join(routes.ROUTES)}")
    if options.sandbox and options.sandbox_at:
        raise UsageProblem("--sandbox and --sandbox-at contradict each other: one starts a sandbox, one attaches")
    if options.dry:
        options = replace(options, no_spend=True)
    with contextlib.ExitStack() as stack:
        scenario = scenario or named(options.sandbox)
        played = Played(host=host, options=options)
        if scenario is not None:
            if options.base_url is not None:
                raise UsageProblem("--sandbox and --base-url contradict each other: leave one out")
            played = play(stack, scenario, host, options)
        elif options.sandbox_at is not None:
            played = attach(options.sandbox_at, host, options)
        # A limit that is left in the environment is about keys, unless it says that nothing may be paid at all.
        limited = options.max_cost is not None and (options.max_cost_from == "--max-cost" or not options.max_cost)
        yield _session(stack, played, scenario, tell, limited=limited)


def _session(
    stack: contextlib.ExitStack,
    played: Played,
    scenario: "Scenario | None",
    tell: Callable[[str], None],
    *,
    limited: bool,
) -> Session:
    options, host, identity = played.options, played.host, played.identity
    kind = routes.load(options.route or DEFAULT_ROUTE)
    try:
        config = read_config(host)
        setting = read(host, config, options.agent)
    except ConfigError as error:
        raise UsageProblem(str(error)) from error
    notes: list[str] = []
    claim = _claim(options, kind, notes)
    target = _target(options, kind, config, identity, notes)
    logins = _logins(options, kind, host, setting)
    found = _credentials(kind, host, config, logins)
    secrets = secrets_of(host.env) | {c.secret.reveal() for c in found} | secrets_in(setting)
    secrets |= {held.secret.reveal() for held in logins if held.secret is not None}
    secrets |= secrets_of(config.variables) | secrets_of(dotenv(host))
    if identity is not None:
        secrets.add(identity[1].hex())
    redactor = Redactor(secrets)
    timeout = DEFAULT_TIMEOUT if options.timeout is None else options.timeout
    ledger = Ledger()
    watch = Watch(ledger=ledger, limit=timeout, tell=tell, clean=redactor.text)
    part = part_of(options, kind, host, setting, claim, target, played.reach, watch)
    max_cost = DEFAULT_MAX_COST if options.max_cost is None else options.max_cost
    if limited and kind.login and not options.no_spend:
        refuse_limit(part, max_cost)
    money = money_of(options, kind, part, claim, max_cost)
    claim = part.claim
    if part.openclaw is not None and part.mode == "openclaw" and not kind.login:
        found = used_first(found, setting, part.openclaw.prediction)
    try:
        settings = settings_from(host.env, target.base_url, timeout)
        client = stack.enter_context(Client(target.base_url, settings, now=host.now))
    except TransportFault as error:
        raise UsageProblem(str(error)) from error
    if identity is not None:
        target = replace(target, sandbox=answers_for(target, identity))
        if not target.sandbox:
            raise UsageProblem(f"the process at {identity[0]} does not know the sandbox's secret; it is another one")
    if kind.login and not (target.at_vendor or options.allow_other_host or options.dry):
        raise UsageProblem(
            f"{target.origin_of}: {target.base_url} is no address of the vendor's own, and would be given your ChatGPT "
            "login. Leave --base-url out, or say --allow-other-host to do that. Nothing was sent"
        )
    route = None
    claims = read_claims(found[0].secret.reveal()) if kind.login and found else None
    if found:
        connection = Connection(
            client=client,
            target=target,
            key=found[0].secret,
            ledger=ledger,
            sleep=host.sleep,
            now=host.now,
            patience=timeout,
            tell=tell,
            clean=redactor.text,
            account=account_to_send(logins[0], claims) if kind.login else None,
        )
        route = kind.connect(connection)
    context = Context(
        claim=claim,
        target=target,
        host=host,
        setting=setting,
        installation=setting.installation,
        config=config,
        credentials=found,
        unread=_unread(kind, host, config),
        kind=kind,
        route=route,
        logins=logins,
        claims=claims,
        ceiling_usd=money.ceiling_usd,
        declined=money.declined,
        no_spend=options.no_spend,
        openclaw=part.openclaw,
        mode=part.mode,
        openclaw_host=part.host,
        openclaw_declined=money.openclaw_declined,
        again=run_words(options, claim, login=kind.login, openclaw=part.mode == "openclaw"),
    )
    stack.callback(context.learned.close)
    return Session(
        options=options,
        context=context,
        ledger=ledger,
        redactor=redactor,
        timeout=timeout,
        max_cost=max_cost,
        scenario=scenario.id if scenario else (played.scenario if identity else None),
        embedded=scenario is not None,
        notes=(*notes, *part.notes),
        client=client,
    )


def _logins(options: Options, kind: RouteKind, host: Host, setting: Setting) -> tuple[Held, ...]:
    """The logins of this machine for a route that takes one, the one that is used first."""
    if not kind.login:
        if options.login is not None:
            raise UsageProblem(f"--login: the route {kind.name} takes an API key and no login")
        return ()
    # What cannot be read could not be used either; it is told, and stands behind what can.
    listed = codex_logins(host, setting, options.agent)
    found = sorted(listed, key=lambda held: (held.secret is None, held.trouble is not None))
    if options.login is None:
        return tuple(found)
    chosen = [held for held in found if _named(held, options.login)]
    if not chosen:
        other = next((held for held in all_held(host, setting, options.agent) if _named(held, options.login)), None)
        if other is not None:
            why = other.trouble or "it is no login that this route would use"
            raise UsageProblem(f"--login: {other.source} cannot be used: {why}")
        there = ", ".join(held.id for held in found) or "none on this machine"
        raise UsageProblem(f"--login: there is no login of that name; there is {there}")
    return (*chosen, *(held for held in found if held not in chosen))


def _named(held: Held, name: str) -> bool:
    return name in {held.id, held.secret and held.secret.fingerprint}


def _credentials(
    kind: RouteKind, host: Host, config: Config, logins: tuple[Held, ...]
) -> tuple[credentials.Credential, ...]:
    if not kind.login:
        return credentials.candidates(host, config)
    if not logins or logins[0].secret is None:  # the one that was asked for, or all of them, cannot be read
        return ()
    return tuple(
        credentials.Credential(secret=held.secret, source=held.source, kind=held.kind)
        for held in logins
        if held.secret is not None
    )


def _unread(kind: RouteKind, host: Host, config: Config) -> tuple[str, ...]:
    """The credentials of this machine that the route does not use, by name."""
    if kind.login:
        return tuple(key.source for key in credentials.candidates(host, config))
    return credentials.unread_sources(host, config)


def _claim(options: Options, kind: RouteKind, notes: list[str]) -> Claim:
    model = options.model or DEFAULT_MODEL
    if not _REFERENCE.fullmatch(model) or ".." in model:
        raise UsageProblem(f"--model: {model!r} is no model reference; write {DEFAULT_MODEL}")
    prefix, slash, _ = model.partition("/")
    if not slash:
        notes.append(f"--model {model} has no provider prefix; it was taken as {kind.provider}/{model}")
        model = f"{kind.provider}/{model}"
    elif prefix != kind.provider:
        raise UsageProblem(
            f"--model: the route {kind.name} serves {kind.provider}/… models, and {model!r} names {prefix!r}"
        )
    typed = {"size": options.size, "quality": options.quality, "background": options.background}
    typed["format"] = options.image_format
    parameters = Parameters(
        size=options.size or "1024x1024",
        quality=options.quality or "low",
        background=options.background or "opaque",
        format=options.image_format or "png",
    )
    if parameters.size != "auto" and parameters.pixels() is None:
        raise UsageProblem(f"--size: {capabilities.size_problem(parameters.size, None)}")
    return Claim(
        route=kind.name,
        model=model,
        owner=options.owner,
        fallback="forbidden" if options.no_fallback else "undeclared",
        parameters=parameters,
        typed=frozenset(name for name, value in typed.items() if value is not None),
    )


def _target(
    options: Options, kind: RouteKind, config: Config, identity: tuple[str, bytes] | None, notes: list[str]
) -> Target:
    typed = options.base_url
    if kind.login and typed is not None and options.base_url_from == "OPENAI_BASE_URL":
        notes.append(f"OPENAI_BASE_URL is set; it is about API keys, and the route {kind.name} does not read it")
        typed = None
    found = [
        (options.base_url_from, typed),
        ("models.providers.openai.baseUrl", None if kind.login else config.provider.base_url),
        ("the sandbox", f"{identity[0]}{kind.ends}" if identity else None),
        ("the default", kind.base_url),
    ]
    origin_of, url = next((name, url) for name, url in found if url)
    try:
        target = parse_base_url(
            url, origin_of=origin_of, allow_http=options.allow_http, ends=kind.ends, login=kind.login
        )
    except BaseUrlError as error:
        raise UsageProblem(str(error)) from error
    if identity is not None and not f"{target.base_url}/".startswith(f"{identity[0]}/"):
        raise UsageProblem(
            f"{origin_of} says {target.base_url}, and the sandbox is at {identity[0]}: they contradict each other"
        )
    return target
