"""The parts of OpenClaw's config that decide about images, each made into plain facts."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from diagnose.machine.host import Host
from diagnose.machine.json5 import ConfigError
from diagnose.machine.openclaw import paths, variables
from diagnose.machine.openclaw.facts import Agent, ApiKey, AuthProfile, ImageModel, Origin, Provider
from diagnose.machine.openclaw.includes import Place
from diagnose.model.secret import Secret

_AGENT = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SOURCES = ("file", "exec", "store", "profile")


@dataclass(frozen=True, slots=True)
class Section:
    """An object of the config under its key ("" for the whole of it)."""

    value: dict[str, Any]
    key: str
    place: Place

    def section(self, name: str) -> "Section":
        """The object below, empty when there is none. Raises ConfigError for anything else."""
        value = self.value.get(name)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            where = self.origin(name)
            raise ConfigError(f"{where.file}: key {where.key}: must be an object, not {type(value).__name__}")
        return Section(value, self.full(name), self.place)

    def full(self, name: str) -> str:
        return f"{self.key}.{name}" if self.key else name

    def origin(self, name: str) -> Origin:
        key = self.full(name)
        return Origin(file=self.place.of(key), key=key)


def image_models(agents: Section) -> Iterator[ImageModel]:
    """The image models of the defaults, then of every agent that names one, under the old and the new key."""
    yield from _models_of(agents.section("defaults"), None)
    for name, entry in _rows(agents):
        yield from _models_of(entry, name)


def agents(section: Section, host: Host) -> tuple[str, tuple[Agent, ...]]:
    """The default agent's id and all agents that are configured. See Config.default_agent."""
    rows = dict(reversed([(name, entry) for name, entry in _rows(section)]))  # the first of one name counts
    names = list(reversed(rows))
    keyed = section.value.get("entries") is not None
    marked = [name for name in names if rows[name].value.get("default") is True]
    if not names:
        # A list without an agent is the same as none; `entries` without one is a config that has no agent at all.
        default = "" if keyed else "main"
    elif not keyed:
        default = (marked or names)[0]
    elif section.value.get("ownership") == "explicit":
        owner = section.section("defaults").section("systemAgent").value.get("agentId")
        known = isinstance(owner, str) and agent_id(owner) in names
        default = agent_id(str(owner)) if known else names[0] if len(names) == 1 else ""
    else:
        sole = marked if len(marked) == 1 else names
        default = sole[0] if len(sole) == 1 else ""
    return default, tuple(_agent(name, rows[name].value, name == default, host) for name in names)


def agent_id(text: str) -> str:
    """An agent's id as OpenClaw spells it in folders: lower case, anything unusual as a dash; "main" for nothing."""
    lower = text.strip().lower()
    if _AGENT.fullmatch(lower):
        return lower
    return re.sub(r"[^a-z0-9_-]+", "-", lower).strip("-")[:64] or "main"


def providers(
    section: Section, raw: Mapping[str, Any], env: Mapping[str, str], profiles: set[str]
) -> dict[str, Provider]:
    """`models.providers`, by id in lower case. `raw` is the same with variables not yet replaced."""
    found = {}
    for name, value in section.value.items():
        if not isinstance(value, dict):
            raise ConfigError(f"{section.origin(name).file}: key {section.full(name)}: must be an object")
        base, origin = value.get("baseUrl"), section.origin(name)
        key_origin = Section(value, section.full(name), section.place).origin("apiKey")
        found[name.strip().lower()] = Provider(
            id=name,
            base_url=base if isinstance(base, str) and base.strip() else None,
            api_key=_api_key(raw[name].get("apiKey"), env, profiles, key_origin),
            settings={key: item for key, item in value.items() if key != "apiKey"},
            origin=origin,
        )
    return found


def auth_profiles(auth: Section) -> tuple[AuthProfile, ...]:
    """`auth.profiles`: what the config declares."""
    found = []
    for name, value in auth.section("profiles").value.items():
        entry = value if isinstance(value, dict) else {}
        provider, mode = entry.get("provider"), entry.get("mode")
        found.append(
            AuthProfile(
                id=name,
                provider=provider.strip().lower() if isinstance(provider, str) else None,
                mode=mode if isinstance(mode, str) else None,
            )
        )
    return tuple(found)


def order(value: Any) -> dict[str, tuple[str, ...]]:
    """Profile ids by provider; an empty list stays, for it rules out every profile."""
    pairs = value.items() if isinstance(value, dict) else ()
    return {name.strip().lower(): texts(listed) for name, listed in pairs if isinstance(listed, list)}


def texts(value: Any) -> tuple[str, ...]:
    """The texts of a list, nothing for anything else."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def reference(value: Any) -> tuple[str, str | None] | None:
    """(source, variable) of a reference to a secret, in any of its forms; None when it is none."""
    if isinstance(value, str):
        name = variables.whole(value)
        return ("env", name) if name else None
    if not isinstance(value, dict):
        return None
    source, name = value.get("source"), value.get("id")
    if source == "env" and isinstance(name, str):
        return "env", name
    return (source if source in _SOURCES else "something else"), None  # what we do not know is not quoted


def _rows(agents: Section) -> Iterator[tuple[str, Section]]:
    """Every agent: `agents.entries` by key when there is one, else `agents.list` by `id`."""
    if agents.value.get("entries") is not None:
        entries = agents.section("entries")
        for name, value in entries.value.items():
            if isinstance(value, dict):
                yield agent_id(name), Section(value, entries.full(name), agents.place)
        return
    listed = agents.value.get("list")
    for index, value in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(value, dict):
            given = value.get("id")
            key = f"{agents.full('list')}.{index}"
            yield agent_id(given if isinstance(given, str) else ""), Section(value, key, agents.place)


def _agent(name: str, entry: Mapping[str, Any], default: bool, host: Host) -> Agent:
    folder = entry.get("agentDir")
    given = isinstance(folder, str) and folder.strip()
    return Agent(
        id=name, default=default, folder=paths.expanded(str(folder), host) if given else paths.agent_dir(host, name)
    )


def _models_of(settings: Section, agent: str | None) -> Iterator[ImageModel]:
    media = settings.section("mediaModels")
    for section, name in ((settings, "imageGenerationModel"), (media, "image")):
        value, origin = section.value.get(name), section.origin(name)
        if value is None:
            continue
        if not isinstance(value, str | dict):
            raise ConfigError(f"{origin.file}: key {origin.key}: must be a model reference or an object with primary")
        parts = {"primary": value} if isinstance(value, str) else value
        primary, timeout = parts.get("primary"), parts.get("timeoutMs")
        yield ImageModel(
            key=origin.key,
            primary=primary if isinstance(primary, str) else None,
            fallbacks=texts(parts.get("fallbacks")),
            timeout_ms=timeout if isinstance(timeout, int) and not isinstance(timeout, bool) else None,
            agent=agent,
            origin=origin,
        )


def _api_key(written: Any, env: Mapping[str, str], profiles: set[str], origin: Origin) -> ApiKey | None:
    if isinstance(written, str):
        if not written.strip():
            return None
        if written in profiles:
            # `models auth paste-api-key` of 2026.9.6 puts the name of the stored profile in the place of the key.
            return ApiKey(form="reference to profile", secret=None, origin=origin)
        if used := variables.named(written):
            missing: list[str] = []
            value = variables.filled(written, env, missing)
            return ApiKey(form=f"variable {used[0]}", secret=None if missing else Secret(value), origin=origin)
    found = reference(written)
    if found is None:
        plain = Secret(variables.filled(written, env, [])) if isinstance(written, str) else None
        return ApiKey(form="plain", secret=plain, origin=origin) if plain else None
    source, variable = found
    value = env.get(variable, "") if variable else ""
    return ApiKey(
        form=f"reference to {source}" + (f" {variable}" if variable else ""),
        secret=Secret(value) if value.strip() else None,
        origin=origin,
    )
