"""Which image providers are registered: those whose plugin is neither switched off nor shut out."""

from collections.abc import Iterator, Mapping
from typing import Any

from diagnose.machine.openclaw.predict_world import World, mapping, text
from diagnose.machine.openclaw.releases import parse_version
from diagnose.machine.openclaw.rules import Row

_MODELS = ("model", "imageModel", "pdfModel", "imageGenerationModel", "videoGenerationModel", "musicGenerationModel")


def registered(world: World) -> Mapping[str, Row]:
    """The image providers of the release that a request can reach, by id."""
    rows, plugins = world.rules.providers, world.setting.config.plugins
    if not plugins.on:
        return {}
    off = {name.strip().lower() for name, on in plugins.enabled.items() if not on}
    off |= {name.strip().lower() for name in plugins.deny}
    reachable = {name: row for name, row in rows.items() if row.values["plugin"] not in off}
    allow = {name.strip().lower() for name in plugins.allow or ()}
    if not allow or not world.rules.holds("plugins-allow-is-a-wall") or _lifted(world):
        return reachable
    allow |= set(_extended(world))
    inside = {name: row for name, row in reachable.items() if row.values["plugin"] in allow}
    return inside if inside or not world.rules.holds("plugins-allow-without-any") else reachable


def _lifted(world: World) -> bool:
    """Whether the state of this computer, or the age of its config, lets bundled plugins through."""
    rules, stores = world.rules, world.setting.stores
    if not rules.holds("plugins-allow-lifted"):
        return False
    if stores.discovery is not None:
        return bool(stores.discovery == rules.value("plugins-allow-lifted", "mode"))
    files = {profile.origin.file.name for profile in stores.profiles if profile.origin.file}
    if not stores.database and "openclaw.sqlite" not in files:
        return False  # a first run: what it notes down counts from the next run on
    written = parse_version(text(world.setting.config.at("meta.lastTouchedVersion")))
    cutover = parse_version(rules.value("plugins-allow-lifted", "cutover"))
    return written is None or cutover is None or written < cutover


def _extended(world: World) -> Iterator[str]:
    """The plugins that count as allowed without being listed."""
    rules, config = world.rules, world.setting.config
    for name, entry in mapping(config.at("plugins.entries")).items():
        part = mapping(entry)
        if part.get("enabled") is True or isinstance(part.get("config"), dict):
            yield name.strip().lower()
    by_provider: list[str] = rules.value("plugins-allow-extended", "providers")
    named = {*config.providers, *(profile.provider or "" for profile in config.auth_profiles)}
    named = {name for name in named if name in by_provider}
    named |= set(_model_providers(config.at("agents")))
    for provider in named:
        row = rules.provider(provider)
        if row is not None:
            yield row.values["plugin"]


def _model_providers(agents: Any) -> Iterator[str]:
    """The provider of every model that the agents are configured with."""
    section = mapping(agents)
    listed = section.get("list")
    settings = [section.get("defaults"), *mapping(section.get("entries")).values()]
    settings += listed if isinstance(listed, list) else []
    for setting in map(mapping, settings):
        models = [setting.get(key) for key in _MODELS] + list(mapping(setting.get("mediaModels")).values())
        for model in models:
            fallbacks = mapping(model).get("fallbacks")
            references = [model, mapping(model).get("primary"), *(fallbacks if isinstance(fallbacks, list) else ())]
            for reference in references:
                provider, slash, _ = text(reference).partition("/")
                if slash and provider.strip():
                    yield provider.strip()
