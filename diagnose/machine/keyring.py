"""The login of the Codex CLI where it is kept in the keyring of the desktop: its name, and opened only when asked."""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from diagnose.machine.files import is_file, read_small
from diagnose.machine.host import Host
from diagnose.machine.openclaw.codex_login import AuthFile, auth_file, damage, parsed

SERVICE = "Codex Auth"
_SETTING = "cli_auth_credentials_store"
_ENCRYPTED = "codex_auth.age"


class KeyringError(Exception):
    """The keyring could not be asked; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyringLogin:
    """Where Codex would keep its login. `setting` is what its config says ("keyring", "auto"), None for nothing.

    `folder_there`, `file_there`: CODEX_HOME and its auth.json. `encrypted`: the encrypted file of a newer build, whose
    key is in the keyring; it is never opened here.
    """

    account: str
    setting: str | None
    folder_there: bool
    file_there: bool
    encrypted: Path | None

    @property
    def likely(self) -> bool:
        """Whether a login may be in the keyring and not in the file."""
        return self.setting in {"keyring", "auto"} or self.encrypted is not None


def locate(host: Host) -> KeyringLogin:
    """The name of the entry that belongs to this CODEX_HOME. The keyring is not touched."""
    file = auth_file(host)
    secrets = file.parent / "secrets" / _ENCRYPTED
    return KeyringLogin(
        account=account(file.parent),
        setting=_setting(file.parent / "config.toml"),
        folder_there=_is_folder(file.parent),
        file_there=is_file(file) is not False,
        encrypted=secrets if is_file(secrets) else None,
    )


def account(folder: Path) -> str:
    """The account name of the entry: the folder's canonical path as a short hash."""
    try:
        canonical = folder.resolve()
    except (OSError, RuntimeError):
        canonical = folder
    return "cli|" + hashlib.sha256(str(canonical).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def opened(host: Host) -> AuthFile | None:
    """The entry's content, None where there is no entry. May make the desktop ask its user. Raises KeyringError."""
    try:
        import keyring
        import keyring.errors
    except ImportError:
        raise KeyringError("the library `keyring` is not installed; pip install 'routecheck[keyring]'") from None
    place = locate(host)
    try:
        text = keyring.get_password(SERVICE, place.account)
    except (keyring.errors.KeyringError, OSError, ValueError, RuntimeError) as error:
        raise KeyringError(f"the keyring could not be asked ({type(error).__name__})") from None
    if text is None:
        return None
    path = Path(f"{SERVICE}/{place.account}")
    try:
        return parsed(path, json.loads(text))
    except (ValueError, RecursionError) as error:
        return AuthFile(path=path, problem=damage(error))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return True  # closed to us: there is something


def _setting(config: Path) -> str | None:
    try:
        found = tomllib.loads(read_small(config).decode())
    except (OSError, ValueError, RecursionError):
        return None
    value = found.get(_SETTING)
    return value if isinstance(value, str) else None
