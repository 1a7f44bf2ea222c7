"""Requested = echoed = received: what an answer says about who served it.

Each question looks at one dimension and returns the outcome of the check of that name, with its witnesses.
`run` shows them as checks; `generate` asks the same of its own image.
"""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from diagnose import capabilities
from diagnose.model.check import Outcome, Status, skip
from diagnose.model.witness import Witness
from diagnose.routes.received import MIME, OWNER_HEADERS, Received, rooted, witness
from diagnose.routes.served_image import parameters, pixels
from diagnose.routes.served_model import model, proven_model, told
from diagnose.routes.served_names import MODEL_HEADER
from diagnose.routes.served_time import CLOCK_SKEW, freshness, provenance

__all__ = ["CLOCK_SKEW", "MIME", "QUESTIONS", "Received", "ask_all", "served_model"]


def provider(seen: Received) -> Outcome:
    """Who answered, by the TLS name; and whether anything in the answer names somebody else."""
    check = "served.provider"
    exchange = seen.exchange
    peer, target, claimed = exchange.peer, seen.target, seen.claim.provider
    witnesses = [surface(seen, check), *_surface_headers(seen, check)]
    where = f"{peer.host}:{peer.port}"
    hosts = capabilities.login_hosts_of(claimed) if seen.kind.login else capabilities.hosts_of(claimed)
    expected = f"{claimed}, at {' or '.join(hosts) or 'a host of its own'}"
    if target.sandbox:
        value = f"the sandbox process at {where}, known by its per-run secret, stands for {claimed}"
        witnesses.append(witness(check, "provider", value, "wire", 4))
    elif target.vendor is not None and peer.trust != "none":
        value = f"{peer.host}, certificate verified"
        if peer.trust == "user-added":
            value += f" against a CA that was added on this machine ({peer.authority or 'unnamed'})"
        strength = 4 if peer.trust == "public" else 3
        witnesses.append(witness(check, "provider", value, "wire", strength, agrees=target.vendor == claimed))

    others = capabilities.other_parties(exchange.headers, claimed)
    for header in others:
        value = f"the header {header.name} names {header.party}, not {claimed}"
        witnesses.append(witness(check, "provider", value, "header", 2, agrees=False))
    if "openai-organization" in exchange.headers and not others:
        witnesses.append(witness(check, "provider", "the answer carries openai-* headers", "header", 1))
    strangers = [vendor for vendor in seen.image.vendors if vendor != claimed]
    for vendor in strangers:
        value = f"the image bytes carry the marks of {vendor}, not of {claimed}"
        witnesses.append(witness(check, "provider", value, "bytes", 2, agrees=False))

    against = [w.value for w in witnesses if not w.agrees]
    if against:
        return Outcome(
            status=Status.FAIL,
            summary="; ".join(against),
            measured="; ".join(against),
            expected=expected,
            symptom="another-vendor",
            witnesses=tuple(witnesses),
        )
    if rooted(seen):
        return Outcome(
            status=Status.PASS,
            summary=next(w.value for w in witnesses if w.dimension == "provider" and w.source == "wire"),
            witnesses=tuple(witnesses),
        )
    return Outcome(
        status=Status.WARN,
        summary=f"{where} is not {claimed}'s own host, so nothing that it says proves who made the image",
        measured=where,
        expected=expected,
        remedy=(_at_home(seen),) if hosts else (),
        witnesses=tuple(witnesses),
        costs_proof=True,
    )


def _at_home(seen: Received) -> str:
    """The command that asks the vendor itself."""
    route = f" --route {seen.kind.name}" if seen.kind.login else ""
    return f"routecheck run --no-fallback{route} --base-url {seen.kind.base_url}"


def surface(seen: Received, check: str) -> Witness:
    """The path that the request really went to; at the vendor only the documented one is the claimed surface."""
    path, documented = f"POST {urlsplit(seen.exchange.url).path}", seen.surface
    known = path == documented or not seen.target.at_vendor
    value = path if known else f"{path}, which is not the documented {documented}"
    return witness(check, "surface", value, "wire", 4 if known else 0)


def _surface_headers(seen: Received, check: str) -> Iterator[Witness]:
    """Headers that one surface of the vendor alone sends: they confirm that surface, and speak against every other."""
    for mark in capabilities.surface_headers(seen.exchange.headers, seen.claim.provider):
        mine = seen.kind.name in mark.routes
        value = f"the answer carries {mark.prefix}* headers, as {mark.surface} sends them"
        value += "" if mine else f", and {seen.surface} was claimed"
        yield witness(check, "surface", value, "header", 2, agrees=mine)


def answer(seen: Received) -> Outcome:
    """Whether it is one plain answer: one image where it belongs, no error beside it, nothing said twice."""
    odd = seen.shot.oddities
    if odd:
        return Outcome(
            status=Status.FAIL,
            summary="the answer is odd: " + "; ".join(odd),
            measured="; ".join(odd),
            expected="one image, where it belongs",
            symptom="odd-answer",
        )
    noted = "; its finished item still says “generating”" if seen.shot.body.get("status") == "generating" else ""
    carried = seen.exchange.headers.get(MODEL_HEADER)
    if carried and seen.kind.carrier is not None and carried.lower() != (asked := seen.kind.carrier()):
        noted += f"; the text model around it was {carried}, where {asked} was asked for"
    return Outcome(status=Status.PASS, summary=f"one image, where it belongs, and nothing said twice{noted}")


def owner(seen: Received) -> Outcome:
    """Who pays for this very image, by the headers of its answer."""
    if seen.kind.login:
        return skip("no answer of this backend says whose plan it counts against; the workspace's own answers tell")
    claimed = seen.claim.owner
    named = {name: seen.exchange.headers[name] for name in OWNER_HEADERS if seen.exchange.headers.get(name)}
    if not named:
        return skip("the answer does not say who pays")
    shown = ", ".join(named.values())
    if claimed is None:
        return Outcome(status=Status.PASS, summary=f"{shown} (no owner was claimed)")
    known = {name: value for name, value in seen.owner_headers.items() if name in named}
    same = claimed in named.values() or (bool(known) and all(named[name] == known[name] for name in known))
    value = f"the image was billed to {shown}" + ("" if same else f", where {claimed} was claimed")
    return Outcome(
        status=Status.PASS if same else Status.FAIL,
        summary=value,
        measured=shown,
        expected=claimed,
        symptom=None if same else "owner-differs",
        witnesses=(witness("served.owner", "owner", value, "header", 3 if same else 2, agrees=same),),
    )


QUESTIONS: dict[str, Callable[[Received], Outcome]] = {
    "served.provider": provider,
    "served.answer": answer,
    "served.owner": owner,
    "served.model": model,
    "served.parameters": parameters,
    "served.pixels": pixels,
    "served.provenance": provenance,
    "served.freshness": freshness,
}
"""Check id → the question that it asks of a received image."""


def served_model(seen: Received) -> str | None:
    """The model that served, for a report: the last name in an answer of the vendor itself, or else the model that a
    witness of strength 3 carries and no other one would. None where nothing tells; never the requested name for its own
    sake, where the route serves another one for it.
    """
    if rooted(seen) and (named := told(seen)):
        return named[-1]
    return proven_model(seen)


def ask_all(seen: Received) -> Iterator[tuple[str, Outcome]]:
    """Every question, in order."""
    for check_id, question in QUESTIONS.items():
        yield check_id, question(seen)
