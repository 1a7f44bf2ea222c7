"""A saved report or explanation of ours, explained again."""

from collections.abc import Mapping
from typing import Any

from diagnose.matrix import rows
from diagnose.matrix.deciding import classes
from diagnose.matrix.evidence import Evidence
from diagnose.matrix.remedies import commands, dont, found
from diagnose.model.explanation import Explanation


def of_report(report: Mapping[str, Any], given: Evidence) -> Explanation | None:
    """The symptom to act on of a saved report, which stands first in it, or that of a saved explanation; what to type
    is of its route, but where another one was `given` beside it."""
    listed = report.get("symptoms")
    first = listed[0].get("id") if isinstance(listed, list) and listed and isinstance(listed[0], dict) else None
    name = first or report.get("symptom")
    if not isinstance(name, str) or name not in rows():
        return None
    row = rows()[name]
    route = given.route or _route_of_report(report)
    return Explanation(
        outcome="diagnosed",
        because=(f"a saved routecheck document names the symptom {name}",),
        found=found(row),
        next=commands(row, classes(Evidence(route=route, credential=given.credential))),
        dont=dont(row),
    )


def _route_of_report(report: Mapping[str, Any]) -> str:
    """The route that a report claims, or that a saved explanation names; empty where it names none."""
    for part in (report.get("claim"), report, report.get("facts")):
        route = part.get("route") if isinstance(part, Mapping) else None
        if isinstance(route, str) and route:
            return route
    return ""
