"""Options that several commands share, each with its environment variable."""

import math
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

QUALITIES = ("auto", "low", "medium", "high", "xhigh", "max")
BACKGROUNDS = ("auto", "opaque", "transparent")
IMAGE_FORMATS = ("png", "jpeg", "webp")


class Finite(click.FloatRange):
    """A range of numbers without "nan" and "inf", which compare as nobody expects and would switch a limit off."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is no number", param, ctx)
        return number


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    """A click option that also reads an environment variable, `ROUTECHECK_<NAME>` unless `variable` names it.

    Options of the same name that mean different things in two commands need variables of their own.
    """
    long = next(name for name in names if name.startswith("--"))
    own = settings.pop("variable", "ROUTECHECK_" + long.lstrip("-").replace("-", "_").upper())
    given = settings.pop("envvar", [])
    settings["envvar"] = [own, *([given] if isinstance(given, str) else given)]
    return click.option(*names, **settings)


def routed(routes: str, *, scenario: str) -> Callable[[F], F]:
    """The options that say which route is meant, and how it may be reached. `routes` is the help on --route, `scenario`
    what a bare --sandbox plays.

    The sandbox has no variable: one that was left in the environment would let CI prove nothing real.
    """

    def decorated(command: F) -> F:
        for decorate in reversed(_routing(routes, scenario)):
            command = decorate(command)
        return command

    return decorated


def _routing(routes: str, scenario: str) -> list[Callable[[Any], Any]]:
    return [
        option("--route", default=None, metavar="ROUTE", help=routes),
        option("--model", default=None, metavar="REF",
               help="Model reference.  [default: openai/gpt-image-2]"),
        option("--base-url", default=None, metavar="URL", envvar="OPENAI_BASE_URL",
               help="API base URL, ending in /v1 (also OPENAI_BASE_URL) or, for a login, in /backend-api/codex.  "
               "[default: the OpenClaw config's for a key, or the vendor's own]"),
        option("--owner", default=None, metavar="ID",
               help="Claim that this organisation or project owns the key, or that the login is of this account "
               "(workspace) or user."),
        option("--login", default=None, metavar="ID",
               help="Which login a route with a login uses; `routecheck token --all` lists them.  "
               "[default: OpenClaw's, then that of the Codex CLI]"),
        option("--no-fallback", is_flag=True,
               help="Claim that nothing else may answer. Nothing is proven without it."),
        option("--timeout", type=Finite(0, 3600, min_open=True), default=None, metavar="SECONDS",
               help="Deadline of each request as a whole.  [default: 180]"),
        option("--allow-other-host", is_flag=True,
               help="Allow to send a ChatGPT login to a --base-url that is not the vendor's own."),
        option("--allow-http", is_flag=True, help="Allow plain http to a host other than this machine."),
        click.option("--sandbox", is_flag=False, flag_value=scenario, default=None, metavar="[ID]",
               help=f"Play a scenario of the local emulator instead of a real route.  [ID: {scenario}]"),
        click.option("--sandbox-at", default=None, metavar="URL",
               help="Attach to a running `routecheck sandbox serve`."),
    ]  # fmt: skip


route_options = routed(
    "Route to prove: openai-images (an API key), codex-responses or codex-images (a ChatGPT login).  "
    "[default: openai-images]",
    scenario="healthy",
)


def openclaw_options(command: F) -> F:
    """What of the run goes through the installed OpenClaw, and how closely it is watched."""
    for decorate in reversed(
        [
            option("--through", type=click.Choice(["auto", "direct", "openclaw"]), default="auto", show_default=True,
                   help="Whose image is proven: one asked for directly, or one of OpenClaw. `auto`: asked for "
                   "directly, and through OpenClaw besides where it is installed."),
            option("--tap", is_flag=True,
                   help="Note what OpenClaw really sends, by a loopback proxy with a throw-away CA that only it "
                   "trusts. Implies --through openclaw."),
            option("--dry", is_flag=True,
                   help="Let nothing leave this machine: read, predict, and let OpenClaw try behind a proxy that "
                   "refuses everything."),
            option("--as-configured", is_flag=True,
                   help="Ask OpenClaw as an agent does, without naming the model: fallbacks and detection show."),
            option("--agent", default=None, metavar="ID", help="Ask as this agent of OpenClaw."),
            option("--allow-plugin-install", is_flag=True,
                   help="Let a release that installs plugins on its first start do so."),
        ]
    ):  # fmt: skip
        command = decorate(command)
    return command


def image_options(command: F) -> F:
    """The image parameters that are claimed and asked for."""
    for decorate in reversed(
        [
            option("--size", default=None, metavar="WxH", help="Image size in pixels.  [default: 1024x1024]"),
            option("--quality", type=click.Choice(QUALITIES), default=None, help="Quality.  [default: low]"),
            option("--background", type=click.Choice(BACKGROUNDS), default=None,
                   help="Background.  [default: opaque]"),
        ]
    ):  # fmt: skip
        command = decorate(command)
    return command


def list_format(command: F) -> F:
    """`--format table|json` of the commands that list things."""
    return option("--format", "format_name", variable="ROUTECHECK_LIST_FORMAT", type=click.Choice(["table", "json"]),
                  default="table", show_default=True, help="What is printed.")(command)  # fmt: skip
