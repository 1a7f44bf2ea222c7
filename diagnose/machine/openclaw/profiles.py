"""The content of an auth store, made into plain facts: profiles, their order, and what is remembered of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from diagnose.machine.openclaw import jwt_claims, sections
from diagnose.machine.openclaw.facts import CredentialKind, Origin, Profile, SecretForm, Usage
from diagnose.model.secret import Secret

_KINDS: Mapping[str, CredentialKind] = {
    "api_key": "api_key", "apiKey": "api_key", "oauth": "oauth", "token": "token",
}  # fmt: skip
_FIELDS: Mapping[CredentialKind, str] = {"api_key": "key", "oauth": "access", "token": "token"}
_FENCE = "openclaw-oauth-refresh-fence:v1:"
_PERSONAL = re.compile(r"personal:[^:]+:[a-f0-9-]{36}")
"""Accounts of single chat users, which no command takes by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What stands beside the profiles: the order by provider, the last good one, troubles by profile."""

    order: Mapping[str, tuple[str, ...]]
    last_good: Mapping[str, str]
    usage: Mapping[str, Usage]


def profiles(content: Any, origin: Origin, agent: str | None) -> tuple[Profile, ...]:
    """The profiles of `{"profiles": {…}}`; entries that OpenClaw drops (no object, no provider) are left out."""
    listed = content.get("profiles") if isinstance(content, dict) else None
    return _all(listed if isinstance(listed, dict) else {}, origin, agent, "{}")


def oldest(content: Any, origin: Origin, agent: str | None) -> tuple[Profile, ...]:
    """The profiles of `auth.json` and `oauth.json`: one for each provider, which is its key."""
    listed = content if isinstance(content, dict) and "profiles" not in content else {}
    named = {
        provider: {"provider": provider, "type": "oauth" if "access" in entry else None} | entry
        for provider, entry in listed.items()
        if isinstance(entry, dict)
    }
    return _all(named, origin, agent, "{}:default")


def state(content: Any) -> State:
    """Order, last good and troubles; what has another shape is passed over."""
    parts = content if isinstance(content, dict) else {}
    good, usage = parts.get("lastGood"), parts.get("usageStats")
    order = sections.order(parts.get("order"))
    return State(
        order={name: ids for name, listed in order.items() if (ids := tuple(i.strip() for i in listed if i.strip()))},
        last_good={
            provider.strip().lower(): profile.strip()
            for provider, profile in (good.items() if isinstance(good, dict) else ())
            if isinstance(profile, str) and profile.strip()
        },
        usage={
            profile: _usage(stats)
            for profile, stats in (usage.items() if isinstance(usage, dict) else ())
            if isinstance(stats, dict)
        },
    )


def _all(listed: Mapping[str, Any], origin: Origin, agent: str | None, name: str) -> tuple[Profile, ...]:
    found = []
    for key, entry in listed.items():
        if isinstance(entry, dict) and not _PERSONAL.fullmatch(key):
            profile = _profile(name.format(key), entry, origin, agent)
            if profile.provider:
                found.append(profile)
    return tuple(found)


def _profile(name: str, entry: Mapping[str, Any], origin: Origin, agent: str | None) -> Profile:
    said, provider = entry.get("type", entry.get("mode")), entry.get("provider")
    kind = _KINDS.get(said, "other") if isinstance(said, str) else "other"
    field = _FIELDS.get(kind, "key")
    written = entry.get(field)
    if kind == "api_key" and written is None:
        written = entry.get("apiKey")
    value = _text(written)
    fenced = value is not None and value.startswith(_FENCE)
    refresh = _text(entry.get("refresh"))
    pointer = _reference(entry, field, written)
    usable = value if value and not fenced and pointer is None else None
    return Profile(
        id=name,
        provider=provider.strip().lower() if isinstance(provider, str) else "",
        kind=kind,
        origin=Origin(file=origin.file, key=f"{origin.key} {name}".strip()),
        agent=agent,
        secret=Secret(usable) if usable else None,
        form=_form(usable or ""),
        reference=pointer,
        refresh=Secret(refresh).fingerprint if refresh and not refresh.startswith(_FENCE) else None,
        expires_ms=jwt_claims.milliseconds(entry.get("expires")) if kind != "api_key" else None,
        account=_text(entry.get("accountId")) or jwt_claims.account(usable or ""),
        plan=_text(entry.get("chatgptPlanType")) or jwt_claims.plan(usable or ""),
        fenced=fenced,
    )


def _reference(entry: Mapping[str, Any], field: str, written: Any) -> str | None:
    """What a profile refers to instead of holding it: "env NAME", "file", "exec", "store"."""
    for value in (entry.get(f"{field}Ref"), written):
        if value is not None and (found := sections.reference(value)):
            source, variable = found
            return f"{source} {variable}" if variable else source
    return "file" if field == "access" and written is None and isinstance(entry.get("oauthRef"), dict) else None


def _form(value: str) -> SecretForm:
    parts = value.split(".")
    if len(parts) == 3 and all(parts[:2]):
        return "jwt"
    return "sk" if value.startswith("sk-") else "other"


def _usage(stats: Mapping[str, Any]) -> Usage:
    reason = stats.get("disabledReason") or stats.get("cooldownReason") or stats.get("blockedReason")
    blocked = [_moment(stats.get(name)) for name in ("cooldownUntil", "blockedUntil")]
    return Usage(
        cooldown_until=max((moment for moment in blocked if moment), default=None),
        disabled_until=_moment(stats.get("disabledUntil")) or None,
        reason=reason if isinstance(reason, str) else None,
        last_used=_moment(stats.get("lastUsed")),
    )


def _moment(value: Any) -> int | None:
    return jwt_claims.milliseconds(value) or None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
