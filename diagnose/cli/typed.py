"""What the operator typed for a run, before a scenario, the machine or a default decides the rest."""

from dataclasses import dataclass

DEFAULT_TIMEOUT = 180.0
DEFAULT_MAX_COST = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the operator typed; None where nothing was typed and a scenario or a default decides."""

    route: str | None = None
    model: str | None = None
    base_url: str | None = None
    base_url_from: str = "--base-url"
    owner: str | None = None
    size: str | None = None
    quality: str | None = None
    background: str | None = None
    image_format: str | None = None
    login: str | None = None
    no_fallback: bool = False
    no_spend: bool = False
    max_cost: float | None = None
    max_cost_from: str = "--max-cost"
    timeout: float | None = None
    allow_http: bool = False
    allow_other_host: bool = False
    sandbox: str | None = None
    sandbox_at: str | None = None
    through: str = "auto"
    tap: bool = False
    dry: bool = False
    as_configured: bool = False
    agent: str | None = None
    allow_plugin_install: bool = False
