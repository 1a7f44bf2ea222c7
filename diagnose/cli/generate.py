"""`routecheck generate`: one image through the proven route."""

from pathlib import Path
from typing import Any

import click

from diagnose.cli.options import image_options, route_options
from diagnose.cli.ordering import making_options, order_from, output_option


@click.command(
    epilog="""\b
Examples:
  routecheck generate "a red bicycle" -o bicycle.png --no-fallback
  routecheck generate "a red bicycle" -o b.webp --no-fallback --size 1536x1024 --quality high
  routecheck generate "a red bicycle" -o bicycle.png --no-fallback --sandbox
"""
)
@click.argument("prompt")
@output_option
@route_options
@image_options
@making_options
@click.pass_context
def generate(
    ctx: click.Context,
    /,
    prompt: str,
    output: Path,
    image_format: str | None,
    unproven: bool,
    force: bool,
    **typed: Any,
) -> int:
    """Make one image of PROMPT through the proven route.

    Builds on a stored proof of the same claim that is under 24 hours old, or runs the checks first. Below
    proven nothing is sent. Writes FILE, and FILE.json with request, route, witnesses, usage and cost.
    """
    order = order_from(prompt, output, image_format, typed, command="generate", unproven=unproven, force=force)

    from diagnose.cli.generating import carry_out
    from diagnose.cli.run import options_from
    from diagnose.machine.host import this_machine

    return int(carry_out(order, options_from(ctx, typed), this_machine()))
