"""What is installed and set on this machine, before anything is asked of anybody."""

from checks.context import Context, declare
from diagnose.model.check import Cost, Outcome, Status, skip


@declare("environment.openclaw", "OpenClaw", cost=Cost.OFFLINE)
def openclaw(context: Context) -> Outcome:
    """Whether OpenClaw is installed, and in which release."""
    found = context.installation
    if found is None:
        return skip("OpenClaw is not on PATH; a direct route does not need it")
    here = f"OpenClaw {found.shown} at {found.program}"
    doubts = []
    if found.version is None:
        doubts.append("it does not say which release it is, so the newest rules are used")
    if context.openclaw is not None:
        others = context.openclaw.setting.others
        doubts += [f"{other.shown} is installed at {other.program}, too, and not started" for other in others]
        prediction = context.openclaw.prediction
        if prediction.newer:
            known = ".".join(map(str, prediction.release))
            doubts.append(f"it is newer than the tables, so the rules of {known} are used")
    if doubts:
        return Outcome(
            status=Status.WARN,
            summary=f"{here}; {'; '.join(doubts)}",
            measured="; ".join(doubts),
            expected="one installation, of a release that is in the tables",
            symptom=None if found.version else "openclaw-missing",
            remedy=("openclaw --version",),
        )
    return Outcome(status=Status.PASS, summary=here)


@declare("environment.config", "OpenClaw config", cost=Cost.OFFLINE)
def config(context: Context) -> Outcome:
    """Whether the config could be read, with its includes and variables."""
    read = context.config
    if read.path is None:
        return skip("there is no OpenClaw config on this machine")
    included = f", {len(read.includes)} included files" if read.includes else ""
    if read.unset:
        names = ", ".join(dict.fromkeys(read.unset))
        return Outcome(
            status=Status.WARN,
            summary=f"{read.path} uses variables that are not set: {names}",
            measured=f"not set: {names}",
            expected="every variable of the config is set",
            remedy=tuple(f"export {name}=…" for name in dict.fromkeys(read.unset)),
        )
    return Outcome(status=Status.PASS, summary=f"{read.path}{included}")


@declare("environment.credentials", "Credential sources", cost=Cost.OFFLINE)
def credentials(context: Context) -> Outcome:
    """Which credential sources exist, by name, and whether there is more than one."""
    names = [credential.source for credential in context.credentials]
    different = {credential.secret.fingerprint for credential in context.credentials}
    others = list(context.unread)
    if not names and not others:
        return skip("there is no credential for images on this machine")
    listed = ", ".join(names + [f"{name} (not read by this route)" for name in others])
    if len(different) > 1 or (names and others):
        return Outcome(
            status=Status.WARN,
            summary=f"more than one credential source: {listed}",
            measured=listed,
            expected="one source, so that every program uses the same",
            symptom="several-credentials",
            remedy=("openclaw models status --json",) if context.installation else (),
        )
    return Outcome(status=Status.PASS, summary=listed)


@declare("environment.network", "Network path", cost=Cost.FREE)
def network(context: Context) -> Outcome:
    """Which proxy and CA apply, and whether the host's name leads to a public address."""
    import ipaddress
    import socket
    from urllib.parse import urlsplit

    from diagnose.net import is_loopback, proxy_for

    env, host = context.host.env, context.target.host
    parts = []
    if proxy := proxy_for(context.target.base_url, env):
        parts.append(f"proxy {urlsplit(proxy).hostname}")
    if ca := env.get("SSL_CERT_FILE") or env.get("SSL_CERT_DIR"):
        parts.append(f"CA from {ca}")
    if is_loopback(host):
        other = proxy_for(context.target.base_url, env, loopback_too=True)
        if other and context.installation is not None:
            name = urlsplit(other).hostname
            return Outcome(
                status=Status.WARN,
                summary=f"this machine itself, asked directly; OpenClaw would ask it through the proxy {name}",
                measured=f"proxy {name} applies to loopback, too",
                expected="NO_PROXY names 127.0.0.1",
                remedy=("export NO_PROXY=127.0.0.1,localhost",),
            )
        return Outcome(status=Status.PASS, summary=", ".join(["this machine itself", *parts]))
    if proxy:
        return Outcome(status=Status.PASS, summary=", ".join(parts) + " (which resolves the name)")
    try:
        found = socket.getaddrinfo(host, context.target.port, type=socket.SOCK_STREAM)
    except OSError:
        return Outcome(
            status=Status.WARN,
            summary=f"the name {host} cannot be resolved here",
            measured="no address",
            expected="a public address",
            symptom="unreachable",
            remedy=(f"getent hosts {host}",),
        )
    addresses = sorted({str(entry[4][0]) for entry in found})
    inside = [address for address in addresses if not ipaddress.ip_address(address.partition("%")[0]).is_global]
    if inside and context.target.vendor is not None:
        return Outcome(
            status=Status.WARN,
            summary=f"{host} leads to {', '.join(inside)}, which is no public address",
            measured=", ".join(addresses),
            expected="public addresses",
            symptom="private-address",
            remedy=(f"getent hosts {host}",),
        )
    return Outcome(status=Status.PASS, summary=", ".join([f"{host} at {', '.join(addresses[:2])}", *parts]))
