"""Which row of the matrix explains an attempt, or which question has to be answered first."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from diagnose.matrix import Choice, Match, Question, Row, load, questions, rows
from diagnose.matrix.answers import adds_nothing, possible, told
from diagnose.matrix.cut import breaks_off, needs_the_rest
from diagnose.matrix.evidence import Evidence
from diagnose.matrix.hosts import whose
from diagnose.matrix.named import foreign, holders
from diagnose.matrix.phrases import meant, without_denied

_LONGEST = 60_000
"""Characters of an attempt that are looked at: half from its beginning, half from its end."""
_RANKS = range(4)
_PLAIN = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")
"""Typographic quotes, which editors and models put in place of those of the tables."""
_DENIABLE = ("timeout", "dropped")
"""What people say did not happen; of the others ("name not known") the denial is the fault itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A row, or a question with the answers that are left, or neither; and the matches that led there.

    `shown` is the answer that the text itself gave to the question.
    """

    row: Row | None = None
    question: Question | None = None
    candidates: tuple[Choice, ...] = ()
    match: Match | None = None
    shown: Choice | None = None


def decide(evidence: Evidence) -> Decision:
    """What a pasted attempt comes to. A status alone decides nothing here: nobody knows who set it."""
    seen = _Seen(evidence)
    if foreign(evidence, seen.said):
        return Decision()
    decision = _asked(seen, last=False) or _found(seen) or _asked(seen, last=True) or Decision()
    if _proves_nothing(seen, decision):
        return Decision()
    asked = _asked_before(seen, decision)
    if asked is None and decision.row is not None and _asks_in_vain(seen, decision.row):
        return _found(seen, but=decision.row) or _asked(seen, last=True) or Decision()
    return asked or decision


def decide_wire(evidence: Evidence) -> Row:
    """The row of an answer to a request of our own, of which nothing but its own words and status is known."""
    seen = _Seen(evidence, wire=True)
    found = _found(seen)
    if found is not None and found.row is not None:
        return found.row
    for row in rows().values():
        if any(match.wire and seen.fits(match) for match in row.matches):
            return row
    return rows()["unclassified-refusal"]


def _proves_nothing(seen: "_Seen", decision: Decision) -> bool:
    """Whether the text was cut within the error, and what is left of it might be the beginning of any."""
    if decision.match is None or not breaks_off(seen.said):
        return False
    if decision.question is not None and decision.question.last:
        return True
    return decision.row is not None and needs_the_rest(seen.said, decision.row, decision.match)


@cache
def _classes() -> dict[str, str]:
    return {word: kind["name"] for kind in load("routes.toml")["class"] for word in kind["words"]}


def classes(evidence: Evidence) -> frozenset[str]:
    """The classes of route that are named for an attempt, by its route and its credential."""
    named = (evidence.route.lower(), evidence.credential.lower())
    return frozenset(_classes()[word] for word in named if word in _classes())


@cache
def _families() -> dict[str, str]:
    return {word: kind["name"] for kind in load("routes.toml")["credential"] for word in kind["words"]}


def words(evidence: Evidence) -> str:
    """What the phrases of the tables are looked for in."""
    said = evidence.said
    cut = said if len(said) <= _LONGEST else f"{said[: _LONGEST // 2]} … {said[-_LONGEST // 2 :]}"
    return cut.translate(_PLAIN)


class _Seen:
    """An attempt, prepared for being matched many times."""

    def __init__(self, evidence: Evidence, *, wire: bool = False) -> None:
        self.said = words(evidence)
        self.evidence = evidence
        self.wire = wire
        self.classes = frozenset() if wire else classes(evidence)
        self.family = "" if wire else _families().get(evidence.credential.lower(), "")

    def fits(self, match: Match) -> bool:
        """Whether everything that the match names is there. A status that nobody told contradicts no words."""
        return self._facts(match) and self._words(match)

    def _facts(self, match: Match) -> bool:
        seen = self.evidence
        if (match.wire and not self.wire) or (match.pasted and self.wire):
            return False
        if match.status and seen.status not in match.status:
            untold = seen.status is None and bool(match.says) and not self.wire
            if not untold:
                return False
        return (
            (not match.transport or self._broke(match.transport))
            and (not match.html or seen.content == "html")
            and (not match.code or seen.code in match.code or seen.error_type in match.code)
            and (not match.param or seen.param in match.param)
            and (not match.host or seen.host.endswith(match.host))
            and (not match.path or any(part in seen.path for part in match.path))
            and (not match.by or any(program in match.by for program in seen.by))
            and (not match.route or any(name in self.classes for name in match.route))
            and (not match.credential or self.family in match.credential)
            and (not match.whose or whose(seen.host) in match.whose)
            and (not match.waited or (seen.waited or 0) >= match.waited)
        )

    def _words(self, match: Match) -> bool:
        said = self.said
        return (
            (not match.longest or len(said) <= match.longest)
            and (not match.says or any(self._says(part) for part in match.says))
            and (not match.also or any(part in said for part in match.also))
            and not any(part in said for part in match.without)
            and (not match.then or self._goes_on(match))
            and (not match.holders or holders(self.evidence, said) >= match.holders)
        )

    def _says(self, phrase: str) -> bool:
        """A service's own answer denies nothing of itself, people do."""
        return phrase in self.said and (self.wire or meant(phrase, self.said))

    def _goes_on(self, match: Match) -> bool:
        begun = min(at for part in match.says if (at := self.said.find(part)) >= 0)
        return any(self.said.find(part, begun) >= 0 for part in match.then)

    def _broke(self, ways: tuple[str, ...]) -> bool:
        """Whether the line broke in one of these ways; of a pasted text only its words tell that, which may deny it."""
        way = self.evidence.transport
        if way not in ways:
            return False
        if self.wire or way not in _DENIABLE or (rest := without_denied(self.said)) == self.said:
            return True
        from diagnose.matrix.reading.broken import broken

        return broken(rest) == way or broken(self.said) != way


def _found(seen: _Seen, *, but: Row | None = None) -> Decision | None:
    """The first row that fits; with `but`, which asks in vain, the first one that does not."""
    for pairs in _ranked():
        for row, match in pairs:
            if seen.fits(match) and (but is None or not _asks_in_vain(seen, row)):
                return Decision(row=row, match=match)
    return None


def _asks_in_vain(seen: _Seen, row: Row) -> bool:
    """Whether a row would have somebody log in again who was told 403: a login that has ended answers 401, and programs
    say "sign in again" to any refusal."""
    told = seen.evidence.status == 403 and not seen.wire
    return told and row.action == "reauth_or_repair_profile" and row.command == "log-in-again"


@cache
def _ranked() -> tuple[tuple[tuple[Row, Match], ...], ...]:
    every = [(row, match) for row in rows().values() for match in row.matches if not match.wire]
    return tuple(tuple(pair for pair in every if pair[1].rank == rank) for rank in _RANKS)


def _asked(seen: _Seen, *, last: bool) -> Decision | None:
    for question in questions().values():
        if question.before or question.last is not last:
            continue
        match = next((match for match in question.matches if seen.fits(match)), None)
        if match is not None:
            return _answered(seen, question, match)
    return None


def _asked_before(seen: _Seen, decision: Decision) -> Decision | None:
    """The question that goes before an action to which a decision leads, unless the text itself answers it that way."""
    led_to = [decision.row] if decision.row is not None else [rows()[choice.row] for choice in decision.candidates]
    for question in questions().values():
        if not any(row.action in question.before for row in led_to):
            continue
        match = next((match for match in question.matches if seen.fits(match)), None)
        if match is not None:
            answered = _answered(seen, question, match)
            if answered.row is None or answered.row.action not in question.before:
                return answered
    return None


def _answered(seen: _Seen, question: Question, match: Match) -> Decision:
    shown = list(_shown(seen, question)) or _chosen(seen, question)
    if len(shown) == 1:
        return Decision(row=rows()[shown[0].row], question=question, match=match, shown=shown[0])
    left = shown or [choice for choice in question.choices if possible(choice, seen.evidence, seen.classes)]
    if len(left) <= 1:
        left = list(question.choices)
    known = seen.classes if shown else frozenset()
    candidates = (replace(choice, say="") if adds_nothing(choice, seen.evidence, known) else choice for choice in left)
    return Decision(question=question, candidates=tuple(candidates), match=match)


def _chosen(seen: _Seen, question: Question) -> list[Choice]:
    """The one choice whose option tells what is known; a release tells more than a kind of credential."""
    chosen = [choice for choice in question.choices if told(choice, seen.evidence)]
    releases = [choice for choice in chosen if choice.say.startswith("--openclaw-version")]
    return releases or chosen


def _shown(seen: _Seen, question: Question) -> Iterator[Choice]:
    for choice in question.choices:
        if any(seen.fits(match) for match in choice.when):
            yield choice
