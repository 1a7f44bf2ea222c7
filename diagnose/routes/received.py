"""A received image with its circumstances, and the small words that every question about it uses."""

from dataclasses import dataclass, field
from typing import Any

from diagnose.capabilities.codex import advice
from diagnose.http import Exchange
from diagnose.images.provenance import Signature
from diagnose.model.claim import Claim
from diagnose.model.image import ImageFacts
from diagnose.model.witness import Source, Witness
from diagnose.routes.kind import RouteKind
from diagnose.routes.shot import Shot
from diagnose.routes.target import Target

MIME = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
"""The formats that may be asked for, and are accepted."""

_TOLD_BY_TOOL = frozenset({"size", "quality"})

OWNER_HEADERS = ("openai-organization", "openai-project")


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A shot with a whole image, and what is needed to judge it.

    `model_checked`: a made-up model was refused by name, so the host does look at the model.
    `owner_headers`: the owner headers of an earlier answer that belongs to the claimed owner; empty if unknown.
    `signature`: the verified C2PA signature, None without one or without c2pa-python.
    """

    claim: Claim
    kind: RouteKind
    target: Target
    shot: Shot
    image: ImageFacts
    model_checked: bool
    owner_headers: dict[str, str] = field(default_factory=dict)
    signature: Signature | None = None

    @property
    def exchange(self) -> Exchange:
        """The exchange that brought the image."""
        assert self.shot.exchange is not None
        return self.shot.exchange

    @property
    def surface(self) -> str:
        """The documented method and path of what was asked for: an edit has its own."""
        return f"POST {self.kind.ends}{self.kind.edits}" if self.shot.inputs else self.kind.surface


def rooted(seen: Received) -> bool:
    """Whether the answer came from the claimed vendor itself, by its TLS name or as the proven sandbox."""
    if seen.target.sandbox:
        return True
    return seen.target.vendor == seen.claim.provider and seen.exchange.peer.trust != "none"


def advised(seen: Received, key: str) -> bool:
    """Whether a difference in this parameter (in the words of the API) is no fault: the backend takes it as advice, and
    the operator did not type it."""
    own = "format" if key == "output_format" else key
    return key in advice(seen.kind.name) and own not in seen.claim.typed


def echo(seen: Received, key: str) -> str | None:
    """An echoed parameter in lower case, None where nothing definite is echoed.

    As the image's own entry has it, or else as the echoed tool has it.
    """
    return _definite(seen.shot.body.get(key)) or echo_of_tool(seen, key)


def echo_of_tool(seen: Received, key: str) -> str | None:
    """The same as the echoed tool alone has it. Of the other parameters a tool only repeats what was sent."""
    return _definite(seen.shot.tool.get(key)) if key in _TOLD_BY_TOOL else None


def _definite(value: Any) -> str | None:
    return value.lower() if isinstance(value, str) and value.lower() not in {"auto", ""} else None


def witness(
    check: str,
    dimension: Any,
    value: str,
    source: Source,
    strength: int,
    aspect: str | None = None,
    *,
    agrees: bool = True,
) -> Witness:
    """A Witness in one line."""
    return Witness(
        dimension=dimension,
        value=value,
        source=source,
        strength=strength,
        agrees=agrees,
        check=check,
        aspect=aspect,
    )
