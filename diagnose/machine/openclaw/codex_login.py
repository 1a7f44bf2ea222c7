"""The login of the Codex CLI: `auth.json` in its own folder, as OpenClaw sees it and as Codex itself has it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from diagnose.machine.files import read_small
from diagnose.machine.host import Host
from diagnose.machine.openclaw import jwt_claims
from diagnose.machine.openclaw.facts import CodexLogin
from diagnose.machine.openclaw.paths import expanded, home
from diagnose.machine.openclaw.secret_texts import secret_texts
from diagnose.model.moments import LAST_MOMENT
from diagnose.model.secret import Secret

_WITHOUT_EXPIRY_MS = 3600 * 1000
"""OpenClaw gives a token that names no end one hour from the file's last change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthFile:
    """Everything that `auth.json` holds. `problem`: why the file cannot be read, as words for people.

    `account` is the one that stands beside the tokens. `last_refresh` is Unix seconds. `agent_identity` without a
    secret: it is a key pair, by which Codex signs for itself.
    """

    path: Path
    access: Secret | None = None
    refresh: Secret | None = None
    id_token: Secret | None = None
    account: str | None = None
    api_key: Secret | None = None
    personal_access_token: Secret | None = None
    agent_identity: bool = False
    agent_token: Secret | None = None
    last_refresh: float | None = None
    problem: str | None = None


def auth_file(host: Host) -> Path:
    """Where the login is kept, be it there or not."""
    configured = host.env.get("CODEX_HOME", "").strip()
    folder = host.home / expanded(configured, host) if configured else home(host) / ".codex"
    return folder / "auth.json"


def read(host: Host) -> CodexLogin | None:
    """The stored login; None when there is no file. Never raises: what cannot be read is "unreadable"."""
    path = auth_file(host)
    try:
        content = json.loads(read_small(path))
        changed_ms = int(path.stat().st_mtime * 1000)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, RecursionError):
        return CodexLogin(path=path, kind="unreadable")
    return _login(path, content if isinstance(content, dict) else {}, changed_ms)


def contents(host: Host) -> AuthFile | None:
    """Everything in the file; None when there is none. Never raises: see `AuthFile.problem`."""
    path = auth_file(host)
    try:
        content = json.loads(read_small(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return AuthFile(path=path, problem=error.strerror or "it cannot be opened")
    except (ValueError, RecursionError) as error:
        return AuthFile(path=path, problem=damage(error))
    return parsed(path, content)


def damage(error: ValueError | RecursionError) -> str:
    """What is wrong with a text that `json.loads` did not take; nothing of the text is in it."""
    if isinstance(error, json.JSONDecodeError):
        text = error.doc.rstrip()
        if not text.strip("\ufeff"):
            return "it is empty"
        if error.pos >= len(text) or error.msg.startswith("Unterminated"):
            return f"it ends in the middle (line {text.count(chr(10)) + 1})"
    return "it holds no JSON that can be read"


def parsed(path: Path, content: Any) -> AuthFile:
    """What the JSON of such a file holds; what has another type is passed over."""
    whole = content if isinstance(content, dict) else {}
    tokens = whole.get("tokens")
    tokens = tokens if isinstance(tokens, dict) else {}
    agent = whole.get("agent_identity")
    return AuthFile(
        path=path,
        access=_secret(tokens.get("access_token")),
        refresh=_secret(tokens.get("refresh_token")),
        id_token=_secret(tokens.get("id_token")),
        account=_text(tokens.get("account_id")),
        api_key=_secret(whole.get("OPENAI_API_KEY")),
        personal_access_token=_secret(whole.get("personal_access_token")),
        agent_identity=bool(agent),
        agent_token=_secret(agent),
        last_refresh=_moment(whole.get("last_refresh")),
    )


def _login(path: Path, content: dict[str, Any], changed_ms: int) -> CodexLogin:
    texts = secret_texts(content)
    tokens = content.get("tokens")
    tokens = tokens if isinstance(tokens, dict) else {}
    access, refresh, account = (_text(tokens.get(name)) for name in ("access_token", "refresh_token", "account_id"))
    if access and refresh:
        return CodexLogin(
            path=path,
            kind="chatgpt",
            secret=Secret(access),
            refresh=Secret(refresh).fingerprint,
            account=account or jwt_claims.account(access),
            expires_ms=jwt_claims.expires_ms(access) or changed_ms + _WITHOUT_EXPIRY_MS,
            texts=texts,
        )
    if key := _text(content.get("OPENAI_API_KEY")):
        return CodexLogin(path=path, kind="api_key", secret=Secret(key), texts=texts)
    return CodexLogin(path=path, kind="none", texts=texts)


def _secret(value: Any) -> Secret | None:
    text = _text(value)
    return Secret(text) if text else None


def _moment(value: Any) -> float | None:
    """An ISO time as Unix seconds; UTC where it names no zone."""
    try:
        # Nanoseconds, as Codex writes them, are cut to microseconds by the standard library.
        written = datetime.fromisoformat(value) if isinstance(value, str) else None
        moment = (written if written.tzinfo else written.replace(tzinfo=UTC)).timestamp() if written else 0.0
    except (ValueError, OverflowError):
        return None
    return moment if 0 < moment < LAST_MOMENT else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
