"""`routecheck generate`: one image through the proven route."""

import os
from pathlib import Path
from typing import Any

import click

from diagnose.cli.options import IMAGE_FORMATS, Finite, image_options, option, route_options
from diagnose.cli.problems import UsageProblem

_FORMAT_OF = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}


@click.command(
    epilog="""\b
Examples:
  routecheck generate "a red bicycle" -o bicycle.png --no-fallback
  routecheck generate "a red bicycle" -o b.webp --no-fallback --size 1536x1024 --quality high
  routecheck generate "a red bicycle" -o bicycle.png --no-fallback --sandbox
"""
)
@click.argument("prompt")
@option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The image.",
        variable="ROUTECHECK_IMAGE_OUTPUT")  # fmt: skip
@route_options
@image_options
@option("--format", "image_format", variable="ROUTECHECK_IMAGE_FORMAT", type=click.Choice(IMAGE_FORMATS), default=None,
        help="Image format.  [default: by the extension of FILE, else png]")  # fmt: skip
@option("--max-cost", type=Finite(0), default=None, metavar="USD",
        help="Refuse before spending more than this, smoke included.")  # fmt: skip
@option("--unproven", is_flag=True, help="Make the image without a proof, and say so everywhere. Runs no checks.")
@option("--force", is_flag=True, help="Overwrite FILE and FILE.json.")
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
    if not prompt.strip():
        raise UsageProblem("PROMPT is empty; a blank prompt is accepted by the API and billed")
    try:
        prompt.encode()
    except UnicodeEncodeError:
        raise UsageProblem("PROMPT is not UTF-8; nothing was sent") from None
    if _no_spend():
        raise UsageProblem("ROUTECHECK_NO_SPEND is set, and generate always asks for an image that bills")
    chosen = _format(output, image_format)

    from diagnose.cli.generating import carry_out
    from diagnose.cli.record import Order
    from diagnose.cli.run import options_from
    from diagnose.machine.host import this_machine

    size, quality, background = (typed.pop(name) for name in ("size", "quality", "background"))
    options = options_from(ctx, typed)
    order = Order(
        prompt=prompt,
        path=output,
        size=size,
        quality=quality,
        background=background,
        format=chosen,
        unproven=unproven,
        force=force,
    )
    return int(carry_out(order, options, this_machine()))


def _no_spend() -> bool:
    """What `run --no-spend` reads from the environment. It must not be passed over where money is certain to go."""
    value = os.environ.get("ROUTECHECK_NO_SPEND")
    return bool(value) and bool(click.BOOL.convert(value, None, None))


def _format(output: Path, given: str | None) -> str:
    implied = _FORMAT_OF.get(output.suffix.lower())
    if implied is None and (output.suffix or output.name == "-"):
        raise UsageProblem(f"-o {output}: name an image file, {', '.join(_FORMAT_OF)}, or give it no extension")
    if given is not None and implied is not None and given != implied:
        raise UsageProblem(
            f"--format {given} and the name {output.name} contradict each other; name it {output.stem}.{given}"
        )
    return given or implied or "png"
