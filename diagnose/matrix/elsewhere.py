"""Commands that suit whoever was asked: a key of another vendor is not tried at OpenAI, and a program that is not
OpenClaw is not asked in OpenClaw's words."""

from collections.abc import Mapping
from typing import Any

from diagnose.matrix import Row, load
from diagnose.matrix.evidence import Evidence


def asked(classes: frozenset[str], seen: Evidence) -> frozenset[str]:
    """The classes of route; where none is known and a gateway wrote the answer, a gateway's: the login is in there."""
    return classes or frozenset(["gateway"] if any(name in seen.by for name in _table()["gateways"]) else [])


def suited(lines: tuple[str, ...], row: Row, classes: frozenset[str], seen: Evidence) -> tuple[str, ...]:
    """The commands without those of another vendor or program; in their place what asks the one that is meant."""
    table = _table()
    mine = lines
    for program in ("openclaw", "codex"):
        if not _is_about(program, row, seen):
            mine = _without(mine, table[program])
    if mine != lines:
        mine = (table["program"], *mine)
    asks = _asks(classes, seen)
    kept = _without(mine, table["openai"]) if asks else mine
    if kept == mine:
        return mine
    return tuple(dict.fromkeys((*kept, *table["actions"].get(row.action, asks))))


def _asks(classes: frozenset[str], seen: Evidence) -> tuple[str, ...]:
    """What asks the vendor or gateway that is known to be meant; nothing for OpenAI's own surfaces."""
    ask = _table()["ask"]
    names = sorted(classes) if classes else [name for name in seen.by if not seen.host.endswith("openai.com")]
    if not {"login", "key"}.isdisjoint(names):
        return ()
    return next((tuple(ask[name]) for name in names if name in ask), ())


def _is_about(program: str, row: Row, seen: Evidence) -> bool:
    """Whether the row or the text speaks of that program."""
    told = f"{row.id} {row.title} {row.meaning} {row.first_check} {row.better_move} {row.source}".lower()
    return program in told or program in seen.by or (program == "openclaw" and bool(seen.release))


def _without(lines: tuple[str, ...], signs: list[str]) -> tuple[str, ...]:
    return tuple(line for line in lines if not any(sign in line for sign in signs))


def _table() -> Mapping[str, Any]:
    return load("remedies.toml")["elsewhere"]  # type: ignore[no-any-return]
