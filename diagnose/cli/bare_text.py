"""A text without what hides a word in it from a search: colours, invisible signs, full-width letters, escapes.

Everything here is str.replace, or a pattern that begins with a fixed sign, and runs only where that sign is there.
"""

import re

from diagnose.matrix.reading.patterns import ESCAPE, pattern

MOST_ESCAPES = 1_000_000
"""A text with more of one sign that is taken away piece by piece is no error message."""

_WRITTEN_COLOUR = pattern(r"\\(?:u001b|x1b|033|e)\[[0-9;]{0,20}m", re.IGNORECASE)
_LONE_COLOUR = pattern(r"\[(?:0|[0-9]{1,2}(?:;[0-9]{1,3}){0,4})?m")
_WRITTEN_SIGN = pattern(r"\\{1,4}u00([2-7][0-9a-fA-F])")
_FULL_WIDTH = pattern("[\uff01-\uff5e]")
_INVISIBLE = (
    *"\0\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e",
    *"\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufe0f\ufeff",
)
_USUAL = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_ENTITIES = (("&amp;", "&"), ("&quot;", '"'), ("&#34;", '"'), ("&#39;", "'"), ("&#x27;", "'"), ("&apos;", "'"))
_PERCENT = (("5f", "_"), ("2d", "-"), ("3d", "="), ("3a", ":"), ("22", '"'), ("27", "'"), ("26", "&"), ("20", " "))


def bare(text: str) -> str | None:
    """The text without them; None where there are too many of them to take them away."""
    if not text.isascii():
        text = _of_usual_letters(text)
    if "\x1b" in text or "\u241b" in text:
        text = text.replace("\u241b", "\x1b")
        if text.count("\x1b") > MOST_ESCAPES:
            return None
        text = ESCAPE().sub("", text)
    if "[" in text and "m" in text:
        text = _LONE_COLOUR().sub("", _WRITTEN_COLOUR().sub("", text) if "\\" in text else text)
    if (escapes := text.count("\\u00")) > MOST_ESCAPES // 10:
        return None
    if escapes:
        text = _WRITTEN_SIGN().sub(lambda found: chr(int(found[1], 16)), text)
    return text.replace("\0", "")


def unquoted(text: str) -> str:
    """The text with the signs around names and values as they are, where it is part of a URL or of a page."""
    if "&" in text:
        for written, sign in _ENTITIES:
            text = text.replace(written, sign)
    if "%" in text:
        text = text.replace("%25", "%")
        for code, sign in _PERCENT:
            text = text.replace(f"%{code}", sign).replace(f"%{code.upper()}", sign)
    return text


def _of_usual_letters(text: str) -> str:
    for sign in _INVISIBLE:
        if sign in text:
            text = text.replace(sign, "")
    return text.translate(_USUAL) if _FULL_WIDTH().search(text) else text
