"""`routecheck playbook`: ordered procedures, to read and to run."""

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import click

from diagnose.cli.options import list_format, option
from diagnose.cli.problems import UsageProblem, said

if TYPE_CHECKING:
    from diagnose.cli.playbook_commands import Parsed
    from diagnose.model.playbook import Done, Planned, Playbook
    from diagnose.playbook.sequence import Wish
    from diagnose.redact import Redactor

PROGRAM = "import sys; sys.argv[0] = 'routecheck'; from diagnose.cli.main import main; main()"
"""The command again, by the same interpreter; -P, so that a folder here cannot stand in for a module of ours."""


@click.group(epilog="Start with:  routecheck playbook list")
def playbook() -> None:
    """Ordered procedures: list them, read them, run them."""


@playbook.command(name="list", epilog="Example:  routecheck playbook list")
@list_format
@click.pass_context
def list_(ctx: click.Context, /, format_name: str) -> None:
    """List the playbooks, with what each is about."""
    from diagnose.playbook import PlaybookError, everyone

    try:
        rows = everyone(_commands(ctx))
    except PlaybookError as error:
        raise UsageProblem(str(error)) from error
    if format_name == "json":
        _dump([_described(row) for row in rows])
        return
    from reports.playbook_text import listing

    sys.stdout.write(listing(rows, width=_width()))


@playbook.command(epilog="Example:  routecheck playbook show debug-codex-401-403")
@click.argument("name", metavar="ID")
@list_format
@click.pass_context
def show(ctx: click.Context, /, name: str, format_name: str) -> None:
    """Show a playbook: its steps in order, with their commands, and what to do where it stops.

    ID is one of `playbook list`, or the path of a .md file.
    """
    found = _found(name, _commands(ctx))
    if format_name == "json":
        _dump(_described(found))
        return
    from reports.playbook_text import whole

    sys.stdout.write(whole(found, width=_width()))


class _Run(click.Command):
    """The command of `playbook run`: an option of the steps in the wrong place gets a word of help."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            hint = f"options of the steps' own `routecheck run` go after --, as in: -- {error.option_name} …"
            raise click.UsageError(f"{error.format_message()} ({hint})", ctx) from error


@playbook.command(
    cls=_Run,
    epilog="""\b
Examples:
  routecheck playbook run debug-codex-401-403
  routecheck playbook run debug-codex-401-403 --from proof --yes
  routecheck playbook run debug-codex-401-403 -- --sandbox=expired-token
  routecheck playbook run pre-handoff --yes -- --owner org-EXAMPLE
""",
)
@click.argument("name", metavar="ID")
@click.argument("more", nargs=-1, type=click.UNPROCESSED, metavar="[-- OPTION…]")
@option("--from", "start", default=None, metavar="STEP", variable="ROUTECHECK_FROM",
        help="Begin with this step, after a change.")  # fmt: skip
@option("--yes", is_flag=True, help="Also run the steps that can cost money.")
@option("--no-spend", is_flag=True, help="Leave the steps out that can cost money, and do not ask for it again.")
@option("-v", "--verbose", is_flag=True, help="Show the whole report of steps that passed, too.")
@list_format
@click.pass_context
def run(ctx: click.Context, /, name: str, more: tuple[str, ...], verbose: bool, format_name: str, **typed: Any) -> int:
    """Run the steps of a playbook in order, and stop at the first one that names a branch.

    Options after -- are added to the `routecheck run` of every step. Nothing on this machine is changed: what changes
    something is printed, to be typed. Ends with the exit code of the step that decided; a check that failed is 1.
    """
    from diagnose.playbook import child, sequence

    commands = _commands(ctx)
    found = _found(name, commands)
    wish = sequence.Wish(**typed, more=more, commands=commands)
    _check(found, wish, ctx)
    redactor = _redactor()
    screen = _Screen(found, redactor, verbose=verbose, quiet=format_name == "json")
    screen.begin(sequence.plan(found, wish), sandbox=wish.sandbox)
    listener = sequence.Listener(begins=screen.begins, ends=screen.ends)
    try:
        ended = sequence.run(found, wish, program=[sys.executable, "-P", "-c", PROGRAM], env=_env(), listener=listener)
    except child.NotStartedError as error:
        raise UsageProblem(str(error)) from error
    ended = redactor.tree(ended)
    if format_name == "json":
        from diagnose import __version__
        from reports.playbook_json import render

        sys.stdout.write(render(ended, version=__version__))
    else:
        from reports.playbook_ending import render as last_screen

        sys.stdout.write("\n" + last_screen(ended, width=_width()))
    sys.stdout.flush()
    return int(ended.exit_code)


class _Screen:
    """What is seen while a playbook runs: the plan on stderr, the steps and what they print on stdout."""

    def __init__(self, found: "Playbook", redactor: "Redactor", *, verbose: bool, quiet: bool) -> None:
        self._found, self._redactor, self._verbose, self._quiet = found, redactor, verbose, quiet

    def begin(self, planned: "tuple[Planned, ...]", *, sandbox: bool) -> None:
        from reports.playbook_text import plan

        text = plan(self._found, self._redactor.tree(planned), sandbox=sandbox, width=_width())
        sys.stderr.write(text)
        sys.stderr.flush()

    def begins(self, number: int, planned: "Planned") -> None:
        from reports.playbook_text import heading

        text = heading(number, len(self._found.steps), self._redactor.tree(planned), width=_width())
        self._write("\n" + text)

    def ends(self, done: "Done", last: bool) -> None:
        """The step's own output; of a report in which nothing failed and that is not the last, only what it found."""
        from reports.playbook_text import passed

        if last or self._verbose or done.findings is None:
            self._write(done.stdout)
        if not last:
            self._write(passed(self._redactor.tree(done), width=_width()))

    def _write(self, text: str) -> None:
        if not self._quiet:
            sys.stdout.write(text)
            sys.stdout.flush()


def _commands(ctx: click.Context) -> "Parsed":
    from diagnose.cli.playbook_commands import Parsed

    return Parsed(ctx.find_root().command)


def _env() -> dict[str, str]:
    """For the steps, whose output goes through our hands: as wide as ours, and never another format than is shown."""
    kept = {name: value for name, value in os.environ.items() if name != "ROUTECHECK_FORMAT"}
    return kept | {"COLUMNS": str(_width())}


def _found(name: str, commands: "Parsed") -> "Playbook":
    from diagnose.playbook import PlaybookError, find

    try:
        return find(name, commands)
    except PlaybookError as error:
        raise UsageProblem(str(error)) from error


def _check(found: "Playbook", wish: "Wish", ctx: click.Context) -> None:
    """What would stop a step before it began stops the run before anything was asked."""
    from diagnose.playbook.sequence import plan

    if wish.yes and wish.no_spend:
        raise UsageProblem("--yes and --no-spend contradict each other")
    ids = [step.id for step in found.steps]
    if wish.start is not None and wish.start not in ids:
        raise UsageProblem(f"--from: there is no step {wish.start!r}; there are {', '.join(ids)}")
    for planned in plan(found, wish):
        if not planned.left_out:
            _check_step(found, wish, planned, ctx.find_root().command)


def _check_step(found: "Playbook", wish: "Wish", planned: "Planned", root: click.Command) -> None:
    from diagnose.cli.playbook_commands import parse, typed_options

    step = planned.step.id
    if planned.words[1] == "generate" and any(word.partition("=")[0] in {"-o", "--output"} for word in wish.more):
        raise UsageProblem(f"--output after -- would name the image of the step {step}: leave it out")
    try:
        parse(root, planned.words)
        added = typed_options(parse(root, (*planned.words[:2], *wish.more), strict=False))
    except (click.ClickException, UsageProblem) as error:
        text = said(error) if isinstance(error, click.ClickException) else str(error)
        raise UsageProblem(f"{found.name}, step {step}: {text}") from error
    if planned.words[1] == "run" and "format_name" in added:
        raise UsageProblem("--format after -- would mix with what is shown here; say it before the --")


def _redactor() -> "Redactor":
    """What the operator typed is shown again; a secret of the environment is not."""
    from diagnose.redact import Redactor, secrets_of

    return Redactor(secrets_of(os.environ))


def _described(found: "Playbook") -> dict[str, Any]:
    import shlex

    return {
        "id": found.id,
        "title": found.title,
        "route": found.route,
        "about": found.about,
        "as_of": found.as_of.isoformat(),
        "source": found.source,
        "steps": [
            {
                "id": step.id,
                "branch": step.branch,
                "title": step.title,
                "command": shlex.join(step.run),
                "cost": step.cost.value,
                "go_on": list(step.go_on),
                "stop": step.stop,
                "type": list(step.type),
            }
            for step in found.steps
        ],
    }


def _dump(value: Any) -> None:
    import json

    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _width() -> int:
    """That of the terminal, or of COLUMNS; 80 on a pipe."""
    return max(60, min(100, shutil.get_terminal_size((80, 24)).columns))
