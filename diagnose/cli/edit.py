"""`routecheck edit`: one image made of others, through the proven route."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diagnose.cli.options import image_options, option, routed
from diagnose.cli.ordering import making_options, order_from, output_option
from diagnose.cli.problems import UsageProblem

if TYPE_CHECKING:
    from diagnose.images.inputs import Input

ROUTE = "codex-images"


@click.command(
    epilog="""\b
Examples:
  routecheck edit "make the bicycle blue" --image bicycle.png -o blue.png --no-fallback
  routecheck edit "put the one on the other" --image hat.png --image cat.jpg -o both.webp --no-fallback
  routecheck edit "make it blue" --image bicycle.png -o blue.png --no-fallback --sandbox
"""
)
@click.argument("prompt")
@option("--image", "images", multiple=True, required=True, type=click.Path(path_type=Path), metavar="FILE",
        help="An image to start from: png, jpeg or webp. Repeatable.")  # fmt: skip
@output_option
@routed(f"Route to edit through: {ROUTE} (a ChatGPT login) is the only one here.  [default: {ROUTE}]",
        scenario="codex-images-healthy")  # fmt: skip
@image_options
@making_options
@click.pass_context
def edit(
    ctx: click.Context,
    /,
    prompt: str,
    images: tuple[Path, ...],
    output: Path,
    image_format: str | None,
    unproven: bool,
    force: bool,
    **typed: Any,
) -> int:
    """Make one image of PROMPT and the images that are given, through the proven route.

    Builds on a proof like `generate` does; an edit goes to the same host with the same login. Below proven
    nothing is sent. Writes FILE, and FILE.json, which names the images by SHA-256 and does not hold them.
    """
    order = order_from(prompt, output, image_format, typed, command="edit", unproven=unproven, force=force)

    from diagnose.cli.generating import carry_out
    from diagnose.cli.run import options_from
    from diagnose.machine.host import this_machine

    options = options_from(ctx, typed)
    if options.route is None and options.sandbox is None:
        options = replace(options, route=ROUTE)
    return int(carry_out(replace(order, images=_read(images)), options, this_machine()))


def _read(paths: Sequence[Path]) -> "tuple[Input, ...]":
    """The images. Raises UsageProblem that names the file with which something is wrong."""
    from diagnose.capabilities.codex import edit_limits
    from diagnose.images.inputs import InputError, read_input

    limits = edit_limits(ROUTE)
    if len(paths) > limits.images:
        raise UsageProblem(f"--image: {len(paths)} images are given, and an edit takes {limits.images} at most")
    try:
        return tuple(read_input(path, formats=limits.formats, under=limits.under_bytes) for path in paths)
    except InputError as error:
        raise UsageProblem(f"--image {error}. Nothing was sent") from error
