"""`routecheck run`: prove the route, and write its operating contract."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from diagnose.cli.options import IMAGE_FORMATS, Finite, image_options, openclaw_options, option, route_options
from diagnose.cli.problems import UsageProblem

FORMATS = ("table", "json", "markdown", "html")
EXTENSIONS = {".txt": "table", ".json": "json", ".md": "markdown", ".html": "html"}


@click.command(
    epilog="""\b
Examples:
  routecheck run --no-fallback --sandbox
  routecheck run --no-fallback --owner org-EXAMPLE --output contract.html
  routecheck run --no-fallback --no-spend --format json
  routecheck run --no-fallback --through openclaw --tap
  routecheck run --dry
"""
)
@route_options
@image_options
@openclaw_options
@option("--image-format", type=click.Choice(IMAGE_FORMATS), default=None, help="Image format.  [default: png]")
@option("--no-spend", is_flag=True, help="Send nothing that can bill. The verdict is then never proven.")
@option("--max-cost", type=Finite(0), default=None, metavar="USD",
        help="Refuse before spending more than this.  [default: 0.05]")  # fmt: skip
@option("--only", multiple=True, metavar="CHECK", help="Run only this check or group, and what it needs.")
@option("--skip", multiple=True, metavar="CHECK", help="Leave this check or group out.")
@option("--format", "format_name", type=click.Choice(FORMATS), default="table", show_default=True,
        help="What is printed.")  # fmt: skip
@option("--output", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
        help="Also write a report; the format follows the extension (.txt .json .md .html). Repeatable.")  # fmt: skip
@click.pass_context
def run(
    ctx: click.Context,
    /,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    format_name: str,
    output: tuple[Path, ...],
    **typed: Any,
) -> int:
    """Prove who serves the image route, and write its operating contract.

    Runs the checks in order, asks for one small image, and judges every witness of who answered.
    """
    from diagnose.images.save import followed

    for path in output:
        _check_output(followed(path))
    outputs = [(followed(path), _format_of(path)) for path in output]
    if len({path.absolute() for path, _ in outputs}) < len(outputs):
        raise UsageProblem("--output: the same file is named twice")

    import reports
    from diagnose.cli.progress import Progress
    from diagnose.cli.proving import prove
    from diagnose.machine.host import this_machine

    progress = Progress()
    report = prove(options_from(ctx, typed), this_machine(), progress, only=_split(only), skip=_split(skip))
    # First what cannot fail: the verdict is paid for, and a full disk must not take it away.
    text = _coloured(report) if format_name == "table" else reports.render(format_name, report)
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()
    for path, name in outputs:
        _write(path, name, report, progress)
    return int(report.exit_code)


def _write(path: Path, name: str, report: Any, progress: Any) -> None:
    """Write a report. What goes wrong is said, and changes nothing about the verdict and the other files."""
    import reports
    from diagnose.images.save import write_text_atomic

    try:
        write_text_atomic(path, reports.render(name, report))
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        progress.say(f"error: --output {path}: cannot be written: {reason}")


def options_from(ctx: click.Context, typed: dict[str, Any]) -> Any:
    """The session's Options from what click parsed; an OPENAI_BASE_URL in the environment yields to a sandbox."""
    from click.core import ParameterSource

    from diagnose.cli.typed import Options

    for name in ("sandbox", "sandbox_at"):
        variable = f"ROUTECHECK_{name.upper()}"
        if os.environ.get(variable) and typed[name] is None:
            option = f"--{name.replace('_', '-')}"
            raise UsageProblem(f"{variable} is set and not read, so that no sandbox run goes unseen: say {option}")

    if typed["owner"] is not None and not typed["owner"].strip():
        raise UsageProblem("--owner is empty; write an organisation or project ID, or leave it out")
    typed["owner"] = typed["owner"] and typed["owner"].strip()
    if "@" in (typed["owner"] or ""):
        raise UsageProblem(
            "--owner: an e-mail is no owner; write the ID of an organisation or project, or of the account or user "
            "that `routecheck token` shows"
        )
    if ctx.get_parameter_source("base_url") is ParameterSource.ENVIRONMENT:
        own = "ROUTECHECK_BASE_URL"
        typed["base_url_from"] = own if os.environ.get(own) else "OPENAI_BASE_URL"
        if typed["sandbox"] is not None:
            typed["base_url"] = None
    if ctx.get_parameter_source("max_cost") is ParameterSource.ENVIRONMENT:
        typed["max_cost_from"] = "ROUTECHECK_MAX_COST"
    return Options(**typed)


def _split(names: tuple[str, ...]) -> list[str]:
    return [part.strip() for name in names for part in name.split(",") if part.strip()]


def _format_of(path: Path) -> str:
    name = EXTENSIONS.get(path.suffix.lower())
    if name is None:
        raise UsageProblem(f"--output {path}: the extension decides the format; use one of {', '.join(EXTENSIONS)}")
    return name


def _check_output(path: Path) -> None:
    from diagnose.images.save import OutputPathError, check_writable

    try:
        check_writable(path, overwrite=True)
    except OutputPathError as error:
        raise UsageProblem(f"--output {error}") from error


def _coloured(report: Any) -> str:
    """The table, in colour where the terminal wants it (NO_COLOR and TERM=dumb do not)."""
    import shutil

    from reports.table import render

    terminal = sys.stdout is not None and sys.stdout.isatty()
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb" or not terminal
    width = min(120, shutil.get_terminal_size((100, 24)).columns)
    text: str = render(report, colour=not plain, width=max(60, width))
    return text
