"""A computer with the real OpenClaw on it, and the sandbox that its requests go to."""

import hashlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from children import run
from install import Installed
from network import NoWayOut

ROUTECHECK = Path(sys.executable).with_name("routecheck")
OPENCLAW_SECONDS = 120.0
ROUTECHECK_SECONDS = 60.0


def fingerprint(key: str) -> str:
    """How routecheck and its sandbox show a credential: the first 8 hex characters of its SHA-256."""
    return hashlib.sha256(key.encode()).hexdigest()[:8]


def contents(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Every file below a folder: its mode, the time of its last change, and the hash of its bytes."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode,
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@dataclass(frozen=True, kw_only=True)
class Served:
    """A running `routecheck sandbox serve`; `file` is where it wrote down its key and its secret."""

    url: str
    base_url: str
    key: str = field(repr=False)
    secret: str = field(repr=False)
    file: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def requests(self) -> list[dict[str, Any]]:
        """What the sandbox was asked so far."""
        asked = urllib.request.Request(
            f"{self.url}/__routecheck__/requests", headers={"Authorization": f"Bearer {self.secret}"}
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(asked, timeout=10) as answer:
            rows: list[dict[str, Any]] = json.load(answer)["requests"]
        return rows


@dataclass(frozen=True, kw_only=True)
class Computer:
    """A machine whose home is a temporary folder. `folder` is where the programs run and may write."""

    home: Path
    folder: Path
    state: Path
    env: Mapping[str, str]
    installed: Installed
    proxy: NoWayOut

    @property
    def config(self) -> Path:
        return self.home / ".openclaw" / "openclaw.json"

    def openclaw(
        self, *words: object, env: Mapping[str, str] | None = None, given: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run the real program. Its only way out of this machine is a proxy that refuses and remembers."""
        gate = f"http://127.0.0.1:{self.proxy.port}"
        out = {f"{scheme}_proxy": gate for scheme in ("http", "https")}
        out |= {name.upper(): gate for name in out}
        # Without NO_PROXY this release asks the proxy even for an image host on this very machine.
        out |= {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}
        own = {"OPENCLAW_NO_RESPAWN": "1", "OPENCLAW_LOG_LEVEL": "info"}
        command = [self.installed.node, self.installed.openclaw, *words]
        return run(command, {**self.env, **own, **out, **(env or {})}, self.folder, OPENCLAW_SECONDS, given)

    def routecheck(self, *words: object, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run the installed command."""
        return run([ROUTECHECK, *words], {**self.env, **(env or {})}, self.folder, ROUTECHECK_SECONDS)

    def configure(self, base_url: str, api_key: object, env: Mapping[str, str] | None = None) -> None:
        """Let OpenClaw itself write a config whose images come from `base_url`; `api_key` None: without a key."""
        settings = {
            "models.providers.openai.baseUrl": base_url,
            "models.providers.openai.apiKey": api_key,
            "agents.defaults.mediaModels.image": "openai/gpt-image-2",
            # Without it this release refuses to fetch an image from this very machine.
            "browser.ssrfPolicy.dangerouslyAllowPrivateNetwork": True,
            # The log is otherwise shared by every OpenClaw of the user.
            "logging.file": str(self.folder / "openclaw.log"),
        }
        batch = self.folder / "settings.json"
        rows = [{"path": path, "value": value} for path, value in settings.items() if value is not None]
        batch.write_text(json.dumps(rows))
        done = self.openclaw("config", "set", "--batch-file", batch, env=env)
        assert done.returncode == 0, done.stderr
        assert json.loads(self.config.read_text())["models"]["providers"]["openai"]["baseUrl"] == base_url

    def store_key(self, key: str) -> None:
        """Let OpenClaw put a key into its auth store."""
        done = self.openclaw("models", "auth", "paste-api-key", "--provider", "openai", given=f"{key}\n")
        assert done.returncode == 0, done.stderr

    def report(self, *words: object, env: Mapping[str, str] | None = None, expect: int = 0) -> dict[str, Any]:
        """The JSON report of `routecheck run`, which must end with the exit code `expect`."""
        done = self.routecheck("run", "--no-fallback", "--format", "json", *words, env=env)
        assert done.returncode == expect, done.stdout + done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        assert found["exit_code"] == expect
        return found

    def generate(self, output: Path, env: Mapping[str, str] | None = None) -> dict[str, Any]:
        """What OpenClaw prints of an image that it made."""
        size, prompt = "1024x1024", "A plain ceramic mug"
        words = ["infer", "image", "generate", "--model", "openai/gpt-image-2", "--prompt", prompt, "--size", size]
        done = self.openclaw(*words, "--output", output, "--json", env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found
