"""What routecheck lets the real releases do leaves every login and the config as they were."""

import contextlib
import fnmatch
import hashlib
import shutil
import sqlite3
from pathlib import Path

import pytest
from described import SECRETS, Case
from install import RELEASES
from predicted import asked_of, host_of
from prepared import Machine, Prepare
from service import Service

from diagnose.machine.openclaw.predict import predict
from diagnose.machine.openclaw.program import Program, housekeeping, sealed, unsafe_to_start
from diagnose.machine.openclaw.setting import read
from diagnose.tap.gate import Gate

SECONDS = 120.0
CREDENTIAL_TABLES = ("config_machine_state", "auth_profile_store", "auth_profile_state")
LIVED_IN = Case(
    name="a state that is lived in",
    image={"primary": "openai/gpt-image-2", "fallbacks": ["minimax/image-01"]},
    providers={"openai": {"apiKey": "KEY2"}},
    env={"OPENAI_API_KEY": "KEY1", "MINIMAX_API_KEY": "KEY6"},
    profiles={
        "LOGIN:default": {"kind": "oauth", "secret": "JWT1", "days": 10},
        "LOGIN:b@example.invalid": {"kind": "oauth", "secret": "JWT2", "days": 20},
        "openai:manual": {"kind": "api_key", "secret": "KEY3"},
    },
    last_good="LOGIN:default",
    stored_order=("LOGIN:default", "openai:manual"),
    codex={"folder": "home", "kind": "chatgpt"},
)


def files(folder: Path) -> dict[str, str]:
    """Every file below a folder, by the hash of its bytes."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def credentials(machine: Machine, copies: Path) -> dict[str, str]:
    """Everything that holds a login: the rows of databases (read from a copy), and files as they are."""
    found = {}
    shutil.copytree(machine.home, copies, symlinks=True)
    for path in copies.rglob("*"):
        if path.suffix == ".sqlite":
            with contextlib.closing(sqlite3.connect(path)) as database:
                for table in CREDENTIAL_TABLES:
                    with contextlib.suppress(sqlite3.OperationalError):  # not every database has each table
                        found |= {f"{path.name} {table} {row[0]}": str(row[1]) for row in _rows(database, table)}
        elif path.name in ("auth-profiles.json", "auth-state.json", "auth.json", "openclaw.json", ".env"):
            found[str(path.relative_to(copies))] = path.read_text()
    return found


def _rows(database: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    return [row for row in database.execute(f"select * from {table}") if "auth" in table or "auth" in str(row[0])]


@pytest.mark.parametrize("release", list(RELEASES))
def test_only_housekeeping_is_written(release: str, prepare: Prepare, tmp_path: Path) -> None:
    prepared = prepare(release)
    with Service(prepared.authority, SECRETS) as service, Gate(forward=None) as gate:
        machine = prepared.machine(LIVED_IN, service.port)
        host = host_of(prepared, machine, service.port)
        before, stored = files(machine.home), credentials(machine, tmp_path / "before")
        setting, asked = read(host), asked_of(prepared, LIVED_IN)
        predict(setting, asked)
        assert files(machine.home) == before, "reading alone changed something"
        assert unsafe_to_start(setting, host.now()) is None
        assert setting.installation is not None

        program = Program(setting.installation, host.env)
        assert program.validate().valid
        assert program.listing().providers
        dry = program.generate(
            asked, "x", machine.folder / "dry.png", env=sealed(gate.child_env(host.env), gate.url), limit=SECONDS
        )
        assert not dry.ok
        assert service.images == []
        assert credentials(machine, tmp_path / "dry") == stored
        made = program.generate(asked, "red dot", machine.folder / "dot.png", limit=SECONDS)
        assert made.ok, made.error
        assert service.refreshes == 0

    assert credentials(machine, tmp_path / "after") == stored
    assert any(SECRETS["JWT1"] in value for value in stored.values()), "the login was not where this test looks"
    after = files(machine.state)
    changed = {name for name, value in after.items() if before.get(f".openclaw/{name}") != value}
    allowed = housekeeping(setting.version)
    assert [name for name in sorted(changed) if not any(fnmatch.fnmatch(name, pattern) for pattern in allowed)] == []
    assert set(before) <= set(files(machine.home))
