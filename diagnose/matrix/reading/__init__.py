"""A pasted error as evidence: what each attempt in the text came to, whoever wrapped it and in whatever form."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from diagnose.matrix.evidence import Evidence
from diagnose.matrix.reading.asides import is_over, without_asides
from diagnose.matrix.reading.attempts import Attempted, attempted
from diagnose.matrix.reading.components import only_other, overcome, tells_failure
from diagnose.matrix.reading.gathering import gather
from diagnose.matrix.reading.parties import inside, tried
from diagnose.matrix.reading.patterns import pattern
from diagnose.matrix.reading.plain import MARK, decoded, marked, plain
from diagnose.matrix.reading.proxy import of_proxy
from diagnose.matrix.reading.sentence import sentences

if TYPE_CHECKING:
    from diagnose.matrix.reading.listing import Listed
    from diagnose.matrix.reading.records import Tried

_SAVED = pattern(r"\"schema\"\s{0,8}:\s{0,8}\"routecheck\.(?:report|explanation)/v\d")
_LONGEST_REPORT = 4_000_000
_OUR_COMMAND = pattern(r"\broutecheck explain [a-z][\w-]{1,60}")
_CHOSEN = "image auth selected"
_BEFORE_SCHEMA = 200
_FEWEST_LISTED = 3
_MOST_LISTED = 12
_MOST_LINES = 60
_REFUSED = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a text holds.

    `attempts`, at least one, are in the order of the text; `outer` is the text as a whole, and the only attempt where
    it tells of no several. `failures` are those of a log, where they differ and no list of OpenClaw's named its
    attempts; else none. `listed` are the entries of a list of errors that may happen; all else is read without them.
    `stated` are the lines of a text that each state an error, where it has other lines. `overcome` is whether it ends
    with a success after another try, `only_other` whether only parts of a program that make no images tell a failure.
    `report` is the document where a saved report or explanation of ours was pasted.
    """

    attempts: tuple[Evidence, ...]
    outer: Evidence
    failures: tuple["Tried", ...] = ()
    listed: tuple[Evidence, ...] = ()
    stated: tuple[Evidence, ...] = ()
    overcome: bool = False
    only_other: bool = False
    report: Mapping[str, Any] | None = None


def read(
    text: str | bytes, *, status: int | None = None, route: str = "", credential: str = "", release: str = ""
) -> Reading:
    """Reads any text, of any length, and never fails; what is given beside it wins over what the text says."""
    whole = decoded(text)
    logged = marked(whole)
    if "routecheck explain" in logged:  # the id of a row is no word of an error
        logged = _OUR_COMMAND().sub("", logged)
    lines = logged.replace(MARK, "")
    manual = _manual(lines) if MARK not in logged else None
    chosen = [said for of, said in manual.entries if of == status] if manual else []
    if manual is not None:
        lines = logged = "\n".join([manual.rest, *chosen])
    stripped = without_asides(logged)
    outer = gather(lines)
    if stripped != logged and not tells_failure(stripped):
        stripped = without_asides(logged, alone=True)
        if not tells_failure(stripped) and (outer.status or outer.code) and not is_over(logged):
            stripped = logged
    if stripped != logged:
        logged, lines = stripped, stripped.replace(MARK, "")
        outer = _with_surroundings(gather(lines), outer)
    given = {"route": route, "credential": credential, "release": release}
    known: dict[str, Any] = {name: value for name, value in given.items() if value}
    outer = replace(outer, **known)
    every = [_evidence(one, outer) for one in attempted(lines, tried(inside(lines)))]
    if len(every) == 1:
        every = [_filled(every[0], outer)]
    owner = _owner(every, route)
    attempts = tuple(replace(one, **(known if _vendor(one) == owner else {"release": one.release})) for one in every)
    if status is not None:
        outer = _with_status(outer, status)
        attempts = tuple(
            _with_status(one, status) if len(attempts) == 1 or one.status is None else one for one in attempts
        )
    told = () if attempts else tuple(_of_log(logged, outer, known))
    report, around = _report(whole) or (None, "")
    if report is not None and _names_failure(gather(plain(around))):  # it is another day's, or a stranger wrote it
        return read(around, status=status, route=route, credential=credential, release=release)
    if report is not None:  # it names its own route, which beats what its words look like
        outer = replace(outer, route=route, credential=credential)
    entries = manual.entries if manual is not None and not chosen else ()
    return Reading(
        attempts=attempts or (outer,),
        outer=outer,
        failures=told,
        listed=tuple(replace(gather(said), status=of, **known) for of, said in entries[:_MOST_LISTED]),
        stated=() if attempts or outer.content else tuple(_stating(lines, outer, known)),
        overcome=overcome(logged),
        only_other=only_other(logged),
        report=report,
    )


def _evidence(one: Attempted, outer: Evidence) -> Evidence:
    alone = gather(one.said, begins=True)
    # The line that names the chosen login tells who was asked; its words are none of the failure's.
    chosen = [line for line in one.beside.split("\n") if _CHOSEN in line]
    beside = [line for line in one.beside.split("\n") if line and _CHOSEN not in line]
    found = gather("\n".join([*beside, one.said])) if beside else alone
    if chosen:
        asked = gather("\n".join(chosen))
        found = replace(found, route=found.route or asked.route, credential=found.credential or asked.credential)
    by = tuple(dict.fromkeys(("openclaw", *found.by)))
    return replace(
        found,
        status=alone.status,
        message=alone.message,
        candidate=one.candidate,
        by=by,
        release=outer.release,
    )


def _vendor(one: Evidence) -> str:
    """Who is asked for a candidate: "openai" of "openai-codex/gpt-image-2"; empty where none is named."""
    return one.candidate.partition("/")[0].partition("-")[0].lower() if "/" in one.candidate else ""


def _owner(every: list[Evidence], route: str) -> str:
    """Whose attempts the route and the credential are that were given: of several vendors one, OpenAI rather than
    another, unless the route names it."""
    vendors = [_vendor(one) for one in every]
    return next((name for name in (route.lower(), "openai") if name and name in vendors), next(iter(vendors), ""))


def _with_surroundings(told: Evidence, whole: Evidence) -> Evidence:
    """What stands beside an error is none, but may name the program, the route and the login."""
    names = ("route", "credential", "release", "organization")
    more: dict[str, Any] = {name: getattr(whole, name) for name in names if not getattr(told, name)}
    return replace(told, **more, by=tuple(dict.fromkeys((*told.by, *whole.by))))


def _names_failure(seen: Evidence) -> bool:
    return (seen.status or 0) >= 400 or bool(seen.code) or seen.transport is not None


def _with_status(seen: Evidence, status: int) -> Evidence:
    return of_proxy(replace(seen, status=status, transport=None))


def _manual(text: str) -> "Listed | None":
    if sum(text.count(begun) for begun in ("40", "42", "50")) < _FEWEST_LISTED:
        return None
    from diagnose.matrix.reading.listing import listed

    return listed(text)


def _of_log(text: str, outer: Evidence, known: Mapping[str, Any]) -> "Iterator[Tried]":
    """The failures of a log, each with what was asked, which may stand anywhere in it; not with the host, which is that
    of the failure beside it."""
    if "\n" not in text:
        return
    from diagnose.matrix.reading.records import failures

    more = {name: getattr(outer, name) for name in ("route", "credential", "release", "by", "organization")}
    for one in failures(text):
        yield replace(one, evidence=replace(one.evidence, **{**more, **known}))


def _stating(text: str, outer: Evidence, known: Mapping[str, Any]) -> Iterator[Evidence]:
    """The lines with a status of their own, each with what goes on with it; nothing where there are no other lines."""
    lines = text.split("\n")
    if not 1 < len(lines) <= _MOST_LINES:
        return
    more = {name: getattr(outer, name) for name in ("host", "path", "route", "credential", "release", "by")}
    for one in sentences(lines):
        found = gather(one)
        told = (found.status or 0) >= _REFUSED and str(found.status) in one
        if told or (found.code and not found.code.isdigit()):
            yield replace(found, **{**more, **known})


def _filled(one: Evidence, outer: Evidence) -> Evidence:
    """The only attempt of a text has all that the text tells about a request."""
    names = ["organization", "waited", "served_model", "route", "credential"]
    if not one.host and len(outer.path) > 1:
        names += ["host", "origin", "path"]
    more = {name: getattr(outer, name) for name in names if not getattr(one, name)}
    return replace(one, headers={**outer.headers, **one.headers}, **more)


def _report(text: str) -> tuple[Mapping[str, Any], str] | None:
    """Our own document, where the text holds one: anywhere, because people paste the command before it too; and the
    text around it."""
    found = _SAVED().search(text, 0, _LONGEST_REPORT) if "routecheck." in text else None
    begin = text.rfind("{", max(0, found.start() - _BEFORE_SCHEMA), found.start()) if found else -1
    if begin < 0:
        return _written(text)
    try:
        value, length = json.JSONDecoder().raw_decode(text[begin : begin + _LONGEST_REPORT])
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or "error" in value:
        return None
    return value, text[:begin] + text[begin + length :]


def _written(text: str) -> tuple[Mapping[str, Any], str] | None:
    # The end of an explanation does not name us.
    if "routecheck" not in text and "\nrow     " not in text:
        return None
    from diagnose.matrix.reading.ours import written

    return written(text)
