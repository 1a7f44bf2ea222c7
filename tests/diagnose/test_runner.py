"""Running checks: their order, why one is skipped, and that no check ends the run."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from checks import all_checks
from diagnose.model.check import Check, Cost, Finished, Outcome, Status
from diagnose.runner import Event, Selection, SelectionError, Started, run, select

EVERYTHING = Selection(left_out={})
PASS = Outcome(status=Status.PASS, summary="fine")


def check(
    check_id: str, *needs: str, does: Outcome | BaseException | Callable[[list[str]], Outcome] = PASS
) -> Check[list[str]]:
    def probe(context: list[str]) -> Outcome:
        context.append(check_id)
        if isinstance(does, BaseException):
            raise does
        return does(context) if callable(does) else does

    return Check(id=check_id, title=f"title of {check_id}", about="a", cost=Cost.OFFLINE, needs=needs, run=probe)


def play(
    *checks: Check[list[str]], selection: Selection = EVERYTHING
) -> tuple[list[str], dict[str, Outcome], list[Event]]:
    ran: list[str] = []
    events: list[Event] = []
    ticks = itertools.count(0.0, 0.5)
    done = run(checks, ran, selection=selection, clock=lambda: next(ticks), listen=events.append)
    return ran, {row.check_id: row.outcome for row in done}, events


def test_checks_run_and_are_told_in_the_declared_order() -> None:
    ran, outcomes, events = play(check("b.one"), check("a.two"), check("c.three", "b.one"))
    assert ran == ["b.one", "a.two", "c.three"] == list(outcomes)
    started = [e for e in events if isinstance(e, Started)]
    assert [(e.check_id, e.position, e.total) for e in started] == [("b.one", 1, 3), ("a.two", 2, 3), ("c.three", 3, 3)]
    assert [type(e) for e in events] == [Started, Finished] * 3
    finished = [e for e in events if isinstance(e, Finished)]
    assert [e.duration_ms for e in finished] == [500.0] * 3


@pytest.mark.parametrize("status", [Status.FAIL, Status.ERROR, Status.SKIP])
def test_a_need_that_did_not_pass_skips_with_its_id(status: Status) -> None:
    ran, outcomes, _ = play(check("a.one", does=Outcome(status=status, summary="x")), check("a.two", "a.one"))
    assert ran == ["a.one"]
    assert (outcomes["a.two"].status, outcomes["a.two"].skipped_because) == (Status.SKIP, "a.one")


@pytest.mark.parametrize("status", [Status.PASS, Status.WARN])
def test_a_warning_lets_the_next_one_run(status: Status) -> None:
    ran, _, _ = play(check("a.one", does=Outcome(status=status, summary="x")), check("a.two", "a.one"))
    assert ran == ["a.one", "a.two"]


def test_the_first_cause_is_named_down_the_whole_chain() -> None:
    _, outcomes, _ = play(
        check("a.root", does=Outcome(status=Status.FAIL, summary="x")),
        check("a.one", "a.root"),
        check("a.two", "a.one"),
        check("a.three", "a.two"),
    )
    assert {outcomes[f"a.{name}"].skipped_because for name in ("one", "two", "three")} == {"a.root"}


def test_a_need_that_skipped_itself_for_a_reason_is_the_cause() -> None:
    own = Outcome(status=Status.SKIP, summary="nothing to see", skipped_because="nothing to see")
    _, outcomes, _ = play(check("a.one", does=own), check("a.two", "a.one"), check("a.three", "a.two"))
    assert outcomes["a.two"].skipped_because == "a.one"
    assert outcomes["a.three"].skipped_because == "a.one"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("what went wrong"), "ValueError: what went wrong"),
        (TimeoutError(), "TimeoutError"),
        (RecursionError(), "RecursionError"),
        (AssertionError("  "), "AssertionError"),
    ],
)
def test_an_exception_is_an_error_row_and_never_a_fail(error: Exception, words: str) -> None:
    ran, outcomes, _ = play(check("a.one", does=error), check("a.two"), check("a.three", "a.one"))
    assert ran == ["a.one", "a.two"]
    assert outcomes["a.one"].status is Status.ERROR
    assert outcomes["a.one"].summary.endswith(words)
    assert (outcomes["a.three"].status, outcomes["a.three"].skipped_because) == (Status.SKIP, "a.one")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_an_interruption_passes(error: BaseException) -> None:
    with pytest.raises(type(error)):
        play(check("a.one", does=error))


CHECKS = (
    check("a.one"), check("a.two", "a.one"), check("b.one", "a.two"), check("b.two"), check("c.one", "b.one", "b.two"),
)  # fmt: skip


def run_ids(only: tuple[str, ...] = (), skip: tuple[str, ...] = ()) -> list[str]:
    selection = select(CHECKS, only, skip)
    ran, outcomes, _ = play(*CHECKS, selection=selection)
    assert len(outcomes) == len(CHECKS)  # what is left out is still shown
    assert selection.filtered is (len(selection.left_out) > 0)
    return ran


def test_without_a_filter_everything_runs() -> None:
    assert run_ids() == [c.id for c in CHECKS]
    assert not select(CHECKS, (), ()).filtered


def test_only_pulls_in_what_is_needed_over_any_distance() -> None:
    assert run_ids(only=("c.one",)) == [c.id for c in CHECKS]
    assert run_ids(only=("b.one",)) == ["a.one", "a.two", "b.one"]
    assert run_ids(only=("b.two",)) == ["b.two"]
    assert run_ids(only=("a",)) == ["a.one", "a.two"]
    assert run_ids(only=("a.one", "b.two")) == ["a.one", "b.two"]


def test_skip_takes_the_dependents_along_and_says_why() -> None:
    assert run_ids(skip=("a.two",)) == ["a.one", "b.two"]
    _, outcomes, _ = play(*CHECKS, selection=select(CHECKS, (), ("a.two",)))
    assert outcomes["a.two"].skipped_because == "left out by --skip"
    assert outcomes["b.one"].skipped_because == outcomes["c.one"].skipped_because == "a.two"
    assert run_ids(skip=("a", "b", "c")) == []


def test_only_and_skip_together() -> None:
    assert run_ids(only=("c.one",), skip=("b.two",)) == ["a.one", "a.two", "b.one"]
    _, outcomes, _ = play(*CHECKS, selection=select(CHECKS, ("b.two",), ()))
    assert outcomes["a.one"].skipped_because == "left out by --only"


@pytest.mark.parametrize(("only", "skip"), [("a.one", "a.one"), ("a", "a.one"), ("a.one", "a")])
def test_a_name_in_both_is_refused(only: str, skip: str) -> None:
    with pytest.raises(SelectionError, match=r"a\.one"):
        select(CHECKS, [only], [skip])


def test_an_unknown_name_is_refused_with_those_that_exist() -> None:
    with pytest.raises(SelectionError, match=r"'a\.three'.*a\.one, a\.two"):
        select(CHECKS, ["a.three"], [])
    with pytest.raises(SelectionError, match=r"'zzz'.*groups are a, b, c"):
        select(CHECKS, [], ["zzz"])
    with pytest.raises(SelectionError):
        select(CHECKS, [""], [])


def test_every_real_check_needs_only_checks_before_it() -> None:
    before: set[str] = set()
    for row in all_checks():
        assert set(row.needs) <= before, row.id
        assert row.id not in before
        before.add(row.id)


def test_one_of_several_prerequisites_is_enough_and_a_failed_one_is_the_cause() -> None:
    def outcome(status: Status) -> Outcome:
        return Outcome(
            status=status, summary=status.value, skipped_because="by choice" if status is Status.SKIP else None
        )

    def last(first: Status, second: Status) -> Outcome:
        rows = [
            Check(id=name, title=name, about=name, cost=Cost.OFFLINE, needs=(), run=lambda _, s=status: outcome(s))
            for name, status in (("a.one", first), ("a.two", second))
        ]
        either = Check(
            id="b.after", title="x", about="x", cost=Cost.OFFLINE, needs=(), either=("a.one", "a.two"),
            run=lambda _: outcome(Status.PASS),
        )  # fmt: skip
        selection = select([*rows, either], (), ())
        found = run([*rows, either], None, selection=selection, clock=lambda: 0.0, listen=lambda _: None)
        return found[-1].outcome

    assert last(Status.SKIP, Status.PASS).status is Status.PASS
    assert last(Status.SKIP, Status.FAIL).skipped_because == "a.two"
    assert last(Status.SKIP, Status.SKIP).skipped_because == "a.one"


def test_a_check_does_not_run_when_one_of_its_obstacles_has_failed() -> None:
    def last(status: Status) -> Status:
        first = Check(
            id="a.one",
            title="x",
            about="x",
            cost=Cost.FREE,
            needs=(),
            run=lambda _: Outcome(status=status, summary="x"),
        )
        second = Check(
            id="b.two", title="x", about="x", cost=Cost.FREE, needs=(), unless=("a.one",),
            run=lambda _: Outcome(status=Status.PASS, summary="x"),
        )  # fmt: skip
        found = run(
            [first, second], None, selection=select([first, second], (), ()), clock=lambda: 0.0, listen=lambda _: None
        )
        return found[-1].outcome.status

    assert last(Status.FAIL) is Status.SKIP
    assert last(Status.ERROR) is Status.SKIP
    assert last(Status.SKIP) is Status.PASS
    assert last(Status.WARN) is Status.PASS
