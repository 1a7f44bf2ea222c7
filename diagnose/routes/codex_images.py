"""The route `codex-images`: a Codex login on the surface of the Codex backend that has the shape of the Images API.

No text model carries the request (openai/codex#23989, diegosouzapw/OmniRoute#14617), and no recorded answer of it has a
header openai-model: what names a model there can only mean the image model.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from diagnose.images.inputs import Input
from diagnose.model.claim import Claim, Parameters
from diagnose.routes import codex
from diagnose.routes.connection import Connection
from diagnose.routes.edit_body import EditBody
from diagnose.routes.kind import RouteKind
from diagnose.routes.openai_images import GENERATIONS, OpenAIImages
from diagnose.routes.shot import Reply, Shot

EDITS = "/images/edits"


def request_body(claim: Claim, prompt: str, parameters: Parameters) -> dict[str, Any]:
    """The JSON of one image request: the fields that the Codex CLI sends, and the format if not the default."""
    body = {
        "prompt": prompt,
        "background": parameters.background,
        "model": claim.model_id,
        "quality": parameters.quality,
        "size": parameters.size,
    }
    return body if parameters.format == "png" else body | {"output_format": parameters.format}


def refusable(claim: Claim) -> dict[str, Any]:
    """A request that no server can draw from: it has no prompt, and asks for zero images."""
    body = request_body(claim, "", claim.parameters) | {"n": 0}
    del body["prompt"]
    return body


class CodexImages(OpenAIImages):
    """The open route."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, body=request_body)

    def get(self, path: str) -> Reply:
        """A free GET: "/wham/…" beside the base URL, everything else below it."""
        return self._connection.get(codex.url_of(self._connection.target, path))

    def edit(
        self,
        claim: Claim,
        prompt: str,
        parameters: Parameters,
        images: Sequence[Input],
        sink: Callable[[bytes], object],
    ) -> Shot:
        """One image made of these; see Editor.edit."""
        body = EditBody(images, request_body(claim, prompt, parameters))
        return replace(self._shoot(EDITS, body, parameters, sink), inputs=tuple(images))


ROUTE = RouteKind(
    name="codex-images",
    provider=codex.PROVIDER,
    surface=f"POST {codex.ENDS}{GENERATIONS}",
    base_url=codex.BASE_URL,
    ends=codex.ENDS,
    path=GENERATIONS,
    login=True,
    requirements=codex.requirements,
    request_body=request_body,
    refusable=refusable,
    connect=CodexImages,
    edits=EDITS,
)
