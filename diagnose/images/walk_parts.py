"""What the format walkers and their driver say to each other.

A format walker is a generator: it yields what it wants next (one of the four requests below) and is resumed
when the bytes have come, however they were cut. It writes what it learns into one ``Notes``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

METADATA_LIMIT = 512 * 1024


@dataclass(slots=True)
class Take:
    """Give me exactly ``size`` bytes (small: they are copied)."""

    size: int


@dataclass(slots=True)
class Peek:
    """Show me the next ``size`` bytes, or all there are when the data ends first, and leave them unread."""

    size: int


@dataclass(slots=True)
class Pass:
    """Pass over ``size`` bytes, showing each piece to ``each`` as it comes."""

    size: int
    each: Callable[[memoryview], object] | None = None


@dataclass(slots=True)
class Marker:
    """Pass over JPEG scan data and give me the two bytes of the next marker that is not part of it."""


Want = Take | Peek | Pass | Marker
Walk = Generator[Want, bytes, None]


@dataclass(slots=True)
class Notes:
    """What is known so far. ``at`` (bytes consumed) belongs to the driver, the rest to the format walker."""

    at: int = 0
    where: str = "the header"
    format: str | None = None
    width: int | None = None
    height: int | None = None
    alpha: bool | None = None
    ended: bool = False
    credentials: bool = False
    problem: str | None = None
    metadata: bytearray = field(default_factory=bytearray)

    def report(self, what: str) -> None:
        """Keep the first problem: later ones are usually its consequences."""
        if self.problem is None:
            self.problem = what

    def keep(self, piece: bytes | memoryview) -> None:
        """Keep metadata as long as there is room."""
        self.metadata += piece[: METADATA_LIMIT - len(self.metadata)]
