"""Whether the signature of a token is its issuer's: against public keys that somebody has saved. Nothing is fetched."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diagnose.machine.claims import header
from diagnose.machine.files import read_small

_ALGORITHMS: Mapping[str, str] = {
    **{f"{name}{bits}": "RSA" for name in ("RS", "PS") for bits in (256, 384, 512)},
    "ES256": "EC", "ES384": "EC", "ES512": "EC", "EdDSA": "OKP",
}  # fmt: skip
"""What is accepted, with the type of its keys: nothing that the holder of the public keys could have signed."""

_PUBLIC = frozenset({"kty", "kid", "use", "alg", "n", "e", "crv", "x", "y", "x5c", "key_ops"})
_SHORTEST_RSA = 2048


class KeySetError(Exception):
    """A file that is no set of public keys; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySet:
    """The public keys of a JWKS file."""

    path: Path
    keys: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """`verified` None: that could not be found out. `why` is a sentence for each of the three."""

    verified: bool | None
    why: str


def cached_file() -> Path:
    """Where saved keys are looked for when no file is named."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("routecheck"), "jwks.json")


def read_keys(path: Path) -> KeySet:
    """The keys of a JWKS file; private parts are left out. Raises KeySetError."""
    try:
        content = json.loads(read_small(path))
    except OSError as error:
        raise KeySetError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise KeySetError(f"{path} holds no JSON that can be read") from None
    listed = content.get("keys") if isinstance(content, dict) else None
    keys = [key for key in listed if isinstance(key, dict)] if isinstance(listed, list) else []
    if not keys:
        raise KeySetError(f'{path} is no set of keys: a JWKS is {{"keys": [...]}} with at least one of them')
    return KeySet(path=path, keys=tuple({name: key[name] for name in _PUBLIC & key.keys()} for key in keys))


def verify(token: str, keys: KeySet | None) -> Signature:
    """Whether a key of the set has signed this token. Issuer, audience and expiry are not looked at. Never raises."""
    fields = header(token)
    algorithm, name = fields.get("alg"), fields.get("kid")
    if not isinstance(algorithm, str):
        return Signature(verified=None, why="it is no token whose signature could be checked")
    if algorithm == "none":
        return Signature(verified=False, why="nobody has signed it: its algorithm is none")
    if algorithm not in _ALGORITHMS:
        return Signature(verified=None, why="its algorithm is none that public keys could check")
    if keys is None:
        return Signature(verified=None, why="no public keys are at hand; --jwks FILE names a saved set")
    if not isinstance(name, str):
        return Signature(verified=None, why="it does not say which key has signed it (kid)")
    named = [key for key in keys.keys if key.get("kid") == name and key.get("use", "sig") == "sig"]
    if not named:
        return Signature(verified=None, why=f"{keys.path} has no key of its name (kid); it may be older than the token")
    found = [_signed(token, key, algorithm) for key in named]
    return next((result for result in found if result.verified), found[0])


def _signed(token: str, key: Mapping[str, Any], algorithm: str) -> Signature:
    import jwt

    if key.get("kty") != _ALGORITHMS[algorithm] or key.get("alg", algorithm) != algorithm:
        return Signature(verified=False, why="the key that it names is for another algorithm than its own")
    try:
        public = jwt.PyJWK(dict(key), algorithm=algorithm)
        if getattr(public.key, "key_size", _SHORTEST_RSA) < _SHORTEST_RSA and key["kty"] == "RSA":
            return Signature(verified=None, why=f"the key that it names has less than {_SHORTEST_RSA} bits")
        jwt.api_jws.PyJWS().decode(token, public, algorithms=[algorithm])
    except jwt.InvalidSignatureError:
        return Signature(verified=False, why="the key that it names has not signed it: it was altered, or made up")
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return Signature(verified=None, why="the key that it names, or its signature, cannot be read")
    return Signature(verified=True, why="the key that it names has signed it")
