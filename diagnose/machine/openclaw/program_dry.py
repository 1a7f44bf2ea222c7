"""Whether a run behind a proxy that refuses everything is sure to bill nothing, and the seal that makes it so.

Two guards, because either may miss: what is known to lead past the proxy is refused beforehand, with the reason;
and inside the program no socket is let go anywhere but to the proxy's port. A launcher may drop the seal on its way,
so the program confirms it: a line "openclaw" in a file that `SEAL_FILE` names.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from diagnose.machine.openclaw.facts import Version
from diagnose.machine.openclaw.prediction import Candidate, Prediction
from diagnose.machine.openclaw.program_address import not_public
from diagnose.machine.openclaw.program_rows import goes_through_proxy, listed, table
from diagnose.machine.openclaw.setting import Setting

SEAL_FILE = "ROUTECHECK_SEAL"
"""The variable that names the file in which a sealed program confirms its seal."""

_SEAL = Path(__file__).with_name("program_seal.cjs")
_PORT = "ROUTECHECK_ONLY_PORT"
_ALIASES = {"openai": ("openai", "openai-codex"), "openai-codex": ("openai-codex", "openai")}
"""Provider ids whose settings may decide about a candidate's requests, where it is not the candidate's own alone."""


def dry_refused(setting: Setting, prediction: Prediction) -> str | None:
    """Why a dry run is not safe, or None. Candidates that are expected to send nothing are looked at, too.

    A gateway on loopback that OpenClaw asks for secrets is no reason: it gives secrets, and asks nobody for images.
    """
    return next(_reasons(setting, prediction), None)


def sealed(env: Mapping[str, str], proxy: str) -> dict[str, str]:
    """The environment of a dry run: as given, and the process can reach the port of `proxy` on loopback and no other.

    Variables that would put another proxy in front are set to nothing, so that no file can set them.
    """
    path = str(_SEAL).replace("\\", "\\\\").replace('"', '\\"')
    options = f'{env.get("NODE_OPTIONS", "")} --require "{path}"'.strip()
    port = str(urlsplit(proxy).port)
    return {**env, **dict.fromkeys(_names("always"), ""), "NODE_OPTIONS": options, _PORT: port}


def is_sealed(env: Mapping[str, str]) -> bool:
    """Whether an environment is one of `sealed`."""
    return _PORT in env


def confirmed(file: Path) -> bool:
    """Whether OpenClaw itself, and not just what starts it, has confirmed the seal in this file."""
    try:
        return "openclaw" in file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False


def _reasons(setting: Setting, prediction: Prediction) -> Iterator[str]:
    yield from _variables(setting)
    proxy = setting.config.at("proxy")
    if proxy and not (isinstance(proxy, dict) and proxy.get("enabled") is False):
        yield "the config has a proxy of its own (proxy), which wins over ours"
    for candidate in prediction.candidates:
        yield from _candidate(candidate, setting.version)
        for key, value in _written(setting, _ALIASES.get(candidate.provider, (candidate.provider,))):
            yield from _settings(value, key)
        yield from _base_variables(setting, candidate.provider)
    if _shell(setting) and any(candidate.via != "override" for candidate in prediction.candidates):
        yield "OpenClaw takes keys from a login shell (env.shellEnv), so it may find providers that are not seen here"


def _written(setting: Setting, providers: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """The settings of some providers and their plugins, however their ids are written."""
    for section in ("models.providers", "plugins.entries"):
        entries = setting.config.at(section)
        for name, value in entries.items() if isinstance(entries, dict) else ():
            if str(name).strip().lower() in providers:
                yield f"{section}.{name}", value


def _names(where: str) -> tuple[str, ...]:
    return tuple(name for row in table()["variable"] if row["where"] == where for name in row["names"])


def _variables(setting: Setting) -> Iterator[str]:
    for name, variable in setting.variables.items():
        if not variable.value.strip():
            continue
        if name.upper() in _names("always"):
            yield f"{variable.origin}: it puts another proxy in front of ours"
        elif name.upper() in _names("file") and variable.origin.file is not None:
            yield f"{variable.origin}: it changes how requests travel"
        elif name == "NODE_OPTIONS" and not all(
            w.startswith(listed("harmless", "begins")) for w in variable.value.split()
        ):
            yield f"{variable.origin}: it loads or changes something in Node that is not known here"


def _candidate(candidate: Candidate, version: Version | None) -> Iterator[str]:
    named = f"{candidate.provider}/{candidate.named}"
    if candidate.bypasses_proxy:
        yield f"requests of {named} would not go through a proxy"
    if not goes_through_proxy("openai" if candidate.provider == "openai-codex" else candidate.provider, version):
        yield f"it was not measured whether requests of {named} go through a proxy"
    if candidate.host is None and candidate.refused is None:
        yield f"it is not known which host {named} would be asked of"
    elif candidate.host is not None and (why := not_public(f"https://{candidate.host}")):
        yield f"the host of {named} may be reached without the proxy: {why}"


def _settings(value: Any, key: str) -> Iterator[str]:
    """What in a provider's settings leads past the proxy, however deep it stands."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _settings(item, f"{key}.{number}")
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "request":
                yield from _request(item, f"{key}.{name}")
            yield from _settings(item, f"{key}.{name}")
    elif isinstance(value, str) and (_is_address(value) or key.lower().endswith("url")) and (why := not_public(value)):
        yield f"{key} may be reached without the proxy: {why}"


def _is_address(value: str) -> bool:
    return "://" in value or value.lower().startswith(("unix:", "file:", "//"))


def _request(value: Any, key: str) -> Iterator[str]:
    others = sorted(set(value) - set(listed("request", "harmless"))) if isinstance(value, dict) else [""]
    if others:
        yield f"{f'{key}.{others[0]}'.rstrip('.')} decides how its requests travel"


def _base_variables(setting: Setting, provider: str) -> Iterator[str]:
    """Variables that give a provider another host ("MINIMAX_API_HOST")."""
    prefix = provider.upper().replace("-", "_").partition("_")[0] + "_"
    for name, variable in setting.variables.items():
        of_host = any(word in name for word in ("URL", "HOST", "ENDPOINT"))
        if name.startswith(prefix) and of_host and variable.value.strip() and (why := not_public(variable.value)):
            yield f"{variable.origin}: {why}"


def _shell(setting: Setting) -> bool:
    variable = setting.variables.get("OPENCLAW_LOAD_SHELL_ENV")
    by_variable = variable is not None and variable.value.strip().lower() in ("1", "true", "yes", "on")
    return by_variable or setting.config.at("env.shellEnv.enabled") is True
