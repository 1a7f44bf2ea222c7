"""A list of errors that may happen, out of a manual or a README: it tells what each means, not which one came."""

import re
from dataclasses import dataclass
from itertools import pairwise

from diagnose.matrix.reading.patterns import pattern

_FEWEST = 3
"""Different statuses that make a list."""
_APART = 12
"""Lines between two entries of one list: what the first one means."""
_MOST = 200
_ENTRY = pattern(
    r"(?P<mark>(?:[-+\u2022\u2013\u00b7]|\d{1,2}[.)]|\[\d{1,2}\])\s{1,4})?[`*_\"'(\[]{0,4}"
    r"(?:(?:HTTP|error|status|code)[ :]{1,2}){0,2}[`*\"']{0,3}(?P<status>[45]\d\d)\b",
    re.IGNORECASE,
)
_INLINE = pattern(
    r"(?:^|[,;:/|(\u3001]|\b(?:and|or|und|oder|are|is|of|include|includes|like|as|errors?|codes?))"
    r"\s{0,3}[`*\"'(]{0,3}(?:HTTP |error |status )?([45]\d\d)\b(?=[ `:)=*\"'(\u2013\u2014-]{1,4}[A-Za-z_])",
    re.IGNORECASE,
)
_ENTRY_ENDS = pattern(r"[.;)\]}]|$")
_LOGGED = pattern(r"\b(?:retrying|will retry|attempt \d|retry \d|failed:|error:|traceback|curl: \(\d)", re.IGNORECASE)
_LONGEST_LINE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What stands around a list, and its entries: the status of each and what it says."""

    rest: str
    entries: tuple[tuple[int, str], ...]


def listed(text: str) -> Listed | None:
    """The list of errors in a plain text; None where it has none."""
    lines = text.split("\n")
    return _in_lines(lines) or _in_a_line(lines)


def _in_lines(lines: list[str]) -> Listed | None:
    places: list[tuple[int, int, bool]] = []
    for at, line in enumerate(lines):
        entry = _ENTRY().match(line) if line[:24].strip() and any(sign in "45" for sign in line[:24]) else None
        if entry and len(places) < _MOST:
            places.append((at, int(entry["status"]), bool(entry["mark"]) or "|" in line))
    if len(places) < _FEWEST or not _is_list(places, lines):
        return None
    begin, end = places[0][0], _end(lines, places[-1][0])
    ends = [*(at for at, _, _ in places[1:]), end]
    entries = tuple((place[1], "\n".join(lines[place[0] : to])) for place, to in zip(places, ends, strict=True))
    return Listed(rest="\n".join([*lines[:begin], "", *lines[end:]]), entries=entries)


def _is_list(places: list[tuple[int, int, bool]], lines: list[str]) -> bool:
    statuses = [status for _, status, _ in places]
    if len(set(statuses)) < _FEWEST or len(set(statuses)) * 2 < len(statuses):
        return False
    near = all(after[0] - before[0] <= _APART for before, after in pairwise(places))
    rising = statuses == sorted(set(statuses))
    logged = any(_LOGGED().search(lines[at][:_LONGEST_LINE]) for at, _, _ in places)
    return near and (rising or all(marked for _, _, marked in places)) and not logged


def _end(lines: list[str], last: int) -> int:
    """Behind the paragraph of the last entry."""
    at = last + 1
    while at < len(lines) and at - last <= _APART and lines[at].strip() and lines[at][:1] not in "{[<":
        at += 1
    return at


def _in_a_line(lines: list[str]) -> Listed | None:
    for at, line in enumerate(lines):
        found = list(_INLINE().finditer(line, 0, _LONGEST_LINE)) if "4" in line else []
        if len({entry[1] for entry in found}) < _FEWEST or _LOGGED().search(line, 0, _LONGEST_LINE):
            continue
        last = _ENTRY_ENDS().search(line, found[-1].end())
        end = last.start() if last else len(line)
        ends = [*(entry.start() for entry in found[1:]), end]
        entries = tuple((int(entry[1]), line[entry.start(1) : to]) for entry, to in zip(found, ends, strict=True))
        rest = [*lines[:at], line[: found[0].start(1)], line[end:], *lines[at + 1 :]]
        return Listed(rest="\n".join(rest), entries=entries)
    return None
