"""Which OpenClaw is installed, and what its first run would do, from files alone."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from diagnose.machine.host import Host
from diagnose.machine.openclaw.installation import Installation, find, find_all
from diagnose.machine.openclaw.releases import holds, parse_version, since


def package(folder: Path, version: str) -> Path:
    """An installation in `folder`; gives its program."""
    root = folder / "node_modules" / "openclaw"
    root.mkdir(parents=True)
    (root / "package.json").write_text(json.dumps({"name": "openclaw", "version": version}))
    program = root / "openclaw.mjs"
    program.write_text("raise SystemExit('started')")
    program.chmod(0o755)
    return program


def linked(folder: Path, program: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "openclaw").symlink_to(program)
    return folder


def machine(home: Path, *folders: Path, **env: str) -> Host:
    path = os.pathsep.join(map(str, folders))
    return Host(env=env | {"PATH": path}, home=home, which=lambda name: shutil.which(name, path=path))


def test_the_installed_release_is_read_from_its_manifest(tmp_path: Path) -> None:
    package = tmp_path / "lib" / "node_modules" / "openclaw"
    (package / "bin").mkdir(parents=True)
    program = package / "bin" / "openclaw.mjs"
    program.write_text("raise SystemExit('started')")
    link = tmp_path / "openclaw"
    link.symlink_to(program)
    machine = Host(env={}, home=tmp_path, which=lambda name: str(link) if name == "openclaw" else None)
    without = find(machine)
    assert without is not None
    assert (without.version, without.shown) == (None, "of unknown version")
    (package / "package.json").write_text('{"name": "openclaw", "version": "2026.9.6"}')
    found = find(machine)
    assert found is not None
    assert (found.program, found.version, found.shown) == (link, (2026, 9, 6), "2026.9.6")
    for odd in ("[]", "{", '{"name": "other", "version": "2026.9.6"}', '{"name": "openclaw", "version": 5}'):
        (package / "package.json").write_text(odd)
        other = find(machine)
        assert other is not None
        assert other.version is None
    assert find(Host(env={}, home=tmp_path, which=lambda _: None)) is None


def test_two_installations_are_both_found_and_two_links_are_one(tmp_path: Path) -> None:
    old, new = package(tmp_path / "old", "2026.5.18"), package(tmp_path / "new", "2026.9.6")
    first, again, second = (linked(tmp_path / name, program) for name, program in (("1", new), ("2", new), ("3", old)))
    found = find_all(machine(tmp_path, first, again, tmp_path / "missing", second))
    assert [(i.version, i.program) for i in found] == [
        ((2026, 9, 6), first / "openclaw"),
        ((2026, 5, 18), second / "openclaw"),
    ]
    assert find(machine(tmp_path, second, first)) == found[1]


def test_a_machine_that_starts_nothing_has_no_installation(tmp_path: Path) -> None:
    folder = linked(tmp_path / "1", package(tmp_path / "new", "2026.9.6"))
    hidden = Host(env={"PATH": str(folder)}, home=tmp_path, which=lambda _: None)
    assert find_all(hidden) == ()
    (tmp_path / "2").mkdir()
    (tmp_path / "2" / "openclaw").mkdir()
    assert find_all(machine(tmp_path, tmp_path / "2", Path("\x01"))) == ()


def plugin(program: Path, name: str, *, default: bool, needs: dict[str, str]) -> Path:
    folder = program.parent / "dist" / "extensions" / name
    folder.mkdir(parents=True)
    (folder / "openclaw.plugin.json").write_text(json.dumps({"id": name, "enabledByDefault": default}))
    (folder / "package.json").write_text(json.dumps({"dependencies": needs, "optionalDependencies": None}))
    return folder


def put(root: Path, name: str) -> None:
    (root / "node_modules" / name).mkdir(parents=True)
    (root / "node_modules" / name / "package.json").write_text('{"version": "8.20.0"}')


def only(host: Host) -> Installation:
    (found,) = find_all(host)
    return found


@pytest.mark.parametrize(
    ("version", "needs"), [("2026.4.22", True), ("2026.5.1", True), ("2026.5.2", False), ("2026.9.6", False)]
)
def test_a_release_that_would_install_for_its_plugins_is_recognised(tmp_path: Path, version: str, needs: bool) -> None:
    program = package(tmp_path / "a", version)
    plugin(program, "slack", default=False, needs={"@slack/bolt": "^4"})
    own = plugin(program, "openai", default=True, needs={"ws": "^8.20.0", "@mariozechner/pi-ai": "0.69.0"})
    host = machine(tmp_path, linked(tmp_path / "1", program))
    assert only(host).needs_plugins is needs
    put(own, "ws")
    assert only(host).needs_plugins is needs
    put(own, "@mariozechner/pi-ai")
    assert only(host).needs_plugins is False


def test_the_plugins_dependencies_may_lie_in_another_place(tmp_path: Path) -> None:
    program = package(tmp_path / "a", "2026.4.22")
    own = plugin(program, "openai", default=True, needs={"ws": "^8.20.0"})
    put(own, "ws")
    folder = linked(tmp_path / "1", program)
    key = hashlib.sha256(str(program.parent).encode()).hexdigest()[:12]
    for env, base in (
        ({"OPENCLAW_PLUGIN_STAGE_DIR": "~/stage"}, tmp_path / "stage"),
        ({"STATE_DIRECTORY": str(tmp_path / "service")}, tmp_path / "service" / "plugin-runtime-deps"),
    ):
        host = machine(tmp_path, folder, **env)
        assert only(host).needs_plugins, "its own folder is not looked at then"
        put(base / f"openclaw-2026.4.22-{key}", "ws")
        assert not only(host).needs_plugins


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("2026.9.6", (2026, 9, 6)), ("OpenClaw 2026.4.22 (eb377ac)", (2026, 4, 22)), ("v2026.10.101", (2026, 10, 101)),
        ("1.2.3", None), ("", None), ("None", None),
    ],
)  # fmt: skip
def test_versions(text: str, version: tuple[int, int, int] | None) -> None:
    assert parse_version(text) == version


def test_a_change_holds_from_one_release_until_another() -> None:
    assert since("auth-store-in-sqlite") == (2026, 6, 1)
    assert [holds("auth-store-in-sqlite", v) for v in ((2026, 5, 18), (2026, 6, 1), (2030, 1, 1), None)] == [
        False, True, True, True,
    ]  # fmt: skip
    change = "plugins-install-their-dependencies"
    assert [holds(change, v) for v in ((2026, 4, 1), (2026, 4, 20), (2026, 5, 2), None)] == [False, True, False, False]
    with pytest.raises(KeyError):
        holds("no such change", None)
