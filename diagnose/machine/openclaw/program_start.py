"""Whether OpenClaw may be started on this machine at all, without harm to its owner's logins."""

from collections.abc import Iterator

from diagnose.machine.openclaw.facts import Profile
from diagnose.machine.openclaw.program_rows import has
from diagnose.machine.openclaw.setting import Setting

SHORTEST_SECONDS = 600
"""What an OAuth login must have left at least."""

_MARGIN_SECONDS = 300
"""OpenClaw refreshes a login that has less, and a refresh that fails destroys it."""


def unsafe_to_start(setting: Setting, now: float, *, install_allowed: bool = False, limit: float = 0.0) -> str | None:
    """Why OpenClaw must not be started, or None. `now` is Unix seconds.

    `install_allowed`: the user has agreed that a release may install its plugins on its first run. `limit`: how many
    seconds it may live; no login may come near its end meanwhile.
    """
    if setting.installation is None:
        return "OpenClaw is not installed"
    logins = next(_short_lived(setting, now, max(SHORTEST_SECONDS, limit + _MARGIN_SECONDS)), None)
    if logins is not None:
        return logins
    if setting.installation.needs_plugins and not install_allowed:
        return (
            f"OpenClaw {setting.installation.shown} would run npm install for its plugins on its first image "
            "command, which takes minutes and needs the npm registry"
        )
    return None


def _short_lived(setting: Setting, now: float, needed: float) -> Iterator[str]:
    danger = "OpenClaw would try to refresh it, and a refresh that fails can destroy it"
    stores = setting.stores
    for profile in (*stores.profiles, *stores.beside):
        if not _is_login(profile):
            continue
        if profile.fenced:
            yield f"{_named(profile)} was overwritten by a refresh that failed: it is lost until you log in again"
        elif profile.expires_ms is None:
            yield f"{_named(profile)} does not tell when it expires: {danger}"
        elif (left := profile.expires_ms / 1000 - now) < needed:
            yield f"{_named(profile)} {_left(left)}: {danger}"
    for path, why in (*stores.unreadable.items(), *stores.beside_unreadable.items()):
        yield f"{path} cannot be read ({why}), so how long its logins last is not known"
    codex = setting.codex
    if codex is None or codex.kind != "chatgpt":
        return
    if setting.version is not None and has("codex-login-unread", setting.version):
        return
    if codex.expires_ms is None or (left := codex.expires_ms / 1000 - now) < needed:
        told = "does not tell when it expires" if codex.expires_ms is None else _left(left)
        yield (
            f"the login of the Codex CLI in {codex.path} {told}: OpenClaw would refresh it, and log the Codex CLI out"
        )


def _is_login(profile: Profile) -> bool:
    """An entry of a kind that is not known here is one if there is something to refresh it with."""
    return profile.kind == "oauth" or (profile.kind == "other" and profile.refresh is not None)


def _named(profile: Profile) -> str:
    return f"the OAuth login {profile.id}"


def _left(seconds: float) -> str:
    if seconds <= 0:
        return "has expired" if seconds > -60 else f"expired {_span(-seconds)} ago"
    return f"expires in {_span(seconds)}"


def _span(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 1:
        return "less than a minute"
    if minutes < 120:
        return f"{minutes} minute{'s' if minutes > 1 else ''}"
    return f"{minutes // 60} hours" if minutes < 2880 else f"{minutes // 1440} days"
