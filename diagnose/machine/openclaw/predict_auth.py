"""Which credential a provider's request would carry: stored profile, variable, key of the config, or none."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from diagnose.machine.openclaw.facts import Origin, Profile
from diagnose.machine.openclaw.predict_network import local_server
from diagnose.machine.openclaw.predict_order import order
from diagnose.machine.openclaw.predict_world import World, clean, mapping, text, used_key
from diagnose.machine.openclaw.prediction import UsedCredential
from diagnose.machine.openclaw.rules import Trail

Mode = Literal["api-key", "oauth", "token"]

_REFERENCE = re.compile(r"env\s+([A-Z][A-Z0-9_]{0,127})")
_MODES: dict[str, Mode] = {"oauth": "oauth", "token": "token"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A credential and how it counts. `stuck` (a rule): nothing can be sent, because a login that comes first can
    neither be used nor be renewed. That a login is refreshed first is noted as the rule "refresh-margin"."""

    credential: UsedCredential
    mode: Mode
    stuck: str | None = None


def resolve(
    world: World,
    provider: str,
    trail: Trail,
    *,
    environment_first: bool = False,
    auth: str | None = None,
    codex_cli: bool = False,
) -> Found | None:
    """The credential for a provider, None without any. `auth` stands for the configured `auth` of the provider."""
    auth = auth if auth is not None else text(world.option(provider, "auth"))
    if environment_first and (found := _variable(world, provider, auth)) is not None:
        trail.note("environment-before-profiles")
        return found
    if (bound := _bound(world, provider, trail)) is not None:
        return bound
    if auth == "api-key" and (found := configured(world, provider, auth, trail)) is not None:
        trail.note("auth-api-key-prefers-config")
        return found
    found = _profiles(world, provider, trail, codex_cli)
    if found is not None:
        if _variable(world, provider, auth) is not None:
            trail.note("profiles-before-environment")
        return found
    if (found := _variable(world, provider, auth)) is not None:
        if configured(world, provider, auth, world.trail()) is not None:
            trail.note("environment-before-config")
        return found
    if (found := configured(world, provider, auth, trail)) is not None:
        trail.note("config-key")
        return found
    return _placeholder(world, provider, auth, trail)


def configured(world: World, provider: str, auth: str, trail: Trail) -> Found | None:
    """The key that the config has for a provider, where it resolves."""
    entry = world.provider(provider)
    if entry is None or entry.api_key is None or entry.api_key.secret is None:
        return None
    value, origin = entry.api_key.secret.reveal(), entry.api_key.origin
    source = f"models.providers.{entry.id}.apiKey"
    if entry.api_key.form == "plain" and clean(value) in _known_names(world):
        variable = world.variable(clean(value))
        if variable is None:
            return None
        trail.note("config-key-names-variable")
        value, origin, source = variable.value, variable.origin, f"{clean(value)}, named by {source}"
    if not clean(value):
        return None
    return Found(credential=used_key("api_key", source, origin, value), mode=_mode(auth))


def bound_profile(world: World, provider: str) -> Profile | None:
    """The stored profile whose id stands in the place of a provider's key."""
    written = world.written_key(provider)
    named = world.rules.holds("config-key-names-profile") and isinstance(written, str)
    return world.profiles().get(clean(written)) if named else None


def _known_names(world: World) -> set[str]:
    return {name for row in world.rules.providers.values() for name in row.values["env"]}


def _mode(auth: str) -> Mode:
    return _MODES.get(auth, "api-key")


def _variable(world: World, provider: str, auth: str) -> Found | None:
    variable = world.first_variable(provider)
    if variable is None:
        return None
    source = f"{variable.origin.key.rpartition('.')[2]}"
    mode = _mode(auth) if "OAUTH_TOKEN" not in source else "oauth"
    return Found(credential=used_key("api_key", source, variable.origin, variable.value), mode=mode)


def _bound(world: World, provider: str, trail: Trail) -> Found | None:
    profile = bound_profile(world, provider)
    if profile is None:
        return None
    trail.note("config-key-names-profile")
    return _of_profile(world, profile, trail)


def _profiles(world: World, provider: str, trail: Trail, codex_cli: bool) -> Found | None:
    stuck: Found | None = None
    for profile in order(world, provider, trail, codex_cli):
        found = _of_profile(world, profile, trail)
        if found is not None and found.stuck is None:
            if world.setting.stores.profiles and profile.agent is None and world.agent != "main":
                trail.note("shared-store-below-agent")
            return found
        stuck = stuck or found
    return stuck if world.rules.holds("expired-oauth-last") else None


def _of_profile(world: World, profile: Profile, trail: Trail) -> Found | None:
    source = f"profile {profile.id}"
    if profile.kind == "oauth":
        return _login(world, profile, source, trail)
    value = profile.secret.reveal() if profile.secret else _referred(world, profile)
    if value is None or not clean(value):
        return None
    mode: Mode = "token" if profile.kind == "token" else "api-key"
    return Found(credential=used_key(profile.kind, source, profile.origin, value), mode=mode)


def _login(world: World, profile: Profile, source: str, trail: Trail) -> Found:
    margin = world.rules.value("refresh-margin", "seconds") * 1000
    expires = profile.expires_ms
    fresh = expires is not None and expires - world.now_ms > margin
    if fresh and profile.secret is not None:
        used = used_key("oauth", source, profile.origin, profile.secret.reveal())
        return Found(credential=used, mode="oauth")
    renewed = Found(credential=used_key("oauth", source, profile.origin, None), mode="oauth")
    if profile.refresh is None:
        return replace(renewed, stuck="login-cannot-be-refreshed")
    trail.note("refresh-margin")
    if world.refreshing:
        return renewed
    world.destroyed.add(profile.id)
    return replace(renewed, stuck="login-refresh-fails")


def _referred(world: World, profile: Profile) -> str | None:
    """What a profile's reference to a variable gives; files and programs are not opened here."""
    named = _REFERENCE.search(profile.reference or "")
    variable = world.variable(named[1]) if named else None
    return variable.value if variable else None


def _placeholder(world: World, provider: str, auth: str, trail: Trail) -> Found | None:
    entry = world.provider(provider)
    if entry is None or entry.api_key is not None or auth not in {"", "api-key"}:
        return None
    models = entry.settings.get("models")
    described = text(entry.settings.get("api")) and isinstance(models, list) and models
    if not described or not local_server(entry.base_url or ""):
        return None
    value = str(world.rules.value(trail.note("local-server-placeholder"), "placeholder"))
    origin = Origin(file=entry.origin.file, key=f"models.providers.{entry.id}")
    return Found(credential=used_key("other", "a placeholder", origin, value), mode="api-key")


def replaced(world: World, provider: str, found: UsedCredential, trail: Trail) -> UsedCredential:
    """The credential after headers and `request.auth` of the provider, which may put another one in its place."""
    request = mapping(world.option(provider, "request"))
    given = mapping(request.get("auth"))
    places = [("headers", _header(world.option(provider, "headers")))]
    if given.get("mode") == "authorization-bearer":
        places.append(("request.auth", text(given.get("token"))))
    places.append(("request.headers", _header(request.get("headers"))))
    for place, value in places:
        if value:
            trail.note("headers-can-replace-credential")
            key = f"models.providers.{provider}.{place}"
            return used_key("other", key, world.setting.config.origin(key), value.removeprefix("Bearer "))
    return found


def _header(headers: object) -> str:
    return next((text(v) for k, v in mapping(headers).items() if str(k).lower() == "authorization"), "")
