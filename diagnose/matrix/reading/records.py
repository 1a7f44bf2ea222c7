"""The records of a log: what programs wrote one after the other, each about what happened then."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from diagnose.matrix.evidence import Evidence
from diagnose.matrix.reading.components import component
from diagnose.matrix.reading.gathering import gather
from diagnose.matrix.reading.parties import OF_NOBODY
from diagnose.matrix.reading.patterns import pattern
from diagnose.matrix.reading.plain import MARK

_MOST = 40
"""Records that are looked at: the last ones, which tell how it ended."""
_LONGEST = 8_000
_LEVEL = r"(?:trace|debug|info|notice|warn(?:ing)?|error|err|fatal|critical|severe)"
# What stands before the words of a line of a log.
_HEAD = pattern(
    r"(?:[A-Z][a-z]{2} {1,2}\d{1,2} {1,2}[\w.-]{1,60} [\w./-]{1,40}(?:\[\d{1,9}\])?: ?"
    r"|(?:level|lvl|severity)=[\"']?" + _LEVEL + r"[\"']?\s|\[?" + _LEVEL + r"\b\]?[\s:|-]{1,3}(?=\S)"
    r"|\[[a-z][\w/.: -]{1,60}\] ){1,5}",
    re.IGNORECASE,
)
# A line about one of several tries, of which each is told by itself.
_TRY = pattern(r"(?:retry|attempt|try|final(?:ly)?)\b[ #]?\d{0,3}|[45]\d\d[: ]\s?[A-Za-z{]", re.IGNORECASE)
_ANSWER = pattern(r"HTTP(?:/[\d.]{1,3})? ([1-5])\d\d\b", re.IGNORECASE)
# A line of a server's own log holds both: what was asked, and the status that was answered.
_SERVED = pattern(r"(?:POST|GET|PUT) \S{1,400} [1-5]\d\d\b", re.IGNORECASE)
_ASKED = pattern(r"(?:POST|GET|PUT|CONNECT) \S{1,400} HTTP/|\$ |curl -", re.IGNORECASE)
_JSON = pattern(r"\{\s?[\"'].*\}$")
# Such a line goes on with what the one before began: headers and body, a cause, a place in a program.
_GOES_ON = pattern(
    r"[*<>\]})\"'^|]|[{\[]|\s|at |caused by|cause:|body:|response:|file \"|traceback|during handling"
    r"|the above exception|[a-z][\w-]{2,40}: \S+$",
    re.IGNORECASE,
)
_AGAIN = pattern(
    r"\bretrying\b|\bwill retry\b|(?<!please )\bretry (?:\d{1,3}(?:/\d{1,3})? )?in \d|\brefreshing\b|\breconnecting\b"
    r"|\btrying again\b|\bbacking off\b|\bsleeping \d|正在重试|重试中"
)
_CALM = pattern(r"\W{0,2}(?:level=|lvl=|severity=)?[\"']?(?:info|debug|trace|notice)\b", re.IGNORECASE)
_ALARMED = pattern(r"\W{0,2}(?:level=|lvl=|severity=)?[\"']?(?:error|err|fatal|critical|severe)\b", re.IGNORECASE)
_OVERCOME = pattern(
    r"(?<!not )(?<!not be )(?<!n't )\b(?:refreshed|recovered|reconnected)\b"
    r"|\brefresh(?:ing)?\W{1,4}(?:ok|done|succeeded|successful)"
    r"|\bsucceeded (?:on|after) (?:retry|attempt|\d)|已刷新|重试成功"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One failure of a log, which may have several records; `again` where it was tried again after it, `overcome` where
    the log says that this helped; `about` the part of a program that it is of, as `component` tells it."""

    evidence: Evidence
    again: bool = False
    overcome: bool = False
    about: str = ""


@dataclass(slots=True, kw_only=True)
class _Failure:
    """The records that tell one failure: their statuses and codes agree, and nothing was tried again between them."""

    parts: list[str] = field(default_factory=list)
    seen: list[Evidence] = field(default_factory=list)
    again: bool = False
    overcome: bool = False
    calm: bool = False

    def is_another(self, text: str, seen: Evidence) -> bool:
        if self.again or self.overcome:
            return _names_failure(seen) or not (_AGAIN().search(seen.said) or _OVERCOME().search(seen.said))
        if self.calm and any(_ALARMED().match(part) for part in self.parts) and _ALARMED().match(text):
            return True
        if {self.about(), component(text)} == {"images", "other"}:
            return True
        if not _names_failure(seen):
            return False
        mine = [one for one in self.seen if _names_failure(one)]
        statuses, codes = {one.status for one in mine} - {None}, {_code(one) for one in mine} - {""}
        return (
            (seen.status is not None and bool(statuses) and seen.status not in statuses)
            or (_code(seen) != "" and bool(codes) and _code(seen) not in codes)
            or (seen.status is None and seen.transport is not None and bool(statuses))
            or (seen.status is not None and not statuses and any(one.transport for one in mine))
        )

    def take(self, text: str, seen: Evidence) -> None:
        self.parts.append(text)
        self.calm = bool(_CALM().match(text))
        self.seen.append(seen)
        self.again = self.again or bool(_AGAIN().search(seen.said))
        self.overcome = self.overcome or bool(_OVERCOME().search(seen.said))

    def about(self) -> str:
        told = {component(part) for part in self.parts}
        return "images" if "images" in told else "other" if "other" in told else ""

    def told(self) -> Tried:
        evidence = self.seen[0] if len(self.parts) == 1 else gather("\n".join(self.parts))
        return Tried(evidence=evidence, again=self.again, overcome=self.overcome, about=self.about())


def failures(text: str) -> tuple[Tried, ...]:
    """The different failures of a log, in its order, `text` with its marks; nothing where it tells one or none."""
    records = [record.strip() for record in _records(text)]
    if len(records) < 2:
        return ()
    every = [_Failure()]
    for record in records[-_MOST:]:
        seen = gather(record[:_LONGEST])
        if every[-1].seen and every[-1].is_another(record, seen):
            every.append(_Failure())
        every[-1].take(record[:_LONGEST], seen)
    return tuple(one.told() for one in every) if len(every) > 1 else ()


def _names_failure(seen: Evidence) -> bool:
    return (seen.status or 0) >= 400 or bool(_code(seen)) or seen.transport is not None


def _code(seen: Evidence) -> str:
    code = seen.code.lower()
    return "" if code in OF_NOBODY or code.isdigit() else code


def _records(text: str) -> Iterator[str]:
    """The text in parts, each of which begins with a line that a program wrote by itself."""
    begun: list[str] = []
    place = _Place()
    for raw in text.split("\n"):
        line = raw.lstrip(MARK)
        if place.begins(line, timed=raw[:1] == MARK) and begun:
            yield "\n".join(begun)
            begun = []
        begun.append(line)
    yield "\n".join(begun)


class _Place:
    """Where in a log a line stands: what came before it in the same record."""

    def __init__(self) -> None:
        self._json = False
        self._asking = False
        self._answered = False
        self._again = False
        self._calm = False

    def begins(self, line: str, *, timed: bool) -> bool:
        """Whether the next line begins a record."""
        head = _HEAD().match(line)
        rest = line[head.end() :] if head else line
        is_json = bool(rest[:1] == "{" and _JSON().match(rest))
        began = self._begins(rest, timed=timed or head is not None, is_json=is_json)
        if began:
            self._answered = self._asking = False
        answer = _ANSWER().match(rest)
        if answer:
            self._asking, self._answered = answer[1] in {"1", "3"}, answer[1] not in {"1", "3"}
        elif _ASKED().match(rest):
            self._asking = True
        self._json = is_json
        self._calm = bool(_CALM().match(line))
        low = rest.lower()
        self._again = bool(_AGAIN().search(low) or _OVERCOME().search(low))
        return began

    def _begins(self, rest: str, *, timed: bool, is_json: bool) -> bool:
        if not rest:
            return False
        if is_json:
            return self._json or (timed and (self._again or self._calm))
        if _SERVED().match(rest):
            return True
        if _ANSWER().match(rest):
            return not self._asking
        if _ASKED().match(rest):
            return self._answered
        if _GOES_ON().match(rest):
            return timed and (self._again or self._calm)
        return timed or self._again or bool(_TRY().match(rest))
