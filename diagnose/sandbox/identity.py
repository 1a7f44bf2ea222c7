"""How a sandbox proves that it is the process we started (stdlib only; the client uses this too)."""

from __future__ import annotations

import hashlib
import hmac
import re

NONCE = re.compile(r"[0-9a-fA-F]{32,128}")
"""A nonce is 32 to 128 hex characters."""


def expected_mac(secret: bytes, nonce: str, host: str, port: int) -> str:
    """Hex HMAC-SHA256, keyed with `secret`, of `nonce|host:port`.

    `host` and `port` are those on which the sandbox itself listens; an answer that was fetched from
    a sandbox elsewhere and passed on therefore does not match.
    """
    return hmac.new(secret, f"{nonce}|{host}:{port}".encode(), hashlib.sha256).hexdigest()
