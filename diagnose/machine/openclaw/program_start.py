"""Whether OpenClaw may be started on this machine at all, without harm to its owner's logins."""

from collections.abc import Iterator

from diagnose.machine.openclaw.facts import Profile
from diagnose.machine.openclaw.program_rows import has
from diagnose.machine.openclaw.setting import Setting

SHORTEST_SECONDS = 600
"""What an OAuth login must have left. OpenClaw refreshes under 300 s, and a refresh that fails destroys it."""


def unsafe_to_start(setting: Setting, now: float, *, install_allowed: bool = False) -> str | None:
    """Why OpenClaw must not be started, or None. `now` is Unix seconds.

    `install_allowed`: the user has agreed that a release may install its plugins on its first run.
    """
    if setting.installation is None:
        return "OpenClaw is not installed"
    logins = next(_short_lived(setting, now), None)
    if logins is not None:
        return logins
    if setting.installation.needs_plugins and not install_allowed:
        return (
            f"OpenClaw {setting.installation.shown} would run npm install for its plugins on its first image "
            "command, which takes minutes and needs the npm registry"
        )
    return None


def _short_lived(setting: Setting, now: float) -> Iterator[str]:
    danger = "OpenClaw would try to refresh it, and a refresh that fails can destroy it"
    for profile in setting.stores.profiles:
        if profile.kind != "oauth":
            continue
        if profile.fenced:
            yield f"{_named(profile)} was overwritten by a refresh that failed: it is lost until you log in again"
        elif profile.expires_ms is None:
            yield f"{_named(profile)} does not tell when it expires: {danger}"
        elif (left := profile.expires_ms / 1000 - now) < SHORTEST_SECONDS:
            yield f"{_named(profile)} {_left(left)}: {danger}"
    if setting.stores.unreadable:
        path, why = next(iter(setting.stores.unreadable.items()))
        yield f"{path} cannot be read ({why}), so how long its logins last is not known"
    codex = setting.codex
    if codex is None or codex.kind != "chatgpt" or has("codex-login-unread", setting.version):
        return
    if codex.expires_ms is None or (left := codex.expires_ms / 1000 - now) < SHORTEST_SECONDS:
        told = "does not tell when it expires" if codex.expires_ms is None else _left(left)
        yield (
            f"the login of the Codex CLI in {codex.path} {told}: OpenClaw would refresh it, and log the Codex CLI out"
        )


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
