"""OpenClaw's stored logins and keys. Read from copies, nothing is changed.

Releases before 2026.6.1 keep them in JSON files of each agent; later ones in SQLite, one store for all agents
(`state/openclaw.sqlite`, or that of the agent "main" where it was never moved) and one of each agent's own. The store
of "main" is shared by all in the older releases, hence `agent` None for its profiles.
"""

import errno
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diagnose.machine.host import Host
from diagnose.machine.openclaw import paths
from diagnose.machine.openclaw import profiles as stored
from diagnose.machine.openclaw.config import Config
from diagnose.machine.openclaw.facts import Origin, Profile, Stores, Usage, Version
from diagnose.machine.openclaw.releases import holds
from diagnose.machine.openclaw.secret_texts import secret_texts
from diagnose.machine.openclaw.store_files import Reading, exists
from diagnose.model.secret import Secret

_OPENAI = frozenset({"openai", "openai-codex"})
_NOTHING_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A stored credential for OpenAI: its kind ("api_key", "oauth", "token") and the file it is in."""

    kind: str
    store: str


def stored_profiles(host: Host) -> tuple[Stored, ...]:
    """The stored credentials for OpenAI, in the order of the stores; a store that cannot be read counts as one.

    Its kind is then "unreadable", because what is not known must not look like nothing. Every store counts, whether
    the installed release reads it or not.
    """
    reading = Reading()
    files = [paths.state_dir(host) / "state" / "openclaw.sqlite"]
    folders = _folders(host, Config(), reading.unreadable)
    files += [folder / name for name in ("openclaw-agent.sqlite", "auth-profiles.json") for folder in folders]
    found = [Stored(kind="unreadable", store=path.name) for path in reading.unreadable]
    for file in files:
        listed = stored.profiles(reading.content(file)[0], Origin(file=file, key=""), None)
        found += [Stored(kind=p.kind, store=file.name) for p in listed if p.provider in _OPENAI]
        found += [Stored(kind="unreadable", store=file.name)] if file in reading.unreadable else []
    return tuple(found)


def read_stores(host: Host, config: Config, version: Version | None, agent: str | None = None) -> Stores:
    """Every store that the release reads, those of all agents. Never raises: see `Stores.unreadable`.

    Order, last good and troubles are those of the shared store and of `agent` (the default one), which come into play
    for one request; a profile of an agent's own goes before a shared one of the same id. So do `waiting` and
    `waiting_for`.
    """
    reading = Reading()
    chosen = agent or config.default_agent or "main"
    folders = _folders(host, config, reading.unreadable)
    in_sqlite = holds("auth-store-in-sqlite", version)
    owners = _sqlite_owners(host, folders, reading) if in_sqlite else _json_owners(host, folders, reading)
    found = _merged(owners, chosen)
    state = paths.state_dir(host) / "state" / "openclaw.sqlite"
    discovery = reading.content(state)[3] if in_sqlite else None
    waiting: dict[Path, frozenset[str]] = {}
    if holds("old-auth-store-must-be-migrated", version):
        waiting = _waiting(host, owners, chosen, reading)
    beside = _beside(host, folders, owners, _leftovers(host, owners, version), reading)
    return Stores(
        profiles=tuple(profile for owner in owners for profile in owner.profiles),
        order=found.order,
        last_good=found.last_good,
        usage=found.usage,
        unreadable=dict(reading.unreadable),
        waiting=tuple(file for file, named in waiting.items() if named & {"*", *_OPENAI}),
        waiting_for=tuple(sorted(frozenset().union(*waiting.values()))),
        database=in_sqlite and exists(state),
        discovery=discovery if isinstance(discovery, str) else None,
        beside=beside.profiles,
        beside_unreadable=beside.unreadable,
        texts=beside.texts,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owner:
    """One store: whose (None: everybody's), the agent folder that its old files lie in, what it holds."""

    agent: str | None
    folder: Path
    profiles: tuple[Profile, ...]
    state: stored.State


def _folders(host: Host, config: Config, unreadable: dict[Path, str]) -> dict[Path, str]:
    """The folder of every agent and its id: those of the config, and those that lie in the state folder."""
    found = {agent.folder: agent.id for agent in config.agents}
    root = paths.state_dir(host) / "agents"
    try:
        listed = sorted(entry.name for entry in root.iterdir())
    except (OSError, ValueError) as error:
        listed = []
        if getattr(error, "errno", None) not in _NOTHING_THERE:
            unreadable[root] = getattr(error, "strerror", None) or "it is no folder that can be read"
    for name in [*listed, config.default_agent or "main", "main"]:
        if name not in found.values():
            found.setdefault(paths.agent_dir(host, name), name)
    return found


def _json_owners(host: Host, folders: Mapping[Path, str], reading: Reading) -> list[_Owner]:
    shared = paths.shared_agent_dir(host)
    owners = [_json_owner(host, shared, None, reading)]
    others = [(folder, agent) for folder, agent in folders.items() if folder != shared]
    return [_json_owner(host, folder, agent, reading) for folder, agent in others] + owners


def _json_owner(host: Host, folder: Path, agent: str | None, reading: Reading) -> _Owner:
    file = folder / "auth-profiles.json"
    content = reading.content(file)[0]
    found: tuple[Profile, ...] = ()
    if isinstance(content, dict) and isinstance(content.get("profiles"), dict):
        found = stored.profiles(content, Origin(file=file, key=""), agent)
    else:  # the two stores of before, which the release reads in its absence
        for older in (folder / "auth.json", paths.oauth_file(host)):
            listed = stored.oldest(reading.content(older)[0], Origin(file=older, key=""), agent)
            found += tuple(p for p in listed if p.id not in {known.id for known in found})
    beside = stored.state(reading.content(folder / "auth-state.json")[0])
    return _Owner(agent=agent, folder=folder, profiles=found, state=_over(stored.state(content), beside))


def _sqlite_owners(host: Host, folders: Mapping[Path, str], reading: Reading) -> list[_Owner]:
    file = paths.state_dir(host) / "state" / "openclaw.sqlite"
    shared = paths.shared_agent_dir(host)
    store, state, location, _ = reading.content(file)
    own = dict(folders)
    if location is None or location == {"location": "legacy-main"}:
        own.pop(shared, None)
        file = shared / "openclaw-agent.sqlite"
        store, state = reading.content(file)
    elif location != {"location": "state-db"}:
        reading.unreadable[file] = "it names a place for the shared store that is not known"
        store = state = None
    owners = [_sqlite_owner(folder, agent, reading) for folder, agent in own.items()]
    return [*owners, _owner(file, store, state, shared, None)]


def _sqlite_owner(folder: Path, agent: str, reading: Reading) -> _Owner:
    file = folder / "openclaw-agent.sqlite"
    store, state = reading.content(file)
    return _owner(file, store, state, folder, agent)


def _owner(file: Path, store: Any, state: Any, folder: Path, agent: str | None) -> _Owner:
    found = stored.profiles(store, Origin(file=file, key=""), agent)
    merged = _over(stored.state(store), stored.state(state))
    return _Owner(agent=agent, folder=folder, profiles=found, state=merged)


def _merged(owners: list[_Owner], agent: str) -> stored.State:
    by_agent = {owner.agent: owner.state for owner in owners}
    nothing = stored.state(None)
    return _over(by_agent.get(None, nothing), by_agent.get(agent, nothing))


def _over(base: stored.State, over: stored.State) -> stored.State:
    usage: Mapping[str, Usage] = {**base.usage, **over.usage}
    return stored.State(order={**base.order, **over.order}, last_good={**base.last_good, **over.last_good}, usage=usage)


def _waiting(host: Host, owners: list[_Owner], agent: str, reading: Reading) -> dict[Path, frozenset[str]]:
    """Old files beside a SQLite store without any profile, with the providers that they stop ("*": all).

    Measured with 2026.9.6: each store looks at the old files of its own agent folder, the shared one at those of
    "main" and at `oauth.json`; `auth-state.json` alone does not count, an empty `auth-profiles.json` does.
    """
    found: dict[Path, frozenset[str]] = {}
    for owner in owners:
        if owner.agent not in {None, agent} or owner.profiles:
            continue
        candidates = [owner.folder / "auth-profiles.json", owner.folder / "auth.json"]
        if owner.folder == paths.shared_agent_dir(host):
            candidates.append(paths.oauth_file(host))
        there = [file for file in candidates if exists(file)]
        if there:
            found |= dict.fromkeys(there, _stopped(there, reading))
    return found


def _stopped(files: list[Path], reading: Reading) -> frozenset[str]:
    if any(file.name != "auth-profiles.json" for file in files):
        return frozenset("*")  # OpenClaw does not look into the oldest ones
    content = reading.content(files[0])[0]
    found = stored.profiles(content, Origin(file=files[0], key=""), None)
    entries = content.get("profiles") if isinstance(content, dict) else None
    understood = isinstance(entries, dict) and len(found) == len(entries) and all(p.kind != "other" for p in found)
    if not found or not understood:
        return frozenset("*")  # nor does it guess what it does not understand
    named = {profile.provider for profile in found}
    return frozenset(named | ({"openai"} if "openai-codex" in named else set()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """What the other stores hold. See Stores."""

    profiles: tuple[Profile, ...]
    unreadable: Mapping[Path, str]
    texts: tuple[Secret, ...]


def _beside(
    host: Host, folders: Mapping[Path, str], owners: list[_Owner], leftovers: frozenset[Path], reading: Reading
) -> _Beside:
    """The profiles of every store that is not among `owners` nor a leftover; the texts of all."""
    used = {(profile.origin.file, profile.id) for owner in owners for profile in owner.profiles}
    rest = Reading(known=reading.known)
    found: tuple[Profile, ...] = ()
    texts: dict[Secret, None] = {}
    for file, agent in _files(host, folders):
        content, origin = rest.content(file)[0], Origin(file=file, key="")
        current = file.name not in {"auth.json", "oauth.json"}
        entries = content.get("profiles") if current and isinstance(content, dict) else content
        texts |= dict.fromkeys(secret_texts(entries))
        if file not in leftovers:
            listed = (stored.profiles if current else stored.oldest)(content, origin, agent)
            found += tuple(profile for profile in listed if (file, profile.id) not in used)
    unreadable = {file: why for file, why in rest.unreadable.items() if file not in leftovers}
    return _Beside(profiles=found, unreadable=unreadable, texts=tuple(texts))


def _files(host: Host, folders: Mapping[Path, str]) -> Iterator[tuple[Path, str | None]]:
    """Every file that a store of any release can be in, and whose it is."""
    yield paths.state_dir(host) / "state" / "openclaw.sqlite", None
    yield paths.oauth_file(host), None
    for folder, agent in {paths.shared_agent_dir(host): None, **folders}.items():
        for name in ("openclaw-agent.sqlite", "auth-profiles.json", "auth.json"):
            yield folder / name, agent


def _leftovers(host: Host, owners: list[_Owner], version: Version | None) -> frozenset[Path]:
    """Old files that the release is sure to leave alone: beside a SQLite store that holds something."""
    if version is None or not holds("auth-store-in-sqlite", version):
        return frozenset()
    found: set[Path] = set()
    for owner in owners:
        if owner.profiles:
            found |= {owner.folder / "auth-profiles.json", owner.folder / "auth.json"}
            found |= {paths.oauth_file(host)} if owner.folder == paths.shared_agent_dir(host) else set()
    return frozenset(found)
