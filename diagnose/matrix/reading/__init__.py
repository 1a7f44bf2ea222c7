"""A pasted error as evidence: what each attempt in the text came to, whoever wrapped it and in whatever form."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from diagnose.matrix.evidence import Evidence
from diagnose.matrix.reading.attempts import Attempted, attempted
from diagnose.matrix.reading.gathering import gather
from diagnose.matrix.reading.parties import inside, tried
from diagnose.matrix.reading.patterns import pattern
from diagnose.matrix.reading.plain import decoded, plain

_SAVED = pattern(r"\"schema\"\s{0,8}:\s{0,8}\"routecheck\.(?:report|explanation)/v\d")
_LONGEST_REPORT = 4_000_000
_BEFORE_SCHEMA = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a text holds.

    `attempts`, at least one, are in the order of the text; `outer` is the text as a whole, and the only attempt where
    it tells of no several. `report` is the document where a saved report or explanation of ours was pasted.
    """

    attempts: tuple[Evidence, ...]
    outer: Evidence
    report: Mapping[str, Any] | None = None


def read(
    text: str | bytes, *, status: int | None = None, route: str = "", credential: str = "", release: str = ""
) -> Reading:
    """Reads any text, of any length, and never fails; what is given beside it wins over what the text says."""
    whole = decoded(text)
    lines = plain(whole)
    given = {"route": route, "credential": credential, "release": release}
    known: dict[str, Any] = {name: value for name, value in given.items() if value}
    outer = replace(gather(lines), **known)
    every = [_evidence(one, outer) for one in attempted(lines, tried(inside(lines)))]
    if len(every) == 1:
        every = [_filled(every[0], outer)]
    attempts = tuple(replace(one, **known) for one in every)
    if status is not None:
        outer = replace(outer, status=status, transport=None)
        attempts = tuple(
            replace(one, status=status, transport=None) if len(attempts) == 1 or one.status is None else one
            for one in attempts
        )
    return Reading(attempts=attempts or (outer,), outer=outer, report=_report(whole))


def _evidence(one: Attempted, outer: Evidence) -> Evidence:
    alone = gather(one.said, begins=True)
    found = gather(f"{one.beside}\n{one.said}") if one.beside else alone
    by = tuple(dict.fromkeys(("openclaw", *found.by)))
    return replace(
        found,
        status=alone.status,
        message=alone.message,
        candidate=one.candidate,
        by=by,
        release=outer.release,
    )


def _filled(one: Evidence, outer: Evidence) -> Evidence:
    """The only attempt of a text has all that the text tells about a request."""
    names = ["organization", "waited", "served_model", "route", "credential"]
    if not one.host and len(outer.path) > 1:
        names += ["host", "path"]
    more = {name: getattr(outer, name) for name in names if not getattr(one, name)}
    return replace(one, headers={**outer.headers, **one.headers}, **more)


def _report(text: str) -> Mapping[str, Any] | None:
    """Our own document, where the text holds one: anywhere, because people paste the command before it too."""
    found = _SAVED().search(text, 0, _LONGEST_REPORT) if "routecheck." in text else None
    begin = text.rfind("{", max(0, found.start() - _BEFORE_SCHEMA), found.start()) if found else -1
    if begin < 0:
        return None
    try:
        value, _ = json.JSONDecoder().raw_decode(text[begin : begin + _LONGEST_REPORT])
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
