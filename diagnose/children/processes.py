"""Which processes live, and which of them descend from a child of ours: by /proc on Linux, by `ps` elsewhere."""

import contextlib
import os
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """A process as the system lists it. `born` tells it from a later one with the same number."""

    pid: int
    parent: int
    born: str
    name: str


class Family:
    """The processes that descend from one child, or carry its mark ("NAME=value" in their environment)."""

    def __init__(self, root: int, mark: str) -> None:
        self._mark = mark.encode()
        # Before anybody collects the child its number cannot be another's.
        self._known = {one.pid: one.born for one in _processes() if one.pid == root}

    def look(self, *, thoroughly: bool = False) -> list[Process]:
        """Remember the descendants that are there now, and give those that live. `thoroughly`: by their mark, too."""
        there = {one.pid: one for one in _processes()}
        ours = {pid for pid, born in self._known.items() if pid in there and there[pid].born == born}
        if thoroughly:
            ours |= _marked(self._mark, there.keys() - ours - {os.getpid()})
        grown = True
        while grown:
            more = {one.pid for one in there.values() if one.pid not in ours and one.parent in ours}
            grown = bool(more)
            ours |= more
        self._known |= {pid: there[pid].born for pid in ours}
        return [there[pid] for pid in ours]


def _marked(mark: bytes, pids: Set[int]) -> set[int]:
    """Those of the processes that have the mark in their environment, as far as we may see it."""
    if not _PROC.is_dir():
        shown = (line.split(None, 1) for line in _ps("-axEww", "-o", "pid=,command="))
        own = {int(words[0]) for words in shown if len(words) == 2 and mark.decode() in words[1]}
        return own & pids
    found = set()
    for pid in pids:
        with contextlib.suppress(OSError):  # it is gone, or somebody else's
            if mark in (_PROC / str(pid) / "environ").read_bytes().split(b"\0"):
                found.add(pid)
    return found


def _processes() -> Iterator[Process]:
    """Every process that lives; what has ended and is not yet collected does not count."""
    if not _PROC.is_dir():
        yield from _listed()
        return
    for entry in _PROC.iterdir():
        if entry.name.isdecimal() and (found := _stat(entry.name)) is not None:
            yield found


def _stat(pid: str) -> Process | None:
    try:
        text = (_PROC / pid / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name stands in brackets and may hold anything, brackets too.
    name, rest = text[text.find("(") + 1 : text.rfind(")")], text[text.rfind(")") + 2 :].split()
    if rest[0] in "ZX":
        return None
    return Process(int(pid), int(rest[1]), rest[19], name)


def _listed() -> Iterator[Process]:
    """The processes of a system without /proc (macOS), by `ps`."""
    for line in _ps("-axo", "pid=,ppid=,stat=,lstart=,comm="):
        if (found := _row(line)) is not None:
            yield found


def _row(line: str) -> Process | None:
    """A line of `ps`: three words, a date of five, and the path of the program."""
    words = line.split(None, 8)
    if len(words) < 9 or not (words[0].isdecimal() and words[1].isdecimal()) or words[2].startswith("Z"):
        return None
    return Process(int(words[0]), int(words[1]), " ".join(words[3:8]), words[8].rpartition("/")[2])


def _ps(*options: str) -> list[str]:
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603 - our own words
            ["/bin/ps", *options], capture_output=True, text=True, errors="replace", timeout=5, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return done.stdout.splitlines()
