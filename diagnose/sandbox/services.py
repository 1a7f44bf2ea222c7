"""The services of one sandbox, by the host name that a request carries (services.toml), and their refusals."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from diagnose.sandbox.faults import Faults
from diagnose.sandbox.strict import build, read

LITELLM_PREFIX = "/litellm"
_ON_OWN_ADDRESS = {"/backend-api/": "codex", "/oauth/": "oauth", "/.well-known/": "oauth"}
"""The services that the server's own address answers for by path."""
LOOKALIKE = "lookalike"
NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Service:
    id: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    """`at`: the calls that a fault of this id refuses, where the service tells them apart."""

    service: str
    id: str
    status: int
    source: str
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    at: Literal["", "every call", "codex calls", "work"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """services.toml as a whole. `codex_carriers`: the text models that may carry the image tool,
    `codex_scripted`: those of them that the real client gives a script runner in place of tools,
    `codex_without_images`: others, whose requests lose it."""

    as_of: str
    source: str
    codex_image_model: str
    codex_carriers: tuple[str, ...]
    codex_scripted: tuple[str, ...]
    codex_without_images: tuple[str, ...]
    service: tuple[_Service, ...]
    refusal: tuple[_Refusal, ...]


@cache
def services() -> Services:
    """services.toml, checked."""
    return build(Services, read("services.toml"), "services.toml")


@cache
def hosts() -> Mapping[str, str]:
    """Every host name of the table, with the id of its service."""
    return {host: row.id for row in services().service for host in row.hosts}


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """A request by its Host header: `host` without port, the service's id (NOBODY: none), the path there."""

    host: str
    service: str
    path: str


def addressed(header: str, path: str, faults: Faults) -> Addressed:
    """Which service is asked for. The server's own address is the Images API, LiteLLM under LITELLM_PREFIX, and
    ChatGPT's backend and sign-in on their own paths."""
    host = _name(header)
    if host in faults.lookalikes:
        return Addressed(host=host, service=LOOKALIKE, path=path)
    if host in faults.litellm.hosts:
        return Addressed(host=host, service="litellm", path=path)
    if not _is_own(host):
        return Addressed(host=host, service=hosts().get(host, NOBODY), path=path)
    if path.startswith(LITELLM_PREFIX + "/"):
        return Addressed(host=host, service="litellm", path=path.removeprefix(LITELLM_PREFIX))
    service = next((name for start, name in _ON_OWN_ADDRESS.items() if path.startswith(start)), "openai")
    return Addressed(host=host, service=service, path=path)


def _name(header: str) -> str:
    """The host of a Host header in lower case; brackets of IPv6 and the port fall away."""
    header = header.strip().lower()
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]


def _is_own(host: str) -> bool:
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Answered(Exception):
    """Ends a request to a service with `status`, the JSON `body` and extra `headers`."""

    def __init__(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        super().__init__(str(status))
        self.status = status
        self.body = dict(body)
        self.headers = dict(headers)


@cache
def _refusals() -> Mapping[tuple[str, str], _Refusal]:
    return {(row.service, row.id): row for row in services().refusal}


def answered(service: str, refusal: str, /, **values: object) -> Answered:
    """The refusal of that service with its braces filled from `values`; KeyError when there is no such row."""
    row = _refusals()[service, refusal]
    body = _filled(row.body, values)
    return Answered(row.status, body, row.headers)


def refused_at(service: str, refusal: str) -> str:
    """Which calls a fault of that id refuses; KeyError when there is no such row."""
    return _refusals()[service, refusal].at


def _filled(value: Any, values: Mapping[str, object]) -> Any:
    if isinstance(value, str):
        if value[:1] == "{" and value[1:-1] in values:
            return values[value[1:-1]]
        return value.format_map(values) if "{" in value else value
    if isinstance(value, dict):
        return {key: _filled(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    return value
