"""`routecheck providers`: which image providers there are, and which of them OpenClaw would ask."""

import sys
from typing import TYPE_CHECKING

import click

from diagnose.cli.options import list_format, option
from diagnose.cli.problems import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from diagnose.machine.host import Host
    from diagnose.machine.openclaw.observation import Listing
    from diagnose.machine.openclaw.setting import Setting
    from diagnose.model.inventory import Inventory, Live
    from diagnose.redact import Redactor

_COULD_NOT_TELL = 3
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_NOWHERE = "http://127.0.0.1:9"


@click.command(
    epilog="""\b
Examples:
  routecheck providers
  routecheck providers --live
  routecheck providers --agent art --format json
"""
)
@option("--live", is_flag=True, help="Also start OpenClaw, and compare its own list with the table.")
@option("--agent", default=None, metavar="ID", help="The agent that would ask.  [default: OpenClaw's default agent]")
@list_format
def providers(live: bool, agent: str | None, format_name: str) -> int:
    """List the image providers, and say which OpenClaw would ask now and which could answer instead.

    Reads the config and the logins on this machine; credentials are named, never shown. Nothing is sent. Exit code 3
    when --live got no list.
    """
    from diagnose.machine.host import this_machine

    inventory = take(this_machine(), agent=agent, live=live)
    text = _json(inventory) if format_name == "json" else _table(inventory)
    sys.stdout.write(text)
    sys.stdout.flush()
    return _COULD_NOT_TELL if inventory.live is not None and inventory.live.problem else 0


def take(host: "Host", *, agent: str | None = None, live: bool = False) -> "Inventory":
    """The inventory of one machine, redacted. Raises UsageProblem for a broken config, an unknown agent, or a list
    that OpenClaw cannot be started for."""
    from dataclasses import replace

    from diagnose.cli.agents import check_agent
    from diagnose.cli.providing import inventory
    from diagnose.machine.json5 import ConfigError
    from diagnose.machine.openclaw.predict import predict
    from diagnose.machine.openclaw.prediction import Asked
    from diagnose.machine.openclaw.setting import read

    try:
        setting = read(host, agent=agent)
    except ConfigError as error:
        raise UsageProblem(str(error)) from error
    check_agent(setting, agent)
    taken = inventory(setting, predict(setting, Asked(model=None, agent=agent)), agent)
    redactor = _redactor(setting)
    if live:
        taken = replace(
            taken,
            live=_live(setting, taken, host.env, redactor),
            next=tuple(n for n in taken.next if "--live" not in n),
        )
    return redactor.tree(taken)


def _live(setting: "Setting", inventory: "Inventory", env: "Mapping[str, str]", redactor: "Redactor") -> "Live":
    from diagnose.children import NotStartedError
    from diagnose.cli.progress import Progress
    from diagnose.machine.openclaw.listing import differences, states
    from diagnose.machine.openclaw.program import Program, sealed, unsafe_to_start
    from diagnose.model.inventory import Live

    if setting.installation is None:
        raise UsageProblem("--live: OpenClaw is not on PATH; install it or mend PATH, or leave --live out")
    reason = unsafe_to_start(setting, setting.now)
    if reason is not None:
        raise UsageProblem(f"--live: OpenClaw is not started: {reason}. Leave --live out to see the table alone")
    # The list needs no network, and a release that would fetch a plugin on this occasion must not.
    apart = sealed({**env, **dict.fromkeys(_PROXIES, _NOWHERE), "NO_PROXY": "", "no_proxy": ""}, _NOWHERE)
    program = Program(setting.installation, apart, redact=redactor.text, tell=Progress().say)
    try:
        if (reason := program.seal_works(apart)) is not None:
            raise UsageProblem(f"--live: OpenClaw is not started: {reason}. Leave --live out to see the table alone")
        listing = program.listing()
    except NotStartedError as error:
        raise UsageProblem(f"--live: {error}") from error
    if not listing.providers:
        return Live(problem=_no_list(listing), seconds=listing.ran.seconds)
    return Live(
        states=states(inventory.rows, listing),
        differences=differences(inventory.rows, listing),
        seconds=listing.ran.seconds,
    )


def _no_list(listing: "Listing") -> str:
    if listing.ran.timed_out:
        return f"it had not ended after {listing.ran.limit:g} s, and was ended"
    return listing.error or f"it printed no list and ended with {listing.ran.exit_code}"


def _redactor(setting: "Setting") -> "Redactor":
    """What must not be shown: every credential that was read, wherever it stood."""
    from diagnose.machine.openclaw.known import secrets_in
    from diagnose.redact import Redactor, secrets_of

    values = secrets_of({name: variable.value for name, variable in setting.variables.items()})
    return Redactor(values | secrets_in(setting))


def _table(inventory: "Inventory") -> str:
    import shutil

    from reports.providers_text import render

    terminal = sys.stdout is not None and sys.stdout.isatty()
    return render(inventory, width=min(120, shutil.get_terminal_size((100, 24)).columns) if terminal else 100)


def _json(inventory: "Inventory") -> str:
    from diagnose import __version__
    from reports.providers_json import render

    return render(inventory, version=__version__)
