"""What OpenClaw's image says about who served it, and what OpenClaw's own list says against that."""

from checks.context import Context, declare
from checks.openclaw_settings import NOT_ASKED
from diagnose.children import NotStartedError
from diagnose.model.check import Cost, Outcome, Status, skip

_NEEDS = ["smoke.openclaw"]


@declare("served.openclaw", "Who answered OpenClaw", cost=Cost.OFFLINE, needs=_NEEDS)
def who(context: Context) -> Outcome:
    """Who answered OpenClaw: its list of attempts, its line about the login, and the host on the wire."""
    from diagnose.routes import openclaw_served

    return openclaw_served.who(context.seen())


@declare("served.credential", "Credential that OpenClaw sent", cost=Cost.OFFLINE, needs=_NEEDS)
def credential(context: Context) -> Outcome:
    """Which credential crossed the tap, against the one that was expected."""
    from diagnose.routes import openclaw_served

    seen = context.seen()
    return openclaw_served.credential(seen) if seen.through.served is not None else skip("only --tap sees it")


@declare("served.request", "Request that OpenClaw made", cost=Cost.OFFLINE, needs=_NEEDS)
def request(context: Context) -> Outcome:
    """What OpenClaw made of model and parameters: asked, against sent and what it says that it ignored."""
    from diagnose.routes import openclaw_served

    return openclaw_served.request(context.seen())


@declare("served.file", "File that OpenClaw wrote", cost=Cost.OFFLINE, needs=_NEEDS)
def file(context: Context) -> Outcome:
    """Whether the file is the image that came over the wire, and what OpenClaw says of it."""
    from diagnose.routes import openclaw_file

    return openclaw_file.file(context.seen())


@declare("served.listing", "OpenClaw's list of providers", cost=Cost.OFFLINE)
def listing(context: Context) -> Outcome:
    """Whether OpenClaw's own list says of the provider what the route did; the list itself proves nothing."""
    if context.openclaw is None:
        return skip(NOT_ASKED)
    if (reason := context.openclaw.unsafe()) is not None:
        return skip(f"OpenClaw was not started: {reason}")
    try:
        if context.learned.listing is not None:
            found = context.learned.listing.result()
        elif context.learned.refused is not None and context.openclaw.unsealed() is None:
            found = context.openclaw.listing()
        else:
            return skip("OpenClaw did nothing that its list could be measured against")
    except NotStartedError as error:
        return skip(str(error))
    if not found.providers:
        return skip(f"OpenClaw gave no list: {found.error or 'no answer'}")
    row = found.providers.get(context.claim.provider)
    if row is None:
        return Outcome(
            status=Status.WARN,
            summary=f"OpenClaw lists no image provider {context.claim.provider}",
            measured=", ".join(found.providers) or "nothing",
            expected=context.claim.provider,
            symptom="openclaw-image-tool-absent",
        )
    configured = row.get("configured") is True
    worked = context.learned.through is not None and context.learned.through.generation.ok
    tried = context.learned.dry is not None and bool(context.learned.dry.targets)
    says = "configured" if configured else "not configured"
    did = (
        "made an image" if worked else "tried to ask" if tried else "could not ask" if context.learned.dry else "failed"
    )
    if context.learned.refused is not None and not worked:
        did, tried = "is refused by the host", False
    if configured != (worked or tried):
        return Outcome(
            status=Status.WARN,
            summary=f"the list says {says}, and the route {did}: go by the route",
            measured=says,
            expected=f"the route {did}",
            symptom="openclaw-listing-misleads",
        )
    return Outcome(status=Status.PASS, summary=f"the list says {says}, and the route {did}; the list proves nothing")
