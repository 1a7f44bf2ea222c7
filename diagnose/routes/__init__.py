"""The routes: how each is asked for an image, and which witnesses it gives."""

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

ROUTES: Mapping[str, str] = {"openai-images": "diagnose.routes.openai_images"}
"""Route id → module. A module is imported when its route is asked for."""


def load(route: str) -> ModuleType:
    """The module of a route; KeyError when there is none of that name."""
    return import_module(ROUTES[route])
