"""A saved report or explanation of ours that was pasted as people see it: the screen, the Markdown, the page."""

from collections.abc import Mapping
from typing import Any

from diagnose.matrix import load, rows
from diagnose.matrix.reading.patterns import pattern

_ABOUT = pattern(
    r"routecheck(?:</b>)?\s{1,16}\d[\w.+-]{0,20},\s{1,16}(?:fallback\s{1,16}\w{1,20}(?:</?span>|\s){1,16})?"
    r"(?P<day>20\d\d-\d\d-\d\d)\s{1,16}(?P<time>\d\d:\d\d:\d\d)\s{1,16}UTC"
)
_VERDICT = pattern(
    r"(?im)(?:^|[>*])\W{0,12}\b(?P<verdict>proven|unproven|broken|contradicted)\b(?:\*\*:|</h1>|\s{0,8}$|  )"
)
_MORE = pattern(r"(?im)(?:^|[\s>])more:?\s{1,12}routecheck\s{1,12}explain\s{1,12}(?P<id>[a-z][a-z0-9-]{2,60})\b")
_ROW = pattern(r"branch  [a-z_]{3,40}\r?\n.{0,8}action  \w{3,60}\r?\n.{0,8}row     (?P<id>[a-z0-9-]{3,60})")
_MODEL = pattern(r"(?P<model>[a-z0-9-]{2,40}/[\w.:-]{2,80})\s{1,16}through")
_ROUTE = pattern(r"(?:through|route|surface|claimed)\s{1,16}(?P<route>[a-z][a-z0-9-]{3,40})\b")
_SANDBOX = pattern(r"(?i)\bsandbox\b\W{1,12}scenario\s{1,16}(?P<scenario>[\w-]{1,60})|in the sandbox only")
_CAUSE = pattern(r"(?m)^\W{0,8}Cause to act on\b")
_END = pattern(
    r"(?m)^(?:PROVEN|UNPROVEN|BROKEN|CONTRADICTED), exit code \d\b|</html>"
    r"|^## Next\s{1,8}```\w{0,8}\r?\n(?:[^`\n]{0,400}\n){1,20}```"
)
_COLOUR = pattern(r"\x1b\[[\d;]{0,12}m")
_TAG = pattern(r"<(?P<soft>wbr)?[^<>]{0,300}>")
_BEFORE = 4_000
_BEHIND = 60_000
"""Signs around the line with our name and the time, in which the verdict and the first symptom stand."""


def written(text: str) -> tuple[Mapping[str, Any], str] | None:
    """What our own document in words says, by the names of the JSON: verdict, claim and the first symptom; and the text
    around it. None where it has no end, so that nobody knows what else of the text is ours."""
    about = _ABOUT().search(text)
    if about is None:
        return _part(text)
    begin = max(0, about.start() - _BEFORE)
    text = _COLOUR().sub("", text)
    about = _ABOUT().search(text) or about
    verdict = _VERDICT().search(text, begin, about.end() + _BEHIND)
    if verdict is None:
        return _part(text)
    end = _END().search(text, about.end())
    if end is None:
        return None
    start = min(verdict.start(), about.start())
    page = max(text.rfind(word, 0, start) for word in ("<!doctype", "<!DOCTYPE"))
    around = text[: page if page >= 0 else start] + text[end.end() :]
    shown = text[: about.end() + _BEHIND]
    shown = _TAG().sub(lambda tag: "" if tag["soft"] else " ", shown[verdict.start() :])
    model, sandbox = _MODEL().search(shown), _SANDBOX().search(shown)
    report = {
        "schema": "routecheck.report/v1",
        "verdict": verdict["verdict"].lower(),
        "generated_at": f"{about['day']} {about['time']} UTC",
        "claim": {"model": model["model"] if model else "a model", "route": _route(shown)},
        "sandbox": {"scenario": sandbox["scenario"] or ""} if sandbox else None,
        "because": [],
        "symptoms": [{"id": name} for name in _rows(shown)[:1]],
    }
    return report, around


def _part(text: str) -> tuple[Mapping[str, Any], str] | None:
    """The cause of a report without its head, or the end of an explanation."""
    if (found := _ROW().search(text)) and found["id"] in rows():
        return {"schema": "routecheck.explanation/v1", "symptom": found["id"]}, text[found.end() :]
    cause = _CAUSE().search(text)
    named = _rows(text[cause.end() : cause.end() + _BEHIND]) if cause else []
    if not named or cause is None:
        return None
    return {"schema": "routecheck.report/v1", "symptoms": [{"id": named[0]}]}, text[: cause.start()]


def _rows(shown: str) -> list[str]:
    return [found["id"] for found in _MORE().finditer(shown) if found["id"] in rows()]


def _route(shown: str) -> str:
    known = {word for kind in load("routes.toml")["class"] for word in kind["words"]}
    return next((found["route"] for found in _ROUTE().finditer(shown) if found["route"] in known), "")
