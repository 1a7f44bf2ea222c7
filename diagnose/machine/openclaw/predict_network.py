"""Where a request goes by its base URL: host, path, whether a private address is allowed, and past which proxy."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from diagnose.machine.openclaw.facts import Variable
from diagnose.machine.openclaw.predict_world import World, mapping, text
from diagnose.machine.openclaw.rules import Trail

_PORTS = {"http": 80, "https": 443}
_NAMES = frozenset({"localhost", "localhost.localdomain", "metadata.google.internal"})
_ENDS = (".localhost", ".local", ".internal")
_NUMBERS = re.compile(r"(0x[0-9a-f]+|\d+)?(\.(0x[0-9a-f]+|\d+)?){0,3}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A base URL, taken apart. `path` has no slash at its end; `public`: the URL is exactly OpenAI's own."""

    scheme: str
    name: str
    host: str
    path: str
    public: bool


def address(url: str) -> Address | None:
    """None for what is no URL with http or https and a host."""
    parts = _parts(url)
    if parts is None or parts.hostname is None:
        return None
    name = parts.hostname.rstrip(".").lower()
    port = parts.port or _PORTS[parts.scheme]
    shown = f"[{name}]" if ":" in name else name
    path = parts.path.rstrip("/")
    bare = not (parts.username or parts.password or parts.query or parts.fragment)
    public = parts.scheme == "https" and name == "api.openai.com" and port == 443 and bare and path == "/v1"
    return Address(scheme=parts.scheme, name=name, host=f"{shown}:{port}", path=path, public=public)


def chatgpt_path(found: Address | None) -> bool:
    """Whether a base URL is ChatGPT's backend, in one of the spellings that count as it."""
    if found is None or found.scheme != "https" or found.host != "chatgpt.com:443":
        return False
    path = found.path.removesuffix("/responses") if found.path.endswith("/codex/responses") else found.path
    return path in {"/backend-api", "/backend-api/v1", "/backend-api/codex", "/backend-api/codex/v1"}


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url.strip())
        known = parts.scheme in _PORTS and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        return None
    return parts if known else None


def private(name: str) -> bool:
    """Whether a host is local or in a special range, by its name alone: nothing is looked up."""
    if name in _NAMES or name.endswith(_ENDS):
        return True
    if ":" not in name and not _NUMBERS.fullmatch(name):
        return False
    import ipaddress

    try:
        ip = ipaddress.ip_address(name)
    except ValueError:
        return True
    mapped = getattr(ip, "ipv4_mapped", None) or ip
    return not mapped.is_global or mapped.is_multicast


def loopback(name: str) -> bool:
    """Whether a host is this computer, or the computer of its container."""
    return (
        name in {"localhost", "host.docker.internal", "::1"}
        or name.endswith(".localhost")
        or (name.startswith("127.") and _NUMBERS.fullmatch(name) is not None)
    )


def local_server(url: str) -> bool:
    """Whether a base URL is of a server on this computer or in the local net."""
    found = address(url)
    if found is None:
        return False
    name = found.name
    near = name in {"localhost", "::1"} or name.endswith(".local")
    return near or re.match(r"127\.0\.0\.1$|0\.0\.0\.0$|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.", name) is not None


def refused(world: World, provider: str, where: Address, allowance: str, reads: bool, trail: Trail) -> str | None:
    """The rule by which this provider may not ask this host, None when it may. `reads`: `request` is read.

    `allowance`: "openai" and "loopback" have exceptions of their own, "denied" has none.
    """
    proxy = address(_explicit_proxy(world.option(provider, "request"))) if reads else None
    if proxy is not None and private(proxy.name) and not _allowed(world, where, allowance, world.trail()):
        return trail.note("private-proxy-blocked")
    if not private(where.name):
        return None
    if _allowed(world, where, allowance, trail):
        return None
    request = mapping(world.option(provider, "request")) if reads and allowance not in {"openai", "denied"} else {}
    if request.get("allowPrivateNetwork") is True and trail.holds("private-network-by-request"):
        return None
    if world.rules.holds("private-check-left-to-proxy") and _proxied(world, where):
        trail.note("private-check-left-to-proxy")
        return None
    return trail.note("private-network-blocked")


def _allowed(world: World, where: Address, allowance: str, trail: Trail) -> bool:
    if allowance == "loopback":
        return loopback(where.name)
    if allowance != "openai":
        return False
    policy = mapping(world.setting.config.at("browser.ssrfPolicy"))
    network = mapping(policy.get("network"))
    keys = ("allowPrivateNetwork", "dangerouslyAllowPrivateNetwork")
    allowed = any(part.get(key) is True for part in (policy, network) for key in keys)
    if allowed and trail.holds("private-network-by-browser-policy"):
        return True
    variable = world.variable(world.rules.value("private-network-by-variable", "variable"))
    near = where.scheme == "http" and where.name in {"127.0.0.1", "localhost"}
    if near and variable is not None and variable.value == "1":
        trail.note("private-network-by-variable")
        return True
    return False


def _proxied(world: World, where: Address) -> bool:
    names = ("HTTP_PROXY",) if where.scheme == "http" else ("HTTPS_PROXY", "HTTP_PROXY")
    named = any(world.variable(spelling) for name in names for spelling in (name, name.lower()))
    return named and not any(_exempts(variable.value, where) for variable in _no_proxies(world, files=False))


def bypasses(world: World, provider: str, where: Address, follows: bool, reads: bool, trail: Trail) -> bool:
    """Whether a request would not go through a proxy of the environment. `follows`: this provider's do, at all."""
    if not follows:
        trail.note("proxy-not-used")
        return True
    request = mapping(world.option(provider, "request")) if reads else {}
    if _own_route(request):
        trail.note("proxy-of-provider")
        return True
    if _of_config(world):
        trail.note("proxy-of-config")
        return True
    if any(_exempts(variable.value, where) for variable in _no_proxies(world, files=True)):
        trail.note("no-proxy-of-files")
        return True
    return False


def _own_route(request: object) -> bool:
    if mapping(mapping(request).get("proxy")).get("mode") == "env-proxy":
        return False
    return bool(mapping(mapping(request).get("tls"))) or bool(_explicit_proxy(request))


def _explicit_proxy(request: object) -> str:
    proxy = mapping(mapping(request).get("proxy"))
    return text(proxy.get("url")) if proxy.get("mode") == "explicit-proxy" else ""


def _of_config(world: World) -> bool:
    if not world.rules.holds("proxy-of-config"):
        return False
    proxy = mapping(world.setting.config.at("proxy"))
    if not world.rules.value("proxy-of-config", "enabled_by_url"):
        return proxy.get("enabled") is True
    named = bool(text(proxy.get("proxyUrl"))) or world.variable("OPENCLAW_PROXY_URL") is not None
    return proxy.get("enabled") is not False and named


def _no_proxies(world: World, files: bool) -> list[Variable]:
    found = (world.variable(name) for name in ("no_proxy", "NO_PROXY"))
    return [v for v in found if v is not None and (not files or v.origin.file is not None)]


def _exempts(listed: str, where: Address) -> bool:
    """Whether a NO_PROXY list names the host: "*", a host, a domain with or without its dot, each with a port."""
    port = where.host.rpartition(":")[2]
    for entry in re.split(r"[,\s]+", listed.lower()):
        name, colon, number = entry.rpartition(":")
        if not colon or not number.isdecimal():
            name, number = entry, ""
        if number and number != port:
            continue
        name = name.removeprefix("*").removeprefix(".").strip("[]")
        if entry == "*" or (name and (where.name == name or where.name.endswith(f".{name}"))):
            return True
    return False
