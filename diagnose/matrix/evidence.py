"""What is known of one failed attempt, however it was learned: from an answer on the wire or out of a pasted text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from diagnose.model.answer import Answer, Transport

Content = Literal["", "json", "html", "sse", "image"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One attempt; an empty field is not known. Everything the classifier may look at is here, and nothing else.

    `message` is the innermost sentence: that of the party that refused, without the wrappers around it. `said` is all
    that the attempt says, in lower case, with single spaces, without colours and times. `candidate` is the model
    reference that a program was trying ("openai/gpt-image-2"), `served_model` one that an answer names. `by` are the
    programs whose wrappings stood around it, the outermost first. `waited` are the seconds after which somebody gave
    up, `retry_after` those that the answer asks for. `origin` is scheme, host and port of what was asked, where an
    address tells them, `violations` are the categories that a safety system names. `route` is a route of ours or one of
    the users' words for it, `credential` a kind of `machine/credential_kinds.toml` or its family, `release` that of
    OpenClaw.
    """

    status: int | None = None
    transport: Transport | None = None
    content: Content = ""
    code: str = ""
    error_type: str = ""
    param: str = ""
    message: str = ""
    said: str = ""
    host: str = ""
    origin: str = ""
    path: str = ""
    candidate: str = ""
    served_model: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    request_id: str = ""
    organization: str = ""
    retry_after: float | None = None
    waited: float | None = None
    violations: str = ""
    by: tuple[str, ...] = ()
    route: str = ""
    credential: str = ""
    release: str = ""


def of_answer(answer: Answer, *, route: str = "", credential: str = "", host: str = "") -> Evidence:
    """The evidence of one answer on the wire."""
    said = " ".join(f"{answer.code} {answer.message} {answer.text}".lower().split())
    html = "html" in answer.content_type or "cf-mitigated" in answer.headers
    return Evidence(
        status=answer.status,
        transport=answer.transport,
        content="html" if html else "json" if "json" in answer.content_type else "",
        code=answer.code,
        error_type=answer.error_type,
        param=answer.param,
        message=answer.message or answer.text,
        said=said,
        host=host,
        headers=answer.headers,
        request_id=answer.request_id or "",
        route=route,
        credential=credential,
    )
