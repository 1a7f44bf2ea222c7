"""Whose host an attempt went to, as far as its name tells."""

from functools import cache
from typing import Literal

from diagnose.matrix import load

Whose = Literal["", "known", "private", "stranger", "imitation"]
"""Nobody named one · a vendor's or gateway's of the table · of one's own network · anybody's · written much like a
vendor's, and not the vendor's."""

_PRIVATE = (".local", ".lan", ".internal", ".home", ".localdomain", ".cluster.local", ".svc", ".arpa", ".docker")
_HOSTNAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_")
_LONGEST = 253
_TELLING = 6
"""Shorter labels resemble too much."""


def whose(host: str) -> Whose:
    """Of what kind a host name in lower case is; "" for what is none."""
    name = host.rstrip(".")
    if not name or len(name) > _LONGEST or not _HOSTNAME.issuperset(name):
        return "" if ":" not in name else "private"
    labels = name.split(".")
    if len(labels) == 1 or labels[-1].isdigit() or name.endswith(_PRIVATE):
        return "private"
    if any(name == known or name.endswith("." + known) for known in _table("known")):
        return "known"
    if any(_alike(label, vendor) for label in labels for vendor in _table("imitated")):
        return "imitation"
    return "stranger"


@cache
def _table(kind: str) -> tuple[str, ...]:
    return tuple(load("routes.toml")["hosts"][kind])


def _alike(label: str, vendor: str) -> bool:
    """One sign differs, or two neighbours are swapped; one sign more makes another word ("openapi")."""
    if len(label) != len(vendor) or len(label) < _TELLING:
        return False
    differ = [at for at, (one, other) in enumerate(zip(label, vendor, strict=True)) if one != other]
    if len(differ) == 2 and differ[1] == differ[0] + 1:
        return label[differ[0]] == vendor[differ[1]] and label[differ[1]] == vendor[differ[0]]
    return len(differ) == 1
