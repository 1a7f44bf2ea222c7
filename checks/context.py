"""What a check is given, and how it is declared.

The machinery of the checks is imported where it is used: listing them must not load an HTTP client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from diagnose.model.check import Check, Cost, Outcome

if TYPE_CHECKING:
    from diagnose.children.background import Background
    from diagnose.images.provenance import Signature
    from diagnose.machine.claims import Claims
    from diagnose.machine.credentials import Credential
    from diagnose.machine.held import Held
    from diagnose.machine.host import Host
    from diagnose.machine.openclaw.config import Config
    from diagnose.machine.openclaw.installation import Installation
    from diagnose.machine.openclaw.observation import Listing
    from diagnose.machine.openclaw.setting import Setting
    from diagnose.model.claim import Claim
    from diagnose.model.image import ImageFacts
    from diagnose.routes.kind import Route, RouteKind
    from diagnose.routes.openclaw import Dry, OpenClaw, Through
    from diagnose.routes.openclaw_served import Seen
    from diagnose.routes.served import Received
    from diagnose.routes.shot import Shot
    from diagnose.routes.target import Target


Mode = Literal["direct", "both", "openclaw"]
"""The route is asked directly, directly and through OpenClaw, or through OpenClaw alone."""


@dataclass(slots=True)
class Learned:
    """What earlier checks found out, for the later ones; each field is written by the one check that owns it."""

    owner_headers: dict[str, str] = field(default_factory=dict)
    """The headers that say whose key it is, by `workspace.owner`; empty when they contradict the claimed owner."""
    owner_differs: bool = False
    """The key is known to belong to somebody else than was claimed, by `workspace.owner`."""
    account: str | None = None
    """The account of the login as the host itself lists it, by `workspace.listed`."""
    key_checked: bool = False
    model_checked: bool = False
    refused: str | None = None
    """Why the free probe of the image scope was refused, by `scopes.images`."""
    refresh_spent: bool = False
    """A refresh of the login has been refused, so that its program cannot renew it, by `credentials.history`."""
    shot: Shot | None = None
    image: bytes = b""
    facts: ImageFacts | None = None
    dry: Dry | None = None
    through: Through | None = None
    signature: Signature | None = None
    listing: Background[Listing] | None = None
    """OpenClaw's list of providers, asked for beside its image: some releases take ten seconds for it."""

    def close(self) -> None:
        """End what is still under way."""
        if self.listing is not None:
            self.listing.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One run. `route` is None when no credential was found. `ceiling_usd` None: no dated price is known.

    On a route that takes a login, `logins` are those of this machine in the order in which they would be used, and
    `claims` are what the token of the first one says of itself; elsewhere they are empty and None.

    `declined` is the reason why no paid request may be sent, None when it may; `openclaw_declined` the same for
    the one that OpenClaw would send. `mode`: which image the claim is about, and whether OpenClaw is asked besides.
    `again`: the options that ask for the same once more, quoted for a shell.
    `openclaw_host`: where OpenClaw's request has to go to agree with the claim ("api.openai.com:443").
    """

    claim: Claim
    target: Target
    host: Host
    setting: Setting
    installation: Installation | None
    config: Config
    credentials: tuple[Credential, ...]
    unread: tuple[str, ...]
    kind: RouteKind
    route: Route | None
    logins: tuple[Held, ...] = ()
    claims: Claims | None = None
    ceiling_usd: float | None
    declined: str | None
    no_spend: bool = False
    openclaw: OpenClaw | None = None
    mode: Mode = "direct"
    openclaw_host: str = ""
    openclaw_declined: str | None = None
    again: str = "--no-fallback"
    learned: Learned = field(default_factory=Learned)

    @property
    def credential(self) -> Credential | None:
        return self.credentials[0] if self.credentials else None

    @property
    def login(self) -> Held | None:
        """The login that the route uses, on a route that takes one."""
        return self.logins[0] if self.logins else None

    def asking(self) -> Route:
        """The route; only for checks that need `credentials.source`."""
        assert self.route is not None
        return self.route

    def program(self) -> OpenClaw:
        """OpenClaw itself; only for checks that have made sure that it is asked."""
        assert self.openclaw is not None
        return self.openclaw

    def seen(self) -> Seen:
        """What OpenClaw did and what it is measured against; only for checks that need `smoke.openclaw`."""
        from urllib.parse import urlsplit

        from diagnose.routes.openclaw_served import Seen

        assert self.learned.through is not None
        asked = self.program().asked
        values = {
            "size": asked.size,
            "quality": asked.quality,
            "background": asked.background,
            "output_format": asked.format,
        }
        return Seen(
            claim=self.claim,
            through=self.learned.through,
            host=self.openclaw_host,
            path=f"{urlsplit(self.target.base_url).path}{self.kind.path}",
            tls=self.program().stands_for or self.target.base_url.startswith("https:"),
            played=self.program().stands_for,
            fingerprint=self.credential.secret.fingerprint if self.credential else None,
            key_checked=self.learned.key_checked,
            asked={name: value for name, value in values.items() if value is not None},
            proves=self.mode == "openclaw",
        )

    def received(self) -> Received:
        """The smoke image and its circumstances; only for checks that need a smoke image."""
        from diagnose.routes.served import Received

        assert self.learned.shot is not None
        assert self.learned.facts is not None
        return Received(
            claim=self.claim,
            kind=self.kind,
            target=self.target,
            shot=self.learned.shot,
            image=self.learned.facts,
            model_checked=self.learned.model_checked,
            owner_headers=self.learned.owner_headers,
            signature=self.learned.signature,
        )


_registry: dict[str, Check[Context]] = {}


def declare(
    check_id: str,
    title: str,
    *,
    cost: Cost,
    needs: Iterable[str] = (),
    either: Iterable[str] = (),
    unless: Iterable[str] = (),
    routes: Iterable[str] = (),
) -> Callable[[Callable[[Context], Outcome]], Callable[[Context], Outcome]]:
    """Register a function as the check `<group>.<name>`; the first line of its docstring says what it finds out.

    `routes` are those that it is about, none: every one.
    """

    def register(function: Callable[[Context], Outcome]) -> Callable[[Context], Outcome]:
        about = (function.__doc__ or "").strip().partition("\n")[0]
        if not about:
            raise TypeError(f"{check_id}: a check says in its docstring what it must find out")
        _registry[check_id] = Check(
            id=check_id,
            title=title,
            about=about,
            cost=cost,
            needs=tuple(needs),
            either=tuple(either),
            unless=tuple(unless),
            routes=tuple(routes),
            run=function,
        )
        return function

    return register


def registered() -> tuple[Check[Context], ...]:
    """The checks declared so far, in the order of declaration."""
    return tuple(_registry.values())
