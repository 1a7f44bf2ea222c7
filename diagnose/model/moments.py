"""Moments for people: the time in UTC, and how far away it is."""

from datetime import UTC, datetime

LAST_MOMENT = 253_402_300_800
"""The year 10000: no clock shows a later moment."""

_STEPS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def when(moment: float, now: float) -> str:
    """ "2026-11-21 11:00 UTC, in 3 h 20 min"; both are Unix seconds of the years 1 to 9999."""
    return f"{utc(moment)}, {distance(moment - now)}"


def utc(moment: float) -> str:
    """ "2026-11-21 11:00 UTC"."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")


def distance(seconds: float) -> str:
    """ "in 3 h 20 min", "2 d ago", "now"."""
    text = span(abs(seconds))
    if text == "0 s":
        return "now"
    return f"in {text}" if seconds > 0 else f"{text} ago"


def span(seconds: float) -> str:
    """A length of time by its two largest units."""
    left = int(seconds)
    parts: list[tuple[int, str]] = []
    for size, unit in _STEPS:
        count, left = divmod(left, size)
        if count or parts:
            parts.append((count, unit))
    told = [f"{count} {unit}" for count, unit in parts[:2] if count]
    return " ".join(told) or "0 s"
