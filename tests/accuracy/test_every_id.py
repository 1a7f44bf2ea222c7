"""`routecheck explain ID` explains everything that a report can name."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

import checks
from diagnose.cli.main import cli
from diagnose.matrix import rows
from diagnose.model.playbook import BRANCHES

IDS = [*rows(), *BRANCHES, *(check.id for check in checks.all_checks())]


@pytest.mark.parametrize("name", IDS)
def test_it_is_explained(name: str, machine: dict[str, str]) -> None:
    done = CliRunner().invoke(cli, ["explain", name], env=machine)
    assert done.exit_code == 0, done.output
    assert len(done.output.splitlines()) > 3
