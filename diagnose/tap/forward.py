"""How the real host is reached: as the user's own program would reach it, or the sandbox in its place."""

import contextlib
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Self

from diagnose.net import proxy_for
from diagnose.trust import public_roots


class NotForwarded(LookupError):
    """This host is not reached through the proxy; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way to a host. `host` and `port` are connected to, through `proxy` (a URL) if there is one.

    `context` verifies the host under `server_name`; None without TLS. `proxy_context` verifies a proxy that is
    itself reached by https. `sandbox`: the address is that of a process which was verified by its secret.
    """

    host: str
    port: int
    server_name: str
    context: ssl.SSLContext | None = field(default=None, repr=False)
    proxy: str | None = field(default=None, repr=False)
    proxy_context: ssl.SSLContext | None = field(default=None, repr=False)
    sandbox: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """Where requests go on to. Made by `real` or `to_sandbox`."""

    _env: Mapping[str, str] = field(default_factory=dict, repr=False)
    _context: ssl.SSLContext | None = field(default=None, repr=False)
    _sandbox_port: int | None = None
    _hosts: frozenset[str] | None = None

    @classmethod
    def real(cls, env: Mapping[str, str]) -> Self:
        """To the real hosts, by the user's own proxies and with the CAs that the user's programs trust.

        `env`: the user's environment, not the child's.
        """
        return cls(_env=_as_node_reads(env), _context=_context(env))

    @classmethod
    def to_sandbox(cls, hosts: Collection[str] | None, port: int) -> Self:
        """To 127.0.0.1:`port` over plain HTTP, for these hosts (None: for all). No other host is ever reached."""
        return cls(_sandbox_port=port, _hosts=None if hosts is None else frozenset(host.lower() for host in hosts))

    def reach(self, host: str, port: int, *, tls: bool) -> Route:
        """The way to a host that the child asked for. Raises NotForwarded."""
        if self._sandbox_port is not None:
            if self._hosts is not None and host not in self._hosts:
                raise NotForwarded(f"{host} is not a host of this sandbox")
            return Route(host="127.0.0.1", port=self._sandbox_port, server_name=host, sandbox=True)
        shown = f"[{host}]" if ":" in host else host
        proxy = proxy_for(f"{'https' if tls else 'http'}://{shown}:{port}", self._env)
        by_tls = proxy is not None and proxy.lower().startswith("https:")
        return Route(
            host=host,
            port=port,
            server_name=host,
            context=self._context if tls else None,
            proxy=proxy,
            proxy_context=self._context if by_tls else None,
        )


def _as_node_reads(env: Mapping[str, str]) -> dict[str, str]:
    """The proxy variables as the child would go by them without us.

    HTTP_PROXY counts in upper case too and stands in for HTTPS_PROXY; ALL_PROXY does not count.
    """
    plain = env.get("http_proxy") or env.get("HTTP_PROXY")
    tls = env.get("https_proxy") or env.get("HTTPS_PROXY") or plain
    excluded = env.get("no_proxy") or env.get("NO_PROXY")
    found = {"http_proxy": plain, "https_proxy": tls, "no_proxy": excluded}
    return {name: value for name, value in found.items() if value}


def _context(env: Mapping[str, str]) -> ssl.SSLContext:
    """Trusts the public roots, those of the system, and those that the user's variables name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_verify_locations(public_roots())
    system = ssl.get_default_verify_paths()
    files = [system.openssl_cafile, env.get("SSL_CERT_FILE"), env.get("NODE_EXTRA_CA_CERTS")]
    folders = [system.openssl_capath, env.get("SSL_CERT_DIR")]
    for file, folder in [*((name, None) for name in files), *((None, name) for name in folders)]:
        # What cannot be read adds no trust; the child's own programs go on without it, too.
        with contextlib.suppress(OSError):
            if file or folder:
                context.load_verify_locations(file, folder)
    return context
