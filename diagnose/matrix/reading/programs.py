"""Whose words stand around an error, and what they tell about route, credential and release."""

from diagnose.matrix import load
from diagnose.matrix.reading.patterns import alone, pattern

_RELEASE = pattern(r"openclaw(?:@| v| |/|: )(20\d\d\.\d{1,2}\.\d{1,3}(?:-[\w.]{1,20})?)")
_SELECTED = pattern(r"image auth selected: provider=\S{1,60} mode=(\w{1,20}) transport=([\w-]{1,40})")
_SENT = pattern(
    r"(?:incorrect api key provided: ?|authorization:? bearer |api key )(sk-proj-|sk-svcacct-|sk-admin-|eyj|sk-)"
)
_FAMILIES = {
    "sk-proj-": "platform-key",
    "sk-svcacct-": "platform-key",
    "sk-admin-": "platform-key",
    "eyj": "codex-oauth",
}


def programs(said: str) -> tuple[str, ...]:
    """The ids of the programs, by the first place at which they show; `said` in lower case."""
    found = []
    for row in load("reading/programs.toml")["program"]:
        looked = said
        for header in row.get("header", ()):
            looked = looked.replace(header, " " * len(header))
        places = [place for sign in row["says"] if (place := looked.find(sign)) >= 0]
        places += [place for word in row.get("words", ()) if (place := alone(word, said)) >= 0]
        if places:
            found.append((min(places), row["id"]))
    return tuple(name for _, name in sorted(found))


def route_of(said: str, host: str) -> str:
    """The users' word for the route, where the host or OpenClaw's own line about the login says it; else nothing."""
    selected = _SELECTED().search(said)
    if selected and selected[2] == "codex-responses":
        return "codex-oauth"
    for row in load("reading/programs.toml")["host"]:
        if host == row["suffix"] or host.endswith("." + row["suffix"]):
            return str(row["route"])
    return ""


def credential_of(said: str) -> str:
    """The family of the credential that was sent, where the text shows how it begins."""
    selected = _SELECTED().search(said)
    if selected and selected[1] == "oauth":
        return "codex-oauth"
    sent = _SENT().search(said)
    return _FAMILIES.get(sent[1], "") if sent else ""


def release_of(said: str) -> str:
    found = _RELEASE().search(said)
    return found[1] if found else ""
