"""A release whose first start is done, and machines for it: each a state folder of its own, written for one case."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import spelling
from authority import Authority
from children import run
from described import SECRETS, Case, revealed
from install import Installed
from network import NoWayOut
from service import Service
from spelling import SPELLINGS, Spelling

SECONDS = 120.0
MODEL = "openai/gpt-image-2"
OWN_STORE = "work"
"""The agent that may have a store of its own."""

APART = ("state-dir", "openclaw-home")
LEFT_BEHIND = shutil.ignore_patterns("agents", "media", "logs", "*.bak")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A home with a state in it, and the environment of whoever uses it (made-up secrets and all)."""

    folder: Path
    home: Path
    state: Path
    env: Mapping[str, str] = field(repr=False)


class Prepared:
    """A release whose first start is done. Folders of cases are made below `folder`."""

    def __init__(self, installed: Installed, folder: Path, authority: Authority) -> None:
        self.installed, self.folder, self.authority = installed, folder, authority
        self.spelling: Spelling = SPELLINGS[installed.release]
        self.compiled = folder / "compiled"
        self._first = folder / "prepared"
        self._first.mkdir(parents=True)
        self.compiled.mkdir()
        self._start_once()

    def _start_once(self) -> None:
        """Let the program make what it makes when it is first used: the databases, where it has some."""
        if not self.spelling.sqlite:
            return
        machine = Machine(folder=self.folder, home=self._first, state=self._first / ".openclaw", env={})
        agents = spelling.config(self.spelling, Case(name="prepared", agents={"main": {}, OWN_STORE: {}}))
        auth = ["models", "auth"]
        with Service(self.authority, SECRETS) as service:
            self._must(machine, service, [*auth, "paste-api-key", "--provider", "openai"])
            self._must(
                machine, service, ["infer", "image", "generate", "--model", "openai/gpt-image-2", "--prompt", "x"]
            )
            # An order of its own is what makes the program give an agent a database.
            (machine.state / "openclaw.json").write_text(json.dumps(agents))
            order = [*auth, "order", "set", "--provider", "openai", "--agent", OWN_STORE, "openai:manual"]
            self._must(machine, service, order)
        (machine.state / "openclaw.json").unlink()
        spelling.write_rows(self._agent_database(machine.state), "auth_profile_state", {"primary": {"version": 1}})

    def _must(self, machine: Machine, service: Service, words: Sequence[str]) -> None:
        done = self.start(machine, service, words, given=f"{SECRETS['KEY7']}\n")
        assert done.returncode == 0, done.stderr

    @staticmethod
    def _agent_database(state: Path) -> Path:
        return state / "agents" / OWN_STORE / "agent" / "openclaw-agent.sqlite"

    def machine(self, case: Case, port: int) -> Machine:
        """Write the case as this release wants it, with the service at `port`."""
        folder = self.folder / "cases" / re.sub(r"[^\w.+-]", "_", case.name)
        shutil.rmtree(folder, ignore_errors=True)
        home = folder / "home"
        home.mkdir(parents=True)
        state = (folder / "elsewhere" if case.layout in APART else home) / ".openclaw"
        if self.spelling.sqlite:
            shutil.copytree(self._first / ".openclaw", state, ignore=LEFT_BEHIND)
        state.mkdir(parents=True, exist_ok=True)
        file = folder / "kept" / "own-name.json" if case.layout == "config-path" else state / "openclaw.json"
        self._write_config(case, file, port)
        self._write_stores(case, state, port)
        if case.dotenv:
            lines = [f"{name}={value}\n" for name, value in revealed(case.dotenv, port).items()]
            (state / ".env").write_text("".join(lines))
        told = {
            "state-dir": {"OPENCLAW_STATE_DIR": str(state)},
            "config-path": {"OPENCLAW_CONFIG_PATH": str(file)},
            "openclaw-home": {"OPENCLAW_HOME": str(state.parent)},
        }.get(case.layout, {})
        env = revealed(case.env, port) | told | _write_codex(case, folder, home, port)
        return Machine(folder=folder, home=home, state=state, env=env)

    def _write_config(self, case: Case, file: Path, port: int) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        tree = revealed(spelling.config(self.spelling, case), port)
        for name in case.included:
            (file.parent / f"{name}.json5").write_text("// apart\n" + json.dumps(tree[name]))
            tree[name] = {"$include": f"./{name}.json5"}
        file.write_text(json.dumps(tree, indent=1))
        file.chmod(0o600)

    def _write_stores(self, case: Case, state: Path, port: int) -> None:
        if self.spelling.sqlite:
            rows = {"authProfiles.store": spelling.store(self.spelling, case.profiles)}
            if beside := spelling.state(self.spelling, case):
                rows["authProfiles.state"] = beside
            spelling.write_rows(state / "state" / "openclaw.sqlite", "config_machine_state", revealed(rows, port))
            for agent, profiles in case.agent_profiles.items():
                self._write_agent_store(state, agent, revealed(spelling.store(self.spelling, profiles), port))
            return
        stores = {"main": case.profiles, **case.agent_profiles} if case.profiles else case.agent_profiles
        for agent, profiles in stores.items():
            folder = state / "agents" / agent / "agent"
            folder.mkdir(parents=True, exist_ok=True)
            _write_private(folder / "auth-profiles.json", revealed(spelling.store(self.spelling, profiles), port))
        if beside := spelling.state(self.spelling, case):
            folder = state / "agents" / "main" / "agent"
            folder.mkdir(parents=True, exist_ok=True)
            _write_private(folder / "auth-state.json", revealed(beside, port))

    def _write_agent_store(self, state: Path, agent: str, content: Mapping[str, Any]) -> None:
        assert agent == OWN_STORE, "only this agent has a database in the prepared state"
        made, database = self._agent_database(self._first / ".openclaw"), self._agent_database(state)
        database.parent.mkdir(parents=True)
        for file in made.parent.glob(f"{made.name}*"):
            shutil.copy2(file, database.parent / file.name)
        spelling.write_rows(database, "auth_profile_store", {"primary": content})

    def start(
        self, machine: Machine, service: Service, words: Sequence[str], given: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run the program on a machine whose only way out is the service."""
        with NoWayOut() as gateway:
            return run(
                [self.installed.node, self.installed.openclaw, *words],
                self.environment(machine, service.port, gateway.port),
                machine.home,
                SECONDS,
                given,
            )

    def environment(self, machine: Machine, proxy: int, gateway: int = 9) -> dict[str, str]:
        """What a child is given: a home, a program path, the case's variables, and nothing of whoever runs this."""
        gate = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), f"http://127.0.0.1:{proxy}")
        return {
            **gate,
            "HOME": str(machine.home),
            "PATH": f"{self.installed.bin}{os.pathsep}{os.defpath}",
            # Where it keeps compiled code. NODE_COMPILE_CACHE would make 2026.5.18 start itself a second time.
            "TMPDIR": str(self.compiled),
            "NODE_EXTRA_CA_CERTS": str(self.authority.file),
            "OPENCLAW_NO_RESPAWN": "1",
            "OPENCLAW_LOG_LEVEL": "info",
            "OPENCLAW_GATEWAY_PORT": str(gateway),
            "NO_COLOR": "1",
            "LANG": "C.UTF-8",
            **machine.env,
        }


Prepare = Callable[[str], Prepared]
"""Gives a release by its number."""


def _write_codex(case: Case, folder: Path, home: Path, port: int) -> dict[str, str]:
    """The login of the Codex CLI, and the variable that tells where it is."""
    if not case.codex:
        return {}
    apart = case.codex["folder"] == "elsewhere"
    codex = folder / "codex" if apart else home / ".codex"
    codex.mkdir()
    (codex / "auth.json").write_text(json.dumps(revealed(spelling.codex_login(case.codex["kind"]), port)))
    return {"CODEX_HOME": str(codex)} if apart else {}


def _write_private(file: Path, content: object) -> None:
    file.write_text(json.dumps(content))
    file.chmod(0o600)
