"""Around HTTP: host and path, headers, ids, and web pages."""

import re

from diagnose.matrix.reading.patterns import pattern

_URL = pattern(r"https?://[^\s\"'<>`|\\)}\],]{3,600}", re.IGNORECASE)
# urllib's own parts take longer to import than all addresses of a text to read.
_PARTS = pattern(
    r"(?:https?:)?//(?:[^/?#@]*@)?(?:\[([0-9a-f:.]{2,60})\]|([^/?#:@\[\]]*))(?::[^/?#]*)?([^?#]*)", re.IGNORECASE
)
_HOSTED = pattern(
    r"(?i:\bENOTFOUND|\bEAI_AGAIN|\bECONNREFUSED|\bETIMEDOUT|\bgetaddrinfo|^host:|\bconnected to|\bconnecting to"
    r"|could not resolve host:?|failed to connect to|\bunable to access|\bczone['\"]?:\s?['\"]|\battempted address:"
    r"|\bhost=['\"]?)\s{0,3}"
    r"(?!(?i:ENOTFOUND|EAI_AGAIN))(\[?[A-Za-z0-9][A-Za-z0-9.:-]{2,120})",
    re.MULTILINE,
)
_ASKED = pattern(r"\b(?:POST|GET|PUT) (/[\w./:%@~-]{1,300})")
_OF_AN_API = pattern(
    r"/v\d|/backend-api|/openai/|/images|/responses|/completions|/oauth|:generatecontent|:predict|/api/", re.IGNORECASE
)
_FOR_PEOPLE = frozenset({
    "doc", "docs", "help", "support", "status", "community", "errors", "developer", "developers", "learn", "aka", "www",
    "platform", "console", "dashboard",
})  # fmt: skip
_MANUALS = (
    ".github.com", ".githubusercontent.com", ".readthedocs.io", ".nodejs.org", ".npmjs.org", ".stackoverflow.com",
    ".w3.org", ".pydantic.dev", ".ai.google.dev", ".ai.dev",
)  # fmt: skip
_LED = ("head to", "visit", "go to", "see", "docs", "refer to", "information", "learn more", "help")
"""Words before a link that is for people to read."""
_BEFORE = 24
_PORT = pattern(r":(\d{1,5})(?!\d)")
_VIOLATIONS = pattern(r"\bsafety_violations[\"']?\s?[=:]\s?\[([a-z0-9_/, \"'-]{1,120})\]")
_HEADERS = frozenset({
    "cf-ray", "cf-mitigated", "cf-cache-status", "server", "via", "x-request-id", "x-oai-request-id", "apim-request-id",
    "x-goog-request-id", "request-id", "retry-after", "content-type", "location", "openai-organization",
    "openai-project", "openai-model", "x-openai-authorization-error", "www-authenticate", "x-should-retry",
})  # fmt: skip
_FAMILIES = ("x-ms-", "x-ratelimit-", "x-litellm-")
_NAMED = pattern(r"(?<![^\s,{;(\"'])[A-Za-z][A-Za-z-]{2,40}(?=[\"']?\s?[:=])")
_VALUE = pattern(r"[\"']?\s?[:=]\s?(?:\"([^\"\n]{1,200})|'([^'\n]{1,200})|([^\s\"',;{}\[\]][^\s,;\"'}]{0,199}))")
_HAR_HEADER = pattern(
    r"[\"']name[\"']:\s{0,4}[\"']([A-Za-z-]{3,40})[\"'],\s{0,20}[\"']value[\"']:\s{0,4}[\"']([^\"'\n]{1,200})"
)
_RAY = pattern(r"\bray id:?\s{0,4}(?:<[^<>]{0,80}>\s{0,4})?([0-9a-f]{10,20})", re.IGNORECASE)
_REQUEST_ID = pattern(
    r"\b(?i:(?:x-)?(?:oai-)?request[-_ ]?id)[\"']?\s{0,2}(?:[:=(]\s{0,2}|(?i:is ))?[\"'`]?"
    r"(?=[\w-]{0,80}\d)([A-Za-z0-9][\w-]{5,80})"
)
_ORGANIZATION = pattern(r"\borg-[A-Za-z0-9]{3,40}\b")
_PAGE = pattern(
    r"<!doctype |<html[\s>]|<head>|<title>|<center>|enable javascript and cookies to continue"
    r"|challenge-platform|text/html|cf-mitigated|just a moment\.\.\.",
    re.IGNORECASE,
)
_TITLE = pattern(r"<title[^<>]{0,80}>\s{0,20}([^<]{1,200})|<h1[^<>]{0,120}>\s{0,20}([^<]{1,200})", re.IGNORECASE)
_NOT_SHOWN = pattern(r"<(?:script|style)\b[^<]{0,20000}", re.IGNORECASE)
_TAG = pattern(r"</?[a-zA-Z!][^<>]{0,400}>")


def addresses(text: str) -> tuple[str, str]:
    """Host, in lower case, and path of what was asked, without port and query; a link into a manual is none."""
    best, host, path = 0, "", ""
    for found in list(_URL().finditer(text))[:80]:
        name, under = _split(found[0])
        before = text[max(0, found.start() - _BEFORE) : found.start()].lower()
        if not _OF_AN_API().search(under) and any(word in before for word in _LED):
            continue
        before = before[-14:]
        worth = 1 + 2 * bool(_OF_AN_API().search(under)) + before.count("url")
        if name and worth > best and not _is_manual(name):
            best, host, path = worth, name, under.rstrip(".:")
    asked = _ASKED().search(text)
    if not host and (named := _HOSTED().search(text)):
        host, _ = _split(f"//{named[1].rstrip('.:')}")
    if asked and not _OF_AN_API().search(path):
        path = asked[1]
    return host, path


def origin(text: str, host: str) -> str:
    """Scheme, host and port of that host, as an address in the text tells them; empty where the host stands in none.

    Without a scheme, as in "ECONNREFUSED 127.0.0.1:4000", another port than 443 is one without TLS.
    """
    said = text.lower()
    at = said.find(f"://{host}") if host else -1
    if at >= 0:
        scheme = "https" if said.endswith("https", 0, at) else "http"
        port = _PORT().match(said, at + len(f"://{host}"))
        return f"{scheme}://{host}{port[0] if port else ''}"
    at = said.find(f"{host}:") if host else -1
    port = _PORT().match(said, at + len(host)) if at >= 0 else None
    if port is None:
        return ""
    return f"https://{host}" if port[1] == "443" else f"http://{host}{port[0]}"


def violations(said: str) -> str:
    """The categories that a safety system names; `said` in lower case."""
    found = _VIOLATIONS().search(said)
    return " ".join(found[1].replace('"', "").replace("'", "").split()) if found else ""


def _is_manual(host: str) -> bool:
    return host.partition(".")[0] in _FOR_PEOPLE or f".{host}".endswith(_MANUALS)


def _split(address: str) -> tuple[str, str]:
    """Host and path; nothing where it is no address."""
    parts = _PARTS().match(address)
    return ((parts[1] or parts[2] or "").rstrip(".").lower(), parts[3]) if parts else ("", "")


def headers(text: str) -> dict[str, str]:
    """The headers that tell something, by their names in lower case; of two of a name the later."""
    found = {}
    for named in _NAMED().finditer(text):
        name = named[0].lower()
        if _tells(name) and (value := _VALUE().match(text, named.end())):
            found[name] = (value[1] or value[2] or value[3]).strip()
    if '"name"' in text or "'name'" in text:
        found |= {har[1].lower(): har[2].strip() for har in _HAR_HEADER().finditer(text) if _tells(har[1].lower())}
    ray = _RAY().search(text)
    if ray:
        found.setdefault("cf-ray", ray[1])
    return found


def _tells(name: str) -> bool:
    return name in _HEADERS or name.startswith(_FAMILIES)


def request_id(text: str) -> str:
    found = _REQUEST_ID().search(text)
    return found[1] if found else ""


def organization(text: str) -> str:
    found = _ORGANIZATION().search(text)
    return found[0] if found else ""


def page(text: str) -> bool:
    """Whether it holds a web page, or what is left of one."""
    return bool(_PAGE().search(text))


def page_words(text: str) -> str:
    """What a web page says: its title, else its text."""
    text = _NOT_SHOWN().sub(" ", text)
    title = _TITLE().search(text)
    begin = _TAG().search(text)
    said = (title[1] or title[2]) if title else _TAG().sub(" ", text[begin.start() if begin else 0 :])
    return " ".join(said.split())[:300]
