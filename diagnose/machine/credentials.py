"""Which API key this machine holds for the direct route, where, and what its form shows."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from diagnose.machine.claims import Claims, read_claims
from diagnose.machine.files import is_file
from diagnose.machine.host import Host
from diagnose.machine.openclaw import codex_login, jwt_claims
from diagnose.machine.openclaw.config import Config
from diagnose.machine.openclaw.store import stored_profiles
from diagnose.machine.openclaw.variables import dotenv
from diagnose.model.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What the form of a credential shows. `use`: whether the Images API takes credentials of this kind.

    `family`: "platform-key", "workload-identity", "codex-oauth" or "siwc", the four that OpenAI gives out; "" for
    others. `issuer` and `client`: who gives out tokens of this kind, and to whom; None where that is not known.
    """

    id: str
    use: Literal["yes", "no", "maybe"]
    about: str
    family: str = ""
    issuer: str | None = None
    client: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A key and the place that it was read from ("OPENAI_API_KEY", "models.providers.openai.apiKey")."""

    secret: Secret
    source: str
    kind: Kind


def candidates(host: Host, config: Config) -> tuple[Credential, ...]:
    """Every API key for this route, in the order in which OpenClaw prefers them; the first one is used.

    The environment beats the config's key in all three measured releases; `.env` of the state folder and
    the config's own `env` section count as environment where the process has no such variable.
    """
    key = config.provider.api_key
    places = [
        ("OPENAI_API_KEY", host.env.get("OPENAI_API_KEY")),
        (".env of the OpenClaw state folder", dotenv(host).get("OPENAI_API_KEY")),
        ("env.vars of the OpenClaw config", config.variables.get("OPENAI_API_KEY")),
        ("models.providers.openai.apiKey", key.secret.reveal() if key and key.secret else None),
    ]
    return tuple(
        Credential(secret=Secret(value.strip()), source=source, kind=kind_of(value.strip()))
        for source, value in places
        if value and value.strip()
    )


def unread_sources(host: Host, config: Config) -> tuple[str, ...]:
    """Places that hold or may hold a credential which this route does not read; names only."""
    found = []
    key = config.provider.api_key
    if key is not None and key.secret is None:
        found.append(f"models.providers.openai.apiKey ({key.form})")
    for stored in stored_profiles(host):
        what = "an unreadable store" if stored.kind == "unreadable" else f"a stored {stored.kind} login"
        found.append(f"{what} of OpenClaw ({stored.store})")
    there = is_file(codex_login.auth_file(host))
    if there is not False:
        found.append("the Codex login (auth.json)" if there else "a Codex login that cannot be looked at (auth.json)")
    if host.env.get("CODEX_API_KEY"):
        found.append("CODEX_API_KEY")
    return tuple(dict.fromkeys(found))


def kind_of(value: str) -> Kind:
    """What the form alone shows; nothing is asked and nothing is verified."""
    if not (value.isascii() and value.isprintable()) or " " in value:
        # Two lines from a file, a pasted quote: it could not even be sent.
        return Kind(id="damaged-key", use="no", about="a text with white space or signs that no key has")
    claims = read_claims(value)
    if claims.form != "opaque":
        return _token_kind(value, claims)
    for row in _table()["kind"]:
        if value.startswith(row["prefix"]):
            return _kind(row)
    return Kind(id="unknown-key", use="maybe", about="a key of an unfamiliar form")


def _token_kind(token: str, claims: Claims) -> Kind:
    if claims.form == "encrypted":
        return Kind(id="encrypted-token", use="maybe", about="an encrypted token, which only its issuer can read")
    if claims.form != "jwt":
        return Kind(id="damaged-jwt", use="no", about="a JWT that cannot be read")
    for row in _table()["jwt"]:
        if _fits(row, token, claims):
            return _kind(row)
    return Kind(id="other-jwt", use="maybe", about="a JWT of an unfamiliar issuer")


def _fits(row: Mapping[str, Any], token: str, claims: Claims) -> bool:
    client = claims.client_id or ""
    meant_for = row.get("audience") in claims.audience and claims.issuer == row["issuer"]
    return (
        (bool(client) and client == row.get("client"))
        or ("client_prefix" in row and client.startswith(row["client_prefix"]))
        or row.get("scope") in claims.scopes
        or row.get("claim") in jwt_claims.claims(token)
        or (meant_for and not (client and row.get("without_client")))
    )


def _kind(row: Mapping[str, Any]) -> Kind:
    who = {name: row.get(name) for name in ("issuer", "client")}
    return Kind(id=row["id"], use=row["use"], about=row["about"], family=row["family"], **who)


@cache
def _table() -> dict[str, list[dict[str, Any]]]:
    text = Path(__file__).with_name("credential_kinds.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
