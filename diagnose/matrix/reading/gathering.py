"""One text about one attempt as Evidence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from diagnose.matrix.evidence import Evidence
from diagnose.matrix.reading import network
from diagnose.matrix.reading.broken import broken
from diagnose.matrix.reading.loose import unescaped
from diagnose.matrix.reading.parties import OF_NOBODY, OWN_ENVELOPE, Party, inside, parties, served, with_details
from diagnose.matrix.reading.patterns import pattern
from diagnose.matrix.reading.plain import squeezed
from diagnose.matrix.reading.programs import credential_of, programs, release_of, route_of
from diagnose.matrix.reading.prompts import without_prompts
from diagnose.matrix.reading.proxy import of_proxy
from diagnose.matrix.reading.sentence import bare, telling
from diagnose.matrix.reading.status_words import told
from diagnose.matrix.reading.times import asked_to_wait, gave_up_after

if TYPE_CHECKING:
    from diagnose.matrix.evidence import Content
    from diagnose.model.answer import Transport

_TAG = pattern(r"\b(type|code|param|request_id)=([^\s\],;|]{1,120})(?=[\]\s,;|]|$)")
_NAMED_CODE = pattern(
    r"\b(?i:(?:error|auth error|error_?)[ _]?code)[:=] ?['\"]?([A-Za-z][A-Za-z0-9]{1,30}_[A-Za-z0-9_]{2,50})\b"
)
_CODE_FIRST = pattern(r"(?:^|\s)[45]\d\d:? ([a-z]{3,20}_[a-z_]{3,40})\b")
_GROUP = pattern(
    r"received model group=([\w./@:-]{2,120})|\(providers?=[\w,-]{1,60}, model=([\w./@:-]{2,120})\)", re.IGNORECASE
)
_STREAMED = pattern(r"^(?:data: ?(?:\{\"|\[DONE)|event: ?[\w.]{2,60})", re.MULTILINE)
_LITERAL = pattern(r"\\{1,8}(?:u[0-9a-fA-F]{4}|[nrt\"'/])")
# Where nobody set them to something else: Cloudflare's for an origin that is silent, nginx's for what is behind it.
_CLOUDFLARE_WAITS = 100.0
_NGINX_WAITS = 60.0
_SAID = 48_000
_STRONG = frozenset({"dns", "tls", "connect", "proxy", "timeout", "dropped"})


def gather(text: str, *, begins: bool = False) -> Evidence:
    """Everything that `text`, already plain, tells; with `begins`, its first line begins the message."""
    found = inside(text)
    text = without_prompts(_flat(without_prompts(text)))
    said = _said(text)
    every = parties(found)
    chosen = with_details(every[0], found) if every else None
    tags = {
        match[1]: match[2].strip("'\"")
        for match in _TAG().finditer(text)
        if match[2].lower() not in {"null", "undefined", "none"} and not match[2].endswith(("\u2026", "..."))
    }
    headers = network.headers(text)
    host, path = network.addresses(text)
    status = _status(every, text)
    code, kind = _code(every, tags, text), _kind(every, tags)
    html = _is_page(text, chosen)
    message = _message(text, chosen, html=html, begins=begins)
    transport = _transport(status, said, html=html, refused=bool(chosen and chosen.answer))
    by = programs(said)
    group = _GROUP().search(text)
    evidence = Evidence(
        status=status,
        transport=transport,
        content=_content(text, html=html, told=bool(tags) or any(party.error_type != OWN_ENVELOPE for party in every)),
        code=code,
        error_type=kind,
        param=next((party.param for party in every if party.param), tags.get("param", "")),
        message=message,
        said=said,
        host=host,
        origin=network.origin(text, host),
        path=path,
        candidate=(group[1] or group[2]).rstrip(".") if group else "",
        served_model=served(found) or headers.get("x-ms-deployment-name", ""),
        headers=headers,
        request_id=_request_id(chosen, tags, headers, text),
        organization=network.organization(text) or headers.get("openai-organization", ""),
        retry_after=_wait(chosen, said),
        waited=_waited(status, transport, said, by),
        violations=network.violations(said),
        by=by,
        route=route_of(said, host),
        credential=credential_of(said),
        release=release_of(said),
    )
    return of_proxy(evidence)


def _flat(text: str) -> str:
    r"""What is written as \" or \u0027 inside of a string is what it stands for."""
    for _ in range(3):
        if not _LITERAL().search(text):
            break
        text = _LITERAL().sub(lambda found: unescaped("\\" + found[0].lstrip("\\")), text)
    return text.encode("utf-8", "replace").decode()


def _said(text: str) -> str:
    """In lower case on one line; of a long one the two ends."""
    said = squeezed(text).lower()
    if len(said) <= _SAID:
        return said
    begun, _, _ = said[: _SAID // 2].rpartition(" ")
    _, _, ended = said[-_SAID // 2 :].partition(" ")
    return f"{begun} \u2026 {ended}".strip()


def _status(every: tuple[Party, ...], text: str) -> int | None:
    """The innermost party's, but a refusal before the 5xx of a wrapper, wherever each stands."""
    own = [party.status for party in every if party.status]
    outside = told(text) or (told(every[0].message) if every else None)
    if outside:
        own.append(outside)
    refused = [status for status in own if 400 <= status < 500]
    failed = [status for status in own if status >= 500]
    return next(iter(refused or failed or own), None)


def _code(every: tuple[Party, ...], tags: dict[str, str], text: str) -> str:
    told_codes = [tags["code"]] if "code" in tags and not tags["code"].isdigit() else []
    told_codes += [match[1] for named in (_NAMED_CODE, _CODE_FIRST) if (match := named().search(text))]
    return _best([party.code for party in every], told_codes)


def _kind(every: tuple[Party, ...], tags: dict[str, str]) -> str:
    kinds = [party.error_type if party.error_type != OWN_ENVELOPE else "" for party in every]
    return _best(kinds, [tags["type"]] if "type" in tags else [])


def _best(names: list[str], in_words: list[str]) -> str:
    """The first that says something, of the parties from the innermost on; a wrapper's "upstream_error" is none."""
    every = [*names, *in_words]
    return next(
        (name for name in every if name and name.lower() not in OF_NOBODY),
        next(iter(names), "") or next(iter(in_words), ""),
    )


def _is_page(text: str, chosen: Party | None) -> bool:
    """A page inside of the innermost message counts; one beside an API's own refusal does not."""
    if chosen is not None and chosen.answer and not network.page(chosen.message):
        return False
    return network.page(text)


def _message(text: str, chosen: Party | None, *, html: bool, begins: bool) -> str:
    if html:
        return bare(network.page_words(text))
    if chosen is not None and (chosen.message or chosen.code):
        return bare(chosen.message or chosen.code)
    return telling(text, begins=begins)


def _transport(status: int | None, said: str, *, html: bool, refused: bool) -> Transport | None:
    """None where an answer came: words like "DNS lookup failed" above a refusal are a wrapper's guess."""
    if html or (status is not None and not (status >= 500 or status == 408)):
        return None
    transport = broken(said)
    if status is None:
        return transport if not refused or transport != "connect" else None
    return transport if transport in _STRONG and not refused and status in {408, 500, 502, 503} else None


def _content(text: str, *, html: bool, told: bool) -> Content:
    if html:
        return "html"
    if _STREAMED().search(text):
        return "sse"
    return "json" if told else ""


def _request_id(chosen: Party | None, tags: dict[str, str], headers: dict[str, str], text: str) -> str:
    named = (chosen.request_id if chosen else "") or tags.get("request_id", "") or headers.get("x-request-id", "")
    return named or headers.get("x-oai-request-id") or headers.get("apim-request-id") or network.request_id(text)


def _waited(status: int | None, transport: str | None, said: str, by: tuple[str, ...]) -> float | None:
    if transport not in {"timeout", "connect"} and status not in {408, 504, 524}:
        return None
    told_by_status = _CLOUDFLARE_WAITS if status == 524 else _NGINX_WAITS if status == 504 and "nginx" in by else None
    return gave_up_after(said) or told_by_status


def _wait(chosen: Party | None, said: str) -> float | None:
    return chosen.retry_after if chosen is not None and chosen.retry_after is not None else asked_to_wait(said)
