"""Who else may answer: what was claimed, and what the config allows."""

from checks.context import Context, declare
from checks.credentials import rerun
from diagnose.model.check import Cost, Outcome, Status, skip


@declare("fallback_policy.claim", "Fallback policy", cost=Cost.OFFLINE)
def claim(context: Context) -> Outcome:
    """Whether it was claimed that nothing else may answer, without which nothing can be proven."""
    if context.claim.fallback != "forbidden":
        return Outcome(
            status=Status.WARN,
            summary="undeclared: without --no-fallback an image proves nothing about the route",
            measured="undeclared",
            expected="--no-fallback",
            remedy=(rerun(context),),
            costs_proof=True,
        )
    if context.mode == "openclaw":
        return Outcome(
            status=Status.PASS,
            summary="forbidden: OpenClaw's first request has to bring the image, from the claimed host",
        )
    if context.kind.login:
        return Outcome(
            status=Status.PASS,
            summary="forbidden: one host, one login, one request; which image model draws is the backend's own choice",
        )
    return Outcome(
        status=Status.PASS,
        summary="forbidden: one host, one model, one request, and no other is ever asked",
    )


@declare("fallback_policy.config", "Fallbacks in the OpenClaw config", cost=Cost.OFFLINE)
def config(context: Context) -> Outcome:
    """Which other providers OpenClaw would let answer, although this direct route does not."""
    from diagnose.machine.openclaw.installation import since

    settings = [s for s in context.config.image_models if s.agent is None]
    if context.config.path is None:
        return skip("there is no OpenClaw config on this machine")
    fallbacks = [f"{s.key}: {', '.join(s.fallbacks)}" for s in settings if s.fallbacks]
    version = context.installation.version if context.installation else None
    loose = version is not None and version < since("named-model-is-exact")
    if loose and context.openclaw is not None:  # then it is known whether there is anybody to go on to
        candidates = context.openclaw.prediction.candidates
        loose = any(c.refused is None and c.provider != context.claim.provider for c in candidates)
    if fallbacks or loose:
        why = "; ".join(fallbacks) or "this release goes on to other providers even when the model is named"
        return Outcome(
            status=Status.WARN,
            summary=why,
            measured=why,
            expected="no fallbacks while a route is proven",
            symptom="fallbacks-configured",
            remedy=tuple(f"openclaw config get {s.key} --json" for s in settings if s.fallbacks),
        )
    return Outcome(
        status=Status.PASS,
        summary="no fallbacks are configured; OpenClaw may still auto-detect"
        if context.config.auto_fallback is not False
        else "no fallbacks, auto-detection is off",
    )


@declare(
    "fallback_policy.codex", "Hosts of the Codex CLI", cost=Cost.OFFLINE, routes=["codex-responses", "codex-images"]
)
def codex(context: Context) -> Outcome:
    """Which other hosts the Codex CLI is configured to ask, for which this proof says nothing."""
    from urllib.parse import urlsplit

    from diagnose.machine.codex_home import read_home

    home = read_home(context.host)
    if home.config is None:
        return skip("there is no config of the Codex CLI on this machine")
    if home.problem is not None:
        return Outcome(
            status=Status.WARN,
            summary=f"{home.config}: {home.problem}, so what the Codex CLI would do is not known",
            measured=home.problem,
            expected="a config that can be read",
        )
    own = urlsplit(context.kind.base_url).hostname
    urls = {"chatgpt_base_url": home.chatgpt_base_url or ""}
    urls |= {f"model_providers.{name}.base_url": url for name, url in home.base_urls.items()}
    others = {key: host for key, url in urls.items() if (host := _host(url)) not in {None, own, context.target.host}}
    if others:
        listed = ", ".join(f"{key} = {host}" for key, host in others.items())
        return Outcome(
            status=Status.WARN,
            summary=f"the Codex CLI may ask other hosts, for which this run proves nothing: {listed}",
            measured=listed,
            expected=f"{own} alone",
        )
    return Outcome(status=Status.PASS, summary=f"{home.config} names no other host")


def _host(url: str) -> str | None:
    """The host of a URL alone: the rest of it may hold a secret."""
    from urllib.parse import urlsplit

    try:
        return urlsplit(url).hostname
    except ValueError:
        return "a URL that cannot be read"
