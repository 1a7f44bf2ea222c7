"""What the proxy notes. No body, no cookie and no secret: only the fields that are named here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

CREDENTIAL_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
"""Where a credential travels: its kind and fingerprint are noted, never its text."""

REQUEST_FIELDS = (
    "model", "n", "size", "quality", "background", "output_format", "moderation", "aspect_ratio", "stream", "store",
)  # fmt: skip
"""Top-level JSON (or multipart) fields of a request that are noted; `tools[0]` is noted with the same fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A host that the child asked for: by CONNECT, or with a whole URL for plain http."""

    host: str
    port: int
    tls: bool
    at: float
    """Unix seconds."""

    @property
    def shown(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCredential:
    """The credential of a request: header, what it looks like, and the first 8 hex digits of its SHA-256."""

    header: str
    form: Literal["jwt", "sk", "other"]
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped:
    """One request of the child and its answer, as they crossed the proxy.

    `trust`: how the real host's certificate was verified ("public", "user-added", "none"; "sandbox" for a
    process that was verified by its secret), `authority` the CA's name. `address`: the IP address that was
    connected to, None behind the user's own proxy. `request` holds REQUEST_FIELDS; `tool` the fields of
    `tools[0]`. `headers` are the answer's without cookies and credentials.

    `answer` is what the answer says without the image and without any text that a person wrote (prompt,
    revised_prompt): `created`, `model`, `size`, `quality`, `background`, `output_format`, `usage`, `error`,
    `data_items`, and `image_problem` when the text of the image is no sound base64. For an event stream it is
    the same of the last image item, and of the response that ended it: `status`, `carrier` (its model, which is
    not that of the image), `tools` (how many it echoes), `tool` (the fields of the first), `tool_usage`.

    `images` counts them; `sha256` is that of the first one's bytes (of a stream: of the last one's), None if it
    did not come whole. `unread`: why fields of the request or the answer could not be read (an encoding that is
    not known here, a cut-off). Times are Unix seconds.
    """

    target: Target
    method: str
    path: str
    credential: SentCredential | None
    request: Mapping[str, Any]
    tool: Mapping[str, Any]
    content_type: str
    status: int | None
    headers: Mapping[str, str]
    answer: Mapping[str, Any]
    images: int
    sha256: str | None
    started: float
    ended: float
    trust: Literal["public", "user-added", "none", "sandbox"]
    authority: str | None = None
    address: str | None = None
    problem: str | None = None
    """What went wrong between the proxy and the host, in words; None if nothing did."""
    unread: str | None = None
    stream: bool = field(default=False)
    """The answer was an event stream."""
    sent: bool = True
    """Some of the request may have reached the host; False when it cannot have been billed."""
