"""One request on its way through the sandbox, and the gates before any work is done."""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from diagnose.sandbox.faults import Faults
from diagnose.sandbox.headers import ORGANIZATION, PROJECT, masked, vendor_headers
from diagnose.sandbox.records import Ledger
from diagnose.sandbox.refusals import Refused, refused

if TYPE_CHECKING:
    from starlette.requests import Request

    from diagnose.sandbox.credentials import Logins
    from diagnose.sandbox.tokens import Login


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A request whose body has been read, with its row in the ledger.

    `service` is the id of the one that was asked, `path` the path there, and `key` the credential that it takes;
    `logins` are those of the ChatGPT surface, which the Images API knows and does not take. `own_headers` go with
    every answer of a service that sets them.
    """

    faults: Faults
    ledger: Ledger
    service: str
    path: str
    key: str
    logins: Logins
    number: int
    token: str | None
    headers: dict[str, str]
    body: bytes
    request_id: str = field(default_factory=lambda: f"req_{secrets.token_hex(16)}")
    started: float = field(default_factory=time.monotonic)
    key_known: bool = False
    own_headers: dict[str, str] = field(default_factory=dict)

    def answer_headers(self) -> dict[str, str]:
        """The vendor's headers for the answer to this request."""
        return vendor_headers(self.request_id, self.started, known_key=self.key_known)

    def note_body(self, body: dict[str, object]) -> None:
        """Files the fields of the body, and the model that is asked for in them."""
        model = body.get("model")
        self.ledger.note(self.number, body=body, model=model if isinstance(model, str) else None)

    def admit(self, *, scope: str | None) -> None:
        """Checks key, organization and project, and then the `scope` ("images", "models"); raises Refused."""
        if not self.token:
            raise refused("missing_key")
        right = hmac.compare_digest(self.token.encode(), self.key.encode())
        if self.faults.key_check != "accept-any" and (self.faults.key_check == "reject-all" or not right):
            if login := self.logins.of(self.token):
                raise _of_a_login(login)
            raise refused("invalid_api_key", key=masked(self.token))
        self.key_known = True
        if self.headers.get("openai-organization", ORGANIZATION) != ORGANIZATION:
            raise refused("mismatched_organization")
        if self.headers.get("openai-project", PROJECT) != PROJECT:
            raise refused("mismatched_project")
        if scope == "images" and self.faults.images_scope_status:
            raise refused("missing_scope", self.faults.images_scope_status, scope="api.model.images.request")
        if scope == "models" and self.faults.models_scope_missing:
            raise refused("missing_scope", 403, scope="api.model.read")

    def allow_generation(self, model: str) -> None:
        """Verification, billing, rate and moderation, for a body that is in order; raises Refused."""
        known: dict[str, Any] = {"model": model, "organization": ORGANIZATION, "request_id": self.request_id}
        turn = self.ledger.next_generation()
        if self.faults.refusal:
            raise refused(self.faults.refusal, **known)
        if turn < self.faults.rate_limited_first:
            raise refused("rate_limited", **known)


def _of_a_login(login: Login) -> Refused:
    """What the Images API says to a token of ChatGPT."""
    if login.kind == "siwc":
        return refused("plan_token")
    return refused("missing_scope", 401, scope="api.model.images.request")


def exchange_of(request: Request) -> Exchange:
    """The Exchange that the front filed for this request."""
    found = request.scope["exchange"]
    assert isinstance(found, Exchange)
    return found
