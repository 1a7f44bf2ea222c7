"""In which order stored profiles are tried for a provider, and which are not tried at all."""

from collections.abc import Iterable

from diagnose.machine.openclaw.facts import AuthProfile, CodexLogin, Origin, Profile, Usage
from diagnose.machine.openclaw.predict_world import World
from diagnose.machine.openclaw.rules import Trail

_RANK = {"oauth": 0, "token": 1, "api_key": 2}
_CODEX = "openai-codex"
_OPENAI = "openai"


def order(world: World, provider: str, trail: Trail, codex_cli: bool = False) -> list[Profile]:
    """The profiles for a provider in the order of trying. `codex_cli`: the Codex CLI's login may stand in."""
    stored = world.profiles()
    if codex_cli and (login := _codex_cli(world, provider, stored)) is not None:
        stored = {**stored, login.id: login}
        trail.note("codex-cli-login")
    rules, config = world.rules, world.setting.config
    wanted = rules.credentials_of(provider)
    with_keys = wanted == _CODEX and rules.holds("codex-accepts-openai-keys")
    listed = [p.id for p in stored.values() if _serves(world, p.provider, p.kind, wanted, with_keys)]
    declared = [p.id for p in config.auth_profiles if _declared_serves(world, p, stored, wanted, with_keys)]
    explicit, from_store = _explicit(world, wanted, provider)
    if explicit is None and with_keys:
        explicit, from_store = _explicit(world, _OPENAI, _OPENAI)
        if explicit is not None:
            native = [i for i in listed if rules.credentials_of(stored[i].provider) == wanted]
            explicit = [*explicit, *native] if set(native) & set(explicit) else [*native, *explicit]
    if explicit is not None:
        trail.note("auth-order")
    elif declared:
        trail.note("auth-profiles-declared")
    base = explicit if explicit is not None else declared or listed
    chosen = _usable(world, base, stored, wanted, with_keys)
    repaired = False
    if base and not chosen and not any(name in stored for name in base):
        by_store = from_store and rules.holds("repair-from-stored-order")
        if declared or by_store:
            chosen, repaired = _usable(world, listed, stored, wanted, with_keys), True
    keeps = bool(explicit) and not (repaired and rules.holds("repair-from-stored-order"))
    return _sorted(world, [stored[name] for name in dict.fromkeys(chosen)], keeps, trail)


def _serves(world: World, provider: str | None, kind: str | None, wanted: str, with_keys: bool) -> bool:
    name = world.rules.credentials_of(provider or "")
    return name == wanted or (with_keys and name == _OPENAI and kind == "api_key")


def _declared_serves(
    world: World, declared: AuthProfile, stored: dict[str, Profile], wanted: str, with_keys: bool
) -> bool:
    kind = stored[declared.id].kind if declared.id in stored else declared.mode
    return _serves(world, declared.provider, kind, wanted, with_keys)


def _explicit(world: World, *names: str) -> tuple[list[str] | None, bool]:
    """The order that is stored, else the configured one; and whether it is the stored one."""
    for orders, from_store in ((world.setting.stores.order, True), (world.setting.config.auth_order, False)):
        for name in names:
            if name in orders:
                return list(orders[name]), from_store
    return None, False


def _usable(world: World, names: Iterable[str], stored: dict[str, Profile], wanted: str, with_keys: bool) -> list[str]:
    declared = {profile.id: profile for profile in world.setting.config.auth_profiles}
    return [
        name
        for name in names
        if (profile := stored.get(name)) is not None
        and _serves(world, profile.provider, profile.kind, wanted, with_keys)
        and (name not in declared or _agrees(world, declared[name], profile, wanted, with_keys))
        and _holds_something(world, profile)
    ]


def _agrees(world: World, declared: AuthProfile, profile: Profile, wanted: str, with_keys: bool) -> bool:
    """Whether what the config declares of a profile is what the store holds; a token may pass for OAuth."""
    if not _serves(world, declared.provider, profile.kind, wanted, with_keys):
        return False
    return declared.mode == profile.kind or (declared.mode == "oauth" and profile.kind == "token")


def _holds_something(world: World, profile: Profile) -> bool:
    if (profile.fenced or profile.id in world.destroyed) and world.rules.holds("login-destroyed"):
        return False
    if profile.kind == "token":
        expires = profile.expires_ms
        alive = expires is None or (expires > 0 and expires > world.now_ms)
        return alive and (profile.secret is not None or profile.reference is not None)
    if profile.kind == "oauth":
        return profile.secret is not None or profile.refresh is not None
    return profile.secret is not None or profile.reference is not None


def _sorted(world: World, profiles: list[Profile], explicit: bool, trail: Trail) -> list[Profile]:
    usage = world.setting.stores.usage
    cooling = {p.id: until for p in profiles if (until := _cooling_until(world, p, usage.get(p.id))) is not None}
    ready = [p for p in profiles if p.id not in cooling]
    if not explicit:
        expired_last = world.rules.holds("expired-oauth-last")
        ready.sort(key=lambda p: _rank(world, p, usage.get(p.id), expired_last))
        if len({p.kind for p in ready}) > 1:
            trail.note("oauth-before-key")
        if expired_last and len({_rank(world, p, None, True)[1] for p in ready if p.kind == "oauth"}) > 1:
            trail.note("expired-oauth-last")
    if cooling and ready:
        trail.note("cooldown-last")
    late = sorted((p for p in profiles if p.id in cooling), key=lambda p: cooling[p.id])
    return [*ready, *late]


def _rank(world: World, profile: Profile, usage: Usage | None, expired_last: bool) -> tuple[int, int, int]:
    expires = profile.expires_ms
    expired = profile.kind == "oauth" and expires is not None and 0 < expires <= world.now_ms
    last_used = usage.last_used if usage and usage.last_used else 0
    return _RANK.get(profile.kind, 3), int(expired and expired_last), last_used


def _cooling_until(world: World, profile: Profile, usage: Usage | None) -> int | None:
    if usage is None or profile.provider in world.rules.value("cooldown-last", "bypassed"):
        return None
    until = max(usage.cooldown_until or 0, usage.disabled_until or 0)
    return until if until > world.now_ms else None


def _codex_cli(world: World, provider: str, stored: dict[str, Profile]) -> Profile | None:
    """The Codex CLI's login as a profile, where the release takes it and there is none of that id."""
    login: CodexLogin | None = world.setting.codex
    if not world.rules.holds("codex-cli-login") or provider != _CODEX or login is None:
        return None
    name = world.rules.value("codex-cli-login", "profile")
    usable = login.kind == "chatgpt" and login.secret is not None and login.refresh is not None
    margin = world.rules.value("refresh-margin", "seconds") * 1000
    fresh = login.expires_ms is None or login.expires_ms > world.now_ms + margin
    if name in stored or not usable or not fresh:
        return None
    return Profile(
        id=name,
        provider=_CODEX,
        kind="oauth",
        origin=Origin(file=login.path, key="tokens.access_token"),
        agent=None,
        secret=login.secret,
        form="jwt",
        refresh=login.refresh,
        expires_ms=login.expires_ms,
        account=login.account,
    )
