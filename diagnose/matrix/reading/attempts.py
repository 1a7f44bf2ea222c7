"""The single attempts in a text, by OpenClaw's words for them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

from diagnose.matrix.reading.patterns import pattern

_REF = r"([A-Za-z0-9][A-Za-z0-9_-]{0,40}/[\w./@+-]{1,120}(?::[A-Za-z]{2,12})?): "
_ALL = pattern(r"\ball (?:image|media)?[ -]?generation models failed ?\(\d{1,3}\): ?", re.IGNORECASE)
_NEXT = pattern(r"(?:^|[|;]\s{1,4}|\n\s{0,8}(?:[-*] )?)" + _REF)
_ONE = pattern(r"\b(?i:candidate (?:failed|skipped)): " + _REF)
_FIRST = pattern(r"^\W{0,4}(?:(?i:error|warn|warning|info)\b\W{0,3})?" + _REF, re.MULTILINE)
_FEW_LINES = 6
_LONGEST_FIRST = 2000
_END_OF_STRING = pattern(r"\"[\s,}\]]{0,60}$")
# A line that a program begins anew: what came before it ends there.
_LOGGED = pattern(
    r"\n(?=\[[a-z][\w/.-]{2,60}\] |(?:[A-Z]\w{0,40})?Error: |(?:Debug|Try|Help): |\{\"ok\""
    r"|(?:INFO|WARN|ERROR|DEBUG)\b|image-generation candidate )"
)
_BESIDE = pattern(r"^\[(?:image-generation/[\w-]{1,40}|security|fetch-timeout|proxy)\] ", re.IGNORECASE)
_LINES_BESIDE = 4
_SAME = 24
_MOST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """What was tried, what was said, and the lines of the log that belong to it."""

    candidate: str
    said: str
    beside: str = ""


def attempted(text: str, listed: Iterator[tuple[str, str]]) -> tuple[Attempted, ...]:
    """Each once, in the order of the text; `listed` are those that an object in the text holds.

    The line about a candidate and the list at the end tell the same one: the longer of both is kept, for only the line
    has the cause behind a bare "fetch failed".
    """
    found = sorted([*_lines(text), *_lists(text)], key=lambda one: one[0]) or list(_first_words(text))
    kept: list[Attempted] = []
    for one in [*(one for _, one in found), *(Attempted(candidate=ref, said=said) for ref, said in listed)]:
        same = next((place for place, other in enumerate(kept) if _is_same(one, other)), None)
        if same is None:
            kept.append(one)
        elif len(one.said) > len(kept[same].said):
            kept[same] = replace(kept[same], said=one.said)
        if len(kept) >= _MOST:
            break
    return tuple(kept)


def _is_same(one: Attempted, other: Attempted) -> bool:
    if one.candidate.lower() != other.candidate.lower():
        return False
    words, others = (" ".join(each.said[:200].replace('\\"', '"').lower().split()) for each in (one, other))
    return words.startswith(others[:_SAME]) or others.startswith(words[:_SAME])


def _lines(text: str) -> Iterator[tuple[int, Attempted]]:
    for found in list(_ONE().finditer(text))[:_MOST]:
        yield (
            found.start(),
            Attempted(candidate=found[1], said=_to_the_next(text, found.end()), beside=_beside(text, found.start())),
        )


def _lists(text: str) -> Iterator[tuple[int, Attempted]]:
    for opened in list(_ALL().finditer(text))[:_MOST]:
        said = _to_the_next(text, opened.end())
        marks = list(_NEXT().finditer(said))[:_MOST]
        for mark, behind in zip_longest(marks, marks[1:]):
            part = said[mark.end() : behind.start() if behind else len(said)].strip()
            # The quote that ends a JSON string, where the whole list stands in one.
            part = _END_OF_STRING().sub("", part) if part.count('"') % 2 else part
            yield opened.end() + mark.start(), Attempted(candidate=mark[1], said=part)


def _first_words(text: str) -> Iterator[tuple[int, Attempted]]:
    """A message that was copied without the words around it begins with the reference."""
    found = _FIRST().search(text, 0, _LONGEST_FIRST)
    if found and text.count("\n") < _FEW_LINES:
        yield 0, Attempted(candidate=found[1], said=_to_the_next(text, found.end()))


def _to_the_next(text: str, at: int) -> str:
    ends = [found.start() for begun in (_LOGGED, _ALL, _ONE) if (found := begun().search(text, at))]
    return text[at : min(ends, default=len(text))].strip()


def _beside(text: str, at: int) -> str:
    """The lines right before, as far as they are about the same request."""
    begin = text.rfind("\n", 0, at) + 1
    before = text[max(0, begin - 6000) : begin].split("\n")[:-1]
    kept: list[str] = []
    for line in reversed(before[-_LINES_BESIDE:]):
        if not _BESIDE().match(line):
            break
        kept.insert(0, line)
    return "\n".join(kept)
