"""What a playbook has to know of a command line. Whoever parses it says; no word is judged by its looks here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from diagnose.model.check import Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a command asks for: the most that it can cause, and whether it plays a scenario (nothing real then)."""

    cost: Cost
    sandbox: bool = False


class Commands(Protocol):
    """Reads command lines of ours, given as words that begin with "routecheck"."""

    def asked(self, words: Sequence[str]) -> Asked:
        """What the command asks for. One that cannot be parsed counts as one that can bill."""
        ...

    def joined(self, words: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
        """The command with more options: one that can be given once only takes the place of the command's own."""
        ...
