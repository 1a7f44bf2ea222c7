"""The command by which a run uses a credential, where the credential is not simply the first one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from diagnose.cli.token_sources import Found, found_in
from diagnose.cli.token_way import way_of
from diagnose.machine.host import Host


def host(home: Path, release: str | None = None, **env: str) -> Host:
    if release is None:
        return Host(env=env, home=home, which=lambda _: None)
    package = home / "npm" / "openclaw"
    package.mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"name": "openclaw", "version": release}))
    (package / "openclaw.mjs").write_text("")
    return Host(env=env, home=home, which=lambda _: str(package / "openclaw.mjs"))


def store(home: Path, agent: str, *names: str) -> None:
    folder = home / ".openclaw" / "agents" / agent / "agent"
    folder.mkdir(parents=True)
    stored: dict[str, Any] = {
        name: {"type": "oauth", "provider": "openai-codex", "access": f"at-{agent}-{name}", "expires": 9e12}
        for name in names
    }
    (folder / "auth-profiles.json").write_text(json.dumps({"version": 1, "profiles": stored}))


def afters(machine: Host, found: Found, route: str = "codex-responses") -> dict[str, str]:
    ways = {held.id: way_of(machine, found, held)(route) for held in found.held}
    return {name: way.barred or way.after for name, way in ways.items()}


def test_another_agents_login_is_that_agents_to_use(tmp_path: Path) -> None:
    machine = host(tmp_path, "2026.5.18")
    store(tmp_path, "main", "openai-codex:a", "openai-codex:b")
    store(tmp_path, "art", "openai-codex:own")
    (tmp_path / ".openclaw" / "openclaw.json").write_text(
        '{agents: {list: [{id: "main", default: true}, {id: "art"}]}}'
    )
    found = afters(machine, found_in(machine, None, None))
    assert sorted(found.values())[1:] == [" --login openai-codex:b", found["openai-codex:own"]]
    assert found["openai-codex:own"].startswith("It is the agent art's own: routecheck token --agent art")
    as_art = afters(machine, found_in(machine, None, "art"))
    assert as_art["openai-codex:own"] == " --agent art"


def test_a_key_behind_another_is_not_the_one_that_a_run_uses(tmp_path: Path) -> None:
    machine = host(tmp_path, OPENAI_API_KEY="sk-proj-one")
    (tmp_path / ".openclaw").mkdir()
    (tmp_path / ".openclaw" / ".env").write_text("OPENAI_API_KEY=sk-proj-two\n")
    first, second = afters(machine, found_in(machine, "env", None), "openai-images").values()
    assert first == ""
    assert second == "routecheck run uses OPENAI_API_KEY, which comes before it."


def test_what_only_the_codex_cli_takes_is_no_login_of_a_run(tmp_path: Path) -> None:
    machine = host(tmp_path, CODEX_ACCESS_TOKEN="at-0123456789")
    (way,) = afters(machine, found_in(machine, "env", None)).values()
    assert way.startswith("routecheck run does not use it")
