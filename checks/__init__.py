"""The checks, in the order in which they run and are printed.

Each file holds one group. A check registers itself with `@declare` and is handed a Context; it returns an
Outcome, prints nothing, and does not raise for trouble that it can expect.
"""

from importlib import import_module

from checks.context import Context, registered
from diagnose.model.check import Check

GROUPS = (
    "environment",
    "model_reference",
    "credentials",
    "scopes",
    "workspace",
    "fallback_policy",
    "controls",
    "smoke",
    "served",
    "parameters",
)
"""The groups in running order; each is the module of that name."""


def all_checks() -> tuple[Check[Context], ...]:
    """Every check, group by group in the order of declaration."""
    for group in GROUPS:
        import_module(f"checks.{group}")
    return tuple(sorted(registered(), key=lambda check: GROUPS.index(check.group)))
