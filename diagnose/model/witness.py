"""Independent observations about what happened, and how much each of them weighs."""

from dataclasses import dataclass
from typing import Literal

Dimension = Literal["provider", "surface", "credential", "owner", "model", "parameters", "pixels", "freshness"]
DIMENSIONS: tuple[Dimension, ...] = (
    "provider", "surface", "credential", "owner", "model", "parameters", "pixels", "freshness",
)  # fmt: skip

Source = Literal["config", "wire", "header", "body", "bytes", "tool-output", "control"]

HOST_SAYS: frozenset[Source] = frozenset({"header", "body", "control"})
"""Sources that the answering host writes itself: one party, and worth little until the host is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One observation.

    `strength` is 0-4: 4 settles a dimension, 3 proves it, 2 needs a second party, 1 and 0 prove nothing.
    `aspect` names the single parameter that a `parameters` witness speaks about ("quality").
    `check` is the id of the check that saw it.
    """

    dimension: Dimension
    value: str
    source: Source
    strength: int
    agrees: bool
    check: str
    aspect: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 4:
            raise ValueError(f"strength is 0-4, not {self.strength}")


Need = Literal["required", "reported", "not revealed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What a route says about one dimension: whether a proof needs it, and why.

    `aspects`: single parameters of which each needs its own witness (only for `parameters`).
    """

    dimension: Dimension
    need: Need
    reason: str
    aspects: tuple[str, ...] = ()
