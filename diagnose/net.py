"""Addresses, and how to reach them: origins, loopback, proxy and CA settings. Nothing here opens a connection."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to connect. `timeout` is in seconds, for each request as a whole."""

    timeout: float = 180.0
    proxy: str | None = None
    ca_file: str | None = None
    ca_dir: str | None = None


def settings_from(env: Mapping[str, str], url: str, timeout: float) -> Settings:
    """Proxy and CA settings as curl and OpenSSL read them: `HTTPS_PROXY`, `NO_PROXY`, `SSL_CERT_FILE`, …

    Loopback is always reached directly: a proxy has no business there, and it would see the key.
    """
    return Settings(
        timeout=timeout,
        proxy=proxy_for(url, env),
        ca_file=env.get("SSL_CERT_FILE") or None,
        ca_dir=env.get("SSL_CERT_DIR") or None,
    )


def proxy_for(url: str, env: Mapping[str, str], *, loopback_too: bool = False) -> str | None:
    """The proxy URL that applies to `url`, or None. `loopback_too`: as programs see it that go by the variables."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host) and not loopback_too:
        return None
    # HTTP_PROXY in upper case is ignored for http: under CGI a client could set it with a `Proxy:` header.
    names = [f"{parts.scheme}_proxy", f"{parts.scheme}_proxy".upper(), "all_proxy", "ALL_PROXY"]
    names = [name for name in names if name != "HTTP_PROXY"]
    proxy = next((env[name] for name in names if env.get(name)), None)
    excluded = env.get("no_proxy") or env.get("NO_PROXY") or ""
    if proxy is None or proxy_bypass_environment(f"{host}:{parts.port}" if parts.port else host, {"no": excluded}):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def is_loopback(host: str) -> bool:
    """Whether the name can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # a name such as 127.example.com may lead anywhere


def origin(url: str) -> tuple[str, str, int]:
    """(scheme, host, port) of a URL, which is what a redirect must not change."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
