"""`routecheck token`: what a login or a key can do, whose it is, and until when. Never the token itself."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diagnose.cli.options import list_format, option
from diagnose.cli.problems import UsageProblem

if TYPE_CHECKING:
    from diagnose.cli.token_sources import Found
    from diagnose.machine.codex_logs import StoredError
    from diagnose.machine.held import Held
    from diagnose.machine.host import Host
    from diagnose.machine.keys import KeySet
    from diagnose.model.token import TokenReport
    from diagnose.redact import Redactor

_ROUTES = ("openai-images", "codex-responses", "codex-images")
_WIDEST = 100
_NOT_HERE = (
    "routecheck token takes no argument, and what was given is not repeated here. A credential must not stand "
    "on a command line, where other users and the shell's history see it: use --from FILE, or --from -"
)


class _Discreet(click.Command):
    """A command whose wrong words may be credentials: what looks like one is not repeated."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does. Raises UsageProblem in place of an error that would show what may be secret."""
        written = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            from diagnose.cli.token_sources import may_be_secret

            told = error.format_message()
            if any(piece and piece in told and may_be_secret(piece) for word in written for piece in _pieces(word)):
                raise UsageProblem(_NOT_HERE) from None
            raise


def _pieces(word: str) -> tuple[str, ...]:
    name, _, value = word.partition("=")
    return (word, value, name.lstrip("-")) if word.startswith("-") else (word,)


@click.command(
    cls=_Discreet,
    epilog="""\b
Examples:
  routecheck token
  routecheck token --all --format json
  routecheck token --from ~/.codex/auth.json --route codex-images
  pbpaste | routecheck token --from -
""",
)
@option("--from", "place", default=None, metavar="PLACE", variable="ROUTECHECK_TOKEN_FROM",
        help="openclaw, codex, keyring, env, a FILE, or - for stdin.  [default: all but the keyring]")  # fmt: skip
@option("--login", "--profile", "profile", default=None, metavar="ID", envvar="ROUTECHECK_PROFILE",
        help="The credential of this name or fingerprint, as --all lists it.")  # fmt: skip
@option("--agent", default=None, metavar="ID", help="As this agent of OpenClaw would choose.")
@option("--all", "everything", is_flag=True, variable="ROUTECHECK_TOKEN_ALL", help="Everything found, not one alone.")
@option("--route", default=None, metavar="ROUTE",
        help=f"Judge for this route: {', '.join(_ROUTES)}.  [default: codex-responses where there is a Codex login, "
        "else openai-images]")  # fmt: skip
@option("--jwks", default=None, metavar="FILE",
        help="Verify signatures with these saved public keys (JWKS).  [default: jwks.json in the cache folder of "
        "routecheck, if it is there]")  # fmt: skip
@list_format
@click.argument("refused", nargs=-1, metavar="", type=click.UNPROCESSED)
def token(
    place: str | None,
    profile: str | None,
    agent: str | None,
    everything: bool,
    route: str | None,
    jwks: str | None,
    format_name: str,
    refused: tuple[str, ...],
) -> int:
    """Say what a credential is, whose, until when, and at which image surface it can work.

    Never give a credential as an argument: it is read from where it is, from a file or from stdin. It is not shown,
    sent, stored or refreshed. What its issuer has not verifiably signed is only "claimed".

    Exit code 0: nothing stands in the way of the route; 1: something does, or there is none; 2: usage; 3: what it is
    cannot be told.
    """
    if refused:
        raise UsageProblem(_NOT_HERE)
    from diagnose.machine.host import this_machine

    if route is not None and route not in _ROUTES:
        raise UsageProblem(f"--route: there is no such route to judge for; there are {', '.join(_ROUTES)}")
    taken = take(this_machine(), place=place, profile=profile, agent=agent, route=route, jwks=jwks)
    shown = taken if everything else (_alone(taken),)
    sys.stdout.write(_json(shown, everything) if format_name == "json" else _table(shown, everything))
    sys.stdout.flush()
    return taken[0].exit_code


def take(
    host: "Host",
    *,
    place: str | None = None,
    profile: str | None = None,
    agent: str | None = None,
    route: str | None = None,
    jwks: str | None = None,
) -> "tuple[TokenReport, ...]":
    """Every credential of a place, redacted; the one that the route would use first. At least one report, which may
    say that there is none. Raises UsageProblem."""
    from dataclasses import replace

    from diagnose.cli.token_sources import found_in
    from diagnose.cli.token_way import way_of
    from diagnose.machine.judging import judge, nothing

    keys = _keys(jwks)
    found = found_in(host, place, agent)
    if profile is not None:
        found = _only(found, profile)
    typed, route = route is not None or place is not None, route or _route(found, place)
    used = found.used(route)
    now = host.now()
    if used is None:
        reports = [nothing(route, found.places, now, typed=typed, commands=_commands(found, route, typed=typed))]
    else:
        listed = [used, *(held for held in found.held if held is not used)]
        reports = [
            judge(held, route=route, now=now, among=found.among, keys=keys, confined=_confined(host, held),
                  refusals=_refusals(host, found, held), way=way_of(host, found, held))
            for held in listed
        ]  # fmt: skip
    reports[0] = replace(reports[0], notes=(*reports[0].notes, *found.notes))
    redactor = _redactor(host, found)
    return tuple(redactor.tree(report) for report in reports)


def _confined(host: "Host", held: "Held") -> tuple[str, ...]:
    """The workspaces that the Codex CLI confines its own login to; none for any other credential."""
    from diagnose.machine.codex_home import read_home
    from diagnose.machine.openclaw.codex_login import auth_file

    return read_home(host).workspaces if held.file == auth_file(host) else ()


def _refusals(host: "Host", found: "Found", held: "Held") -> "tuple[StoredError, ...]":
    """What the Codex CLI has noted of this login: its own, or a copy with the same refresh token."""
    from diagnose.machine.codex_home import read_home
    from diagnose.machine.codex_logs import stored_errors
    from diagnose.machine.openclaw.codex_login import auth_file

    file = auth_file(host)
    own = {one.refresh for one in (*found.among, held) if one.file is not None and one.file.absolute() == file}
    if held.refresh is None or held.refresh not in own:
        return ()
    renewed = max((one.last_refresh or 0.0 for one in found.among if one.refresh == held.refresh), default=0.0)
    return tuple(error for error in stored_errors(read_home(host)) if error.at > renewed)


def _commands(found: "Found", route: str, *, typed: bool) -> tuple[str, ...]:
    """What to type where nothing was found."""
    if typed and route == "openai-images":
        return ("export OPENAI_API_KEY=YOUR_KEY   # with the key in the place of YOUR_KEY",)
    # A note is there where the login may be in the keyring.
    keyring = ("routecheck token --from keyring",) if any("--from keyring" in note for note in found.notes) else ()
    return (*keyring, "codex login")


def _alone(taken: "tuple[TokenReport, ...]") -> "TokenReport":
    from dataclasses import replace

    first, others = taken[0], len(taken) - 1
    if not others:
        return first
    note = f"{others} more {'credential is' if others == 1 else 'credentials are'} there; --all shows them."
    return replace(first, notes=(*first.notes, note), next=(*first.next, "routecheck token --all"))


def _route(found: "Found", place: str | None) -> str:
    """The Codex route for a Codex login, and where nothing but one could have been."""
    login = any(held.kind.family == "codex-oauth" for held in found.held)
    login = login or (not found.held and place in {"codex", "keyring"})
    return "codex-responses" if login else "openai-images"


def _only(found: "Found", profile: str) -> "Found":
    from dataclasses import replace

    # By fingerprint, too: a name with an e-mail in it is shown without the e-mail.
    chosen = tuple(h for h in found.held if profile in {h.id, h.secret.fingerprint if h.secret else h.id})
    if not chosen:
        names = ", ".join(dict.fromkeys(held.id for held in found.held if held.id)) or "none"
        raise UsageProblem(f"--login: there is no credential of this name; there is {names}")
    return replace(found, held=chosen)


def _keys(name: str | None) -> "KeySet | None":
    from diagnose.cli.token_sources import may_be_secret
    from diagnose.machine.keys import KeySetError, cached_file, read_keys

    if name is not None:
        try:
            return read_keys(Path(name))
        except (KeySetError, ValueError) as error:
            if may_be_secret(name):
                raise UsageProblem("--jwks: this looks like a credential; it names a file of public keys") from None
            raise UsageProblem(f"--jwks: {error}") from None
    cached = cached_file()
    try:
        return read_keys(cached) if cached.exists() else None
    except (KeySetError, OSError) as error:
        raise UsageProblem(f"the saved public keys: {error}; remove the file, or name another with --jwks") from None


def _redactor(host: "Host", found: "Found") -> "Redactor":
    """Knows every credential that was read. Accounts are not among them: whose a login is, is what is asked."""
    from diagnose.redact import Redactor, secrets_of

    values = secrets_of(host.env)
    if found.setting is not None:
        values |= secrets_of({name: variable.value for name, variable in found.setting.variables.items()})
    return Redactor(values | {text for held in (*found.held, *found.among) for text in _texts(held)})


def _texts(held: "Held") -> set[str]:
    written = held.secret.reveal() if held.secret else ""
    return {written, written.strip(), "".join(written.split()), *written.split()} - {""}


def _table(reports: "tuple[TokenReport, ...]", everything: bool) -> str:
    import shutil

    from reports.token_text import render

    terminal = sys.stdout is not None and sys.stdout.isatty()
    width = min(_WIDEST, shutil.get_terminal_size((80, 24)).columns) if terminal else 80
    return render(reports, everything=everything, width=width)


def _json(reports: "tuple[TokenReport, ...]", everything: bool) -> str:
    from diagnose import __version__
    from reports.token_json import render

    return render(reports, everything=everything, version=__version__)
