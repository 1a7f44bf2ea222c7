"""The key with which the sandbox signs its tokens, and the key set by which anybody can check them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_BITS = 2048
_EXPONENT = 65_537


@cache
def _key() -> RSAPrivateKey:
    """One key for all sandboxes of this process: making one takes about 0.1 s, and a sandbox starts in less."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(_EXPONENT, _BITS)


@cache
def _public() -> Mapping[str, str]:
    """The public key as a JSON Web Key; its id is its own thumbprint (RFC 7638)."""
    numbers = _key().public_key().public_numbers()
    parts = {"e": url64(numbers.e.to_bytes(3, "big")), "kty": "RSA", "n": url64(numbers.n.to_bytes(_BITS // 8, "big"))}
    name = url64(hashlib.sha256(json.dumps(parts, separators=(",", ":"), sort_keys=True).encode()).digest())
    return {**parts, "alg": "RS256", "use": "sig", "kid": name}


def key_set() -> dict[str, Any]:
    """The key set (JWKS), as it is published."""
    return {"keys": [dict(_public())]}


def signed(claims: Mapping[str, Any]) -> str:
    """`claims` as a token, signed with RS256."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    header = {"alg": "RS256", "kid": _public()["kid"], "typ": "JWT"}
    text = ".".join(url64(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return f"{text}.{url64(_key().sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def url64(data: bytes) -> str:
    """Base64 in the alphabet of URLs, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
