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
"""The groups in running order; each has a module of that name."""

MODULES = (*GROUPS[:-2], "openclaw_settings", "openclaw_smoke", "openclaw_served", *GROUPS[-2:])
"""The modules that declare checks. Those about OpenClaw belong to several groups, and stand before what came."""


def all_checks() -> tuple[Check[Context], ...]:
    """Every check, group by group in the order of declaration."""
    for module in MODULES:
        import_module(f"checks.{module}")
    return tuple(sorted(registered(), key=lambda check: GROUPS.index(check.group)))
