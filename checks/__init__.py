"""The checks, in the order in which they run and are printed.

Each file holds one group. A check registers itself with `@declare` and is handed a Context; it returns an
Outcome, prints nothing, and does not raise for trouble that it can expect.
"""

from dataclasses import replace
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

MODULES = (
    *("codex_history", *GROUPS[:-2], "codex_login", "codex_account", "codex_usage"),
    *("openclaw_settings", "openclaw_smoke", "openclaw_served", *GROUPS[-2:]),
)
"""The modules that declare checks. Those about OpenClaw belong to several groups, and stand before what came."""


def checks_of(route: str) -> tuple[Check[Context], ...]:
    """The checks of one route, without relations to checks that are about others."""
    mine = [check for check in all_checks() if not check.routes or route in check.routes]
    known = {check.id for check in mine}

    def kept(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if name in known)

    return tuple(replace(c, needs=kept(c.needs), either=kept(c.either), unless=kept(c.unless)) for c in mine)


def all_checks() -> tuple[Check[Context], ...]:
    """Every check, group by group, and within a group module by module in the order of declaration."""
    for module in MODULES:
        import_module(f"checks.{module}")

    def place(check: Check[Context]) -> tuple[int, int]:
        # By module, not by declaration: a module that imports another one declares its checks after that one's.
        return GROUPS.index(check.group), MODULES.index(check.run.__module__.removeprefix("checks."))

    return tuple(sorted(registered(), key=place))
