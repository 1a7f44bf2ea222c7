"""What a token says of itself. Nobody verifies the signature here: it is read as OpenClaw reads it, to know the
expiry and the account, and proves nothing."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

_AUTH = "https://api.openai.com/auth"


def claims(token: str) -> Mapping[str, Any]:
    """The claims of a JWT, empty for anything else. Not verified."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        found = json.loads(payload)
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def expires_ms(token: str) -> int | None:
    """When the token says that it ends, in Unix milliseconds."""
    end = claims(token).get("exp")
    return milliseconds(end * 1000) if isinstance(end, int | float) and not isinstance(end, bool) else None


def milliseconds(value: Any) -> int | None:
    """A moment as it is stored, 0 for one that is no positive number; None when there is none."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 2**63:
        return 0
    return int(value)


def account(token: str) -> str | None:
    """The ChatGPT account that a token belongs to."""
    return _auth(token, "chatgpt_account_id")


def plan(token: str) -> str | None:
    """The ChatGPT plan that a token was given out under."""
    return _auth(token, "chatgpt_plan_type")


def _auth(token: str, name: str) -> str | None:
    part = claims(token).get(_AUTH)
    value = part.get(name) if isinstance(part, dict) else None
    return value if isinstance(value, str) and value else None
