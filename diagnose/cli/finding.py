"""Which credentials of an image provider are there: by name and place, never by value."""

from collections.abc import Iterator
from datetime import UTC, datetime

from diagnose.capabilities.providers import ImageProvider
from diagnose.machine.openclaw.facts import Profile
from diagnose.machine.openclaw.setting import Setting
from diagnose.model.inventory import FoundCredential


def found(row: ImageProvider, setting: Setting, agent: str | None) -> Iterator[FoundCredential]:
    """Everything that could give `row` a credential: variables, the config, the stores, the login of the Codex CLI.

    Stores of other agents than `agent` (None: the default one) are left out.
    """
    yield from _variables(row, setting)
    yield from _configured(row, setting)
    yield from _stored(row, setting, agent or setting.config.default_agent)
    if row.codex_login and setting.codex is not None and setting.codex.kind == "chatgpt":
        yield FoundCredential(kind="codex login", name="login of the Codex CLI", origin=str(setting.codex.path))


def _variables(row: ImageProvider, setting: Setting) -> Iterator[FoundCredential]:
    for name in row.variables:
        variable = setting.variables.get(name)
        if variable is not None and variable.value.strip():
            yield FoundCredential(kind="variable", name=name, origin=str(variable.origin))


def _configured(row: ImageProvider, setting: Setting) -> Iterator[FoundCredential]:
    for provider_id in dict.fromkeys((row.id, *row.logins)):
        provider = setting.config.providers.get(provider_id)
        if provider is not None and provider.api_key is not None:
            key = provider.api_key
            trouble = None if key.secret else f"is a {key.form}, which does not resolve or is not opened here"
            name = f"models.providers.{provider_id}.apiKey"
            yield FoundCredential(kind="config", name=name, origin=str(key.origin), trouble=trouble)


def _stored(row: ImageProvider, setting: Setting, agent: str) -> Iterator[FoundCredential]:
    for profile in setting.stores.profiles:
        if profile.provider in row.logins and profile.agent in {None, agent}:
            yield FoundCredential(
                kind="profile",
                name=f"profile {profile.id} ({profile.kind})",
                origin=str(profile.origin),
                trouble=_trouble(profile, setting),
            )


def _trouble(profile: Profile, setting: Setting) -> str | None:
    """Why a stored profile may not serve, as the rest of a sentence that begins with its name."""
    now = setting.now * 1000
    if profile.fenced:
        return "was overwritten when a refresh failed: a new login is needed"
    usage = setting.stores.usage.get(profile.id)
    if usage is not None:
        for what, until in (("disabled", usage.disabled_until), ("cooling down", usage.cooldown_until)):
            if until is not None and until > now:
                return f"is {what} until {_day(until)}"
    if profile.expires_ms is not None and profile.expires_ms <= now:
        refreshed = " and would be refreshed first" if profile.refresh else ""
        return f"expired {_day(profile.expires_ms)}{refreshed}"
    if profile.secret is None:
        return f"refers to {profile.reference}, which is not opened here" if profile.reference else "holds nothing"
    return None


def _day(milliseconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    except (OverflowError, OSError, ValueError):  # any number can stand in a store
        return "at an impossible time"
