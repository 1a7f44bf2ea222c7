"""What a run is to prove and with what: the claim, the address and the credentials, out of options and machine.

Everything here raises UsageProblem where the options contradict the machine or each other.
"""

import re

from diagnose import capabilities
from diagnose.cli.again import DEFAULT_MODEL
from diagnose.cli.problems import UsageProblem
from diagnose.cli.typed import Options
from diagnose.machine import credentials
from diagnose.machine.held import Held, all_held, codex_logins
from diagnose.machine.host import Host
from diagnose.machine.openclaw.config import Config
from diagnose.machine.openclaw.setting import Setting
from diagnose.model.claim import Claim, Parameters
from diagnose.routes.kind import RouteKind
from diagnose.routes.target import BaseUrlError, Target, parse_base_url

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+-]*(?:/[A-Za-z0-9._:@+-]+)*")


def logins_of(options: Options, kind: RouteKind, host: Host, setting: Setting) -> tuple[Held, ...]:
    """The logins of this machine for a route that takes one, the one that is used first."""
    if not kind.login:
        if options.login is not None:
            raise UsageProblem(f"--login: the route {kind.name} takes an API key and no login")
        return ()
    # What cannot be read could not be used either; it is told, and stands behind what can.
    listed = codex_logins(host, setting, options.agent)
    found = sorted(listed, key=lambda held: (held.secret is None, held.trouble is not None))
    if options.login is None:
        return tuple(found)
    chosen = [held for held in found if _named(held, options.login)]
    if not chosen:
        other = next((held for held in all_held(host, setting, options.agent) if _named(held, options.login)), None)
        if other is not None:
            why = other.trouble or "it is no login that this route would use"
            raise UsageProblem(f"--login: {other.source} cannot be used: {why}")
        there = ", ".join(held.id for held in found) or "none on this machine"
        raise UsageProblem(f"--login: there is no login of that name; there is {there}")
    return (*chosen, *(held for held in found if held not in chosen))


def _named(held: Held, name: str) -> bool:
    return name in {held.id, held.secret and held.secret.fingerprint}


def credentials_of(
    kind: RouteKind, host: Host, config: Config, logins: tuple[Held, ...]
) -> tuple[credentials.Credential, ...]:
    """The credentials that the route would send, the one that is used first."""
    if not kind.login:
        return credentials.candidates(host, config)
    if not logins or logins[0].secret is None:  # the one that was asked for, or all of them, cannot be read
        return ()
    return tuple(
        credentials.Credential(secret=held.secret, source=held.source, kind=held.kind)
        for held in logins
        if held.secret is not None
    )


def unread_of(kind: RouteKind, host: Host, config: Config) -> tuple[str, ...]:
    """The credentials of this machine that the route does not use, by name."""
    if kind.login:
        return tuple(key.source for key in credentials.candidates(host, config))
    return credentials.unread_sources(host, config)


def claim_of(options: Options, kind: RouteKind, notes: list[str]) -> Claim:
    """The claim of the options; what was taken otherwise than typed is added to `notes`."""
    model = options.model or DEFAULT_MODEL
    if not _REFERENCE.fullmatch(model) or ".." in model:
        raise UsageProblem(f"--model: {model!r} is no model reference; write {DEFAULT_MODEL}")
    prefix, slash, _ = model.partition("/")
    if not slash:
        notes.append(f"--model {model} has no provider prefix; it was taken as {kind.provider}/{model}")
        model = f"{kind.provider}/{model}"
    elif prefix != kind.provider:
        raise UsageProblem(
            f"--model: the route {kind.name} serves {kind.provider}/… models, and {model!r} names {prefix!r}"
        )
    typed = {"size": options.size, "quality": options.quality, "background": options.background}
    typed["format"] = options.image_format
    parameters = Parameters(
        size=options.size or "1024x1024",
        quality=options.quality or "low",
        background=options.background or "opaque",
        format=options.image_format or "png",
    )
    if parameters.size != "auto" and parameters.pixels() is None:
        raise UsageProblem(f"--size: {capabilities.size_problem(parameters.size, None)}")
    return Claim(
        route=kind.name,
        model=model,
        owner=options.owner,
        fallback="forbidden" if options.no_fallback else "undeclared",
        parameters=parameters,
        typed=frozenset(name for name, value in typed.items() if value is not None),
    )


def target_of(
    options: Options, kind: RouteKind, config: Config, identity: tuple[str, bytes] | None, notes: list[str]
) -> Target:
    """The address that is asked, and who named it; what was left unread is added to `notes`."""
    typed = options.base_url
    if kind.login and typed is not None and options.base_url_from == "OPENAI_BASE_URL":
        notes.append(f"OPENAI_BASE_URL is set; it is about API keys, and the route {kind.name} does not read it")
        typed = None
    found = [
        (options.base_url_from, typed),
        ("models.providers.openai.baseUrl", None if kind.login else config.provider.base_url),
        ("the sandbox", f"{identity[0]}{kind.ends}" if identity else None),
        ("the default", kind.base_url),
    ]
    origin_of, url = next((name, url) for name, url in found if url)
    try:
        target = parse_base_url(
            url, origin_of=origin_of, allow_http=options.allow_http, ends=kind.ends, login=kind.login
        )
    except BaseUrlError as error:
        raise UsageProblem(str(error)) from error
    if identity is not None and not f"{target.base_url}/".startswith(f"{identity[0]}/"):
        raise UsageProblem(
            f"{origin_of} says {target.base_url}, and the sandbox is at {identity[0]}: they contradict each other"
        )
    return target
