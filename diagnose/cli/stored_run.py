"""A run that routecheck has stored, for `routecheck explain --from-run`."""

import json
import os

from diagnose.cli.problems import UsageProblem

NOT_STORED = "a run in a sandbox of its own is not stored"
"""Said beside the run that is explained: it may be older than the last one that was typed."""

_LISTED = 5


def stored(name: str) -> str:
    """The public JSON of the newest stored run ("last") or of the one of this number. Raises UsageProblem."""
    import sqlite3

    from diagnose.history import History, state_folder

    number = None if name.strip().lower() == "last" else _number(name)
    try:
        history = History(state_folder(os.environ))
        report = history.report(number)
        listed = history.listed(_LISTED)
    except (OSError, sqlite3.Error) as error:
        raise UsageProblem(f"--from-run: the stored runs cannot be read: {error}") from error
    if report is not None:
        return json.dumps(report)
    if not listed:
        raise UsageProblem(
            "--from-run: no run is stored on this machine. Run routecheck run --no-fallback --no-spend first, which is "
            f"free; {NOT_STORED}"
        )
    there = ", ".join(f"{past.number} ({past.verdict})" for past in listed)
    raise UsageProblem(f"--from-run: there is no run {number}; the newest are {there}")


def _number(name: str) -> int:
    digits = name.strip().removeprefix("#")
    if not digits.isdecimal() or len(digits) > 12:
        raise UsageProblem("--from-run takes last, or the number of a stored run")
    return int(digits)
