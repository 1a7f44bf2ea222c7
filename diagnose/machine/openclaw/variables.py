"""Environment variables as OpenClaw sees them, and their places in the config's texts.

The process comes first, then the `.env` of the state folder, then `gateway.env`, then the config's `env` section.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from diagnose.machine.files import read_small
from diagnose.machine.host import Host
from diagnose.machine.openclaw.facts import Origin, Variable
from diagnose.machine.openclaw.paths import home, state_dir
from diagnose.machine.openclaw.releases import names

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLACE = re.compile(r"\$(\$?)\{([A-Z_][A-Z0-9_]*)\}")
_WHOLE = re.compile(r"\$(?:\{([A-Z][A-Z0-9_]{0,127})\}|([A-Z][A-Z0-9_]{0,127}))")
_LINE = re.compile(
    r"""^[^\S\n]*(?:export\s+)?(?P<name>[\w.-]+)(?:[^\S\n]*=[^\S\n]*|:[^\S\n]+)
        (?P<value>'[^']*'|"(?:\\.|[^"\\])*"|`[^`]*`|[^\#\n]*)[^\S\n]*(?:\#.*)?$""",
    re.MULTILINE | re.VERBOSE,
)


def dotenv(host: Host) -> Mapping[str, str]:
    """The variables of `.env` in the state folder; OpenClaw takes no key from that of the working folder."""
    return _file(state_dir(host) / ".env")


def seen(host: Host, config_values: Mapping[str, str], origins: Mapping[str, Origin]) -> dict[str, Variable]:
    """Every variable with its origin. `config_values` is the config's `env` section, `origins` where each stands.

    A file fills in what the process does not have at all; the config also what is set to nothing but space.
    """
    found = {name: Variable(value=v, origin=Origin(file=None, key=name)) for name, v in host.env.items()}
    for path in _env_files(host):
        for name, value in _file(path).items():
            found.setdefault(name, Variable(value=value, origin=Origin(file=path, key=name)))
    for name, value in config_values.items():
        if name not in found or not found[name].value.strip():
            found[name] = Variable(value=value, origin=origins[name])
    return found


def section(env: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(name, value, key below `env`) of what OpenClaw takes from the section, later ones first in rank."""
    if not env:
        return
    refused = set(names("config-env-refuses"))
    nested = env.get("vars")
    inner = nested.items() if isinstance(nested, dict) else ()
    outer = [(name, value) for name, value in env.items() if name not in {"vars", "shellEnv"}]
    for prefix, pairs in (("vars.", inner), ("", outer)):
        for name, value in pairs:
            taken = isinstance(value, str) and value.strip() and _NAME.fullmatch(name) and name.upper() not in refused
            if taken and not any(not found[1] for found in _PLACE.finditer(value)):
                yield name, value, prefix + name


def named(text: str) -> list[str]:
    """The variables that a text of the config refers to."""
    return [found[2] for found in _PLACE.finditer(text) if not found[1]]


def whole(text: str) -> str | None:
    """The variable that is the whole text ("${NAME}", "$NAME"), which is then a reference to a secret."""
    found = _WHOLE.fullmatch(text.strip())
    return (found[1] or found[2]) if found else None


def filled(text: str, env: Mapping[str, str], missing: list[str]) -> str:
    """The text with its variables replaced; "$${NAME}" stands for "${NAME}". What is not set stays as written."""

    def one(found: re.Match[str]) -> str:
        if found[1]:
            return found[0][1:]
        value = env.get(found[2])
        if value:
            return value
        missing.append(found[2])
        return found[0]

    return _PLACE.sub(one, text) if "$" in text else text


def filled_tree(value: Any, env: Mapping[str, str], missing: list[str]) -> Any:
    """The same for every text of a config; keys are left alone."""
    if isinstance(value, str):
        return filled(value, env, missing)
    if isinstance(value, dict):
        return {key: filled_tree(item, env, missing) for key, item in value.items()}
    if isinstance(value, list):
        return [filled_tree(item, env, missing) for item in value]
    return value


def _env_files(host: Host) -> list[Path]:
    state, usual = state_dir(host), home(host) / ".openclaw"
    gateway = [home(host) / ".config" / "openclaw" / "gateway.env"]
    moved = host.env.get("OPENCLAW_STATE_DIR", "").strip() and state != usual
    return [state / ".env", *([] if moved else gateway)]


def _file(path: Path) -> dict[str, str]:
    """The variables of one file; what cannot be read holds none, as for OpenClaw."""
    try:
        text = read_small(path).decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    except (OSError, ValueError):
        return {}
    return {found["name"]: _unquoted(found["value"].strip()) for found in _LINE.finditer(text) if _valid(found)}


def _valid(found: re.Match[str]) -> bool:
    return _NAME.fullmatch(found["name"]) is not None


def _unquoted(value: str) -> str:
    quote = value[:1]
    if len(value) > 1 and quote in {'"', "'", "`"} and value.endswith(quote):
        inner = value[1:-1]
        return inner.replace("\\n", "\n").replace("\\r", "\r") if quote == '"' else inner
    return value
