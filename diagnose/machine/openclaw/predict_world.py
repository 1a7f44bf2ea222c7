"""The settings as the prediction asks for them: what is set for a provider, by a variable, under a key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from diagnose.machine.openclaw.facts import Origin, Profile, Provider, Variable
from diagnose.machine.openclaw.prediction import Asked, UsedCredential
from diagnose.machine.openclaw.rules import Rules, Trail
from diagnose.machine.openclaw.setting import Setting

_LINE_BREAKS = re.compile(r"[\r\n\u2028\u2029]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One question: these settings, this request, the rules of this release. `agent` is whose credentials are used.

    `refreshing`: a login that has to be refreshed first can be. `destroyed` collects the logins that were lost when
    that failed, which later candidates do not have any more.
    """

    setting: Setting
    asked: Asked
    rules: Rules
    refreshing: bool = True
    destroyed: set[str] = field(default_factory=set)

    @property
    def agent(self) -> str:
        return (self.asked.agent or self.setting.config.default_agent or "main").strip().lower()

    @property
    def now_ms(self) -> float:
        return self.setting.now * 1000

    def trail(self) -> Trail:
        return Trail(self.rules)

    def provider(self, name: str) -> Provider | None:
        """`models.providers.<name>`, None when it is not there."""
        return self.setting.config.providers.get(name)

    def option(self, name: str, key: str) -> Any:
        """A key of `models.providers.<name>`, None when it is not there."""
        provider = self.provider(name)
        return provider.settings.get(key) if provider else None

    def base_url(self, name: str) -> str | None:
        provider = self.provider(name)
        return (provider.base_url or "").strip() or None if provider else None

    def written_key(self, name: str) -> Any:
        """`apiKey` of a provider as the config has it."""
        provider = self.provider(name)
        entries = self.setting.config.at("models.providers")
        entry = entries.get(provider.id) if provider and isinstance(entries, dict) else None
        return entry.get("apiKey") if isinstance(entry, dict) else None

    def variable(self, name: str) -> Variable | None:
        """A variable of the environment that is not blank."""
        variable = self.setting.variables.get(name)
        return variable if variable is not None and clean(variable.value) else None

    def first_variable(self, provider: str) -> Variable | None:
        """The first variable with a key for a provider."""
        row = self.rules.providers.get(self.rules.credentials_of(provider))
        found = (self.variable(name) for name in (row.values["env"] if row else ()))
        return next((variable for variable in found if variable), None)

    def profiles(self) -> dict[str, Profile]:
        """The stored profiles that the agent has, by id: the shared ones first, its own in their place."""
        stored = self.setting.stores.profiles
        shared = {profile.id: profile for profile in stored if profile.agent is None}
        return shared | {profile.id: profile for profile in stored if profile.agent == self.agent}

    def profiles_of(self, provider: str) -> list[Profile]:
        """The stored profiles of a provider, usable or not."""
        wanted = self.rules.credentials_of(provider)
        return [p for p in self.profiles().values() if self.rules.credentials_of(p.provider) == wanted]


def clean(value: str) -> str:
    """A key as it is used: without line breaks and the space around it."""
    return _LINE_BREAKS.sub("", value).strip()


def text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def used_key(kind: Any, source: str, origin: Origin, value: str | None) -> UsedCredential:
    """A credential that would be sent; `value` None when what it is worth is not known before."""
    from diagnose.model.secret import Secret

    fingerprint = Secret(clean(value)).fingerprint if value is not None else None
    return UsedCredential(kind=kind, source=source, origin=origin, fingerprint=fingerprint)
