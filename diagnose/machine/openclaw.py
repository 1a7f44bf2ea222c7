"""OpenClaw on this machine: where it is installed, and what its config says about images.

Paths and keys are those measured with the releases 2026.4.22, 2026.5.18 and 2026.9.6.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diagnose.machine.files import read_small
from diagnose.machine.host import Host
from diagnose.machine.json5 import ConfigError, load

_MAX_INCLUDES = 32
_VARIABLE = re.compile(r"\$\{([A-Z_][A-Z0-9_]*)\}")
Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The program on PATH; `version` is None when its package.json does not tell."""

    program: Path
    version: Version | None

    @property
    def shown(self) -> str:
        return ".".join(map(str, self.version)) if self.version else "of unknown version"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageModelSetting:
    """An image model in the config: under which key, the primary reference and the fallbacks."""

    key: str
    primary: str | None
    fallbacks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSetting:
    """`models.providers.openai`. `api_key` is the text as written, with variables not yet replaced."""

    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    api_key_form: str | None = None
    """How the key is given: "plain", "variable NAME", "reference to env NAME", "reference to file", …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the config says about images; `path` is None when there is no config file."""

    path: Path | None = None
    includes: tuple[Path, ...] = ()
    image_models: tuple[ImageModelSetting, ...] = ()
    agents: tuple[str, ...] = ()
    """Agents that override the default image model."""
    provider: ProviderSetting = ProviderSetting()
    auto_fallback: bool | None = None
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """`env.vars` (and `env.*` of older releases)."""
    unset: tuple[str, ...] = ()
    """Variables that the config uses and that are not set."""


def find(host: Host) -> Installation | None:
    """The installed program, its version read from its package.json: nothing is started."""
    program = host.which("openclaw")
    if program is None:
        return None
    try:
        real = Path(program).resolve()
    except (OSError, RuntimeError):  # links in a circle
        return Installation(program=Path(program), version=None)
    for folder in list(real.parents)[:3]:
        manifest = folder / "package.json"
        try:
            content = json.loads(read_small(manifest))
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(content, dict) and content.get("name") == "openclaw":
            return Installation(program=Path(program), version=parse_version(str(content.get("version"))))
    return Installation(program=Path(program), version=None)


def parse_version(text: str) -> Version | None:
    """(2026, 9, 6) from "2026.9.6" or "OpenClaw 2026.9.6 (eb377ac)"."""
    found = re.search(r"(\d{4})\.(\d{1,2})\.(\d{1,3})", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def since(change: str) -> Version:
    """The first release with a change of `openclaw_releases.toml`; KeyError when there is no such row."""
    import tomllib

    text = Path(__file__).with_name("openclaw_releases.toml").read_text(encoding="utf-8")
    found = {row["id"]: parse_version(row["since"]) for row in tomllib.loads(text)["change"]}[change]
    assert found is not None
    return found


def state_dir(host: Host) -> Path:
    """Where OpenClaw keeps its state, as its own variables say."""
    if override := host.env.get("OPENCLAW_STATE_DIR"):
        return _expanded(override, host)
    home = host.env.get("OPENCLAW_HOME")
    return (_expanded(home, host) if home else host.home) / ".openclaw"


def _expanded(text: str, host: Host) -> Path:
    """A path as OpenClaw reads it: "~" is this host's home, and nobody else's."""
    return host.home / text[2:] if text == "~" or text.startswith("~/") else Path(text)


def config_path(host: Host) -> Path:
    """Where OpenClaw reads its config."""
    if override := host.env.get("OPENCLAW_CONFIG_PATH"):
        return _expanded(override, host)
    return state_dir(host) / "openclaw.json"


def read_config(host: Host) -> Config:
    """The image settings of the config. Raises ConfigError with file, line and column or key."""
    path = config_path(host)
    try:
        there = path.exists()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not there:
        if host.env.get("OPENCLAW_CONFIG_PATH"):
            raise ConfigError(f"{path}: OPENCLAW_CONFIG_PATH names this file, and it is not there")
        return Config()
    includes: list[Path] = []
    try:
        tree = _included(load(path), path, (), includes)
    except RecursionError:
        raise ConfigError(f"{path}: the config is nested too deeply") from None
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: the config must be an object, {{…}}")
    agents = _section(tree, path, "agents")
    defaults = _section(agents, path, "agents", "defaults")
    env = _section(tree, path, "env")
    variables = {k: v for k, v in env.items() if isinstance(v, str)}
    variables |= {k: v for k, v in _section(env, path, "env", "vars").items() if isinstance(v, str)}
    models = _section(tree, path, "models")
    providers = _section(models, path, "models", "providers")
    openai = _section(providers, path, "models.providers", "openai")
    unset: list[str] = []
    auto = defaults.get("mediaGenerationAutoProviderFallback")
    return Config(
        path=path,
        includes=tuple(dict.fromkeys(includes)),
        image_models=tuple(_image_models(defaults, "agents.defaults", path)),
        agents=tuple(_overriding_agents(agents, path)),
        provider=_provider(openai, host.env, variables, unset, _profile_ids(tree, path)),
        auto_fallback=auto if isinstance(auto, bool) else None,
        variables=variables,
        unset=tuple(unset),
    )


def dotenv(host: Host) -> Mapping[str, str]:
    """The variables of `.env` in the state folder, which OpenClaw reads; that of the working folder it does not."""
    try:
        text = read_small(state_dir(host) / ".env").decode("utf-8", "replace")
    except (OSError, ValueError):
        return {}
    values = {}
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and name.strip().isidentifier():
            values[name.strip()] = _unquoted(value.strip())
    return values


def _unquoted(value: str) -> str:
    """A value of `.env`: what stands between quotes, or everything before a comment."""
    quote = value[:1]
    if quote in {'"', "'"} and (end := value.find(quote, 1)) > 0:
        return value[1:end]
    return value.partition("#")[0].strip()


def _included(value: Any, path: Path, chain: tuple[Path, ...], seen: list[Path]) -> Any:
    """`$include`: a file name or a list of them, relative to the file, merged under the object's own keys.

    `chain` holds the files that are being included right now; `seen` collects all of them.
    """
    if isinstance(value, list):
        return [_included(item, path, chain, seen) for item in value]
    if not isinstance(value, dict):
        return value
    names = value.get("$include")
    if names is None:
        return {key: _included(item, path, chain, seen) for key, item in value.items()}
    merged: dict[str, Any] = {}
    for name in names if isinstance(names, list) else [names]:
        if not isinstance(name, str):
            raise ConfigError(f"{path}: key $include: must be a file name or a list of them")
        target = path.parent / name
        if target in chain or len(seen) >= _MAX_INCLUDES:
            raise ConfigError(f"{path}: key $include: {name} includes itself, or there are too many")
        seen.append(target)
        part = _included(load(target), target, (*chain, target), seen)
        if isinstance(names, str) and len(value) == 1:
            return part  # alone, it stands for whatever the file holds, such as a list
        merged = _merged(merged, part) if isinstance(part, dict) else merged
    own = {key: _included(item, path, chain, seen) for key, item in value.items() if key != "$include"}
    return _merged(merged, own)


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        result[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def _section(tree: Mapping[str, Any], path: Path, *keys: str) -> dict[str, Any]:
    value = tree.get(keys[-1], {})
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: key {'.'.join(keys)}: must be an object, not {type(value).__name__}")
    return value


def _image_models(settings: Mapping[str, Any], prefix: str, path: Path) -> list[ImageModelSetting]:
    media = _section(settings, path, prefix, "mediaModels")
    found = []
    for key, value in (
        (f"{prefix}.imageGenerationModel", settings.get("imageGenerationModel")),
        (f"{prefix}.mediaModels.image", media.get("image")),
    ):
        if isinstance(value, str):
            found.append(ImageModelSetting(key=key, primary=value, fallbacks=()))
        elif isinstance(value, dict):
            primary, fallbacks = value.get("primary"), value.get("fallbacks")
            listed = fallbacks if isinstance(fallbacks, list) else []
            found.append(
                ImageModelSetting(
                    key=key,
                    primary=primary if isinstance(primary, str) else None,
                    fallbacks=tuple(item for item in listed if isinstance(item, str)),
                )
            )
        elif value is not None:
            raise ConfigError(f"{path}: key {key}: must be a model reference or an object with primary")
    return found


def _overriding_agents(agents: Mapping[str, Any], path: Path) -> list[str]:
    listed = agents.get("list")
    entries = {str(a.get("id")): a for a in listed if isinstance(a, dict)} if isinstance(listed, list) else {}
    entries |= _section(agents, path, "agents", "entries")
    return [
        name
        for name, agent in entries.items()
        if isinstance(agent, dict) and _image_models(agent, f"agents.{name}", path)
    ]


def _profile_ids(tree: Mapping[str, Any], path: Path) -> frozenset[str]:
    return frozenset(_section(_section(tree, path, "auth"), path, "auth", "profiles"))


def _provider(
    openai: Mapping[str, Any],
    env: Mapping[str, str],
    variables: Mapping[str, str],
    unset: list[str],
    profiles: frozenset[str],
) -> ProviderSetting:
    base_url, written = openai.get("baseUrl"), openai.get("apiKey")
    if isinstance(written, str) and written in profiles:
        # `models auth paste-api-key` of 2026.9.6 puts the name of the stored profile in the place of the key.
        written = {"source": "profile"}
    key, form = _key(written, env, variables, unset)
    return ProviderSetting(
        base_url=_filled(base_url, env, variables, unset) if isinstance(base_url, str) else None,
        api_key=key,
        api_key_form=form,
    )


def _key(
    value: Any, env: Mapping[str, str], variables: Mapping[str, str], unset: list[str]
) -> tuple[str | None, str | None]:
    if isinstance(value, str) and value:
        named = _VARIABLE.findall(value)
        return _filled(value, env, variables, unset), f"variable {named[0]}" if named else "plain"
    if isinstance(value, dict):
        source, name = value.get("source"), value.get("id")
        if source == "env" and isinstance(name, str):
            return env.get(name) or variables.get(name), f"reference to env {name}"
        # Only its presence: files and programs are not opened here, and what we do not know is not quoted.
        return None, f"reference to {source if source in ('file', 'exec', 'store', 'profile') else 'something else'}"
    return None, None


def _filled(text: str, env: Mapping[str, str], variables: Mapping[str, str], unset: list[str]) -> str | None:
    missing = [n for n in _VARIABLE.findall(text) if not (env.get(n) or variables.get(n))]
    unset += missing
    if missing:
        return None
    return _VARIABLE.sub(lambda m: env.get(m[1]) or variables[m[1]], text)
