"""Where OpenClaw keeps its config and its state, as its own variables say."""

import os
from pathlib import Path

from diagnose.machine.host import Host

_STATE_FOLDERS = (".openclaw", ".clawdbot")
_CONFIG_NAMES = ("openclaw.json", "clawdbot.json")
"""The second of each is what the program was called before; it is used when the first is not there."""


def home(host: Host) -> Path:
    """The home folder as OpenClaw sees it: OPENCLAW_HOME replaces the user's own, for "~" as well."""
    text = host.env.get("OPENCLAW_HOME", "").strip()
    return _below(text, host.home) if text else host.home


def expanded(text: str, host: Host) -> Path:
    """A path as OpenClaw reads it: without white space around it; "~" is its own home, and nobody else's."""
    return _below(text.strip(), home(host))


def _below(text: str, folder: Path) -> Path:
    return folder / text[2:] if text == "~" or text.startswith("~/") else Path(text)


def state_dir(host: Host) -> Path:
    """Where OpenClaw keeps its state."""
    if (override := host.env.get("OPENCLAW_STATE_DIR", "")).strip():
        return expanded(override, host)
    return _first(home(host), _STATE_FOLDERS)


def config_path(host: Host) -> Path:
    """Where OpenClaw reads its config, be it there or not."""
    if (override := host.env.get("OPENCLAW_CONFIG_PATH", "")).strip():
        return expanded(override, host)
    return _first(state_dir(host), _CONFIG_NAMES)


def shared_agent_dir(host: Host) -> Path:
    """The agent folder whose store all agents share: that of "main", whichever agents are configured."""
    if (override := host.env.get("OPENCLAW_AGENT_DIR", "")).strip():
        return expanded(override, host)
    return agent_dir(host, "main")


def agent_dir(host: Host, agent: str) -> Path:
    """An agent's folder, where the config names no other."""
    return state_dir(host) / "agents" / agent / "agent"


def oauth_file(host: Host) -> Path:
    """The oldest store of logins, for all agents."""
    override = host.env.get("OPENCLAW_OAUTH_DIR", "").strip()
    return (expanded(override, host) if override else state_dir(host) / "credentials") / "oauth.json"


def include_roots(host: Host) -> tuple[Path, ...]:
    """Further folders that `$include` may read from."""
    parts = host.env.get("OPENCLAW_INCLUDE_ROOTS", "").split(os.pathsep)
    return tuple(expanded(part, host) for part in parts if part.strip())


def _first(folder: Path, names: tuple[str, ...]) -> Path:
    for name in names:
        try:
            if (folder / name).exists():
                return folder / name
        except (OSError, ValueError):  # closed to us: it stays where it belongs, and reading it says so
            break
    return folder / names[0]
