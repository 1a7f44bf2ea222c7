"""The login by what this machine says of it. Nothing is asked and nothing is changed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from checks.context import Learned
from diagnose.machine.credentials import kind_of
from diagnose.model.check import Status
from diagnose.model.secret import Secret

NOW = 1_795_260_000.0
ACCOUNT, OTHER = "11111111-2222-3333-4444-555555555555", "99999999-8888-7777-6666-555555555555"
REUSED = (
    "Your access token could not be refreshed because your refresh token was already used. "
    "Please log out and sign in again."
)


def test_a_login_in_force_passes_every_offline_check(world: Any) -> None:
    world.write_login()
    for name in ("source", "kind", "logins", "expiry", "shared", "history"):
        found = world.check(f"credentials.{name}")
        assert (found.status, found.symptom) == (Status.PASS, None), name
    assert world.backend.asked == []


@pytest.mark.parametrize(
    ("claims", "status", "symptom", "words"),
    [
        ({"exp": NOW - 301}, Status.FAIL, "login-expired", "expired 2026-11-21 11:14 UTC, 5 min 1 s ago"),
        ({"exp": NOW - 300}, Status.WARN, None, "clocks may differ, so the host is asked"),
        ({"exp": NOW}, Status.WARN, None, "clocks may differ"),
        ({"exp": NOW + 599}, Status.WARN, None, "in 9 min 59 s"),
        ({"exp": NOW + 601}, Status.PASS, None, "in force until"),
        ({"exp": None}, Status.WARN, None, "names no end"),
        ({"iat": NOW + 301}, Status.WARN, None, "the clock of this machine may be wrong"),
        ({"nbf": NOW + 3600}, Status.WARN, None, "in 1 h"),
        ({"iat": NOW + 299}, Status.PASS, None, "not verified"),
    ],
)
def test_the_time_of_the_token(world: Any, claims: Any, status: Status, symptom: str | None, words: str) -> None:
    world.text = world.token(**claims)
    found = world.check("credentials.expiry")
    assert (found.status, found.symptom) == (status, symptom)
    assert words in found.summary
    due = status is Status.FAIL or "in 9 min" in words or "clocks" in words
    assert (found.remedy == (RENEW, "codex login   # only if that does not help")) == due


RENEW = "codex   # once: it renews the login by itself"


def test_a_login_that_cannot_be_renewed_has_to_be_made_anew(world: Any) -> None:
    world.text, world.held = world.token(exp=NOW - 3600), {"refresh": None}
    assert world.check("credentials.expiry").remedy == ("codex login",)
    world.held, world.learned = {}, Learned(refresh_spent=True)
    assert world.check("credentials.expiry").remedy == ("codex login",)


def test_an_expired_token_of_openclaw_is_renewed_by_openclaw(world: Any) -> None:
    world.text = world.token(exp=NOW - 3600)
    world.held = {"id": "openai:default", "file": Path("/x/openclaw.sqlite"), "provider": "openai"}
    renewing, anew = world.check("credentials.expiry").remedy
    assert renewing.startswith("OpenClaw renews it by itself")
    assert anew == "openclaw models auth login --provider openai   # only if that does not help"


@pytest.mark.parametrize(("days", "due"), [(1, False), (9, True)])
def test_a_token_without_an_end_is_stale_when_its_program_has_not_renewed_it(
    world: Any, days: float, due: bool
) -> None:
    world.text, world.held = world.token(exp=None), {"last_refresh": NOW - days * 86_400}
    found = world.check("credentials.expiry")
    assert ("not renewed" in found.summary, bool(found.remedy)) == (due, due)


def test_what_says_nothing_of_its_time_is_skipped(world: Any) -> None:
    world.text = "at-opaque-access-token-0123456789"
    assert world.check("credentials.expiry").status is Status.SKIP
    assert world.check("scopes.claims").status is Status.SKIP


@pytest.mark.parametrize(
    ("route", "text", "status", "symptom"),
    [
        ("codex-responses", {}, Status.PASS, None),
        ("codex-images", {"client_id": "oaiapp_x"}, Status.FAIL, "siwc-token"),
        ("codex-responses", {"client_id": "app_another0program"}, Status.FAIL, "wrong-credential-kind"),
        ("codex-responses", {"iss": "https://login.example.org"}, Status.FAIL, "wrong-credential-kind"),
        ("codex-responses", "sk-proj-0123456789abcdef", Status.FAIL, "wrong-credential-kind"),
        ("codex-responses", "sk-admin-0123456789abcdef", Status.FAIL, "wrong-credential-kind"),
        ("codex-responses", "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJo", Status.FAIL, "damaged-credential"),
        ("codex-responses", "a key of\ntwo lines", Status.FAIL, "damaged-credential"),
        ("codex-responses", "rt_0123456789abcdef", Status.FAIL, "wrong-credential-kind"),
        ("codex-responses", "something-else-0123456789", Status.WARN, None),
        ("openai-images", {}, Status.FAIL, "token-on-images-api"),
        ("openai-images", {"client_id": "oaiapp_x"}, Status.FAIL, "siwc-token"),
        ("openai-images", "sk-admin-0123456789abcdef", Status.FAIL, "wrong-credential-kind"),
        ("openai-images", "sk-proj-0123456789abcdef", Status.PASS, None),
    ],
)
def test_each_surface_takes_its_own_kind(
    world: Any, route: str, text: Any, status: Status, symptom: str | None
) -> None:
    world.route, world.text = route, text if isinstance(text, str) else world.token(**text)
    found = world.check("credentials.kind")
    assert (found.status, found.symptom) == (status, symptom)
    assert world.text not in repr(found)
    assert world.backend.asked == []


def test_a_login_that_cannot_be_used_is_told_with_its_reason(world: Any) -> None:
    world.held = {"secret": None, "trouble": "there is no access token in it", "kind": kind_of("x")}
    found = world.check("credentials.source")
    assert (found.status, found.symptom) == (Status.FAIL, "no-login")
    assert "there is no access token in it" in found.summary


def test_no_login_names_the_keyring_that_may_hold_one(world: Any) -> None:
    from dataclasses import replace

    from checks.credentials import source

    world.codex.mkdir()
    context = replace(world.context(), logins=(), credentials=(), route=None)
    assert "there is none in" in source(context).summary
    (world.codex / "config.toml").write_text('cli_auth_credentials_store = "keyring"\n')
    found = source(context)
    assert (found.status, found.symptom, found.remedy) == (Status.FAIL, "no-login", ("codex login",))
    assert "keyring" in found.summary


def test_logins_of_two_accounts_are_a_warning_and_of_one_are_none(world: Any) -> None:
    second = world.login(id="openai:work", source="OpenClaw's profile openai:work", file=Path("/x"), refresh="0a0b0c0d")
    world.others = (second,)
    assert world.check("credentials.logins").status is Status.PASS
    world.others = (world.login(id="openai:work", source="OpenClaw's profile openai:work", stored_account=OTHER),)
    found = world.check("credentials.logins")
    assert (found.status, found.symptom, found.costs_proof) == (Status.WARN, "several-credentials", False)
    assert ACCOUNT in found.summary
    assert OTHER in found.summary
    named = "routecheck run --no-fallback --route codex-responses --login openai:work"
    assert found.remedy[-1] == named
    world.others = (world.login(id="openai:me", stored_account=ACCOUNT.upper()), *world.others)
    assert world.check("credentials.logins").remedy[-1] == named  # the one of another account, not the next one


def test_a_refresh_token_in_two_stores_is_found_by_its_fingerprint(world: Any) -> None:
    world.write_login()
    profile = {
        "type": "oauth", "provider": "openai-codex", "access": world.text, "refresh": world.refresh,
        "expires": int(NOW * 1000) + 864_000_000, "accountId": ACCOUNT,
    }  # fmt: skip
    folder = world.host.home / ".openclaw" / "agents" / "main" / "agent"
    folder.mkdir(parents=True)
    (folder / "auth-profiles.json").write_text(json.dumps({"version": 1, "profiles": {"openai-codex:me": profile}}))
    found = world.check("credentials.shared")
    assert (found.status, found.symptom, found.costs_proof) == (Status.WARN, "refresh-token-shared", False)
    assert str(world.codex / "auth.json") in found.summary
    assert str(folder / "auth-profiles.json") in found.summary
    assert world.refresh not in repr(found)


@pytest.mark.parametrize("plan", ["plus", "free"])
def test_the_scopes_of_a_login_are_told_with_what_it_can_never_carry(world: Any, plan: str) -> None:
    world.text = world.token(plan=plan)
    found = world.check("scopes.claims")
    assert found.status is (Status.PASS if plan == "plus" else Status.WARN)
    assert "by the token's own claims (not verified)" in found.summary
    assert "api.model.images.request" not in found.summary  # that is about another surface


def test_nothing_is_written_and_no_secret_is_told(world: Any) -> None:
    world.write_login(id_token=world.token(email="somebody@example.com"))
    world.noted(NOW - 60, f"Your access token could not be refreshed {world.refresh} {world.text}")

    def state() -> dict[Path, tuple[str, int]]:
        files = [path for path in world.host.home.rglob("*") if path.is_file()]
        return {path: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in files}

    before = state()
    ids = ("source", "kind", "logins", "expiry", "shared", "history")
    said = repr([world.check(f"credentials.{name}") for name in ids] + [world.check("scopes.claims")])
    assert state() == before
    assert world.backend.asked == []
    for secret in (world.text, world.text.split(".")[1], world.refresh, "somebody@example.com"):
        assert secret not in said


def test_fingerprints_are_those_of_the_whole_product(world: Any) -> None:
    assert Secret(world.text).fingerprint in world.check("credentials.source").summary
