"""A machine with the real Codex CLI on it, whose whole outside world is one sandbox."""

import contextlib
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authority import Authority
from children import run
from computer import ROUTECHECK, ROUTECHECK_SECONDS
from install import Codex
from outside import Outside

from diagnose.sandbox.codex_home import prepare_login
from diagnose.sandbox.plan import LoginPlan
from diagnose.sandbox.records import Received
from diagnose.sandbox.server import Sandbox

CODEX_SECONDS = 60.0
PROMPT = 'A plain ceramic mug on a "white" table'


@dataclass(frozen=True, kw_only=True)
class Machine:
    """`env` is the user's; `folder` is where the programs run.

    Every host that the CLI asks for by TLS, whatever its name, is played by `sandbox`.
    """

    codex: Codex
    folder: Path
    env: Mapping[str, str]
    sandbox: Sandbox
    outside: Outside

    @property
    def codex_home(self) -> Path:
        return Path(self.env["CODEX_HOME"])

    @property
    def login(self) -> Path:
        return self.codex_home / "auth.json"

    @property
    def cli_env(self) -> dict[str, str]:
        """The environment of the real program: it finds the outside, and nothing else."""
        led = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), self.outside.url)
        # What is on this very machine goes past it: a sandbox that is asked without TLS.
        led |= dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1")
        return {**self.env, **led, "CODEX_CA_CERTIFICATE": str(self.outside.authority.file)}

    def command(self, *words: object) -> list[object]:
        return [self.codex.node, self.codex.program, *words]

    def cli(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Run the real program."""
        return run(self.command(*words), self.cli_env, self.folder, CODEX_SECONDS)

    def status(self) -> tuple[int, str]:
        """Exit code and answer of `codex login status`, which asks nobody."""
        done = self.cli("login", "status")
        said = [line for line in done.stderr.splitlines() if "PATH aliases" not in line]
        return done.returncode, "\n".join(said)

    def doctor(self) -> dict[str, Any]:
        """The checks of `codex doctor`, by id. It refreshes a login that is about to expire."""
        checks: dict[str, Any] = json.loads(self.cli("doctor", "--json").stdout)["checks"]
        return checks

    def draw(self, *words: object) -> subprocess.CompletedProcess[str]:
        """A turn in which an image is asked for; `words` are further options."""
        return self.cli("exec", "--skip-git-repo-check", "--json", *words, "--", PROMPT)

    def routecheck(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Run the installed command on the same machine."""
        return run([ROUTECHECK, *words], self.env, self.folder, ROUTECHECK_SECONDS)

    def images(self) -> list[Path]:
        """The files that the CLI has saved."""
        return sorted(self.codex_home.glob("generated_images/*/*"))

    def asked(self, service: str) -> list[Received]:
        """What a service of the sandbox was asked."""
        return [row for row in self.sandbox.requests if row.service == service]


@contextlib.contextmanager
def machine(codex: Codex, folder: Path, sandbox: Sandbox, plan: LoginPlan | None = None) -> Iterator[Machine]:
    """A machine in `folder`, which is empty, with the login that `plan` wants."""
    work, prepared_in = folder / "work", folder / "machine"
    for made in (work, prepared_in):
        made.mkdir()
    prepared = prepare_login(prepared_in, plan or LoginPlan(), sandbox)
    env = {
        "PATH": f"{codex.bin}{os.pathsep}{os.defpath}",
        "ROUTECHECK_STATE_DIR": str(folder / "state"),
        "NO_COLOR": "1",
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        **prepared.env,
    }
    with Outside(Authority(folder / "authority"), sandbox.port) as outside:
        yield Machine(codex=codex, folder=work, env=env, sandbox=sandbox, outside=outside)


def digest(path: Path) -> tuple[str, int, int]:
    """The hash of a file's bytes, its mode, and the time of its last change."""
    about = path.stat()
    return hashlib.sha256(path.read_bytes()).hexdigest(), about.st_mode, about.st_mtime_ns
