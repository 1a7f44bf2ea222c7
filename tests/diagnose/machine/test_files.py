"""Files of others that are pipes, devices, folders, endless or closed to us: an answer, never a wait or a crash."""

import os
from pathlib import Path
from typing import Any

import pytest

from diagnose.machine import files
from diagnose.machine.credentials import unread_sources
from diagnose.machine.files import LIMIT, read_small
from diagnose.machine.host import Host, this_machine
from diagnose.machine.json5 import ConfigError, load
from diagnose.machine.openclaw.config import Config
from diagnose.machine.openclaw.installation import find
from diagnose.machine.openclaw.store import Stored, stored_profiles
from diagnose.machine.openclaw.variables import dotenv


@pytest.fixture
def odd(tmp_path: Path) -> dict[str, Path]:
    pipe, folder, large, circle = (tmp_path / name for name in ("pipe", "folder", "large", "circle"))
    os.mkfifo(pipe)
    folder.mkdir()
    large.write_bytes(b" " * (LIMIT + 1))
    circle.symlink_to("circle")
    return {"pipe": pipe, "folder": folder, "large": large, "circle": circle, "device": Path("/dev/zero")}


NAMES = ["pipe", "folder", "large", "circle", "device"]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_small_regular_file_is_not_read(odd: dict[str, Path], name: str) -> None:
    with pytest.raises(OSError):  # noqa: PT011
        read_small(odd[name])
    with pytest.raises(ConfigError, match="cannot be read"):
        load(odd[name])


@pytest.mark.parametrize("name", NAMES)
def test_a_dotenv_that_is_no_file_is_passed_over(odd: dict[str, Path], tmp_path: Path, name: str) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / ".env").symlink_to(odd[name])
    assert dotenv(Host(env={"OPENCLAW_STATE_DIR": str(state)}, home=tmp_path)) == {}


def test_a_file_as_large_as_the_limit_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * LIMIT)
    assert len(read_small(tmp_path / "a")) == LIMIT


def closed(*words: Any) -> Any:
    raise PermissionError(13, "Permission denied")


def test_folders_that_are_closed_to_us_are_named_and_are_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".openclaw" / "state").mkdir(parents=True)
    (tmp_path / ".codex").mkdir()
    host = Host(env={}, home=tmp_path, which=lambda _: None)
    for name in ("is_file", "exists", "is_dir", "stat"):
        monkeypatch.setattr(Path, name, closed)
    assert Stored(kind="unreadable", store="openclaw.sqlite") in stored_profiles(host)
    found = unread_sources(host, Config())
    assert "a Codex login that cannot be looked at (auth.json)" in found
    assert files.is_file(tmp_path) is None


def test_links_in_a_circle_are_no_crash(tmp_path: Path) -> None:
    for name in (".openclaw", ".codex", "openclaw"):
        (tmp_path / name).symlink_to(name)
    host = Host(env={}, home=tmp_path, which=lambda _: str(tmp_path / "openclaw"))
    assert stored_profiles(host) == ()
    assert dotenv(host) == {}
    found = find(host)
    assert found is not None
    assert found.version is None
    unread_sources(host, Config())


def test_a_user_without_a_home_has_nothing_there(monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    def nobody(number: int) -> Any:
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    for value in ("", None):
        monkeypatch.setenv("HOME", value) if value is not None else monkeypatch.delenv("HOME")
        host = this_machine()
        assert host.home == Path(os.devnull)
        assert dotenv(host) == {}
        assert stored_profiles(host) == ()
