"""Who and what answered, as far as witnesses say so; never out of the request."""

from collections.abc import Sequence

from checks.context import Context
from diagnose import proof
from diagnose.model.report import CredentialFacts, Served
from diagnose.model.witness import Witness
from diagnose.routes.served import served_model


def served_by(context: Context, judgement: proof.Judgement, *, asked: bool) -> Served:
    """Who and what answered. A dimension is filled from a witness that carries it, never from the request."""
    weighed = judgement.witnesses
    learned = context.learned
    facts = learned.facts
    rooted = _carried("provider", weighed)
    against = [w for w in weighed if w.dimension == "provider" and not w.agrees]
    shot = learned.shot
    peer = shot.exchange.peer if shot is not None and shot.exchange is not None else None
    body = shot.body if shot is not None else {}
    echoed = {
        name: value
        for name in ("size", "quality", "background", "output_format")
        if isinstance(value := body.get(name), str)
    }
    # The free probes tell who owns the key; whose image OpenClaw brought only its own answer does.
    owners = list(learned.owner_headers.values()) if context.mode != "openclaw" or shot is not None else []
    owners += [learned.account] if learned.account is not None else []
    through = learned.through.served if learned.through is not None and context.mode == "openclaw" else None
    tapped = f"{through.method} {through.path}" if through else None
    return Served(
        provider=f"not {context.claim.provider}" if against else (context.claim.provider if rooted else None),
        host=f"{peer.host}:{peer.port}" if peer else through.target.shown if through else None,
        surface=_surface(weighed) if peer else tapped,
        credential=_credential(context) if asked else None,
        owner=", ".join(owners) or None,
        model=_model(context),
        parameters=echoed,
        pixels=facts.pixels if facts else None,
        alpha=facts.alpha if facts else None,
        sha256=facts.sha256 if facts else None,
    )


def _credential(context: Context) -> CredentialFacts | None:
    """The credential that was sent with the image request: ours, or the one of OpenClaw if the tap saw it."""
    if context.mode == "openclaw":
        through = context.learned.through.served if context.learned.through is not None else None
        if through is None or through.credential is None:
            return None
        return CredentialFacts(
            kind=through.credential.form, fingerprint=through.credential.fingerprint, source="OpenClaw's own request"
        )
    if context.credential is None:
        return None
    found = context.credential
    return CredentialFacts(kind=found.kind.id, fingerprint=found.secret.fingerprint, source=found.source)


def _model(context: Context) -> str | None:
    """The model that served, as far as a witness says so; never the requested one."""
    if context.learned.shot is None or context.learned.facts is None:
        return None
    return served_model(context.received())


def _surface(weighed: Sequence[Witness]) -> str | None:
    best = proof.strongest(weighed).get("surface")
    return best.value if best is not None else None


def _carried(dimension: str, weighed: Sequence[Witness]) -> bool:
    return any(w.dimension == dimension and w.agrees and w.strength >= 3 for w in weighed)
