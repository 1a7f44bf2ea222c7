"""How OpenClaw asks OpenAI for images: the Images API or ChatGPT's backend, with which credential, at which host."""

from dataclasses import dataclass
from typing import Any

from diagnose.machine.openclaw.predict_auth import Found, replaced, resolve
from diagnose.machine.openclaw.predict_network import Address, address, chatgpt_path
from diagnose.machine.openclaw.predict_world import World, mapping, text
from diagnose.machine.openclaw.prediction import Surface, UsedCredential
from diagnose.machine.openclaw.rules import Trail

_OPENAI = "openai"
_IMAGES_API = "https://api.openai.com/v1"
_CHATGPT = "https://chatgpt.com/backend-api/codex"
_LOGINS = frozenset({"oauth", "token"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one provider would be asked. `refused` (a rule): not at all. `settings` is the provider id whose `request`
    counts, None for none; `allowance` says by what private addresses are allowed; `native`: OpenAI's own limits."""

    surface: Surface | None = None
    where: Address | None = None
    credential: UsedCredential | None = None
    settings: str | None = None
    allowance: str = ""
    native: bool = False
    azure: bool = False
    refused: str | None = None


def plan(world: World, model: str, trail: Trail) -> Plan:
    """The plan for openai, by the rules of the release."""
    if trail.holds("key-route-only"):
        return _by_key_only(world, model, trail)
    if world.rules.holds("codex-by-own-provider"):
        return _by_own_provider(world, model, trail)
    return _by_openai_profiles(world, model, trail)


def _by_key_only(world: World, model: str, trail: Trail) -> Plan:
    found = resolve(world, _OPENAI, trail)
    if found is None:
        return Plan(refused=trail.note("no-credential"))
    return _key(world, model, found, trail)


def _by_own_provider(world: World, model: str, trail: Trail) -> Plan:
    login = world.rules.value("codex-by-own-provider", "login")
    public = _public(_base(world, model, trail))
    direct = _directly_by_own_provider(world)
    stored = bool(world.profiles_of(login))
    if public and not direct and stored:
        trail.note("codex-by-own-provider")
        found = resolve(world, login, trail, codex_cli=True)
        return _codex(world, found, trail) if found else Plan(refused=trail.note("no-credential"))
    if direct and stored:
        trail.note("openai-configured-directly")
    found = resolve(world, _OPENAI, trail)
    if found is not None:
        return _key(world, model, found, trail)
    if public and (found := resolve(world, login, trail, codex_cli=True)) is not None:
        trail.note("codex-by-own-provider")
        return _codex(world, found, trail)
    return Plan(refused=trail.note("no-credential"))


def _directly_by_own_provider(world: World) -> bool:
    """Whether the config speaks of openai in its own right, so that a ChatGPT login has to wait."""
    if any(profile.provider == _OPENAI for profile in world.setting.config.auth_profiles):
        return True
    entry = world.provider(_OPENAI)
    if entry is None:
        return False
    base = (entry.base_url or _IMAGES_API).strip().rstrip("/")
    return (
        world.written_key(_OPENAI) is not None
        or base != _IMAGES_API
        or entry.settings.get("api") is not None
        or bool(mapping(entry.settings.get("headers")))
        or entry.settings.get("authHeader") is False
        or entry.settings.get("request") is not None
    )


def _by_openai_profiles(world: World, model: str, trail: Trail) -> Plan:
    base = _base(world, model, trail)
    public, chatgpt = _public(base), chatgpt_path(address(base))
    by_api = world.option(_OPENAI, "api") == world.rules.value("codex-by-openai-profiles", "api")
    keyed = world.written_key(_OPENAI) is not None or world.option(_OPENAI, "auth") == "api-key"
    direct = not chatgpt and not by_api and _directly_by_openai(world, keyed)
    logins = [p for p in world.profiles_of(_OPENAI) if p.kind in _LOGINS]
    found: Found | None = None
    decided = False
    if keyed:
        found = resolve(world, _OPENAI, trail, environment_first=True, auth="api-key")
        if found is not None and found.stuck:
            return Plan(refused=trail.note(found.stuck))
        found, decided = (found if found and found.mode == "api-key" else None), True
    if (public or chatgpt or by_api) and not direct and logins:
        trail.note("codex-by-openai-profiles")
        login = resolve(world, _OPENAI, trail)
        if login is None or login.stuck:
            return Plan(refused=trail.note(login.stuck if login and login.stuck else "no-credential"))
        if login.mode != "api-key":
            return _codex(world, login, trail)
        found, decided = login, True
    if not decided:
        found = resolve(world, _OPENAI, trail)
    if found is not None and found.stuck:
        return Plan(refused=trail.note(found.stuck))
    if found is not None and found.mode in _LOGINS and not direct:
        if public:
            trail.note("codex-by-openai-profiles")
            return _codex(world, found, trail)
        return Plan(refused=trail.note("login-only-at-public-host"))
    if found is None:
        return Plan(refused=trail.note("no-credential"))
    if direct and (logins or found.mode in _LOGINS):
        trail.note("openai-configured-directly")
    if found.mode in _LOGINS:
        trail.note("login-goes-to-images-api")
    return _key(world, model, found, trail)


def _directly_by_openai(world: World, keyed: bool) -> bool:
    entry = world.provider(_OPENAI)
    if entry is None:
        return False
    api = entry.settings.get("api")
    other = api is not None and api != world.rules.value("codex-by-openai-profiles", "api")
    return keyed or other or any(entry.settings.get(key) is not None for key in ("headers", "authHeader", "request"))


def _base(world: World, model: str, trail: Trail) -> str:
    """The base URL for a model: its own one where the release has that, the provider's, the vendor's."""
    listed: Any = world.option(_OPENAI, "models")
    if world.rules.holds("model-own-base-url") and isinstance(listed, list):
        wanted = model.strip().removeprefix("openai/")
        for entry in listed:
            own = text(mapping(entry).get("baseUrl"))
            if text(mapping(entry).get("id")).removeprefix("openai/") == wanted:
                if own:
                    trail.note("model-own-base-url")
                    return own
                break
    return world.base_url(_OPENAI) or _IMAGES_API


def _public(base: str) -> bool:
    where = address(base)
    return where is not None and where.public


def _key(world: World, model: str, found: Found, trail: Trail) -> Plan:
    if world.profiles_of(_OPENAI) or world.profiles_of("openai-codex"):
        logins = [p for p in world.profiles().values() if p.kind in _LOGINS and p.provider.startswith(_OPENAI)]
        if logins and found.credential.kind == "api_key":
            trail.note("key-in-spite-of-login")
    where = address(_base(world, model, trail))
    if where is None:
        return Plan(refused=trail.note("base-url-invalid"))
    azure = where.name.endswith(tuple(world.rules.value("azure-host", "suffixes")))
    if azure:
        trail.note("azure-host")
    reads = world.rules.provider(_OPENAI)
    settings = _OPENAI if reads and reads.values.get("request") else None
    credential = replaced(world, _OPENAI, found.credential, trail) if settings and not azure else found.credential
    return Plan(
        surface="openai-images",
        where=where,
        credential=credential,
        settings=settings,
        allowance="openai",
        native=(where.public or azure) and not world.rules.holds("key-route-only"),
        azure=azure,
    )


def _codex(world: World, found: Found, trail: Trail) -> Plan:
    """The plan for ChatGPT's backend; another base URL counts only where it is configured for that route."""
    own = world.rules.holds("codex-by-own-provider")
    rule = "codex-by-own-provider" if own else "codex-by-openai-profiles"
    settings: str | None = world.rules.value(rule, "settings")
    if not own and world.option(_OPENAI, "api") != world.rules.value(rule, "api"):
        settings = None
    base = (world.base_url(settings) if settings else None) or _CHATGPT
    where = address(_CHATGPT if chatgpt_path(address(base)) else base)
    if where is None:
        return Plan(refused=trail.note("base-url-invalid"))
    trail.note("carrier-model")
    return Plan(
        surface="codex-responses",
        where=where,
        credential=found.credential,
        settings=settings,
        native=True,
    )
