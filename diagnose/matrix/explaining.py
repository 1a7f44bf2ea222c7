"""A pasted error, explained: what it is, why we think so, what to do; or the one fact that decides."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from diagnose.matrix import Choice, Match, Row, rows
from diagnose.matrix.branches import Branch, branches, branches_of_check, groups
from diagnose.matrix.deciding import Decision, classes, words
from diagnose.matrix.evidence import Evidence
from diagnose.matrix.phrases import meant
from diagnose.matrix.remedies import collect, commands, dont, found
from diagnose.matrix.saved import of_report
from diagnose.matrix.unsettled import of_several, unsettled
from diagnose.matrix.weighing import decided, weighed
from diagnose.model.explanation import Attempt, Candidate, Explanation, Found

if TYPE_CHECKING:
    from diagnose.matrix.reading import Reading

_WANTED = ("openai/", "openai-codex/")
"""The wanted model's provider, and what some releases of OpenClaw call it for a login."""
_OF_SEVERAL = frozenset({"recover_finished_result_before_retry", "keep_one_owner_of_refresh_token"})
"""Actions that forbid what each of the failures by itself would ask for."""
_CHALLENGES = (
    "cf-mitigated: challenge", "cf_chl_", "challenge-platform", "just a moment...",
    "enable javascript and cookies to continue",
)  # fmt: skip
_BLOCKS = ("attention required! | cloudflare", "sorry, you have been blocked", "error code: 1020", "error code: 1010")
_FACTS = {
    "http_status": "status",
    "code": "code",
    "type": "error_type",
    "param": "param",
    "host": "host",
    "path": "path",
    "request_id": "request_id",
    "organization": "organization",
    "candidate": "candidate",
    "served_model": "served_model",
    "retry_after": "retry_after",
    "waited": "waited",
    "transport": "transport",
    "content": "content",
    "safety_violations": "violations",
    "openclaw_version": "release",
}
"""Names of the public JSON, and the fields of the evidence that they tell."""


def explain(reading: "Reading") -> Explanation:
    """Explains a text. Of several attempts the one for the wanted model counts: it is the one to mend."""
    if reading.report is not None and (saved := of_report(reading.report, reading.outer)) is not None:
        return saved
    beside = unsettled(reading, _facts(reading.outer, None, by=reading.outer.by))
    if beside is not None:
        return beside
    if reading.failures and (ended := _of_log(reading)) is not None:
        return ended
    decisions = [decided(attempt) for attempt in reading.attempts]
    chosen = _matters(reading.attempts)
    seen, decision = reading.attempts[chosen], decisions[chosen]
    whole = decision if reading.outer == seen else decided(reading.outer)
    if _tells_more(whole, decision, alone=len(reading.attempts) == 1):
        seen, decision = reading.outer, whole
    own = weighed(decision, reading.stated)
    if len(own) > 1:
        return of_several([one for _, one in own], _facts(reading.outer, None, by=reading.outer.by))
    seen, decision = own[0] if own else (seen, decision)
    told = _attempts(reading.attempts, decisions, chosen) if len(reading.attempts) > 1 else ()
    return _explanation(seen, reading.outer, decision, told)


def _of_log(reading: "Reading") -> Explanation | None:
    """Of several failures in a log, the one that ended the request; None where the text as a whole is to be asked."""
    from diagnose.matrix.ending import ending

    seen = [failure.evidence for failure in reading.failures]
    decisions = [decided(one) for one in seen]
    end = ending(reading.failures, decisions)
    whole = decided(reading.outer) if end is not None else Decision()
    if end is None or _joins(whole, decisions):
        return None
    shown = [at for at, decision in enumerate(decisions) if at == end.matters or _is_last_of_row(at, decisions)]
    if end.matters is not None:
        told = _attempts([seen[at] for at in shown], [decisions[at] for at in shown], shown.index(end.matters))
        return _explanation(seen[end.matters], reading.outer, decisions[end.matters], told)
    told = _attempts([seen[at] for at in shown], [decisions[at] for at in shown], -1)
    choices = [Choice(given=_given(seen[at]), row=row.id) for at in end.left if (row := decisions[at].row)]
    return Explanation(
        outcome="ambiguous",
        because=tuple(because for at in end.left for because in _because(seen[at], decisions[at])),
        facts=_facts(seen[end.left[-1]], None, by=reading.outer.by),
        question="Which of these ended the request?",
        candidates=tuple(_candidate(choice) for choice in choices),
        attempts=told,
        next=tuple(f"routecheck explain {choice.row}" for choice in choices),
    )


def _joins(whole: Decision, decisions: list[Decision]) -> bool:
    """Whether the text as a whole shows what none of its failures does by itself: that another one answered, that an
    image was made before one of them, that two programs share a login."""
    if whole.row is None or whole.match is None:
        return False
    if whole.row.branch == "fallback_masking":
        return True
    new = all(decision.row is None or decision.row.id != whole.row.id for decision in decisions)
    return new and whole.match.rank == 0 and whole.row.action in _OF_SEVERAL


def _is_last_of_row(at: int, decisions: list[Decision]) -> bool:
    """Whether it decides, and no other than what comes next: the same failure again is shown once."""
    row = decisions[at].row
    behind = decisions[at + 1].row if at + 1 < len(decisions) else None
    return row is not None and (behind is None or row.id != behind.id)


def _given(seen: Evidence) -> str:
    return f"the answer with HTTP {seen.status} ended it" if seen.status else "the one without a status ended it"


def explain_row(name: str, *, route: str = "", credential: str = "") -> Explanation:
    """Explains a row, a branch, a group of the short matrices, or a check, by its id. What is to be typed is of the
    route and the credential, as for a text.

    A row is `found`; a branch, a group and a check are found in words of their own, with rows as candidates.
    Raises KeyError for any other name.
    """
    kinds = classes(Evidence(route=route, credential=credential))
    if name in rows():
        row = rows()[name]
        return Explanation(outcome="diagnosed", found=found(row), next=commands(row, kinds), dont=dont(row))
    if name in branches():
        return _of_branch(branches()[name], kinds)
    if name in groups():
        group = groups()[name]
        first = branches()[group.branches[0]]
        return Explanation(
            outcome="diagnosed",
            found=_found_branch(first, symptom=name, title=group.title, meaning=group.misleads, check=group.refined_by),
            candidates=tuple(_candidate(Choice(given=rows()[row].title, row=row)) for row in group.rows),
            dont=(first.dont,),
        )
    if "." in name and (looked := branches_of_check(name)):
        about = _of_branch(looked[0], kinds)
        more = tuple(_candidate(Choice(given=b.title, row=_first_row(b).id, say=b.id)) for b in looked[1:])
        return Explanation(outcome="diagnosed", found=about.found, candidates=more + about.candidates, dont=about.dont)
    raise KeyError(name)


def _of_branch(branch: Branch, kinds: frozenset[str]) -> Explanation:
    own = [row for row in rows().values() if row.branch == branch.id]
    return Explanation(
        outcome="diagnosed",
        because=branch.symptoms,
        found=_found_branch(branch),
        candidates=tuple(_candidate(Choice(given=row.title, row=row.id)) for row in own),
        next=commands(own[0], kinds),
        dont=(branch.dont,),
    )


def _first_row(branch: Branch) -> Row:
    return next(row for row in rows().values() if row.branch == branch.id)


def _found_branch(branch: Branch, *, symptom: str = "", title: str = "", meaning: str = "", check: str = "") -> Found:
    return Found(
        symptom=symptom or branch.id,
        branch=branch.id,
        action=_first_row(branch).action,
        title=title or branch.title,
        meaning=meaning or branch.meaning,
        first_check=check or branch.first_check,
        better_move=branch.better_move,
        not_this=branch.not_this,
        confirm=branch.confirm,
        as_of=branch.as_of.isoformat(),
        source=branch.source,
    )


def _tells_more(whole: Decision, attempt: Decision, *, alone: bool) -> bool:
    """Whether the text as a whole decides rather than its attempt: a success that lists a failed attempt is no failure,
    and where the attempt leaves it open, what stands around it may not."""
    if whole.row is not None and whole.row.branch == "fallback_masking" and attempt.row is not None:
        return whole.match is not None and whole.match.rank == 0
    if attempt.row is not None:
        return False
    return attempt.question is None or (alone and whole.row is not None)


def _matters(attempts: tuple[Evidence, ...]) -> int:
    wanted = (at for at, attempt in enumerate(attempts) if attempt.candidate.startswith(_WANTED))
    return next(wanted, 0)


def _attempts(attempts: Sequence[Evidence], decisions: list[Decision], chosen: int) -> tuple[Attempt, ...]:
    return tuple(
        Attempt(
            tried=attempt.candidate or (f"HTTP {attempt.status}" if attempt.status else ""),
            symptom=decision.row.id if decision.row else "",
            branch=decision.row.branch if decision.row else "",
            because=next(_because(attempt, decision), ""),
            matters=at == chosen,
        )
        for at, (attempt, decision) in enumerate(zip(attempts, decisions, strict=True))
    )


def _explanation(seen: Evidence, outer: Evidence, decision: Decision, attempts: tuple[Attempt, ...]) -> Explanation:
    facts = _facts(seen, None if attempts else outer, by=outer.by)
    because = tuple(_because(seen, decision))
    if decision.row is not None:
        kinds = classes(seen) or classes(outer)
        return Explanation(
            outcome="diagnosed",
            because=because,
            facts=facts,
            found=found(decision.row, seen),
            attempts=attempts,
            next=commands(decision.row, kinds, seen),
            dont=dont(decision.row),
        )
    what, to_type = collect()
    if decision.question is not None:
        candidates = tuple(_candidate(choice) for choice in decision.candidates)
        return Explanation(
            outcome="ambiguous",
            because=because,
            facts=facts,
            question=decision.question.asks,
            candidates=candidates,
            attempts=attempts,
            next=tuple(f"routecheck explain {choice.say} …" for choice in decision.candidates if choice.say),
        )
    return Explanation(outcome="unknown", because=because, facts=facts, attempts=attempts, collect=what, next=to_type)


def _candidate(choice: Choice) -> Candidate:
    return Candidate(given=choice.given, say=choice.say, found=found(rows()[choice.row]))


def _facts(seen: Evidence, whole: Evidence | None, *, by: tuple[str, ...]) -> dict[str, str | int | float]:
    """What is known of the attempt. What the whole text tells is its own only where it is the only attempt."""
    facts = {}
    for name, field in _FACTS.items():
        value = getattr(seen, field) or (getattr(whole, field) if whole is not None else None)
        if value not in (None, ""):
            facts[name] = value
    if ray := seen.headers.get("cf-ray", ""):
        facts["cf_ray"] = ray
    if by:
        facts["wrapped_by"] = ", ".join(by)
    return facts


def _because(seen: Evidence, decision: Decision) -> Iterator[str]:
    """Sentences of ours: which phrase of the matrix, and which facts of the text, led there."""
    said = words(seen)
    for match in _used(decision):
        if not match.code and decision.row is not None and (code := _own_code(seen, decision.row)):
            yield f"its code is {code}"
        phrase = next((part for part in match.says if meant(part, said)), None)
        if phrase is not None:
            yield f"the text says: {phrase.strip()}"
        if match.code and (seen.code in match.code or seen.error_type in match.code):
            yield f"its code is {seen.code if seen.code in match.code else seen.error_type}"
        if match.status and seen.status in match.status:
            yield f"the status is {seen.status}"
        if match.transport and seen.transport:
            yield f"no whole answer came: {seen.transport}"
        if match.html:
            yield "the body is a web page, not JSON"
            if any(sign in said for sign in _CHALLENGES):
                yield "the page is a challenge of Cloudflare, which only a browser can pass"
            elif any(sign in said for sign in _BLOCKS):
                yield "the page is a block of Cloudflare, by address, country or program"
        if match.param and seen.param:
            yield f"the field that is named is {seen.param}"
        if match.host and seen.host:
            yield f"the host is {seen.host}"
    if decision.shown is not None:
        yield f"of the possible answers, the text or the options leave one: {decision.shown.given}"


def _own_code(seen: Evidence, row: Row) -> str:
    """The code of the attempt, where it is one of the row's, though its words were tried before it."""
    return seen.code if any(seen.code in match.code for match in row.matches) else ""


def _used(decision: Decision) -> Iterator[Match]:
    if decision.match is not None:
        yield decision.match
