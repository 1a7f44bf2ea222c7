"""The child's environment: everything leads to the proxy, and nothing of the user's leads past it."""

from collections.abc import Iterator, Mapping

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
EMPTIED = ("NO_PROXY", "no_proxy")

_PAST = "it names another proxy, and requests would go past ours"
_REMOVED = {
    "ALL_PROXY": _PAST,
    "all_proxy": _PAST,
    "NODE_TLS_REJECT_UNAUTHORIZED": "it turns off what the run is to rely on; the real host's certificate is verified",
}
_REMOVED_PREFIXES = {
    "OPENCLAW_PROXY_": _PAST,
    "OPENCLAW_DEBUG_PROXY_": _PAST,
    "NPM_CONFIG_PROXY": _PAST,
    "NPM_CONFIG_HTTP_PROXY": _PAST,
    "NPM_CONFIG_HTTPS_PROXY": _PAST,
    "NPM_CONFIG_NOPROXY": _PAST,
    "GLOBAL_AGENT_": _PAST,
}
"""Compared in upper case: npm reads its own in either."""


def child_environment(env: Mapping[str, str], url: str, bundle: str | None) -> dict[str, str]:
    """The environment for a child behind the proxy at `url`.

    `env`: the user's. `bundle`: the file for NODE_EXTRA_CA_CERTS; None for a proxy that refuses everything.
    """
    child = {name: value for name, value in env.items() if _why_removed(name) is None}
    child |= dict.fromkeys(PROXIES, url) | dict.fromkeys(EMPTIED, "")
    if bundle is not None:
        return child | {"NODE_EXTRA_CA_CERTS": bundle}
    # Node's own requests would go past the proxy otherwise; where nothing may leave, they must not.
    return child | {"NODE_USE_ENV_PROXY": "1"}


def departures(env: Mapping[str, str]) -> tuple[str, ...]:
    """What of the user's environment is different for the child, in sentences without a value."""
    return tuple(_departures(env))


def _departures(env: Mapping[str, str]) -> Iterator[str]:
    given = [name for name in PROXIES if env.get(name)]
    if given:
        yield f"{', '.join(given)}: the child is led to the tap, which goes on by your proxy where it forwards."
    emptied = [name for name in EMPTIED if env.get(name)]
    if emptied:
        yield f"{', '.join(emptied)}: emptied for the child; the tap heeds it where it forwards."
    for name in sorted(env):
        if (why := _why_removed(name)) is not None:
            yield f"{name}: not given to the child; {why}."
    if env.get("NODE_OPTIONS"):
        yield "NODE_OPTIONS: given to the child as it is; a script that it loads could send requests past the tap."


def _why_removed(name: str) -> str | None:
    if name in _REMOVED:
        return _REMOVED[name]
    upper = name.upper()
    return next((why for prefix, why in _REMOVED_PREFIXES.items() if upper.startswith(prefix)), None)
