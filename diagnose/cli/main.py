"""The `routecheck` command. Only click and the standard library are imported before a command is chosen."""

import importlib
import os
import signal
import sys
from collections.abc import Mapping
from types import FrameType
from typing import NoReturn

import click

from diagnose import __version__
from diagnose.cli import streams
from diagnose.cli.problems import UsageProblem, is_word, said

COMMANDS: Mapping[str, tuple[str, str]] = {
    "run": ("diagnose.cli.run:run", "Prove who serves the image route, and write its operating contract."),
    "generate": ("diagnose.cli.generate:generate", "Make one image through the proven route."),
    "edit": ("diagnose.cli.edit:edit", "Make one image of others through the proven route."),
    "providers": (
        "diagnose.cli.providers:providers",
        "List the image providers, and which of them OpenClaw would ask.",
    ),
    "playbook": ("diagnose.cli.playbook:playbook", "Ordered procedures: list them, read them, run them."),
    "token": ("diagnose.cli.token:token", "Say what a login or an API key can do, whose it is, and until when."),
    "explain": ("diagnose.cli.explain:explain", "Say what an error means: paste it, name a file, or pipe it in."),
    "matrix": ("diagnose.cli.matrix:matrix", "The troubleshooting matrix: symptoms, branches, rows."),
    "checks": ("diagnose.cli.checks:checks", "List the checks in running order."),
    "sandbox": (
        "diagnose.cli.sandbox:sandbox",
        "The local emulator: its scenarios, and a server to attach to.",
    ),
}


class LazyGroup(click.Group):
    """A group that imports a command only when it is run; `--help` needs the one-liners alone."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            near = [name for name in COMMANDS if name.startswith(cmd_name[:2])]
            hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(COMMANDS)}"
            if not is_word(cmd_name):
                hint = f"; an error goes to routecheck explain {_quoted(cmd_name)}"
            ctx.fail(f"there is no {f'command {cmd_name!r}' if is_word(cmd_name) else 'such command'}{hint}")
        module, _, name = entry[0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


def _quoted(text: str) -> str:
    """A few plain words in quotes; of anything else, which may hold a credential, none is repeated."""
    plain = all((word.isalpha() and len(word) < 20) or (word.isdigit() and len(word) < 4) for word in text.split())
    return f'"{text}"' if plain and text.isascii() and len(text) <= 60 else '"the error as it is"'


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Start with:                              routecheck run --no-fallback --sandbox
A 401 or 403 with a ChatGPT/Codex login: routecheck playbook run debug-codex-401-403
Any other error:                         routecheck explain "the error as it is"
""",
)
@click.version_option(__version__, prog_name="routecheck", message="%(prog)s %(version)s")
def cli() -> None:
    """Tells who really served an image request, with evidence, and calls nothing less a proof.

    Exit codes: 0 proven, 1 broken, 2 usage or config error, 3 unproven, 4 contradicted, 130 interrupted,
    143 terminated.
    """


def main() -> NoReturn:
    """The entry point. Ends the process with the one exit contract of every command."""
    streams.install()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, _terminated)
    try:
        code = _code()
    finally:
        streams.close()
    sys.exit(code)


def _code() -> int:
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = _interrupted()
    except KeyboardInterrupt:
        code = _interrupted()
    except click.ClickException as error:
        code = _usage(error)
    except UsageProblem as error:
        click.echo(f"error: {_fit(str(error))}", err=True)
        code = 2
    except Exception as error:
        code = _internal(error)
    return code if isinstance(code, int) else 0


def _terminated(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001
    # As an exception, so that temporary files are removed and the sandbox is stopped.
    raise SystemExit(128 + number)


def _interrupted() -> int:
    click.echo("\ninterrupted; nothing half-written is left", err=True)
    return 130


def _usage(error: click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.ctx.get_help() if error.ctx else error.format_message(), err=True)
        return 2
    click.echo(f"error: {_fit(said(error))}", err=True)
    context = getattr(error, "ctx", None)
    if context is not None:
        click.echo(f"see: {context.command_path} --help", err=True)
    return 2


def _fit(text: str) -> str:
    """The text on one line, without secrets and without what could steer the terminal."""
    from diagnose.cli.pasted_secrets import PastedRedactor
    from reports.text import clean

    return clean(PastedRedactor(text).text(text))


def _internal(error: Exception) -> int:
    if os.environ.get("ROUTECHECK_DEBUG"):
        raise error
    click.echo(
        f"internal error: {type(error).__name__}: {_fit(str(error))}\n"
        "this is a bug in routecheck; ROUTECHECK_DEBUG=1 shows where. Nothing was concluded.",
        err=True,
    )
    return 3
