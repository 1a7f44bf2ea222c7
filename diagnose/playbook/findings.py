"""What a step found, out of the JSON report that its command wrote beside what it printed."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from diagnose.model.playbook import Cause, Findings

_SCHEMA = "routecheck.report/v1"


def read(path: Path) -> Findings | None:
    """The findings of the report in a file; None when the command wrote none."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return _findings(report) if isinstance(report, dict) and report.get("schema") == _SCHEMA else None


def _findings(report: dict[str, Any]) -> Findings:
    checks: dict[str, dict[str, Any]] = report["checks"]
    return Findings(
        verdict=report["verdict"],
        because=tuple(report["because"]),
        causes=tuple(_cause(symptom, checks) for symptom in report["symptoms"]),
        failed=_of(checks, "fail"),
        undecided=_of(checks, "error"),
        warnings=tuple(check["summary"] for check in checks.values() if check["status"] == "warn"),
        tally=Counter(check["status"] for check in checks.values()),
        unknown=report["spend"]["unknown_requests"],
    )


def _of(checks: dict[str, dict[str, Any]], status: str) -> tuple[str, ...]:
    return tuple(check_id for check_id, check in checks.items() if check["status"] == status)


def _cause(symptom: dict[str, Any], checks: dict[str, dict[str, Any]]) -> Cause:
    seen = checks[symptom["check"]]
    return Cause(
        symptom=symptom["id"],
        **{key: symptom[key] for key in ("branch", "action", "check", "title", "meaning", "better_move")},
        said=seen["summary"],
        # Commands of our own ask once more; here it is the playbook that does.
        remedy=tuple(text for text in seen["remedy"] if not text.startswith("routecheck ")),
    )
