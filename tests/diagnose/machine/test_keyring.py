"""The Codex login in the keyring: its name is told without a touch, and it is opened only when asked."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import keyring as library
import pytest
from keyrings.alt.file import PlaintextKeyring

from diagnose.machine import keyring
from diagnose.machine.host import Host


@pytest.fixture
def backend(tmp_path: Path) -> Any:
    """A keyring in a plain file."""
    before = library.get_keyring()
    own = PlaintextKeyring()
    own.file_path = str(tmp_path / "keyring.cfg")
    library.set_keyring(own)
    yield own
    library.set_keyring(before)


def host(home: Path, **env: str) -> Host:
    return Host(env=env, home=home)


def test_the_account_is_a_hash_of_the_folder_that_is_meant(tmp_path: Path) -> None:
    (tmp_path / ".codex").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / ".codex")
    expected = "cli|" + hashlib.sha256(str((tmp_path / ".codex").resolve()).encode()).hexdigest()[:16]
    assert keyring.locate(host(tmp_path)).account == expected
    assert keyring.locate(host(tmp_path, CODEX_HOME=str(tmp_path / "link"))).account == expected
    assert keyring.account(Path("/nowhere")) != expected


@pytest.mark.parametrize(
    ("config", "setting", "likely"),
    [
        ('cli_auth_credentials_store = "keyring"', "keyring", True),
        ('cli_auth_credentials_store = "auto"', "auto", True),
        ('cli_auth_credentials_store = "file"', "file", False),
        ('[other]\ncli_auth_credentials_store = "keyring"', None, False),
        ("cli_auth_credentials_store = 5", None, False),
        ("no toml", None, False),
        (None, None, False),
    ],
)
def test_the_config_says_whether_it_may_be_there(
    tmp_path: Path, config: str | None, setting: str | None, likely: bool
) -> None:
    (tmp_path / ".codex").mkdir()
    if config is not None:
        (tmp_path / ".codex" / "config.toml").write_text(config)
    found = keyring.locate(host(tmp_path))
    assert (found.setting, found.likely, found.folder_there, found.file_there) == (setting, likely, True, False)


def test_an_encrypted_file_of_a_newer_build_is_named(tmp_path: Path) -> None:
    secrets = tmp_path / ".codex" / "secrets"
    secrets.mkdir(parents=True)
    (secrets / "codex_auth.age").write_text("x")
    found = keyring.locate(host(tmp_path))
    assert (found.encrypted, found.likely) == (secrets / "codex_auth.age", True)


def test_an_entry_is_read_like_the_file(tmp_path: Path, backend: Any) -> None:
    assert keyring.opened(host(tmp_path)) is None
    content = {"tokens": {"access_token": "CANARY-access", "account_id": "acc"}}
    backend.set_password(keyring.SERVICE, keyring.locate(host(tmp_path)).account, json.dumps(content))
    found = keyring.opened(host(tmp_path))
    assert found is not None
    assert found.access is not None
    assert (found.access.reveal(), found.account) == ("CANARY-access", "acc")
    assert "CANARY" not in repr(found)


def test_an_entry_that_is_no_json_says_so(tmp_path: Path, backend: Any) -> None:
    backend.set_password(keyring.SERVICE, keyring.locate(host(tmp_path)).account, "CANARY no json")
    found = keyring.opened(host(tmp_path))
    assert found is not None
    assert found.problem == "it holds no JSON that can be read"
    assert "CANARY" not in repr(found)


def test_a_keyring_that_cannot_be_asked_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: str) -> str:
        raise library.errors.KeyringLocked("CANARY")

    monkeypatch.setattr(library, "get_password", refuse)
    with pytest.raises(keyring.KeyringError, match="KeyringLocked") as raised:
        keyring.opened(host(tmp_path))
    assert "CANARY" not in str(raised.value)
