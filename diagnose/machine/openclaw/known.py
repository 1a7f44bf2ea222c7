"""Credentials that were read with OpenClaw's settings: for the redactor, and for asking as OpenClaw would."""

from collections.abc import Iterator, Mapping
from typing import Any

from diagnose.machine.credentials import Credential, kind_of
from diagnose.machine.openclaw.facts import Variable
from diagnose.machine.openclaw.prediction import Prediction
from diagnose.machine.openclaw.secret_texts import secret_texts
from diagnose.machine.openclaw.setting import Setting
from diagnose.model.secret import Secret
from diagnose.redact import secrets_of


def secrets_in(setting: Setting) -> set[str]:
    """Every secret text that was read, so that the redactor knows it: keys, tokens of all kinds, what the config sends
    in headers, and the users and passwords in its addresses."""
    profiles = [*setting.stores.profiles, *setting.stores.beside]
    found = [profile.secret for profile in profiles]
    found += [provider.api_key.secret for provider in setting.config.providers.values() if provider.api_key]
    found += [*setting.stores.texts, *([setting.codex.secret, *setting.codex.texts] if setting.codex else [])]
    texts = {secret.reveal() for secret in found if secret is not None}
    sent = _sent(setting.config.at("models.providers"), setting.variables)
    return texts | set(sent) | set(_users(setting.config.tree))


def _sent(value: Any, variables: Mapping[str, Variable]) -> Iterator[str]:
    """What stands below any `headers` and `auth`, with and without "Bearer" in front."""
    for key, item in _items(value):
        if key not in {"headers", "auth"}:
            yield from _sent(item, variables)
            continue
        for secret in secret_texts([item, list(_referred(item, variables))]):
            text = secret.reveal()
            yield from {text, text.rpartition(" ")[2]}


def _referred(value: Any, variables: Mapping[str, Variable]) -> Iterator[str]:
    """The variables that references below a value name."""
    for _, item in _items(value):
        yield from _referred(item, variables)
    if isinstance(value, dict) and value.get("source") == "env" and value.get("id") in variables:
        yield variables[value["id"]].value


def _users(value: Any) -> Iterator[str]:
    for _, item in _items(value):
        yield from _users(item)
    if isinstance(value, str) and "@" in value and "://" in value:
        yield from secrets_of({"HTTPS_PROXY": value})


def _items(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return [("", item) for item in value] if isinstance(value, list) else []


def used_first(found: tuple[Credential, ...], setting: Setting, prediction: Prediction) -> tuple[Credential, ...]:
    """The API keys with the one that OpenClaw is expected to send in front, a stored one included."""
    used = prediction.first.credential if prediction.first else None
    if used is None or used.fingerprint is None or used.kind != "api_key":
        return found
    mine = [c for c in found if c.secret.fingerprint == used.fingerprint]
    others = tuple(c for c in found if c.secret.fingerprint != used.fingerprint)
    secret = mine[0].secret if mine else _stored(setting, used.fingerprint)
    if secret is None:
        return found
    return (Credential(secret=secret, source=used.source, kind=kind_of(secret.reveal())), *others)


def _stored(setting: Setting, fingerprint: str) -> Secret | None:
    secrets = [profile.secret for profile in setting.stores.profiles]
    return next((s for s in secrets if s is not None and s.fingerprint == fingerprint), None)
