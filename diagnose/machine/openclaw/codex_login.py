"""The login of the Codex CLI, as OpenClaw sees it: `auth.json` in its own folder."""

import json
from pathlib import Path
from typing import Any

from diagnose.machine.files import read_small
from diagnose.machine.host import Host
from diagnose.machine.openclaw import jwt_claims
from diagnose.machine.openclaw.facts import CodexLogin
from diagnose.machine.openclaw.paths import expanded, home
from diagnose.machine.openclaw.secret_texts import secret_texts
from diagnose.model.secret import Secret

_WITHOUT_EXPIRY_MS = 3600 * 1000
"""OpenClaw gives a token that names no end one hour from the file's last change."""


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


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
