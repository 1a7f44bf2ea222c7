"""Which providers and models would be tried, in order: the named one, the configured ones, the detected ones."""

from collections.abc import Iterator
from dataclasses import dataclass

from diagnose.machine.openclaw.facts import ImageModel
from diagnose.machine.openclaw.predict_auth import bound_profile, configured
from diagnose.machine.openclaw.predict_config import parse
from diagnose.machine.openclaw.predict_network import address, chatgpt_path
from diagnose.machine.openclaw.predict_plugins import registered
from diagnose.machine.openclaw.predict_world import World, mapping, text
from diagnose.machine.openclaw.prediction import Via
from diagnose.machine.openclaw.rules import Row, Trail

_DEFAULT = "openai"
_IMAGES_API = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One provider and model to be tried, with the rules that put it there."""

    provider: str
    model: str
    via: Via
    trail: Trail


def wanted(world: World) -> list[Wanted]:
    """All of them, each once, in order."""
    found: dict[tuple[str, str], Wanted] = {}
    for item in _all(world):
        found.setdefault((item.provider, item.model), item)
    return list(found.values())


def _all(world: World) -> Iterator[Wanted]:
    rules = world.rules
    if rules.holds("named-model-is-exact"):
        if (named := _by_list(world, world.asked.model, "override")) is not None:
            named.trail.note("named-model-is-exact")
            yield named
            return
    elif (named := _plain(world, world.asked.model, "override")) is not None:
        named.trail.note("named-model-goes-first")
        yield named
    automatic = detects(world)
    by_list = automatic and rules.holds("bare-model-by-list")
    model = _configured(world)
    places: list[tuple[str | None, Via]] = [(model.primary, "primary")] if model else []
    places += [(fallback, "fallback") for fallback in (model.fallbacks if model else ())]
    for reference, via in places:
        found = _by_list(world, reference, via) if by_list else _plain(world, reference, via)
        if found is not None:
            found.trail.note("image-model-key")
            yield found
    if automatic:
        yield from _detected(world)


def detects(world: World) -> bool:
    """Whether further providers are detected."""
    switched_off = world.setting.config.auto_fallback is False
    return not (switched_off and world.rules.holds("auto-detection-switch"))


def _configured(world: World) -> ImageModel | None:
    key = f"agents.defaults.{world.rules.value('image-model-key', 'key')}"
    models = world.setting.config.image_models
    return next((model for model in models if model.agent is None and model.key == key), None)


def _plain(world: World, reference: str | None, via: Via) -> Wanted | None:
    parsed = parse(reference)
    return Wanted(provider=parsed[0], model=parsed[1], via=via, trail=world.trail()) if parsed else None


def _by_list(world: World, reference: str | None, via: Via) -> Wanted | None:
    """A reference whose provider may be missing: then the first provider that lists the model has it."""
    parsed, bare = parse(reference), (reference or "").strip()
    known = registered(world)
    row = world.rules.provider(parsed[0]) if parsed else None
    if bare and (row is None or row.values["name"] not in known):
        rows = sorted(known.values(), key=lambda row: (str(row.values["plugin"]), str(row.values["name"])))
        for row in rows:
            if bare in [row.values.get("default"), *row.values["models"]]:
                trail = world.trail()
                trail.note("bare-model-by-list")
                return Wanted(provider=row.values["name"], model=bare, via=via, trail=trail)
    return _plain(world, reference, via)


def _detected(world: World) -> Iterator[Wanted]:
    rows = [row for row in registered(world).values() if row.values.get("default") and has_credential(world, row)]
    first = _default_provider(world)
    rows.sort(key=lambda row: first not in [row.values["name"], *row.values.get("aliases", ())])
    for row in rows:
        trail = world.trail()
        trail.note("auto-detection")
        yield Wanted(provider=row.values["name"], model=row.values["default"], via="auto", trail=trail)


def _default_provider(world: World) -> str:
    """The provider of the agents' text model, which is detected first."""
    model = world.setting.config.at("agents.defaults.model")
    primary = text(model) or text(mapping(model).get("primary"))
    provider, slash, _ = primary.partition("/")
    return provider.strip() if slash and provider.strip() else _DEFAULT


def has_credential(world: World, row: Row) -> bool:
    """Whether a provider counts as one with a credential when providers are detected; whether it works is not asked."""
    name = row.values["name"]
    if row.values.get("detected") == "config":
        return _has_workflow(world, name)
    if name == _DEFAULT:
        return _openai_has_credential(world)
    if world.rules.holds("detection-reads-config-keys"):
        if (profile := bound_profile(world, name)) is not None:
            return profile.secret is not None or profile.reference is not None
        if configured(world, name, "", world.trail()) is not None:
            return True
    return _stored_or_variable(world, name)


def _stored_or_variable(world: World, name: str) -> bool:
    return world.first_variable(name) is not None or bool(world.profiles_of(name))


def _openai_has_credential(world: World) -> bool:
    rules, base = world.rules, address(world.base_url(_DEFAULT) or _IMAGES_API)
    public = base is not None and base.public
    if rules.holds("key-route-only"):
        return _stored_or_variable(world, _DEFAULT)
    if rules.holds("codex-by-own-provider"):
        login = rules.value("codex-by-own-provider", "login")
        return _stored_or_variable(world, _DEFAULT) or (public and bool(world.profiles_of(login)))
    entry = world.provider(_DEFAULT)
    if entry is not None and entry.api_key is not None:
        return True
    stored = world.profiles_of(_DEFAULT)
    logins = any(profile.kind in {"oauth", "token"} for profile in stored)
    by_api = world.option(_DEFAULT, "api") == rules.value("codex-by-openai-profiles", "api")
    chatgpt = chatgpt_path(base) or by_api
    if _stored_or_variable(world, _DEFAULT):
        keyed = world.option(_DEFAULT, "auth") == "api-key" or world.variable("OPENAI_API_KEY") is not None
        return public or keyed or any(p.kind == "api_key" for p in stored) or (chatgpt and logins)
    return (public or chatgpt) and logins


def _has_workflow(world: World, name: str) -> bool:
    """Whether a local workflow is configured, which is what such a provider needs instead of a key."""
    for section in (world.setting.config.at(f"plugins.entries.{name}.config"), world.option(name, "image")):
        part = mapping(section)
        part = {**part, **mapping(part.get("image"))}
        if (part.get("workflow") or part.get("workflowPath")) and part.get("promptNodeId"):
            return True
    return False
