"""Where OpenClaw keeps its config and state, and the variables that lie beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from diagnose.machine.host import Host
from diagnose.machine.openclaw.config import read_config
from diagnose.machine.openclaw.paths import config_path, shared_agent_dir, state_dir
from diagnose.machine.openclaw.variables import dotenv


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".openclaw").mkdir()
    return tmp_path


def host(home: Path, **env: str) -> Host:
    return Host(env=env, home=home, which=lambda _: None)


def test_where_the_config_is(home: Path) -> None:
    assert config_path(host(home)) == home / ".openclaw" / "openclaw.json"
    assert config_path(host(home, OPENCLAW_HOME="/other")) == Path("/other/.openclaw/openclaw.json")
    assert config_path(host(home, OPENCLAW_STATE_DIR="/state")) == Path("/state/openclaw.json")
    assert config_path(host(home, OPENCLAW_STATE_DIR="/s", OPENCLAW_HOME="/h")) == Path("/s/openclaw.json")
    everything = host(home, OPENCLAW_CONFIG_PATH="/c.json5", OPENCLAW_STATE_DIR="/s", OPENCLAW_HOME="/h")
    assert config_path(everything) == Path("/c.json5")
    assert state_dir(everything) == Path("/s")


@pytest.mark.parametrize("name", ["OPENCLAW_CONFIG_PATH", "OPENCLAW_STATE_DIR", "OPENCLAW_HOME"])
def test_a_tilde_is_the_home_of_the_given_machine(home: Path, name: str) -> None:
    assert config_path(host(home, **{name: "~/x"})).is_relative_to(home / "x")
    assert config_path(host(home, **{name: "~no-such-user/x"}))  # and not an error


def test_the_other_home_is_the_tilde_of_every_other_variable(home: Path) -> None:
    moved = host(home, OPENCLAW_HOME="~/sub", OPENCLAW_STATE_DIR=" ~/st ", OPENCLAW_AGENT_DIR="~/agent")
    assert (state_dir(moved), shared_agent_dir(moved)) == (home / "sub" / "st", home / "sub" / "agent")
    assert shared_agent_dir(host(home)) == home / ".openclaw" / "agents" / "main" / "agent"


def test_the_names_of_before_are_used_where_the_new_ones_are_not_there(tmp_path: Path) -> None:
    (tmp_path / ".clawdbot").mkdir()
    assert config_path(host(tmp_path)) == tmp_path / ".clawdbot" / "openclaw.json"
    (tmp_path / ".clawdbot" / "clawdbot.json").write_text("{}")
    assert config_path(host(tmp_path)) == tmp_path / ".clawdbot" / "clawdbot.json"
    (tmp_path / ".openclaw").mkdir()
    assert config_path(host(tmp_path)) == tmp_path / ".openclaw" / "openclaw.json"


def test_the_dotenv_of_the_state_folder(home: Path) -> None:
    (home / ".openclaw" / ".env").write_text(
        "# OPENAI_API_KEY=comment\n"
        "A=plain\nexport B = 'single'\nC=\"double # no comment\"\nD=before # a comment\nE=\n"
        "not a line\n=x\n1X=y\nF=a=b\nG='it''\n"
    )
    assert dotenv(host(home)) == {
        "A": "plain", "B": "single", "C": "double # no comment", "D": "before", "E": "", "F": "a=b", "G": "it'",
    }  # fmt: skip


def test_the_dotenv_follows_the_state_folder_and_may_be_missing_or_odd(home: Path) -> None:
    other = home / "state"
    other.mkdir()
    (other / ".env").write_bytes(b"A=\xff\nB=1\n")
    assert dotenv(host(home, OPENCLAW_STATE_DIR=str(other)))["B"] == "1"
    assert dotenv(host(home)) == {}
    (home / ".openclaw" / ".env").mkdir()
    assert dotenv(host(home)) == {}


def test_every_variable_has_the_place_that_decides(home: Path) -> None:
    folder = home / ".openclaw"
    (folder / ".env").write_text("A=dot\nB=dot\nC=\nQ='a # b' # c\nM=\"x\\ny\"\n")
    (home / ".config" / "openclaw").mkdir(parents=True)
    (home / ".config" / "openclaw" / "gateway.env").write_text("B=gateway\nG=gateway\n")
    (folder / "openclaw.json").write_text('{"env": {"vars": {"A": "cfg", "B": "cfg", "C": "cfg", "D": "cfg"}}}')
    found = read_config(host(home, A="process", E="  ", D="")).environment
    assert {name: found[name].value for name in "ABCDGQM"} == {
        "A": "process", "B": "dot", "C": "cfg", "D": "cfg", "G": "gateway", "Q": "a # b", "M": "x\ny",
    }  # fmt: skip
    assert found["A"].origin.file is None
    assert found["B"].origin.file == folder / ".env"
    assert str(found["D"].origin) == f"env.vars.D in {folder / 'openclaw.json'}"
    assert "cfg" not in repr(found)


def test_the_gateways_variables_belong_to_the_usual_state_folder(home: Path) -> None:
    (home / ".config" / "openclaw").mkdir(parents=True)
    (home / ".config" / "openclaw" / "gateway.env").write_text("G=gateway\n")
    assert "G" not in read_config(host(home, OPENCLAW_STATE_DIR=str(home / "other"))).environment
    assert "G" in read_config(host(home, OPENCLAW_STATE_DIR=str(home / ".openclaw"))).environment
