"""Where requests go, and what the address alone says about who is there."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from diagnose.capabilities import vendor_of_host, vendor_of_login_host
from diagnose.net import is_loopback, origin

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_PATH = re.compile(r"(/[A-Za-z0-9._~@:+-]*)*")


class BaseUrlError(ValueError):
    """A base URL that cannot be used; the message says why and what to write instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A base URL without a trailing slash, and where it was read ("--base-url", "OPENAI_BASE_URL", a config key).

    `sandbox` is set only by whoever has proven, with the per-run secret, that the process behind the
    address is the sandbox that was asked for. `login`: requests carry a login, which the vendor takes at hosts of
    its own.
    """

    base_url: str
    origin_of: str
    sandbox: bool = False
    login: bool = False

    @property
    def host(self) -> str:
        return origin(self.base_url)[1]

    @property
    def port(self) -> int:
        return origin(self.base_url)[2]

    @property
    def vendor(self) -> str | None:
        """The vendor whose own host this is, by its TLS name; None for any other host and without TLS."""
        scheme, host, _ = origin(self.base_url)
        of_host = vendor_of_login_host if self.login else vendor_of_host
        return of_host(host) if scheme == "https" else None

    @property
    def at_vendor(self) -> bool:
        """Whether requests go to the vendor itself, or to the sandbox that stands for it."""
        return self.sandbox or self.vendor is not None

    def url(self, path: str) -> str:
        return f"{self.base_url}{path}"


def _usable(host: str, path: str) -> bool:
    """Whether host and path are such that no two programs can read them differently."""
    if ":" in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            return False
    elif len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        return False
    return _PATH.fullmatch(path) is not None


def parse_base_url(text: str, *, origin_of: str, allow_http: bool, ends: str = "/v1", login: bool = False) -> Target:
    """A target from what the operator wrote; `ends` is how its path has to end.

    Raises BaseUrlError with a sentence that says what to do.
    """
    url = text.strip(" \t\r\n").rstrip("/")
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise BaseUrlError(f"{origin_of}: this is no URL; write https://HOST{ends}")  # not quoted: it may be a key
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BaseUrlError(f"{origin_of}: this is no URL ({error}); write https://HOST{ends}") from error
    if parts.username or parts.password:
        raise BaseUrlError(f"{origin_of}: a base URL must not carry a user name or password")
    if parts.scheme not in {"http", "https"} or not _usable(parts.hostname or "", parts.path):
        raise BaseUrlError(f"{origin_of}: this is no URL; write https://HOST{ends}")  # not quoted: it may be a key
    if parts.query or parts.fragment:
        raise BaseUrlError(f"{origin_of}: a base URL has no query and no fragment")
    if login and vendor_of_host(parts.hostname or "") is not None:
        raise BaseUrlError(f"{origin_of}: {parts.hostname} takes API keys and no login; leave the base URL out")
    if not parts.path.endswith(ends):
        raise BaseUrlError(f"{origin_of}: {url!r} must end in {ends}; write {parts.scheme}://{parts.netloc}{ends}")
    if port == 0:
        raise BaseUrlError(f"{origin_of}: {url!r} has no usable port")
    if parts.scheme == "http" and not is_loopback(parts.hostname or "") and not allow_http:
        raise BaseUrlError(f"{origin_of}: {url!r} would send the key in clear text; use https, or say --allow-http")
    return Target(base_url=url, origin_of=origin_of, login=login)
