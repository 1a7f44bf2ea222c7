"""Where OpenClaw is installed, and in which release: read from files, nothing is started."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diagnose.machine.files import read_small
from diagnose.machine.host import Host
from diagnose.machine.openclaw.facts import Version
from diagnose.machine.openclaw.paths import expanded, state_dir
from diagnose.machine.openclaw.releases import holds
from diagnose.machine.openclaw.releases import parse_version as parse_version
from diagnose.machine.openclaw.releases import since as since

_NAME = "openclaw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The program on PATH; `version` is None when its package.json does not tell.

    `needs_plugins`: its first run would install what its plugins lack (npm, minutes; for ever without a registry).
    """

    program: Path
    version: Version | None
    needs_plugins: bool = False

    @property
    def shown(self) -> str:
        return ".".join(map(str, self.version)) if self.version else "of unknown version"


def find(host: Host) -> Installation | None:
    """The installation that starts when somebody says `openclaw`."""
    return next(iter(find_all(host)), None)


def find_all(host: Host) -> tuple[Installation, ...]:
    """Every distinct installation on PATH, the one that starts first; two links to one program count once."""
    found: dict[Path, Installation] = {}
    for program in _programs(host):
        try:
            real = program.resolve()
        except (OSError, RuntimeError):  # links in a circle
            real = program
        if real not in found:
            found[real] = _described(program, real, host)
    return tuple(found.values())


def _programs(host: Host) -> Iterator[Path]:
    first = host.which(_NAME)
    if first is None:
        return  # what does not start at all is no installation, whatever lies in the folders
    yield Path(first)
    for folder in host.env.get("PATH", "").split(os.pathsep):
        program = Path(folder) / _NAME
        try:
            if folder and program.is_file() and os.access(program, os.X_OK):
                yield program
        except (OSError, ValueError):
            continue


def _described(program: Path, real: Path, host: Host) -> Installation:
    for folder in list(real.parents)[:3]:
        content = _json(folder / "package.json")
        if content.get("name") == _NAME:
            version = parse_version(str(content.get("version")))
            needs = holds("plugins-install-their-dependencies", version) and _lacks_something(folder, version, host)
            return Installation(program=program, version=version, needs_plugins=needs)
    return Installation(program=program, version=None)


def _lacks_something(package: Path, version: Version | None, host: Host) -> bool:
    """Whether a plugin that is on by default has a dependency that is not there.

    Measured with 2026.4.22: these are the plugins that it loads for an image, each looks for its dependencies in its
    own folder, or in one folder for all when it cannot write there or is told another place.
    """
    try:
        plugins = sorted((package / "dist" / "extensions").iterdir())
    except OSError:
        return False
    stage = _stage(package, version, host)
    told = any(host.env.get(name, "").strip() for name in ("OPENCLAW_PLUGIN_STAGE_DIR", "STATE_DIRECTORY"))
    for plugin in plugins:
        if _json(plugin / "openclaw.plugin.json").get("enabledByDefault") is not True:
            continue
        root = stage if told or not os.access(plugin, os.W_OK) else plugin
        if not all((root / "node_modules" / name / "package.json").is_file() for name in _dependencies(plugin)):
            return True
    return False


def _stage(package: Path, version: Version | None, host: Host) -> Path:
    if explicit := host.env.get("OPENCLAW_PLUGIN_STAGE_DIR", "").strip():
        base = expanded(explicit, host)
    elif service := host.env.get("STATE_DIRECTORY", "").split(os.pathsep)[0].strip():
        base = Path(service) / "plugin-runtime-deps"
    else:
        base = state_dir(host) / "plugin-runtime-deps"
    shown = ".".join(map(str, version)) if version else "unknown"
    return base / f"openclaw-{shown}-{hashlib.sha256(os.fsencode(package)).hexdigest()[:12]}"


def _dependencies(plugin: Path) -> list[str]:
    manifest = _json(plugin / "package.json")
    parts = [manifest.get(key) for key in ("dependencies", "optionalDependencies")]
    return [name for part in parts if isinstance(part, dict) for name in part]


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(read_small(path))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
