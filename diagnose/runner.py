"""Runs checks in their declared order and says what happens; it knows no single check and no report.

A failed prerequisite skips its dependents with its id as the reason; an exception is `error`, never `fail`,
and never ends the run.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from diagnose.model.check import Check, Cost, Finished, Outcome, Status

C = TypeVar("C")


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A check begins: `position` of `total`, counted from 1."""

    check_id: str
    title: str
    position: int
    total: int


Event = Started | Finished
Listener = Callable[[Event], None]


class SelectionError(ValueError):
    """A check id or group that does not exist; the message lists those that do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which checks run. `left_out` maps the ids that do not run to the reason that is shown."""

    left_out: dict[str, str]

    @property
    def filtered(self) -> bool:
        return bool(self.left_out)


def select(checks: Sequence[Check[C]], only: Iterable[str], skip: Iterable[str]) -> Selection:
    """Apply `--only` and `--skip`, which take check ids and group names. Needs of `--only` run, too.

    Raises SelectionError for a name that is neither, and for one that is named in both.
    """
    wanted, unwanted = _expand(checks, only), _expand(checks, skip)
    if both := wanted & unwanted:
        raise SelectionError(f"{', '.join(sorted(both))}: named in --only and in --skip")
    left_out = {check.id: "left out by --skip" for check in checks if check.id in unwanted}
    if wanted:
        by_id = {check.id: check for check in checks}
        needed = set(wanted)
        for check in reversed(checks):
            if check.id in needed:
                needed |= {*by_id[check.id].needs, *by_id[check.id].either, *by_id[check.id].unless}
        left_out |= {c.id: "left out by --only" for c in checks if c.id not in needed and c.id not in left_out}
    return Selection(left_out=left_out)


def leave_out(checks: Sequence[Check[C]], selection: Selection, cost: Cost, reason: str) -> Selection:
    """The selection without the checks of one cost class."""
    return Selection(left_out={check.id: reason for check in checks if check.cost is cost} | selection.left_out)


def _expand(checks: Sequence[Check[C]], names: Iterable[str]) -> set[str]:
    found = set()
    for name in names:
        ids = {check.id for check in checks if name in {check.id, check.group}}
        if not ids:
            groups = ", ".join(dict.fromkeys(check.group for check in checks))
            near = ", ".join(check.id for check in checks if check.group == name.partition(".")[0])
            raise SelectionError(
                f"there is no check {name!r}; "
                + (f"in that group there are {near}" if near else f"the groups are {groups}")
                + " (see routecheck checks)"
            )
        found |= ids
    return found


def run(
    checks: Sequence[Check[C]],
    context: C,
    *,
    selection: Selection,
    clock: Callable[[], float],
    listen: Listener,
) -> tuple[Finished, ...]:
    """Run the checks. `clock` gives monotonic seconds; `listen` hears every start and end.

    KeyboardInterrupt and SystemExit pass through.
    """
    finished: dict[str, Finished] = {}
    for position, check in enumerate(checks, 1):
        listen(Started(check_id=check.id, title=check.title, position=position, total=len(checks)))
        begun = clock()
        outcome = _outcome(check, context, finished, selection)
        done = Finished(
            check_id=check.id,
            title=check.title,
            cost=check.cost,
            outcome=outcome,
            duration_ms=round((clock() - begun) * 1000, 3),
        )
        finished[check.id] = done
        listen(done)
    return tuple(finished.values())


def _outcome(check: Check[C], context: C, finished: dict[str, Finished], selection: Selection) -> Outcome:
    if reason := selection.left_out.get(check.id):
        return Outcome(status=Status.SKIP, summary=reason, skipped_because=reason)
    for need in check.needs:
        if (missing := _missing(need, finished)) is not None:
            return missing
    for need in check.unless:
        if finished[need].outcome.status in {Status.FAIL, Status.ERROR}:
            return _skipped(need, f"{need} did not pass")
    if check.either:
        missed = [_missing(need, finished) for need in check.either]
        if all(outcome is not None for outcome in missed):
            # Of several that did not pass, the one that failed or was kept from running is the cause; the others were
            # not asked for.
            kept = [n for n in check.either if finished[n].outcome.skipped_because in finished]
            failed = [n for n in check.either if finished[n].outcome.status in {Status.FAIL, Status.ERROR}]
            first = _missing((*failed, *kept, *check.either)[0], finished)
            assert first is not None
            return first
    try:
        return check.run(context)
    except Exception as error:
        words = str(error).strip()
        return Outcome(
            status=Status.ERROR,
            summary=f"the check itself failed: {type(error).__name__}" + (f": {words}" if words else ""),
            remedy=("report this with the output of routecheck run --format json",),
        )


def _missing(need: str, finished: dict[str, Finished]) -> Outcome | None:
    """The skip that follows from a prerequisite that did not pass; None when it did."""
    before = finished[need].outcome
    if before.status in {Status.FAIL, Status.ERROR}:
        return _skipped(need, f"{need} did not pass")
    if before.status is Status.SKIP:
        # The first cause is what helps; a chain of "skipped because skipped" does not.
        cause = before.skipped_because if before.skipped_because in finished else need
        return _skipped(cause or need, f"{cause or need} did not run or did not pass")
    return None


def _skipped(cause: str, summary: str) -> Outcome:
    return Outcome(status=Status.SKIP, summary=summary, skipped_because=cause)
