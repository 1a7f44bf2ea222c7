"""OpenClaw's stored logins and keys. Read from copies, nothing is changed.

Releases before 2026.6.1 keep them in JSON files of each agent; later ones in SQLite, one store for all agents
(`state/openclaw.sqlite`, or that of the agent "main" where it was never moved) and one of each agent's own. The store
of "main" is shared by all in the older releases, hence `agent` None for its profiles.
"""

import errno
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diagnose.machine.files import is_file, read_small
from diagnose.machine.host import Host
from diagnose.machine.openclaw import paths
from diagnose.machine.openclaw import profiles as stored
from diagnose.machine.openclaw.config import Config
from diagnose.machine.openclaw.facts import Origin, Profile, Stores, Usage, Version
from diagnose.machine.openclaw.releases import holds

_OPENAI = frozenset({"openai", "openai-codex"})
_NOTHING_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
_SHARED = "select value_json from config_machine_state where state_key = '{}'"
_QUERIES = {
    "openclaw.sqlite": [
        _SHARED.format(key)
        for key in ("authProfiles.store", "authProfiles.state", "auth.sharedStore", "plugins.bundledDiscovery")
    ],
    "openclaw-agent.sqlite": [
        "select store_json from auth_profile_store where store_key = 'primary'",
        "select state_json from auth_profile_state where state_key = 'primary'",
    ],
}


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
    reading = _Reading()
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
    reading = _Reading()
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
    return Stores(
        profiles=tuple(profile for owner in owners for profile in owner.profiles),
        order=found.order,
        last_good=found.last_good,
        usage=found.usage,
        unreadable=dict(reading.unreadable),
        waiting=tuple(file for file, named in waiting.items() if named & {"*", *_OPENAI}),
        waiting_for=tuple(sorted(frozenset().union(*waiting.values()))),
        database=in_sqlite and _exists(state),
        discovery=discovery if isinstance(discovery, str) else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owner:
    """One store: whose (None: everybody's), the agent folder that its old files lie in, what it holds."""

    agent: str | None
    folder: Path
    profiles: tuple[Profile, ...]
    state: stored.State


@dataclass(slots=True)
class _Reading:
    """Reads store files, each once, and keeps the reasons why one could not be read."""

    unreadable: dict[Path, str] = field(default_factory=dict)
    known: dict[Path, list[Any]] = field(default_factory=dict)

    def content(self, file: Path) -> list[Any]:
        """The values of a store file, None for each that is not there."""
        if file not in self.known:
            self.known[file] = self._read(file)
        return self.known[file]

    def _read(self, file: Path) -> list[Any]:
        nothing = [None] * len(_QUERIES.get(file.name, [""]))
        there = is_file(file)
        if not there:
            if _exists(file):
                self.unreadable[file] = "it cannot be looked at" if there is None else "it is no file"
            return nothing
        try:
            texts = _cells(file) if file.name in _QUERIES else [read_small(file).decode()]
            return [json.loads(text) if text else None for text in texts]
        except OSError as error:
            self.unreadable[file] = error.strerror or type(error).__name__
        except (ValueError, RecursionError):
            self.unreadable[file] = "it holds no JSON that can be read"
        return nothing


def _cells(file: Path) -> list[str | None]:
    from diagnose.machine.openclaw.sqlite_rows import StoreError, rows

    try:
        return rows(file, _QUERIES[file.name])
    except StoreError as error:
        raise OSError(0, str(error)) from error


def _exists(file: Path) -> bool:
    """Whether there is anything of this name, or may be, where it cannot be seen."""
    try:
        return file.exists()
    except OSError:
        return True


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


def _json_owners(host: Host, folders: Mapping[Path, str], reading: _Reading) -> list[_Owner]:
    shared = paths.shared_agent_dir(host)
    owners = [_json_owner(host, shared, None, reading)]
    others = [(folder, agent) for folder, agent in folders.items() if folder != shared]
    return [_json_owner(host, folder, agent, reading) for folder, agent in others] + owners


def _json_owner(host: Host, folder: Path, agent: str | None, reading: _Reading) -> _Owner:
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


def _sqlite_owners(host: Host, folders: Mapping[Path, str], reading: _Reading) -> list[_Owner]:
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


def _sqlite_owner(folder: Path, agent: str, reading: _Reading) -> _Owner:
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


def _waiting(host: Host, owners: list[_Owner], agent: str, reading: _Reading) -> dict[Path, frozenset[str]]:
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
        there = [file for file in candidates if _exists(file)]
        if there:
            found |= dict.fromkeys(there, _stopped(there, reading))
    return found


def _stopped(files: list[Path], reading: _Reading) -> frozenset[str]:
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
