"""What an order asks of its route: a new image, or an edit."""

from collections.abc import Callable
from functools import partial

from diagnose import routes
from diagnose.cli.problems import UsageProblem
from diagnose.cli.record import Order
from diagnose.cli.session import Session
from diagnose.model.claim import Claim
from diagnose.routes.kind import Editor, Route
from diagnose.routes.shot import Shot


def check_route(order: Order, session: Session) -> None:
    """Raises UsageProblem for an edit on a route through which nothing is edited."""
    if not order.images or session.context.kind.edits is not None:
        return
    can = [name for name in routes.ROUTES if routes.load(name).edits is not None]
    scenario = f", which the scenario {session.scenario} plays," if session.embedded else ""
    raise UsageProblem(
        f"routecheck edit goes through {', '.join(can)}; {session.context.kind.name}{scenario} is asked for new "
        "images alone. Nothing was sent"
    )


def named(order: Order) -> str:
    """What is asked for, in words."""
    count = len(order.images)
    return f"an edit of {count} image{'s' * (count > 1)}" if order.images else "one image"


def asking(order: Order, route: Route, claim: Claim) -> Callable[[Callable[[bytes], object]], Shot]:
    """What sends the request for the image, given where the bytes go."""
    if not order.images:
        return partial(route.generate, claim, order.prompt, claim.parameters)
    assert isinstance(route, Editor)
    return partial(route.edit, claim, order.prompt, claim.parameters, order.images)
