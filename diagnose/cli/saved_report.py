"""What a saved report of routecheck says of itself, where one is explained again."""

import re
from collections.abc import Mapping
from typing import Any

from diagnose.model.explanation import Explanation

_REASONS = 4
_PROVEN = "That report says proven and names nothing to mend. Pasted words prove nothing themselves: a new run does."
_SANDBOX = "That sandbox run went as it should: there is nothing to mend, and nothing about production is proven by it."
_NO_SYMPTOM = "That run names no symptom: there is nothing in it that routecheck knows how to mend."
_MOMENT = r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z"


def is_to_mend(report: Mapping[str, Any]) -> bool:
    """Whether it names something to act on: beside a proven verdict a symptom is worth knowing, no more."""
    return bool(report.get("symptoms", True)) and report.get("verdict") != "proven"


def nothing_to_mend(report: Mapping[str, Any]) -> Explanation:
    """The explanation of a run that went well, or that names no symptom."""
    proven = _SANDBOX if report.get("sandbox") else _PROVEN
    said = proven if report.get("verdict") == "proven" else _NO_SYMPTOM
    return Explanation(outcome="unknown", because=told(report), collect=(said,))


def told(report: Mapping[str, Any]) -> tuple[str, ...]:
    """Which run it was and how it ended, then why it ended so; nothing where it is an explanation or a part."""
    claim, because = report.get("claim"), report.get("because")
    if not isinstance(claim, dict) or not isinstance(because, list):
        return ()
    of = "a sandbox run, no contract for production, of " if report.get("sandbox") else ""
    about = f"routecheck's own report of {of}{_when(report.get('generated_at'))} says {report.get('verdict')} for "
    through = f" through {claim['route']}" if claim.get("route") else ""
    return (f"{about}{claim.get('model')}{through}", *(str(line) for line in because[:_REASONS]))


def _when(moment: object) -> str:
    """A time of the JSON as the screen writes it, anything else as it is."""
    found = re.fullmatch(_MOMENT, str(moment))
    return f"{found[1]} {found[2]} UTC" if found else str(moment)
