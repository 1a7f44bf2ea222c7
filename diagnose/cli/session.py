"""From options to a run: finds out what the machine says, opens the sandbox and the connection, runs the checks."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from checks.codex_account import account_to_send
from checks.context import Context
from diagnose import routes
from diagnose.cli.again import DEFAULT_ROUTE, run_words
from diagnose.cli.money import money_of, refuse_limit
from diagnose.cli.openclaw_part import Watch, part_of
from diagnose.cli.problems import UsageProblem
from diagnose.cli.sandboxed import Played, answers_for, attach, named, play
from diagnose.cli.typed import DEFAULT_MAX_COST, DEFAULT_TIMEOUT, Options
from diagnose.cli.wanted import claim_of, credentials_of, logins_of, target_of, unread_of
from diagnose.http import Client, TransportFault
from diagnose.machine.claims import read_claims
from diagnose.machine.host import Host
from diagnose.machine.json5 import ConfigError
from diagnose.machine.openclaw.config import read_config
from diagnose.machine.openclaw.known import secrets_in, used_first
from diagnose.machine.openclaw.setting import read
from diagnose.machine.openclaw.variables import dotenv
from diagnose.net import settings_from
from diagnose.redact import Redactor, secrets_of
from diagnose.routes.connection import Connection
from diagnose.routes.shot import Ledger

if TYPE_CHECKING:
    from diagnose.sandbox.scenarios import Scenario


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
    claim = claim_of(options, kind, notes)
    target = target_of(options, kind, config, identity, notes)
    logins = logins_of(options, kind, host, setting)
    found = credentials_of(kind, host, config, logins)
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
        unread=unread_of(kind, host, config),
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
