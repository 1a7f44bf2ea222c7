"""What a check is given, and how it is declared.

The machinery of the checks is imported where it is used: listing them must not load an HTTP client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from diagnose.model.check import Check, Cost, Outcome

if TYPE_CHECKING:
    from diagnose.images.provenance import Signature
    from diagnose.machine.credentials import Credential
    from diagnose.machine.host import Host
    from diagnose.machine.openclaw import Config, Installation
    from diagnose.model.claim import Claim
    from diagnose.model.image import ImageFacts
    from diagnose.routes.openai_images import OpenAIImages, Shot
    from diagnose.routes.served import Received
    from diagnose.routes.target import Target


@dataclass(slots=True)
class Learned:
    """What earlier checks found out, for the later ones; each field is written by the one check that owns it."""

    owner_headers: dict[str, str] = field(default_factory=dict)
    """The headers that say whose key it is, by `workspace.owner`; empty when they contradict the claimed owner."""
    owner_differs: bool = False
    """The key is known to belong to somebody else than was claimed, by `workspace.owner`."""
    key_checked: bool = False
    model_checked: bool = False
    shot: Shot | None = None
    image: bytes = b""
    facts: ImageFacts | None = None
    signature: Signature | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One run. `route` is None when no credential was found. `ceiling_usd` None: no dated price is known.

    `declined` is the reason why no paid request may be sent, None when it may.
    """

    claim: Claim
    target: Target
    host: Host
    installation: Installation | None
    config: Config
    credentials: tuple[Credential, ...]
    unread: tuple[str, ...]
    route: OpenAIImages | None
    ceiling_usd: float | None
    declined: str | None
    no_spend: bool = False
    learned: Learned = field(default_factory=Learned)

    @property
    def credential(self) -> Credential | None:
        return self.credentials[0] if self.credentials else None

    def asking(self) -> OpenAIImages:
        """The route; only for checks that need `credentials.source`."""
        assert self.route is not None
        return self.route

    def received(self) -> Received:
        """The smoke image and its circumstances; only for checks that need `smoke.generation`."""
        from diagnose.routes.served import Received

        assert self.learned.shot is not None
        assert self.learned.facts is not None
        return Received(
            claim=self.claim,
            target=self.target,
            shot=self.learned.shot,
            image=self.learned.facts,
            model_checked=self.learned.model_checked,
            owner_headers=self.learned.owner_headers,
            signature=self.learned.signature,
        )


_registry: dict[str, Check[Context]] = {}


def declare(
    check_id: str, title: str, *, cost: Cost, needs: Iterable[str] = ()
) -> Callable[[Callable[[Context], Outcome]], Callable[[Context], Outcome]]:
    """Register a function as the check `<group>.<name>`; the first line of its docstring says what it finds out."""

    def register(function: Callable[[Context], Outcome]) -> Callable[[Context], Outcome]:
        about = (function.__doc__ or "").strip().partition("\n")[0]
        if not about:
            raise TypeError(f"{check_id}: a check says in its docstring what it must find out")
        _registry[check_id] = Check(id=check_id, title=title, about=about, cost=cost, needs=tuple(needs), run=function)
        return function

    return register


def registered() -> tuple[Check[Context], ...]:
    """The checks declared so far, in the order of declaration."""
    return tuple(_registry.values())
