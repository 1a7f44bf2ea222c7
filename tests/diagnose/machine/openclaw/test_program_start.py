"""OpenClaw is not started where that could cost somebody a login, or would install something unasked."""

from pathlib import Path
from typing import Any

import pytest

from diagnose.machine.openclaw.config import Config
from diagnose.machine.openclaw.facts import CodexLogin, Origin, Profile, Stores
from diagnose.machine.openclaw.installation import Installation
from diagnose.machine.openclaw.program import unsafe_to_start
from diagnose.machine.openclaw.setting import Setting

NOW = 1_800_000_000.0
NEW = (2026, 9, 6)


def profile(left: float | None, **more: Any) -> Profile:
    given: dict[str, Any] = {
        "id": "openai:default",
        "provider": "openai",
        "kind": "oauth",
        "origin": Origin(file=Path("/s/openclaw.sqlite"), key="authProfiles.store"),
        "agent": None,
        "secret": None,
        "form": "jwt",
        "expires_ms": None if left is None else int((NOW + left) * 1000),
    }
    return Profile(**(given | more))


def setting(*profiles: Profile, version: tuple[int, int, int] | None = NEW, **more: Any) -> Setting:
    given: dict[str, Any] = {
        "installation": Installation(program=Path("/bin/openclaw"), version=version),
        "state": Path("/s"),
        "config": Config(),
        "stores": Stores(profiles=profiles),
        "now": NOW,
    }
    return Setting(**(given | more))


def test_a_machine_without_logins_is_safe() -> None:
    assert unsafe_to_start(setting(), NOW) is None


def test_a_login_that_lasts_is_safe_and_one_that_does_not_is_not() -> None:
    assert unsafe_to_start(setting(profile(601)), NOW) is None
    reason = unsafe_to_start(setting(profile(599)), NOW)
    assert reason is not None
    assert reason.startswith("the OAuth login openai:default expires in 9 minutes: ")


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (30, "expires in less than a minute"),
        (90, "expires in 1 minute"),
        (-10, "has expired"),
        (-600, "expired 10 minutes ago"),
        (-3 * 3600, "expired 3 hours ago"),
        (-9 * 86400, "expired 9 days ago"),
        (None, "does not tell when it expires"),
    ],
)
def test_how_long_it_lasts_is_told(left: float | None, told: str) -> None:
    assert f" {told}: " in str(unsafe_to_start(setting(profile(left)), NOW))


def test_the_clock_is_the_one_that_is_given() -> None:
    assert unsafe_to_start(setting(profile(3600)), NOW + 3300) is not None


def test_any_provider_and_any_agent_counts() -> None:
    other = profile(0, id="anthropic:me", provider="anthropic", agent="ada")
    assert "anthropic:me" in str(unsafe_to_start(setting(profile(9999), other), NOW))


@pytest.mark.parametrize("kind", ["api_key", "token"])
def test_what_is_not_refreshed_may_be_old(kind: str) -> None:
    assert unsafe_to_start(setting(profile(-10, kind=kind)), NOW) is None


def test_a_login_that_is_lost_already_is_told_by_its_own_word() -> None:
    assert "overwritten by a refresh that failed" in str(unsafe_to_start(setting(profile(-10, fenced=True)), NOW))


def test_a_store_that_cannot_be_read_may_hold_a_login() -> None:
    stores = Stores(unreadable={Path("/s/state/openclaw.sqlite"): "it is locked"})
    assert "it is locked" in str(unsafe_to_start(setting(stores=stores), NOW))


@pytest.mark.parametrize(
    ("version", "safe"), [((2026, 5, 18), False), ((2026, 7, 1), False), (NEW, True), (None, False)]
)
def test_a_login_of_the_codex_cli_counts_where_it_may_be_read(version: tuple[int, int, int] | None, safe: bool) -> None:
    codex = CodexLogin(path=Path("/c/auth.json"), kind="chatgpt", expires_ms=int(NOW * 1000))
    assert (unsafe_to_start(setting(version=version, codex=codex), NOW) is None) is safe
    lasting = CodexLogin(path=Path("/c/auth.json"), kind="chatgpt", expires_ms=int((NOW + 9999) * 1000))
    assert unsafe_to_start(setting(version=version, codex=lasting), NOW) is None
    key = CodexLogin(path=Path("/c/auth.json"), kind="api_key")
    assert unsafe_to_start(setting(version=version, codex=key), NOW) is None


def test_plugins_are_not_installed_unasked() -> None:
    bare = Installation(program=Path("/bin/openclaw"), version=(2026, 4, 22), needs_plugins=True)
    assert "npm install" in str(unsafe_to_start(setting(installation=bare), NOW))
    assert unsafe_to_start(setting(installation=bare), NOW, install_allowed=True) is None


def test_a_login_is_protected_even_where_installing_is_allowed() -> None:
    bare = Installation(program=Path("/bin/openclaw"), version=(2026, 4, 22), needs_plugins=True)
    assert unsafe_to_start(setting(profile(5), installation=bare), NOW, install_allowed=True) is not None


def test_no_installation_is_a_reason() -> None:
    assert unsafe_to_start(setting(installation=None), NOW) == "OpenClaw is not installed"


@pytest.mark.parametrize(("limit", "left", "safe"), [
    (0, 601, True), (120, 601, True), (600, 901, True), (600, 899, False), (3600, 3899, False), (3600, 3901, True),
])  # fmt: skip
def test_a_login_must_outlive_the_program_by_the_time_in_which_it_would_be_refreshed(
    limit: float, left: float, safe: bool
) -> None:
    assert (unsafe_to_start(setting(profile(left)), NOW, limit=limit) is None) is safe
    codex = CodexLogin(path=Path("/c/auth.json"), kind="chatgpt", expires_ms=int((NOW + left) * 1000))
    assert (unsafe_to_start(setting(version=(2026, 5, 18), codex=codex), NOW, limit=limit) is None) is safe


def test_an_entry_of_an_unknown_kind_that_can_be_refreshed_is_a_login() -> None:
    assert unsafe_to_start(setting(profile(None, kind="other")), NOW) is None
    assert "does not tell" in str(unsafe_to_start(setting(profile(None, kind="other", refresh="00")), NOW))
    assert unsafe_to_start(setting(profile(9999, kind="other", refresh="00")), NOW) is None


def test_a_login_in_a_store_that_the_release_should_not_use_counts() -> None:
    old = profile(0, id="openai:old")
    assert "openai:old" in str(unsafe_to_start(setting(stores=Stores(beside=(old,))), NOW))
    broken = Stores(beside_unreadable={Path("/s/auth-profiles.json"): "it is locked"})
    assert "it is locked" in str(unsafe_to_start(setting(stores=broken), NOW))
