"""The command lines of a playbook, as click parses them: what they cost, and options put together."""

from collections.abc import Iterator, Sequence

import click
from click.core import ParameterSource

from diagnose.model.check import Cost
from diagnose.playbook.commands import Asked


def parse(root: click.Command, words: Sequence[str], *, strict: bool = True) -> click.Context:
    """Parse a command line without running it. Raises click.ClickException for what the command would refuse;
    not `strict`: only for a command that there is not."""
    command, rest = root, list(words[1:])
    context = click.Context(root, info_name=words[0])
    while isinstance(command, click.Group):
        _, chosen, rest = command.resolve_command(context, rest)
        if chosen is None:
            context.fail("there is no such command")
        command = chosen
        context = click.Context(command, info_name=command.name, parent=context)
    return command.make_context(words[0], rest, resilient_parsing=not strict)


class Parsed:
    """`diagnose.playbook.commands.Commands`, by the commands below `root`."""

    def __init__(self, root: click.Command) -> None:
        self._root = root

    def asked(self, words: Sequence[str]) -> Asked:
        """See Commands. Only what is typed counts: a variable of the environment is gone on another day."""
        try:
            context = parse(self._root, words, strict=False)
        except click.ClickException:
            return Asked(cost=Cost.BILLABLE)
        given = typed_options(context)
        return Asked(cost=_cost(words[1], given), sandbox="sandbox" in given)

    def joined(self, words: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
        """See Commands. The words of a command that cannot be parsed are left as they are."""
        try:
            context = parse(self._root, [*words[:2], *more], strict=False)
        except click.ClickException:
            return (*words, *more)
        given = typed_options(context)
        once = [p for p in context.command.params if p.name in given and isinstance(p, click.Option) and not p.multiple]
        return (*words[:2], *_without(words[2:], once), *more)


def typed_options(context: click.Context) -> set[str]:
    """The names of the options that stand in the command line, flags that are off left aside."""
    return {
        name
        for name, value in context.params.items()
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE and value is not False
    }


def _cost(command: str, given: set[str]) -> Cost:
    """The most that a command can cause with these options."""
    if command in {"generate", "edit"}:
        return Cost.BILLABLE
    if command == "run" and "dry" not in given:
        return Cost.FREE if "no_spend" in given else Cost.BILLABLE
    return Cost.FREE if "live" in given else Cost.OFFLINE


def _without(words: Sequence[str], options: Sequence[click.Option]) -> Iterator[str]:
    by_name = {name: one for one in options for name in (*one.opts, *one.secondary_opts)}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, sign, _ = word.partition("=")
        if (one := by_name.get(name)) is None:
            yield word
        elif rest and not sign and not one.is_flag and not (one.flag_value is not None and rest[0].startswith("-")):
            rest.pop(0)
