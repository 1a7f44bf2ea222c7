"""Requested = echoed = received: the questions that the route's answer is asked, one check each."""

from collections.abc import Callable

from checks.context import Context, declare
from diagnose.model.check import Cost, Outcome
from diagnose.routes import served

_TITLES = {
    "served.provider": "Who answered",
    "served.model": "Which model served it",
    "served.parameters": "Parameters kept",
    "served.pixels": "Pixels received",
    "served.provenance": "Provenance in the bytes",
    "served.freshness": "Made for this request",
}


def _declare(check_id: str, question: Callable[[served.Received], Outcome]) -> None:
    def ask(context: Context) -> Outcome:
        return question(context.received())

    ask.__doc__ = question.__doc__
    declare(check_id, _TITLES[check_id], cost=Cost.OFFLINE, needs=["smoke.generation"])(ask)


for _check_id, _question in served.QUESTIONS.items():
    _declare(_check_id, _question)
