"""The config of the Codex CLI: what it says about logins, whatever else is in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from diagnose.machine.codex_home import CodexHome, known, read_home
from diagnose.machine.host import Host

FULL = """
model = "gpt-6-astra"
forced_chatgpt_workspace_id = " 1111-2222 "
cli_auth_credentials_store = "keyring"
chatgpt_base_url = "https://chatgpt.com/backend-api"
log_dir = "logs"

[model_providers.gateway]
base_url = "https://gateway.example/v1"
requires_openai_auth = true

[model_providers.empty]
name = "nothing here"
"""


@pytest.fixture
def host(tmp_path: Path) -> Host:
    (tmp_path / ".codex").mkdir()
    return Host(env={}, home=tmp_path)


def written(host: Host, text: str) -> CodexHome:
    (host.home / ".codex" / "config.toml").write_text(text)
    return read_home(host)


def test_without_a_config_everything_is_empty(tmp_path: Path) -> None:
    assert read_home(Host(env={}, home=tmp_path)) == CodexHome(folder=tmp_path / ".codex")
    elsewhere = Host(env={"CODEX_HOME": str(tmp_path / "x")}, home=tmp_path)
    assert read_home(elsewhere).folder == tmp_path / "x"


def test_what_a_config_says_of_logins_is_read(host: Host) -> None:
    found = written(host, FULL)
    assert found.workspaces == ("1111-2222",)
    assert (found.store, found.chatgpt_base_url) == ("keyring", "https://chatgpt.com/backend-api")
    assert found.base_urls == {"gateway": "https://gateway.example/v1"}
    assert found.log_dir == host.home / ".codex" / "logs"
    assert (found.model, found.provider) == ("gpt-6-astra", None)
    assert (found.config, found.problem) == (host.home / ".codex" / "config.toml", None)


@pytest.mark.parametrize(
    "text",
    [
        "forced_chatgpt_workspace_id = 5\ncli_auth_credentials_store = []\nmodel_providers = 1\nlog_dir = true\n",
        "chatgpt_base_url = ''\nmodel_providers = {a = 1, b = {base_url = 2}}\nforced_chatgpt_workspace_id = [1, '']\n",
        "",
    ],
)
def test_other_types_are_passed_over(host: Host, text: str) -> None:
    found = written(host, text)
    assert (found.workspaces, found.store, found.chatgpt_base_url, found.log_dir) == ((), None, None, None)
    assert (found.base_urls, found.problem) == ({}, None)


def test_several_workspaces_may_be_allowed(host: Host) -> None:
    assert written(host, 'forced_chatgpt_workspace_id = ["a", "b"]').workspaces == ("a", "b")


@pytest.mark.parametrize("content", [b"[", b"\xff\xfe", b"a = 1\na = 2", b"x = " + b"[" * 5000])
def test_a_config_that_cannot_be_read_is_named(host: Host, content: bytes) -> None:
    (host.home / ".codex" / "config.toml").write_bytes(content)
    assert read_home(host).problem == "it is no TOML that can be read"


def test_a_pipe_in_its_place_does_not_make_us_wait(host: Host) -> None:
    os.mkfifo(host.home / ".codex" / "config.toml")
    assert read_home(host).problem is not None


def test_the_table_names_a_release_and_only_known_rows() -> None:
    from diagnose.matrix import rows

    assert known()["release"].count(".") == 2
    assert all(row["symptom"] in rows() and row["contains"] for row in known()["error"])
