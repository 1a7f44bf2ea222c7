"""Spans of time in words: what an answer asks to wait, and after how long somebody gave up."""

from typing import Any

from diagnose.matrix.reading.patterns import pattern

_UNITS = {
    "ms": 0.001, "millisecond": 0.001, "milliseconds": 0.001, "毫秒": 0.001,
    "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1, "秒": 1,
    "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60, "分钟": 60, "分": 60,
    "h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600, "小时": 3600,
    "d": 86400, "day": 86400, "days": 86400, "天": 86400,
}  # fmt: skip
_ONE = r"(\d{1,9}(?:\.\d{1,9})?) ?(" + "|".join(sorted(_UNITS, key=len, reverse=True)) + r")(?![a-z])"
_SPAN = pattern(r"(\d{1,9}(?:\.\d{1,9})?) ?(" + "|".join(sorted(_UNITS, key=len, reverse=True)) + r")(?![a-z]{2})")
_AGAIN = pattern(
    r"(?:(?<![a-z])(?:try again|retry(?!ing|able)|resets?|available|wait(?!ed|ing))|重试|重置|等待)[^\d\n]{0,60}?(?=\d)"
    r"|请在 ?(?=\d)"
)
_AGAIN_FIELD = pattern(
    r"(?:retry[-_ ]?after|resets_in_seconds|retry_after_seconds)[\"']?\s?[:=]\s?[\"']?(\d{1,9}(?:\.\d{1,9})?)(?![\d:-])"
)
_GAVE_UP = pattern(
    r"(?:(?:timed?[- ]?out|timeout|deadline|aborted|cancell?ed|gave up|超时|逾時)[^\d\n{}]{0,40}?"
    r"|(?:respond|complete|finish|answer|end)(?:ed)? (?:with)?in )" + _ONE
)
_TOOK = pattern(
    r"(?:\b(?:fail(?:ed|s|ure)|errored|broke(?: off)?|died|ended) after |\btook |\b(?:duration|elapsed)[\"']?\s?[:=] ?)"
    + _ONE
)
_LIMIT = pattern(_ONE + r"[^\d\n{}]{0,12}?(?:timeout|time limit|deadline|超时|逾時)")


def seconds_of(value: Any) -> float | None:
    """Seconds of a field: a number, "3", "3.3s", "6m0s"; None for everything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if 0 <= value < 1e9 else None
    text = str(value).strip().lower()
    if text.replace(".", "", 1).isdecimal() and text.isascii() and len(text) < 16:
        return float(text)
    return _spans(text, 0) if _SPAN().match(text) else None


def asked_to_wait(said: str) -> float | None:
    """What "try again in 12s" or "retry-after: 3" asks for; `said` in lower case."""
    field = _AGAIN_FIELD().search(said)
    if field:
        return float(field[1])
    for found in _AGAIN().finditer(said):
        wait = _spans(said, found.end())
        if wait is not None:
            return wait
    return None


def gave_up_after(said: str) -> float | None:
    """The seconds after which a timer of somebody fired."""
    found = _GAVE_UP().search(said) or _LIMIT().search(said) or _TOOK().search(said)
    return _seconds(found[1], found[2]) if found else None


def _spans(text: str, at: int) -> float | None:
    total = None
    while found := _SPAN().match(text, at):
        total = (total or 0.0) + _seconds(found[1], found[2])
        at = found.end()
        at += text[at : at + 1] == " "
    return total


def _seconds(number: str, unit: str) -> float:
    return round(float(number) * _UNITS[unit], 6)
