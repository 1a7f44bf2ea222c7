"""Credentials that were read with OpenClaw's settings: for the redactor, and for asking as OpenClaw would."""

from diagnose.machine.credentials import Credential, kind_of
from diagnose.machine.openclaw.prediction import Prediction
from diagnose.machine.openclaw.setting import Setting
from diagnose.model.secret import Secret


def secrets_in(setting: Setting) -> set[str]:
    """Every credential that was read, as text, so that the redactor knows it."""
    found = [profile.secret for profile in setting.stores.profiles]
    found += [provider.api_key.secret for provider in setting.config.providers.values() if provider.api_key]
    found += [setting.codex.secret] if setting.codex else []
    return {secret.reveal() for secret in found if secret is not None}


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
