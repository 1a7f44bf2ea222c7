"""The options that ask for the same once more, quoted for a shell."""

import shlex
from typing import TYPE_CHECKING

from diagnose.model.claim import Claim

if TYPE_CHECKING:
    from diagnose.cli.typed import Options

DEFAULT_ROUTE = "openai-images"
DEFAULT_MODEL = "openai/gpt-image-2"


def route_words(options: "Options", claim: Claim, *, login: bool) -> tuple[str, ...]:
    """What says which route is meant and how it is reached: for `run` and `generate` alike.

    The options of a scenario come with the scenario; a route with a `login` does not read OPENAI_BASE_URL,
    which is about keys.
    """
    words = ["--no-fallback"]
    if options.sandbox:
        words.append(f"--sandbox={options.sandbox}")
    base_url = None if login and options.base_url_from == "OPENAI_BASE_URL" else options.base_url
    for name, value, default in (
        ("--route", None if options.sandbox else claim.route, DEFAULT_ROUTE),
        ("--login", None if options.sandbox else options.login, None),
        ("--sandbox-at", options.sandbox_at, None),
        ("--model", None if options.sandbox else claim.model, DEFAULT_MODEL),
        ("--base-url", None if options.sandbox else base_url, None),
        ("--owner", claim.owner, None),
        ("--timeout", None if options.sandbox else options.timeout, None),
    ):
        words += _typed(name, value, default)
    words += ["--allow-http"] if options.allow_http else []
    words += ["--allow-other-host"] if options.allow_other_host else []
    return tuple(words)


def image_words(options: "Options", claim: Claim, *, login: bool) -> tuple[str, ...]:
    """Size, quality, background and the limit of the cost, as far as they are no defaults.

    Where parameters are claims only if they were typed, typing the default is not the same as leaving it out.
    """
    if options.sandbox:
        return ()
    words: list[str] = []
    for name, default in (("size", "1024x1024"), ("quality", "low"), ("background", "opaque")):
        value = None if login and name not in claim.typed else getattr(claim.parameters, name)
        words += _typed(f"--{name}", value, None if login else default)
    return (*words, *_typed("--max-cost", options.max_cost, None))


def run_words(options: "Options", claim: Claim, *, login: bool, openclaw: bool) -> str:
    """Everything behind `routecheck run`. `openclaw`: the claim is about an image of OpenClaw."""
    words = list(route_words(options, claim, login=login))
    if not options.sandbox:
        through = "openclaw" if openclaw else "direct" if options.through == "direct" else "auto"
        words[1:1] = [
            *_typed("--through", through, "auto"),
            *(["--tap"] if options.tap else []),
            *(["--as-configured"] if options.as_configured else []),
        ]
        words += _typed("--agent", options.agent, None)
    words += image_words(options, claim, login=login)
    if "format" in claim.typed and not options.sandbox:
        words += ["--image-format", claim.parameters.format]
    return " ".join(words)


def generate_words(options: "Options", claim: Claim, *, login: bool) -> str:
    """Everything behind `routecheck generate "YOUR PROMPT"`: the file's name says the format."""
    name = f"image.{claim.parameters.format if 'format' in claim.typed and not options.sandbox else 'png'}"
    return " ".join(["-o", name, *route_words(options, claim, login=login), *image_words(options, claim, login=login)])


def _typed(name: str, value: object, default: object) -> list[str]:
    if value is None or value == default:
        return []
    return [name, shlex.quote(f"{value:g}" if isinstance(value, float) else str(value))]
