"""What OpenClaw's config says about images, credentials and agents: read once, with the place of every key.

Paths and keys are those measured with the releases 2026.4.22, 2026.5.18 and 2026.9.6.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diagnose.machine.host import Host
from diagnose.machine.json5 import ConfigError
from diagnose.machine.openclaw import includes as included
from diagnose.machine.openclaw import sections, variables
from diagnose.machine.openclaw.facts import Agent, AuthProfile, ImageModel, Origin, Provider, Variable
from diagnose.machine.openclaw.paths import config_path, include_roots


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugins:
    """`plugins`: `allow` None when there is no such list; `enabled` of the single entries by plugin id."""

    on: bool = True
    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] = ()
    enabled: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The config with its includes; `path` is None when there is no config file.

    `tree` is the merged config with variables replaced where they resolve. `default_agent` is the agent of a request
    that names none; "" when OpenClaw would ask which. `providers` goes by provider id in lower case, `auth_order` too.
    `variables` is the `env` section, `unset` what the config uses and nothing sets.
    """

    path: Path | None = None
    includes: tuple[Path, ...] = ()
    tree: Mapping[str, Any] = field(default_factory=dict, repr=False)
    image_models: tuple[ImageModel, ...] = ()
    agents: tuple[Agent, ...] = ()
    default_agent: str = "main"
    providers: Mapping[str, Provider] = field(default_factory=dict)
    auth_profiles: tuple[AuthProfile, ...] = ()
    auth_order: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    auto_fallback: bool | None = None
    plugins: Plugins = field(default_factory=Plugins)
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    environment: Mapping[str, Variable] = field(default_factory=dict, repr=False)
    """Every variable as OpenClaw would see it: process, `.env` files, the `env` section."""
    unset: tuple[str, ...] = ()
    place: included.Place | None = field(default=None, repr=False)

    @property
    def provider(self) -> Provider:
        """`models.providers.openai`, empty when there is none."""
        nothing = Provider(id="openai", base_url=None, api_key=None, origin=self.origin("models.providers.openai"))
        return self.providers.get("openai", nothing)

    def at(self, key: str) -> Any:
        """The value of "a.b.c" (an index counts as a key), None where there is none."""
        value: Any = self.tree
        for part in key.split("."):
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
                value = value[int(part)]
            else:
                return None
        return value

    def origin(self, key: str) -> Origin:
        """Where "a.b.c" stands: the file that really holds it, be it an included one."""
        return Origin(file=self.place.of(key) if self.place else self.path, key=key)


def read_config(host: Host) -> Config:
    """The config of this machine. Raises ConfigError with file, line and column or key."""
    path = config_path(host)
    try:
        there = path.exists()
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path!s:.300}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if not there:
        if host.env.get("OPENCLAW_CONFIG_PATH", "").strip():
            raise ConfigError(f"{path}: OPENCLAW_CONFIG_PATH names this file, and it is not there")
        return Config(environment=variables.seen(host, {}, {}))
    try:
        return _read(path, host)
    except RecursionError:
        raise ConfigError(f"{path}: the config is nested too deeply") from None


def _read(path: Path, host: Host) -> Config:
    read = included.read(path, include_roots(host))
    if not isinstance(read.value, dict):
        raise ConfigError(f"{path}: the config must be an object, {{…}}")
    raw = sections.Section(read.value, "", read.place)
    taken = {name: (value, f"env.{key}") for name, value, key in variables.section(raw.section("env").value)}
    origins = {name: Origin(file=read.place.of(key), key=key) for name, (_, key) in taken.items()}
    own = {name: value for name, (value, _) in taken.items()}
    seen = variables.seen(host, own, origins)
    env = {name: variable.value for name, variable in seen.items()}
    unset: list[str] = []
    tree = variables.filled_tree(read.value, env, unset)
    top = sections.Section(tree, "", read.place)
    raw_providers = raw.section("models").section("providers").value
    auth, defaults = top.section("auth"), top.section("agents").section("defaults")
    auto = defaults.value.get("mediaGenerationAutoProviderFallback")
    profiles = sections.auth_profiles(auth)
    default, agents = sections.agents(top.section("agents"), host)
    return Config(
        path=path,
        includes=read.files,
        tree=tree,
        image_models=tuple(sections.image_models(top.section("agents"))),
        agents=agents,
        default_agent=default,
        providers=sections.providers(
            top.section("models").section("providers"), raw_providers, env, {profile.id for profile in profiles}
        ),
        auth_profiles=profiles,
        auth_order=sections.order(auth.section("order").value),
        auto_fallback=auto if isinstance(auto, bool) else None,
        plugins=_plugins(top.section("plugins")),
        variables=own,
        environment=seen,
        unset=tuple(dict.fromkeys(unset)),
        place=read.place,
    )


def _plugins(plugins: sections.Section) -> Plugins:
    allow = plugins.value.get("allow")
    entries = plugins.section("entries").value
    return Plugins(
        on=plugins.value.get("enabled") is not False,
        allow=sections.texts(allow) if isinstance(allow, list) else None,
        deny=sections.texts(plugins.value.get("deny")),
        enabled={
            name: entry["enabled"]
            for name, entry in entries.items()
            if isinstance(entry, dict) and isinstance(entry.get("enabled"), bool)
        },
    )
