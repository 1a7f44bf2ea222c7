"""The route `codex-responses`: a Codex login on the Responses surface of the Codex backend, with its hosted image tool.

A text model carries the request and calls the tool; the answer is a stream of events.
"""

from collections.abc import Callable, Mapping
from typing import Any

from diagnose.capabilities.codex import carrier
from diagnose.http import Exchange
from diagnose.model.claim import Claim, Parameters
from diagnose.model.secret import Secret
from diagnose.routes import codex
from diagnose.routes.answers import parse, read
from diagnose.routes.codex_shot import shot_of
from diagnose.routes.codex_stream import StreamReader
from diagnose.routes.connection import Connection
from diagnose.routes.kind import RouteKind
from diagnose.routes.shot import Reply, Shot, failed

RESPONSES = "/responses"
_INSTRUCTIONS = "Make exactly one image of what the user describes, with the image_generation tool. Write no text."


def request_body(claim: Claim, prompt: str, parameters: Parameters) -> dict[str, Any]:
    """The JSON of one image request: what this surface insists on, and nothing that it refuses.

    It wants `store` off, `stream` on and instructions; it takes no `n`, no temperature and no limit of tokens.
    """
    return {
        "model": carrier().id,
        "store": False,
        "stream": True,
        "instructions": _INSTRUCTIONS,
        "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": prompt}]}],
        "tools": [
            {
                "type": "image_generation",
                "model": claim.model_id,
                "size": parameters.size,
                "quality": parameters.quality,
                "background": parameters.background,
                "output_format": parameters.format,
            }
        ],
        "tool_choice": {"type": "image_generation"},
    }


def refusable(_: Claim) -> dict[str, Any]:
    """A request that no server can draw from: nothing to draw, no tool to draw with, and stored instead of streamed."""
    return {"model": carrier().id, "store": True, "stream": False}


class CodexResponses:
    """The open route."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, path: str) -> Reply:
        """A free GET: "/wham/…" beside the base URL, everything else below it."""
        return self._connection.get(codex.url_of(self._connection.target, path))

    def refuse_me(self, body: Mapping[str, Any], *, key: Secret | None = None, may_bill: bool = False) -> Reply:
        """A POST that must be refused; see Connection.refuse_me."""
        url = self._connection.target.url(RESPONSES)
        return self._connection.refuse_me(url, body, key=key, may_bill=may_bill)

    def generate(self, claim: Claim, prompt: str, parameters: Parameters, sink: Callable[[bytes], object]) -> Shot:
        """One image, which counts against the plan; see Route.generate."""
        connection = self._connection
        reader = StreamReader(sink)
        came = connection.pay(
            connection.target.url(RESPONSES),
            request_body(claim, prompt, parameters),
            reader.feed,
            accept="text/event-stream",
        )
        if not isinstance(came, Exchange):
            return failed(parameters, came, None)
        if not 200 <= came.status < 300:
            return failed(parameters, read(came, parse(came.body), connection.clean), came)
        return shot_of(reader.finish(), parameters, came, connection)


ROUTE = RouteKind(
    name="codex-responses",
    provider=codex.PROVIDER,
    surface=f"POST {codex.ENDS}{RESPONSES}",
    base_url=codex.BASE_URL,
    ends=codex.ENDS,
    path=RESPONSES,
    login=True,
    requirements=codex.requirements,
    request_body=request_body,
    refusable=refusable,
    connect=CodexResponses,
    # The Codex CLI compares that header with the text model that it asked for (codex-rs/core, safety_check_downgrade).
    carrier=lambda: carrier().id,
)
