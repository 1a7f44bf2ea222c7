"""What the commands that make one image share: the options of an order, and the order itself."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from diagnose.cli.options import IMAGE_FORMATS, Finite, option
from diagnose.cli.problems import UsageProblem

if TYPE_CHECKING:
    from diagnose.cli.record import Order

F = TypeVar("F", bound=Callable[..., Any])

_FORMAT_OF = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}


def output_option(command: F) -> F:
    """`-o FILE`."""
    return option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The image.",
                  variable="ROUTECHECK_IMAGE_OUTPUT")(command)  # fmt: skip


def making_options(command: F) -> F:
    """Format, limit of the cost, and what may be overridden."""
    for decorate in reversed(
        [
            option("--format", "image_format", variable="ROUTECHECK_IMAGE_FORMAT", type=click.Choice(IMAGE_FORMATS),
                   default=None, help="Image format.  [default: by the extension of FILE, else png]"),
            option("--max-cost", type=Finite(0), default=None, metavar="USD",
                   help="Refuse before spending more than this, smoke included."),
            option("--unproven", is_flag=True,
                   help="Make the image without a proof, and say so everywhere. Runs no checks."),
            option("--force", is_flag=True, help="Overwrite FILE and FILE.json."),
        ]
    ):  # fmt: skip
        command = decorate(command)
    return command


def order_from(
    prompt: str, output: Path, image_format: str | None, typed: dict[str, Any], *, command: str, **more: Any
) -> "Order":
    """The order that `command` was typed with. Takes size, quality and background out of `typed`; `more` are other
    members of the Order as they are. Raises UsageProblem."""
    if not prompt.strip():
        raise UsageProblem("PROMPT is empty; a blank prompt is accepted by the API and billed")
    try:
        prompt.encode()
    except UnicodeEncodeError:
        raise UsageProblem("PROMPT is not UTF-8; nothing was sent") from None
    if _no_spend():
        raise UsageProblem(f"ROUTECHECK_NO_SPEND is set, and {command} always asks for an image that bills")
    chosen = _format(output, image_format)

    from diagnose.cli.record import Order

    parameters = {name: typed.pop(name) for name in ("size", "quality", "background")}
    return Order(prompt=prompt, path=output, format=chosen, **parameters, **more)


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
