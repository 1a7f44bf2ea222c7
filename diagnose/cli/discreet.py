"""Errors about a command line that repeat nothing of what was typed where it may be a credential."""

import re

import click

from diagnose.cli.problems import said

_DATE = r"(?:19|20)\d{6}(?:T?\d{4,6}Z?)?"
_CHANGE = r"(?<=[0-9])(?=[A-Za-z])|(?<=[A-Za-z])(?=[0-9])"
_LONG = 16


class Discreet(click.Command):
    """A command whose words may hold credentials: its errors say what is wanted, not what was typed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does. Raises click.UsageError in words of ours."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            raise click.UsageError(_wanted(error, ctx), ctx) from None


def _wanted(error: click.UsageError, ctx: click.Context) -> str:
    if isinstance(error, click.NoSuchOption):
        takes_a_text = any(param.nargs < 0 for param in ctx.command.params) and not error.possibilities
        return said(error).rstrip(".") + ('; a text that begins with "-" goes behind -- or into a pipe' * takes_a_text)
    if isinstance(error, click.BadOptionUsage):
        return error.format_message()  # names the option alone, which is one of ours
    param = getattr(error, "param", None)
    if isinstance(error, click.BadParameter) and isinstance(param, click.Option):
        return f"{param.opts[0]} takes {_takes(param)}"
    return "there is an argument too many, and it is not repeated here"


def _takes(param: click.Option) -> str:
    if isinstance(param.type, click.IntRange):
        return f"a {param.name} from {param.type.min} to {param.type.max}"
    if isinstance(param.type, click.Choice):
        return " or ".join(map(str, param.type.choices))
    return param.metavar or "another value"


def without_keys(name: str) -> str:
    """The name of a file, without the parts that look like no word, date or number but like a key."""
    return re.sub(r"[A-Za-z0-9]{8,}", _hidden, name)


def _hidden(found: re.Match[str]) -> str:
    from diagnose.redact import MARK

    run = found[0]
    if run.isdigit() or run.isalpha() or re.fullmatch(_DATE, run):
        return run
    return MARK if len(run) >= _LONG or len(re.findall(_CHANGE, run)) > 1 else run
