"""What one HTTP exchange came to, without the transport: the input of the classifier and of the reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Transport = Literal["timeout", "connect", "dns", "tls", "dropped", "too-large", "proxy", "redirect", "unsendable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, or the way in which none came.

    `status` is None when no status line arrived. `transport` names what went wrong below HTTP; `detail` is
    our own sentence about it. `content_type` is lower case without parameters. The error fields are those
    of the envelope `{"error": {"message", "type", "param", "code"}}`. `text` is the start of a body that
    was no such envelope, at most 300 characters. `headers` holds lower-case names; cookies are left out.
    """

    status: int | None
    transport: Transport | None = None
    detail: str = ""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    error_type: str = ""
    param: str = ""
    code: str = ""
    text: str = ""

    @property
    def ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300 and self.transport is None

    @property
    def request_id(self) -> str | None:
        """The id by which the vendor's support finds the request; the Codex backend has a header of its own for it."""
        return self.headers.get("x-request-id") or self.headers.get("x-oai-request-id")

    def describe(self) -> str:
        """One line for people: "401 invalid_api_key: Incorrect API key provided…"."""
        if self.status is None:
            return self.detail or str(self.transport)
        said = self.message or self.text or self.detail
        head = " ".join(part for part in (str(self.status), self.code or self.error_type) if part)
        line = f"{head}: {said}" if said else head
        return line if len(line) <= 400 else line[:399] + "…"
