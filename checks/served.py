"""Requested = echoed = received: the questions that the route's answer is asked, one check each."""

from checks.context import Context, declare
from diagnose.model.check import Cost, Outcome, skip

_EITHER = ["smoke.generation", "smoke.openclaw"]


def _ask(check_id: str, context: Context) -> Outcome:
    from diagnose.routes.served import QUESTIONS

    if context.learned.facts is None:
        return skip("nothing was noted of OpenClaw's own request: --tap notes it")
    return QUESTIONS[check_id](context.received())


@declare("served.provider", "Who answered", cost=Cost.OFFLINE, either=_EITHER)
def provider(context: Context) -> Outcome:
    """Who answered, by the TLS name; and whether anything in the answer names somebody else."""
    return _ask("served.provider", context)


@declare("served.answer", "One plain answer", cost=Cost.OFFLINE, either=_EITHER)
def answer(context: Context) -> Outcome:
    """Whether it is one plain answer: one image where it belongs, no error beside it, nothing said twice."""
    return _ask("served.answer", context)


@declare("served.owner", "Who pays for the image", cost=Cost.OFFLINE, either=_EITHER)
def owner(context: Context) -> Outcome:
    """Whether the owner that the image's own answer names is the claimed one."""
    return _ask("served.owner", context)


@declare("served.model", "Which model served it", cost=Cost.OFFLINE, either=_EITHER)
def model(context: Context) -> Outcome:
    """Which model served it: a name in the body, and the billed tokens against the model's formula."""
    return _ask("served.model", context)


@declare("served.parameters", "Parameters kept", cost=Cost.OFFLINE, either=_EITHER)
def parameters(context: Context) -> Outcome:
    """Whether the requested parameters are those that are echoed and those that the bytes show."""
    return _ask("served.parameters", context)


@declare("served.pixels", "Pixels received", cost=Cost.OFFLINE, either=_EITHER)
def pixels(context: Context) -> Outcome:
    """Whether the decoded size is the requested one, or the echoed one when any size would do."""
    return _ask("served.pixels", context)


@declare("served.provenance", "Provenance in the bytes", cost=Cost.OFFLINE, either=_EITHER)
def provenance(context: Context) -> Outcome:
    """Whether content credentials are there, verified, trusted, and signed inside the request."""
    return _ask("served.provenance", context)


@declare("served.freshness", "Made for this request", cost=Cost.OFFLINE, either=_EITHER)
def freshness(context: Context) -> Outcome:
    """Whether the image was made for this request: its time of making lies inside our own exchange."""
    return _ask("served.freshness", context)
