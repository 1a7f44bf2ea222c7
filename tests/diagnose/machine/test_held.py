"""Which credentials are found, in which order a route would use them, and what two places share."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diagnose.machine.held import Held, all_held, codex_logins, shared_refresh, used_by
from diagnose.machine.host import Host
from diagnose.machine.openclaw.setting import read
from diagnose.model.secret import Secret
from diagnose.sandbox.store import write_sqlite_store

NOW = 1_800_000_000.0
LATER = int(NOW + 86_400) * 1000


def oauth(name: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "oauth", "provider": "openai-codex", "access": f"CANARY-access-{name}", "expires": LATER,
        "refresh": f"rt_CANARY-{name}", "accountId": f"account-{name}",
    } | more  # fmt: skip


def openclaw(release: str, home: Path) -> str:
    """An installation of that release on PATH, by its package alone."""
    folder = home / "npm" / "openclaw"
    folder.mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"name": "openclaw", "version": release}))
    program = folder / "openclaw.mjs"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (home / "bin").mkdir()
    (home / "bin" / "openclaw").symlink_to(program)
    return str(home / "bin")


def store(home: Path, agent: str, profiles: dict[str, Any], **state: Any) -> Path:
    folder = home / ".openclaw" / "agents" / agent / "agent"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "auth-profiles.json").write_text(json.dumps({"version": 1, "profiles": profiles}))
    if state:
        (folder / "auth-state.json").write_text(json.dumps({"version": 1, **state}))
    return folder / "auth-profiles.json"


def codex(home: Path, content: Any) -> Path:
    (home / ".codex").mkdir(exist_ok=True)
    file = home / ".codex" / "auth.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def tokens(name: str, **more: Any) -> dict[str, Any]:
    found = {"access_token": f"CANARY-access-{name}", "refresh_token": f"rt_CANARY-{name}", "account_id": name}
    return {"auth_mode": "chatgpt", "tokens": found | more, "last_refresh": "2027-01-14T08:00:00.123456789Z"}


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A machine with OpenClaw 2026.5.18, whose stores are JSON and which knows the Codex login."""
    folder = openclaw("2026.5.18", tmp_path)
    return Host(env={"PATH": folder}, home=tmp_path, now=lambda: NOW, which=lambda _: f"{folder}/openclaw")


def names(found: tuple[Held, ...]) -> list[str]:
    return [held.id for held in found]


def test_openclaws_logins_come_in_its_order_and_then_the_codex_login(host: Host) -> None:
    file = store(
        host.home,
        "main",
        {"openai-codex:a": oauth("a"), "openai-codex:b": oauth("b"), "openai:key": {
            "type": "api_key", "provider": "openai", "key": "sk-proj-CANARY"}},
        order={"openai-codex": ["openai-codex:b", "openai-codex:a"]},
    )  # fmt: skip
    own = codex(host.home, tokens("cli"))
    found = codex_logins(host, read(host))
    assert names(found) == ["openai-codex:b", "openai-codex:a", "codex"]
    assert [held.file for held in found] == [file, file, own]
    assert found[0].stored_account == "account-b"
    assert found[0].refresh == Secret("rt_CANARY-b").fingerprint
    assert found[2].last_refresh == pytest.approx(1_799_913_600.123456)
    assert (found[2].stored_account, found[2].provider) == ("cli", "openai-codex")
    assert used_by("codex-responses", host, read(host)) == found[0]
    assert used_by("codex-images", host, read(host)) == found[0]
    assert "CANARY" not in repr(found)


def test_a_login_that_openclaw_leaves_out_comes_last_and_is_used_only_in_need(host: Host) -> None:
    store(host.home, "main", {"openai-codex:a": oauth("a")}, order={"openai-codex": ["openai-codex:gone"]})
    (held,) = codex_logins(host, read(host))
    assert held.trouble == "OpenClaw does not use it for this agent"
    assert used_by("codex-responses", host, read(host)) == held
    codex(host.home, tokens("cli"))
    assert names(codex_logins(host, read(host))) == ["codex", "openai-codex:a"]
    used = used_by("codex-responses", host, read(host))
    assert used is not None
    assert used.id == "codex"


def test_a_destroyed_login_is_named_with_its_trouble(host: Host) -> None:
    fence = "openclaw-oauth-refresh-fence:v1:00ff"
    store(host.home, "main", {"openai-codex:a": oauth("a", access=fence, refresh=fence, expires=1)})
    (held,) = codex_logins(host, read(host))
    assert held.secret is None
    assert held.refresh is None
    assert held.kind.id == "empty-login"
    assert "overwritten" in (held.trouble or "")
    assert used_by("codex-responses", host, read(host)) == held


def test_a_profile_that_refers_to_its_secret_is_not_opened(host: Host) -> None:
    reference = {"type": "token", "provider": "openai-codex", "tokenRef": {"source": "file", "id": "/x"}}
    store(host.home, "main", {"openai-codex:a": reference})
    (held,) = codex_logins(host, read(host))
    assert (held.secret, held.kind.id) == (None, "unread")
    assert "not opened" in (held.trouble or "")


def test_everything_means_all_agents_and_every_key(host: Host) -> None:
    store(host.home, "main", {"openai-codex:a": oauth("a")})
    store(host.home, "art", {"openai-codex:own": oauth("own"), "anthropic:x": {
        "type": "api_key", "provider": "anthropic", "key": "sk-ant-x"}})  # fmt: skip
    codex(host.home, tokens("cli") | {"OPENAI_API_KEY": "sk-proj-CANARYfile", "personal_access_token": "at-CANARY"})
    env = {**host.env, "OPENAI_API_KEY": "sk-proj-CANARYenv", "CODEX_ACCESS_TOKEN": "at-CANARYenv"}
    full = replace(host, env=env)
    found = all_held(full, read(full))
    assert names(found) == [
        "openai-codex:a", "codex", "OPENAI_API_KEY", "codex:api-key", "codex:personal-access-token",
        "CODEX_ACCESS_TOKEN", "openai-codex:own",
    ]  # fmt: skip
    assert found[-1].agent == "art"
    assert {held.id: held.kind.id for held in found if held.file is None or ":" in held.id}["CODEX_ACCESS_TOKEN"] == (
        "codex-access-token"
    )
    assert "CANARY" not in repr(found)
    used = used_by("openai-images", full, read(full))
    assert used is not None
    assert used.id == "OPENAI_API_KEY"


def test_a_stored_key_serves_the_images_api_where_there_is_no_other(host: Host) -> None:
    store(host.home, "main", {"openai:key": {"type": "api_key", "provider": "openai", "key": "sk-proj-x"}})
    used = used_by("openai-images", host, read(host))
    assert used is not None
    assert used.id == "openai:key"
    assert used_by("codex-responses", host, read(host)) is None


def test_an_agents_identity_is_named_and_a_token_of_one_is_read(host: Host) -> None:
    codex(host.home, {"agent_identity": {"agent_private_key": "CANARY-private"}})
    (pair,) = all_held(host, read(host))
    assert (pair.id, pair.secret, pair.kind.id) == ("codex:agent-identity", None, "unread")
    codex(host.home, {"agent_identity": "eyJhbGciOiJub25lIn0.e30.x"})
    (token,) = all_held(host, read(host))
    assert token.secret is not None
    assert "CANARY" not in repr((pair, token))


@pytest.mark.parametrize("content", ["no json", "[" * 100_000, "\x00"])
def test_a_codex_file_that_cannot_be_read_is_trouble_and_no_error(host: Host, content: str) -> None:
    codex(host.home, content)
    file = host.home / ".codex" / "auth.json"
    (held,) = codex_logins(host, read(host))
    assert (held.secret, held.trouble) == (None, f"{file} cannot be read: it holds no JSON that can be read")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ('{\n"tokens": {\n"access_token": "CANARY', "it ends in the middle (line 3)"),
        ('{\n"tokens": {\n"access_token": "CANARY",', "it ends in the middle (line 3)"),
        ('{"tokens": {} } }', "it holds no JSON that can be read"),
    ],
)
def test_a_damaged_codex_file_is_still_a_login_of_codex(host: Host, content: str, why: str) -> None:
    codex(host.home, content)
    (held,) = all_held(host, read(host))
    assert (held.id, held.kind.id, held.kind.family) == ("codex", "damaged-login", "codex-oauth")
    assert (held.trouble or "").endswith(f"auth.json cannot be read: {why}")
    assert used_by("codex-responses", host, read(host)) == held


def test_white_space_around_a_stored_token_is_no_part_of_it(host: Host) -> None:
    store(host.home, "main", {"openai-codex:a": oauth("a", access=" CANARY-a\r\n"), "openai-codex:b": oauth(
        "b", access=" \n ")})  # fmt: skip
    codex(host.home, tokens("cli", access_token="\tCANARY-cli\n"))
    found = {held.id: held for held in codex_logins(host, read(host))}
    assert found["openai-codex:a"].secret == Secret("CANARY-a")
    assert found["codex"].secret == Secret("CANARY-cli")
    assert (found["openai-codex:b"].secret, found["openai-codex:b"].trouble) == (None, "there is no token in it")


@pytest.mark.parametrize("dress", ['"{}"', "'{}'", "{}\n{}"])
def test_a_spoilt_token_is_damaged_and_still_of_its_family(host: Host, dress: str) -> None:
    half = "at-CANARY" if "\n" in dress else "at-CANARYCANARY"
    codex(host.home, tokens("cli", access_token=dress.replace("{}", half)))
    (held,) = codex_logins(host, read(host))
    assert (held.kind.id, held.kind.use, held.kind.family) == ("damaged-key", "no", "codex-oauth")
    assert "CANARY" not in held.kind.about


def test_a_login_in_a_store_that_the_release_does_not_read_is_lost(tmp_path: Path) -> None:
    folder = openclaw("2026.9.6", tmp_path)
    host = Host(env={"PATH": folder}, home=tmp_path, now=lambda: NOW, which=lambda _: f"{folder}/openclaw")
    file = store(tmp_path, "main", {"openai-codex:work": oauth("work")})
    assert codex_logins(host, read(host)) == ()
    (held,) = all_held(host, read(host))
    assert held.lost
    assert held.trouble == f"it stands in a store that OpenClaw 2026.9.6 does not read ({file})"


@pytest.mark.parametrize("content", ["[]", "null", "5", "{}", '{"tokens":[]}', '{"tokens":{"access_token":5}}'])
def test_a_codex_file_without_a_login_holds_nothing(host: Host, content: str) -> None:
    codex(host.home, content)
    assert codex_logins(host, read(host)) == ()
    assert used_by("codex-responses", host, read(host)) is None


def test_a_store_that_cannot_be_read_counts_as_one(host: Host) -> None:
    file = store(host.home, "main", {})
    file.write_text("no json")
    (held,) = all_held(host, read(host))
    assert (held.file, held.kind.id) == (file, "unread")


def test_the_same_refresh_token_in_two_files_is_found(host: Host) -> None:
    store(host.home, "main", {"openai-codex:a": oauth("same"), "openai-codex:b": oauth("own")})
    store(host.home, "art", {"openai-codex:a": oauth("other")})
    codex(host.home, tokens("same"))
    (group,) = shared_refresh(all_held(host, read(host)))
    assert names(group) == ["openai-codex:a", "codex"]


def test_the_database_of_a_newer_release_is_read_and_left_alone(tmp_path: Path) -> None:
    folder = openclaw("2026.9.6", tmp_path)
    host = Host(env={"PATH": folder}, home=tmp_path, now=lambda: NOW, which=lambda _: f"{folder}/openclaw")
    state = tmp_path / ".openclaw"
    write_sqlite_store(state, "", {"openai:a": oauth("a", provider="openai", expires=int(NOW - 1) * 1000)}, NOW)
    write_sqlite_store(state, "art", {"openai:b": oauth("b", provider="openai")}, NOW)
    codex(tmp_path, tokens("cli"))
    files = {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}
    assert names(codex_logins(host, read(host))) == ["openai:a", "codex"]
    assert names(all_held(host, read(host))) == ["openai:a", "codex", "openai:b"]
    assert files == {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}


def test_one_file_alone_shares_nothing(host: Host) -> None:
    store(host.home, "main", {"openai-codex:a": oauth("same"), "openai-codex:b": oauth("same")})
    assert shared_refresh(all_held(host, read(host))) == ()


def test_looking_changes_no_file(host: Host) -> None:
    files = [store(host.home, "main", {"openai-codex:a": oauth("a", expires=1)}), codex(host.home, tokens("cli"))]
    for file in files:
        os.utime(file, (1000, 1000))
    before = [(file.read_bytes(), file.stat().st_mtime_ns, stat.S_IMODE(file.stat().st_mode)) for file in files]
    there = sorted(path for path in host.home.rglob("*"))
    all_held(host, read(host))
    assert before == [(file.read_bytes(), file.stat().st_mtime_ns, stat.S_IMODE(file.stat().st_mode)) for file in files]
    assert there == sorted(path for path in host.home.rglob("*"))
