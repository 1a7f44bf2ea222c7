"""The models that the emulated API knows (models.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from diagnose.sandbox.strict import build, read


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model: `sizes` "free" follows the size rule, "fixed" takes the three classic sizes; `created` is
    Unix seconds. A retired model is answered like an unknown one."""

    id: str
    created: int
    shutdown_date: str | None = None
    retired: bool = False
    sizes: Literal["free", "fixed"] = "free"
    qualities: tuple[str, ...] = ()
    transparent: bool = False
    input_fidelity: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Factors by quality of the formula in usage.py."""

    as_of: str
    source: str
    factors: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """Tokens by size, for each quality, of the models with fixed sizes."""

    as_of: str
    source: str
    low: dict[str, int]
    medium: dict[str, int]
    high: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Tokens of one partial image, and of one input image."""

    as_of: str
    source: str
    partial: int
    input_image: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The token figures of models.toml."""

    steps: Steps
    fixed: Fixed
    other: Other


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """models.toml as a whole."""

    as_of: str
    source: str
    tokens: Tokens
    model: tuple[Model, ...]


@cache
def catalogue() -> Catalogue:
    """models.toml, checked."""
    return build(Catalogue, read("models.toml"), "models.toml")


@cache
def served() -> dict[str, Model]:
    """The models that can be asked for, by id."""
    return {model.id: model for model in catalogue().model if not model.retired}
