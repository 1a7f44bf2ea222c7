"""Everything on this machine by which OpenClaw would choose its route: read once, never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from diagnose.machine.host import Host
from diagnose.machine.openclaw import codex_login
from diagnose.machine.openclaw.config import Config, read_config
from diagnose.machine.openclaw.facts import CodexLogin, Stores, Variable, Version
from diagnose.machine.openclaw.installation import Installation, find_all
from diagnose.machine.openclaw.paths import state_dir
from diagnose.machine.openclaw.store import read_stores


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The facts of one machine. `others` are further installations on PATH, which are not the one that starts.

    `variables` holds every environment variable as OpenClaw would see it (process, `.env` of the state folder, the
    config's `env` section). `now` is Unix seconds, for expiry.
    """

    installation: Installation | None
    others: tuple[Installation, ...] = ()
    state: Path
    config: Config
    variables: Mapping[str, Variable] = field(default_factory=dict, repr=False)
    stores: Stores = field(default_factory=Stores)
    codex: CodexLogin | None = None
    now: float

    @property
    def version(self) -> Version | None:
        return self.installation.version if self.installation else None


def read(host: Host, config: Config | None = None, agent: str | None = None) -> Setting:
    """Everything, for a request of `agent` (the default one). Raises ConfigError when the config cannot be read.

    `config` is what `read_config` gave for the same host, where somebody has read it already.
    """
    config = config or read_config(host)
    first, *others = find_all(host) or (None,)
    return Setting(
        installation=first,
        others=tuple(other for other in others if other),
        state=state_dir(host),
        config=config,
        variables=config.environment,
        stores=read_stores(host, config, first.version if first else None, agent),
        codex=codex_login.read(host),
        now=host.now(),
    )
