"""The folder of the Codex CLI: what its config says about logins."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from diagnose.machine.files import read_small
from diagnose.machine.host import Host
from diagnose.machine.openclaw.codex_login import auth_file


@dataclass(frozen=True, slots=True, kw_only=True)
class CodexHome:
    """What `config.toml` says; every field is empty where it says nothing. `config` None: there is no such file.

    `workspaces` are those that a login is confined to. `store` is where logins are kept ("file", "keyring", "auto",
    "ephemeral"), `log_dir` where logs are, if not in the folder. `model` is the text model that is asked, at the model
    provider `provider`; `base_urls` are those of configured model providers
    by their name. `problem`: why the file cannot be read, as words for people.
    """

    folder: Path
    config: Path | None = None
    workspaces: tuple[str, ...] = ()
    store: str | None = None
    log_dir: Path | None = None
    model: str | None = None
    provider: str | None = None
    chatgpt_base_url: str | None = None
    base_urls: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None


def read_home(host: Host) -> CodexHome:
    """The folder and its config. Never raises: see `CodexHome.problem`."""
    folder = auth_file(host).parent
    path = folder / "config.toml"
    try:
        content = tomllib.loads(read_small(path).decode("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return CodexHome(folder=folder)
    except OSError as error:
        return CodexHome(folder=folder, config=path, problem=error.strerror or "it cannot be opened")
    except (ValueError, RecursionError):
        return CodexHome(folder=folder, config=path, problem="it is no TOML that can be read")
    logs, providers = _text(content.get("log_dir")), content.get("model_providers")
    return CodexHome(
        folder=folder,
        config=path,
        workspaces=tuple(_texts(content.get("forced_chatgpt_workspace_id"))),
        store=_text(content.get("cli_auth_credentials_store")),
        log_dir=folder / logs if logs else None,
        model=_text(content.get("model")),
        provider=_text(content.get("model_provider")),
        chatgpt_base_url=_text(content.get("chatgpt_base_url")),
        base_urls={
            name: url
            for name, provider in (providers.items() if isinstance(providers, dict) else ())
            if isinstance(provider, dict) and (url := _text(provider.get("base_url")))
        },
    )


def _texts(value: Any) -> Iterator[str]:
    for entry in value if isinstance(value, list) else [value]:
        if text := _text(entry):
            yield text


def _text(value: Any) -> str | None:
    return value.strip() if isinstance(value, str) and value.strip() else None


@cache
def known() -> Mapping[str, Any]:
    """The dated table about the Codex CLI: its newest known release ("release"), and what it writes of refusals."""
    return tomllib.loads(Path(__file__).with_name("codex_program.toml").read_text(encoding="utf-8"))
