"""Who else may answer: what was claimed, and what the config allows."""

from checks.context import Context, declare
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
            remedy=("routecheck run --no-fallback",),
            costs_proof=True,
        )
    if context.mode == "openclaw":
        return Outcome(
            status=Status.PASS,
            summary="forbidden: OpenClaw's first request has to bring the image, from the claimed host",
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
