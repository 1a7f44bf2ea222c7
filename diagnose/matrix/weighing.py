"""What an attempt comes to, where an error speaks for itself and other words stand beside it."""

from collections.abc import Sequence
from dataclasses import replace

from diagnose.matrix.cut import needs_the_rest
from diagnose.matrix.deciding import Decision, decide, words
from diagnose.matrix.evidence import Evidence


def decided(seen: Evidence) -> Decision:
    """What an attempt comes to. What an error's own code and message say by themselves beats loose words beside it;
    a question that the rest answers, and a wrapper's own finding, of which the error is a part, do not yield."""
    decision = decide(seen)
    match = decision.match
    if seen.content != "json" or not (seen.code or seen.error_type) or decision.question is not None:
        return decision
    if match is None or match.code or match.rank == 0:
        return decision
    own = decide(replace(seen, said=" ".join(f"{seen.code} {seen.error_type} {seen.message}".lower().split())))
    if own.row is None or own.match is None or decision.row is None or own.row.branch == decision.row.branch:
        return decision
    said = words(seen)
    vetoed = not own.match.code and any(part in said for part in own.match.without)
    return decision if vetoed else own


def weighed(decision: Decision, stated: Sequence[Evidence]) -> tuple[tuple[Evidence, Decision], ...]:
    """What the lines that state an error come to by words of their own, where that is another branch than that of the
    whole text, whose words then stand beside them. More than one where the lines differ, for they have no order in
    time; none where the whole text is right.
    """
    match, row = decision.match, decision.row
    if match is None or row is None or match.rank == 0 or decision.question is not None:
        return ()
    own: dict[str, tuple[Evidence, Decision]] = {}
    for one in stated:
        alone = decided(one)
        if alone.row is None or alone.match is None or not (alone.match.code or alone.match.says):
            continue
        if alone.match.code or not needs_the_rest(words(one), alone.row, alone.match):
            own.setdefault(alone.row.branch, (one, alone))
    return () if row.branch in own and len(own) == 1 else tuple(own.values())
