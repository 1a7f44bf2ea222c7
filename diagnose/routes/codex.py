"""What the two routes to the Codex backend have in common: its addresses, and what a proof there needs.

The backend belongs to ChatGPT and takes its login. It stands behind an edge that may challenge programs that it does
not know. We say who we are (`user-agent: routecheck/…`) and send no header that belongs to another program; so a
challenge can be about us alone. It is then reported as a web page of the edge, and never as a refused login.
"""

from urllib.parse import urlsplit, urlunsplit

from diagnose.model.claim import Claim
from diagnose.model.witness import Requirement
from diagnose.routes.target import Target

PROVIDER = "openai"
BASE_URL = "https://chatgpt.com/backend-api/codex"
ENDS = "/backend-api/codex"
_BESIDE = "/wham/"
"""Calls about the account stand beside the Codex surface, not below it."""


def url_of(target: Target, path: str) -> str:
    """The URL of a free question: "/wham/usage" lies one level above the base URL, "/models" below it."""
    if not path.startswith(_BESIDE):
        return target.url(path)
    parts = urlsplit(target.base_url)
    return urlunsplit(parts._replace(path=parts.path.rpartition("/")[0] + path))


def requirements(claim: Claim) -> tuple[Requirement, ...]:
    """What a proof needs for this claim. Size, quality, background and format only where the operator typed them."""
    asked, typed = claim.parameters, claim.typed
    advice = "the backend takes it as advice, and it was not typed"
    sized = "size" in typed and asked.size != "auto"
    aspects = ["format"] if "format" in typed else []
    aspects += [name for name in ("background", "quality") if name in typed and getattr(asked, name) != "auto"]
    return (
        Requirement(
            dimension="provider",
            need="required",
            reason="only the vendor's own TLS name tells who answers; every host can write the rest",
        ),
        Requirement(dimension="surface", need="required", reason="the path that was asked"),
        Requirement(
            dimension="credential",
            need="required",
            reason="this login was sent, and a made-up one must be refused, or the login meant nothing",
        ),
        Requirement(
            dimension="model",
            need="required",
            reason="the backend serves a model of its own whatever is asked; its echo and the billed tokens tell which",
        ),
        Requirement(
            dimension="parameters",
            need="required" if aspects else "reported",
            reason="each parameter that was typed needs its own witness" if aspects else advice,
            aspects=tuple(aspects),
        ),
        Requirement(
            dimension="pixels",
            need="required" if sized else "reported",
            reason="measured in the received bytes" if sized else advice,
        ),
        Requirement(
            dimension="freshness",
            need="required",
            reason="the time of making must lie inside this request",
        ),
        Requirement(
            dimension="owner",
            need="required" if claim.owner else "reported",
            reason="the owner was claimed" if claim.owner else "no owner was claimed (--owner), so it is only reported",
        ),
    )
