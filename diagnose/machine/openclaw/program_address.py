"""Whether an address is one that a program can only reach through the proxy that its environment names."""

import ipaddress
import re
from urllib.parse import urlsplit

from diagnose.machine.openclaw.program_rows import listed

_PLAIN = re.compile(r"[!-?A-\[\]-~]+")
"""Printable ASCII without "@" and the backslash, behind which the host may be another."""

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def not_public(url: str) -> str | None:
    """Why `url` is not plainly a public http(s) address, in words; None when it is.

    A number instead of a name is never taken for public: there are too many ways to write 127.0.0.1.
    """
    if not _PLAIN.fullmatch(url):
        return "it holds signs that programs read in different ways"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "it cannot be read"
    if parts.scheme.lower() not in ("http", "https"):
        return "it is not http or https"
    name = host.lower()
    try:
        ipaddress.ip_address(name)
    except ValueError:
        pass
    else:
        return f"{host} is a number, not a name"
    labels = name.split(".")
    if not all(map(_LABEL.fullmatch, labels)) or len(labels) < 2:
        return f"{host or 'nothing'} is no full name of a public host"
    if labels[-1][0].isdigit():
        return f"{host} may be a number"
    if any(name == end or name.endswith(f".{end}") for end in listed("private", "suffixes")):
        return f"{host} is a name of a private network"
    return None
