"""Which rules hold for a release of OpenClaw: the rows of `rules.toml` and `rules_providers.toml`.

The engine asks here and never compares releases itself.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from diagnose.machine.openclaw.facts import Version
from diagnose.machine.openclaw.prediction import Rule
from diagnose.machine.openclaw.releases import parse_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: it holds from `since` up to, but not including, `until`. `values` is what the engine needs of it."""

    id: str
    says: str
    since: Version | None
    until: Version | None
    values: Mapping[str, Any]

    def holds(self, release: Version) -> bool:
        return (self.since is None or self.since <= release) and (self.until is None or release < self.until)

    @property
    def rule(self) -> Rule:
        since = ".".join(map(str, self.since)) if self.since else None
        until = ".".join(map(str, self.until)) if self.until else None
        releases = f"{since} and later" if since else "all releases"
        if until:
            releases = f"{since} and later, before {until}" if since else f"before {until}"
        return Rule(id=self.id, says=self.says, releases=releases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds for one release. `providers` and `aliases` go by provider id; `about` says why it is another
    release's rules, None when it is this one's."""

    release: Version
    newer: bool
    rows: Mapping[str, Row]
    config: tuple[Row, ...]
    providers: Mapping[str, Row]
    aliases: Mapping[str, str]
    about: Rule | None

    def holds(self, rule: str) -> bool:
        return rule in self.rows

    def value(self, rule: str, key: str) -> Any:
        """A value of a rule that holds. KeyError when it does not, or has none."""
        return self.rows[rule].values[key]

    def provider(self, name: str) -> Row | None:
        """The image provider of that id or alias, in any case; None when there is none in this release."""
        wanted = name.strip().lower()
        if wanted in self.providers:
            return self.providers[wanted]
        return next((row for row in self.providers.values() if wanted in row.values.get("aliases", ())), None)

    def credentials_of(self, provider: str) -> str:
        """The provider whose credentials serve this one."""
        name = provider.strip().lower()
        return self.aliases.get(name, name)


@dataclass(slots=True)
class Trail:
    """The rules that decided about one candidate, in order, each once."""

    rules: Rules
    noted: dict[str, Rule] = field(default_factory=dict)

    def note(self, rule: str) -> str:
        """Notes a rule, and gives its id back. KeyError when it does not hold for this release."""
        self.noted.setdefault(rule, self.rules.rows[rule].rule)
        return rule

    def holds(self, rule: str) -> bool:
        """Whether a rule holds, noted if so."""
        if not self.rules.holds(rule):
            return False
        self.note(rule)
        return True

    @property
    def all(self) -> tuple[Rule, ...]:
        return tuple(self.noted.values())


@lru_cache(maxsize=32)
def rules_for(version: Version | None) -> Rules:
    """The rules of a release. One outside the tables has those of the nearest; one that is not known, the newest."""
    tables = _tables()
    oldest, newest = _version(tables["tables"], "oldest"), _version(tables["tables"], "newest")
    assert oldest is not None
    assert newest is not None
    release = min(max(version or newest, oldest), newest)
    rows = {row.id: row for row in _holding(tables["rule"], release)}
    about = None
    if version is None:
        about = "release-unknown"
    elif version != release:
        about = "release-newer" if version > newest else "release-older"
    aliases = {name: to for row in _holding(tables["alias"], release) for name, to in row.values["names"].items()}
    providers = _holding(tables["provider"], release)
    return Rules(
        release=release,
        newer=about == "release-newer",
        rows=rows,
        config=_holding(tables["config"], release),
        providers={row.values["name"]: row for row in sorted(providers, key=lambda row: str(row.values["name"]))},
        aliases=aliases,
        about=rows[about].rule if about else None,
    )


@cache
def _tables() -> dict[str, Any]:
    here = Path(__file__).parent
    tables = tomllib.loads((here / "rules.toml").read_text(encoding="utf-8"))
    return tables | tomllib.loads((here / "rules_providers.toml").read_text(encoding="utf-8"))


def _holding(listed: list[dict[str, Any]], release: Version) -> tuple[Row, ...]:
    rows = (
        Row(
            id=entry["id"],
            says=entry["says"],
            since=_version(entry, "since"),
            until=_version(entry, "until"),
            values=entry,
        )
        for entry in listed
    )
    return tuple(row for row in rows if row.holds(release))


def _version(entry: Mapping[str, Any], key: str) -> Version | None:
    return parse_version(entry[key]) if key in entry else None
