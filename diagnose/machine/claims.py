"""What a token says of itself, read without asking anybody. The signature is not verified here: see keys.py."""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from diagnose.model.moments import LAST_MOMENT

Form = Literal["jwt", "encrypted", "truncated", "malformed", "opaque"]

_CHATGPT = "https://api.openai.com/auth"
_LONGEST = 200
"""A name is no longer; what is, is cut."""
_SIGNATURE_BYTES: Mapping[str, tuple[int, int]] = {
    "RS": (256, 1024), "PS": (256, 1024), "ES256": (64, 64), "ES384": (96, 96), "ES512": (132, 132),
    "EdDSA": (64, 114),
}  # fmt: skip
"""How short and how long a signature can be, by the algorithm or how its name begins (RFC 7518, RFC 8037)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """An organisation of the API platform that the user of a token belongs to; never its title."""

    id: str
    role: str | None
    default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a text says as a token. Nothing in it is verified; times are Unix seconds.

    `form` "jwt": all three parts are there and can be read; "encrypted": five parts, for its issuer alone;
    "truncated": the end of it, or of one part, is missing; "malformed": parts that are no token's; "opaque": no
    token with claims at all, like an API key. `problem` says what is wrong with the form, as a sentence.
    `account`, `user`, `plan` and `organizations` are those of ChatGPT; `encrypted_identity`: they are there, but
    unreadable. An e-mail address is never taken over.
    """

    form: Form
    algorithm: str | None = None
    issuer: str | None = None
    client_id: str | None = None
    audience: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    account: str | None = None
    user: str | None = None
    plan: str | None = None
    organizations: tuple[Organization, ...] = ()
    issued_at: float | None = None
    expires_at: float | None = None
    not_before: float | None = None
    encrypted_identity: bool = False
    problem: str | None = None


def read_claims(text: str) -> Claims:
    """What the text says of itself. Never raises: whatever it is has a form. White space in it is passed over."""
    parts = "".join(text.split()).split(".")
    head = _object(parts[0])
    if head is None:
        if not parts[0].startswith("eyJ"):
            return Claims(form="opaque")
        if len(parts) == 1:
            return Claims(form="truncated", problem="It breaks off in its first part.")
        return Claims(form="malformed", problem="Its first part is no JSON object.")
    algorithm = _name(head.get("alg"))
    if "enc" in head or len(parts) == 5:
        return _encrypted(parts, head, algorithm)
    if len(parts) > 3:
        problem = f"It has {len(parts)} parts, and a token has three."
        return Claims(form="malformed", algorithm=algorithm, problem=problem)
    if len(parts) < 3 or not parts[2]:
        there = sum(1 for part in parts if part)
        problem = f"Only {there} of its three parts {'is' if there == 1 else 'are'} there: the end is missing."
        return Claims(form="truncated", algorithm=algorithm, problem=problem)
    payload = _object(parts[1])
    if payload is None:
        if _is_cut(parts[1]):
            return Claims(form="truncated", algorithm=algorithm, problem="Its second part, the claims, breaks off.")
        problem = "Its second part, the claims, is no JSON object."
        return Claims(form="malformed", algorithm=algorithm, problem=problem)
    return _claims(payload, algorithm, _signature_problem(parts[2], algorithm))


def header(text: str) -> Mapping[str, Any]:
    """The first part of a token; empty for anything else."""
    return _object(text.partition(".")[0]) or {}


def _claims(payload: Mapping[str, Any], algorithm: str | None, problem: str | None) -> Claims:
    own = payload.get(_CHATGPT)
    chatgpt: Mapping[str, Any] = own if isinstance(own, dict) else {}
    moments = {name: _moment(payload.get(name)) for name in ("iat", "exp", "nbf")}
    wrong = [name for name, moment in moments.items() if moment is None and payload.get(name) is not None]
    if problem is None and wrong:
        problem = f"Its claim {wrong[0]} is no moment in time."
    return Claims(
        form="jwt",
        algorithm=algorithm,
        issuer=_name(payload.get("iss")),
        client_id=_name(payload.get("client_id")),
        audience=tuple(_names(payload.get("aud"))),
        scopes=tuple(dict.fromkeys([*_scopes(payload.get("scp")), *_scopes(payload.get("scope"))])),
        account=_name(chatgpt.get("chatgpt_account_id")),
        user=_name(chatgpt.get("chatgpt_user_id")) or _name(chatgpt.get("user_id")),
        plan=_name(chatgpt.get("chatgpt_plan_type")),
        organizations=tuple(_organizations(chatgpt.get("organizations"))),
        issued_at=moments["iat"],
        expires_at=moments["exp"],
        not_before=moments["nbf"],
        encrypted_identity="encrypted_auth_metadata" in chatgpt,
        problem=problem,
    )


def _encrypted(parts: list[str], head: Mapping[str, Any], algorithm: str | None) -> Claims:
    if "enc" not in head:
        return Claims(form="malformed", algorithm=algorithm, problem="It has 5 parts, and a token has three.")
    # The second part is empty where the key is agreed on directly.
    if len(parts) < 5 or not all([parts[2], parts[3], parts[4]]):
        problem = "It is encrypted, and not all of its five parts are there."
        return Claims(form="truncated", algorithm=algorithm, problem=problem)
    if len(parts) > 5:
        problem = f"It has {len(parts)} parts, and an encrypted token has five."
        return Claims(form="malformed", algorithm=algorithm, problem=problem)
    return Claims(form="encrypted", algorithm=algorithm)


def _bytes(part: str) -> bytes | None:
    try:
        return base64.b64decode(part.rstrip("=") + "=" * (-len(part.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def _object(part: str) -> dict[str, Any] | None:
    try:
        found = json.loads(_bytes(part) or b"")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _is_cut(part: str) -> bool:
    """Whether a part begins as a JSON object and does not end as one."""
    whole = _bytes(part[: len(part) // 4 * 4])
    begins = whole is not None and whole.lstrip().startswith(b"{")
    return len(part) % 4 == 1 or (begins and whole is not None and not (_bytes(part) or b"").rstrip().endswith(b"}"))


def _signature_problem(part: str, algorithm: str | None) -> str | None:
    signature = _bytes(part)
    if signature is None:
        return "Its third part, the signature, is no base64: it is damaged or cut."
    name = algorithm or ""
    shortest, longest = _SIGNATURE_BYTES.get(name) or _SIGNATURE_BYTES.get(name[:2]) or (0, len(signature))
    if len(signature) < shortest:
        return f"Its signature breaks off: it has {len(signature)} bytes, and {name} has {shortest} or more."
    if len(signature) > longest:
        return f"Its signature has {len(signature)} bytes, more than {name} has: something was added to it."
    return None


def _organizations(value: Any) -> Iterator[Organization]:
    for entry in value if isinstance(value, list) else []:
        if isinstance(entry, dict) and (name := _name(entry.get("id"))):
            yield Organization(id=name, role=_name(entry.get("role")), default=entry.get("is_default") is True)


def _scopes(value: Any) -> Iterator[str]:
    yield from value.split() if isinstance(value, str) else _names(value)


def _names(value: Any) -> Iterator[str]:
    for entry in value if isinstance(value, list) else [value]:
        if name := _name(entry):
            yield name


def _name(value: Any) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return None
    name = value.strip()
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


def _moment(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Compared before it is converted, because an integer may be too large for a float; NaN is in no range.
    return float(value) if 0 < value < LAST_MOMENT else None
