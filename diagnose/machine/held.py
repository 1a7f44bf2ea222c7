"""Which credentials this machine holds, where each stands, and which of them a route would use.

Stores and files are read and nothing else: no token is refreshed, no keyring is opened, no program is started.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from diagnose.machine import credentials
from diagnose.machine.credentials import Kind, kind_of
from diagnose.machine.host import Host
from diagnose.machine.openclaw import codex_login
from diagnose.machine.openclaw.codex_login import AuthFile
from diagnose.machine.openclaw.facts import Profile
from diagnose.machine.openclaw.predict_order import order
from diagnose.machine.openclaw.predict_world import World
from diagnose.machine.openclaw.prediction import Asked
from diagnose.machine.openclaw.rules import rules_for
from diagnose.machine.openclaw.setting import Setting
from diagnose.model.secret import Secret

CODEX_ROUTES = frozenset({"codex-responses", "codex-images"})
OPENAI = ("openai", "openai-codex")
"""The providers of OpenClaw whose profiles are OpenAI's."""
_LOGINS = frozenset({"oauth", "token"})
_UNREAD = Kind(id="unread", use="maybe", about="a credential that is not opened here")
_EMPTY = Kind(id="empty-login", use="no", about="a login without a token")
_EMPTY_LOGIN = replace(_EMPTY, family="codex-oauth")
_DAMAGED_LOGIN = Kind(id="damaged-login", use="no", about="a Codex login that cannot be read", family="codex-oauth")
_CODEX_VARIABLES = ("CODEX_API_KEY", "CODEX_ACCESS_TOKEN")
"""What the Codex CLI takes before its own file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A credential and the place that it was found in.

    `secret` is the key or the access token, without white space around it; None where it is only named, with the
    reason in `trouble`. `trouble` also says why a route would not use it; `lost`: nothing reads the store that it
    stands in, so that no route can. `stored_account` stands beside the token, not in it. `refresh` is the
    fingerprint of the refresh token; `last_refresh` is Unix seconds. `agent` None: no agent's own. `provider` is that
    of OpenClaw's store ("openai", "openai-codex"), and "openai" for keys.
    """

    id: str
    source: str
    file: Path | None
    secret: Secret | None
    trouble: str | None = None
    lost: bool = False
    kind: Kind
    stored_account: str | None = None
    refresh: str | None = None
    last_refresh: float | None = None
    agent: str | None = None
    provider: str


def codex_logins(host: Host, setting: Setting, agent: str | None = None) -> tuple[Held, ...]:
    """The ChatGPT logins in the order in which a Codex route would use them.

    OpenClaw's profiles in its own order for `agent` (the default one), then the Codex CLI's login; last the profiles
    that OpenClaw would not use, with the reason in `trouble`.
    """
    world = World(setting=setting, asked=Asked(model=None, agent=agent), rules=rules_for(setting.version))
    mine = [p for p in world.profiles().values() if p.provider in OPENAI and p.kind in _LOGINS]
    ordered: dict[str, Profile] = {}
    for provider in OPENAI:
        listed = order(world, provider, world.trail())
        ordered |= {p.id: p for p in listed if p.kind in _LOGINS and p.id not in ordered}
    rest = [of_profile(p, "OpenClaw does not use it for this agent") for p in mine if p.id not in ordered]
    codex = codex_login.contents(host)
    return (*map(of_profile, ordered.values()), *(login_of(codex) if codex else ()), *rest)


def all_held(host: Host, setting: Setting, agent: str | None = None) -> tuple[Held, ...]:
    """Every credential for OpenAI: the logins as above, the keys, and what the stores hold for other agents and for
    other releases. A store that cannot be read counts as one, of the kind "unread"."""
    codex = codex_login.contents(host)
    found = [*codex_logins(host, setting, agent), *keys(host, setting), *(others_of(codex) if codex else ())]
    found += _variables(host)
    stores = setting.stores
    further: list[tuple[Profile, str | None]] = [(profile, None) for profile in stores.profiles]
    further += [(profile, _not_read(profile, setting)) for profile in stores.beside]
    seen = {(held.id, held.file) for held in found}
    found += [
        of_profile(profile, trouble, lost=trouble is not None)
        for profile, trouble in further
        if profile.provider in OPENAI and (profile.id, profile.origin.file) not in seen
    ]
    found += [
        _unread(file.name, f"an auth store of OpenClaw, {file}", file, why)
        for file, why in {**stores.unreadable, **stores.beside_unreadable}.items()
    ]
    return tuple(found)


def keys(host: Host, setting: Setting) -> tuple[Held, ...]:
    """The API keys that the direct route reads, in its order."""
    found = credentials.candidates(host, setting.config)
    return tuple(_key(key.source, key.source, None, key.secret) for key in found)


def used_by(route: str, host: Host, setting: Setting, agent: str | None = None) -> Held | None:
    """The credential that a route would use, None without any.

    For a Codex route the first login that holds something and that nothing speaks against, else the first one that
    holds something; for the others the first API key, or a stored one where there is no other.
    """
    if route in CODEX_ROUTES:
        found = codex_logins(host, setting, agent)
        filled = [held for held in found if held.secret is not None]
        return next((held for held in filled if held.trouble is None), None) or next(iter((*filled, *found)), None)
    stored = (p for p in setting.stores.profiles if p.provider == "openai" and p.kind == "api_key" and p.secret)
    return next(iter(keys(host, setting)), None) or next(map(of_profile, stored), None)


def shared_refresh(found: Iterable[Held]) -> tuple[tuple[Held, ...], ...]:
    """The logins that hold the same refresh token in more than one file, each group in the order given."""
    groups: dict[str, dict[Path | None, Held]] = {}
    for held in found:
        if held.refresh is not None:
            groups.setdefault(held.refresh, {}).setdefault(held.file, held)
    return tuple(tuple(group.values()) for group in groups.values() if len(group) > 1)


def of_profile(profile: Profile, trouble: str | None = None, *, lost: bool = False) -> Held:
    """A stored profile of OpenClaw. `trouble`: why it would not be used, where nothing worse is wrong with it."""
    agent = f" of the agent {profile.agent}" if profile.agent else ""
    secret = _stripped(profile.secret)
    kind = _kind(secret) if secret else _EMPTY_LOGIN if profile.kind in _LOGINS else _EMPTY
    if profile.fenced:
        trouble = "a failed refresh of OpenClaw has overwritten it; only a new login mends that"
    elif secret is None and profile.reference is not None:
        trouble = f"it only refers to a secret ({profile.reference}), which is not opened here"
        kind = _UNREAD
    elif secret is None:
        trouble = "there is no token in it"
    return Held(
        id=profile.id,
        source=f"OpenClaw's profile {profile.id}{agent}",
        file=profile.origin.file,
        secret=secret,
        trouble=trouble,
        lost=lost,
        kind=kind,
        stored_account=profile.account,
        refresh=profile.refresh,
        agent=profile.agent,
        provider=profile.provider,
    )


def login_of(found: AuthFile) -> tuple[Held, ...]:
    """The ChatGPT login of an `auth.json`, none where it holds none."""
    if found.problem is not None:
        return (damaged(found.path, found.problem),)
    access = _stripped(found.access)
    if access is None and found.refresh is None and found.id_token is None:
        return ()
    return (
        Held(
            id="codex",
            source="the login of the Codex CLI",
            file=found.path,
            secret=access,
            trouble=None if access else "there is no access token in it",
            kind=_kind(access) if access else _EMPTY_LOGIN,
            stored_account=found.account,
            refresh=found.refresh.fingerprint if found.refresh else None,
            last_refresh=found.last_refresh,
            provider="openai-codex",
        ),
    )


def damaged(file: Path, why: str) -> Held:
    """A Codex login whose file cannot be read: still a login, by its place."""
    return Held(
        id="codex",
        source="the login of the Codex CLI",
        file=file,
        secret=None,
        trouble=f"{file} cannot be read: {why}",
        kind=_DAMAGED_LOGIN,
        provider="openai-codex",
    )


def others_of(found: AuthFile) -> Iterator[Held]:
    """What an `auth.json` holds beside the login: an API key, a personal access token, an agent's identity."""
    if found.api_key is not None:
        yield _key("codex:api-key", "the API key of the Codex CLI", found.path, found.api_key)
    if found.personal_access_token is not None:
        token = found.personal_access_token
        yield _key("codex:personal-access-token", "the personal access token of the Codex CLI", found.path, token)
    if found.agent_token is not None:
        yield _key("codex:agent-identity", "the agent identity of the Codex CLI", found.path, found.agent_token)
    elif found.agent_identity:
        why = "it is a key pair by which Codex signs for itself, and no token"
        yield _unread("codex:agent-identity", "the agent identity of the Codex CLI", found.path, why)


def _variables(host: Host) -> Iterator[Held]:
    for name in _CODEX_VARIABLES:
        if value := host.env.get(name, "").strip():
            yield _key(name, name, None, Secret(value))


def _key(name: str, source: str, file: Path | None, secret: Secret) -> Held:
    secret = _stripped(secret) or secret
    return Held(id=name, source=source, file=file, secret=secret, kind=_kind(secret), provider="openai")


def _stripped(secret: Secret | None) -> Secret | None:
    text = secret.reveal().strip() if secret else ""
    return Secret(text) if text else None


def _kind(secret: Secret) -> Kind:
    """By its form; where white space or quotes spoil that, the family is that of what stands between them."""
    text = secret.reveal()
    bare = "".join(text.split()).strip("\"'")
    found, inner = kind_of(text), kind_of(bare) if bare else None
    if bare == text or inner is None or not inner.family:
        return found
    about = f"{inner.about.partition(';')[0]}, with white space or quotes that do not belong to it"
    return Kind(id="damaged-key", use="no", about=about, family=inner.family)


def _not_read(profile: Profile, setting: Setting) -> str:
    version = setting.version
    reader = f"OpenClaw {'.'.join(map(str, version))}" if version else "the current OpenClaw (none is on PATH)"
    return f"it stands in a store that {reader} does not read ({profile.origin.file})"


def _unread(name: str, source: str, file: Path, why: str) -> Held:
    return Held(id=name, source=source, file=file, secret=None, trouble=why, kind=_UNREAD, provider="openai")
