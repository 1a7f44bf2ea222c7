"""The routes: how each is asked for an image, and which witnesses it gives."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diagnose.routes.kind import RouteKind

ROUTES: Mapping[str, str] = {
    "openai-images": "diagnose.routes.openai_images",
    "codex-responses": "diagnose.routes.codex_responses",
    "codex-images": "diagnose.routes.codex_images",
}
"""Route id → module. A module is imported when its route is asked for."""


def load(route: str) -> RouteKind:
    """The route of that id; KeyError when there is none of that name."""
    kind: RouteKind = import_module(ROUTES[route]).ROUTE
    return kind
