"""What every route offers: how it is reached, how it is asked, and what a proof on it needs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from diagnose.images.inputs import Input
from diagnose.model.claim import Claim, Parameters
from diagnose.model.secret import Secret
from diagnose.model.witness import Requirement
from diagnose.routes.connection import Connection
from diagnose.routes.shot import Reply, Shot


class Route(Protocol):
    """A route that is open: one host, one credential."""

    def get(self, path: str) -> Reply:
        """A free question. `path` begins with "/" and is the route's own ("/me", "/wham/usage")."""

    def refuse_me(self, body: Mapping[str, Any], *, key: Secret | None = None, may_bill: bool = False) -> Reply:
        """A POST to the image surface that must be refused; see Connection.refuse_me."""

    def generate(self, claim: Claim, prompt: str, parameters: Parameters, sink: Callable[[bytes], object]) -> Shot:
        """Ask for one image, which bills, and stream its bytes into `sink` as they are received.

        Never sent again once it may have reached the host. What came is described in the Shot; nothing is
        raised for a refusal or a broken answer.
        """


@runtime_checkable
class Editor(Route, Protocol):
    """An open route through which images can be edited as well."""

    def edit(
        self,
        claim: Claim,
        prompt: str,
        parameters: Parameters,
        images: Sequence[Input],
        sink: Callable[[bytes], object],
    ) -> Shot:
        """Ask for one image made of these, in all else like `generate`; the Shot names what was sent along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteKind:
    """One route as such. `surface` is the documented method and path of its image request; a base URL ends in `ends`,
    and `path` is what follows it. `login`: it takes a login and no key, at the vendor's hosts for logins, and counts
    against a plan instead of costing dollars. `refusable` makes the body that no honest server accepts. `carrier` gives
    the id of the text model around the image tool, None where no such model carries the request; where there is one,
    it is what the header openai-model of an answer names. `edits` is the path of an edit
    below the base URL (the open route is an Editor then), None where this route is not edited through.
    """

    name: str
    provider: str
    surface: str
    base_url: str
    ends: str
    path: str
    login: bool
    requirements: Callable[[Claim], tuple[Requirement, ...]]
    request_body: Callable[[Claim, str, Parameters], dict[str, Any]]
    refusable: Callable[[Claim], dict[str, Any]]
    connect: Callable[[Connection], Route]
    carrier: Callable[[], str] | None = None
    edits: str | None = None
