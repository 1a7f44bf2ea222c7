"""Text from strangers, made fit to be shown: one line, no control characters, wrapped by what it occupies."""

import re
import unicodedata
from typing import Any

_JOINERS = "\u200c\u200d"
_BREAKABLE = "/,;&?=_-"
_PLAIN = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-",
        "\u2026": "...", "\u2192": "->", "\u00b7": "-", "\u00d7": "x", "\u2265": ">=", "\u2264": "<=",
    }
)  # fmt: skip
_SURROGATE = re.compile("[\ud800-\udfff]")
_COMMAND = re.compile(r"(?:[A-Z_][A-Z0-9_]*=\S* )*(?:routecheck|openclaw|codex|curl|export|unset|env|python3?|pip) ")


def clean(text: str) -> str:
    """The text on one line, with what could steer a terminal or reorder a line made visible as an escape.

    Control characters, lone surrogates and invisible format characters (bidi overrides among them) become
    `\\x1b` or `\\u202e`; the joiners that emoji and some scripts need stay.
    """
    if text.isprintable():
        return text
    return "".join(map(_visible, re.sub(r"\s*[\n\r\t\v\f\x85\u2028\u2029]\s*", " ", text)))


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Zs":
        return " "
    if category in {"Cc", "Cf", "Cs"} and char not in _JOINERS:
        code = ord(char)
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    return char


def shortened(text: str, limit: int = 80) -> str:
    """The cleaned text, cut where it would push a headline off the screen; the full value stands elsewhere."""
    text = clean(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def plain(text: str) -> str:
    """The cleaned text with typographic signs in ASCII, for terminals that show nothing else."""
    return clean(text).translate(_PLAIN)


def without_surrogates(value: Any) -> Any:
    """The same tree of builtins with lone surrogates, which UTF-8 cannot carry, as U+FFFD."""
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_surrogates(item) for item in value]
    return value


def is_command(text: str) -> bool:
    """Whether this is something to paste into a shell rather than a sentence; decides only how it looks."""
    return _COMMAND.match(text + " ") is not None


def columns(text: str) -> int:
    """How many terminal columns the text occupies."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns, at least one. Words longer than a line are cut, paths after a `/`."""
    width = max(width, 2)
    lines = [""]
    for word in text.split():
        gap = " " if lines[-1] else ""
        if columns(lines[-1]) + len(gap) + columns(word) <= width:
            lines[-1] += gap + word
            continue
        pieces = _cut(word, width)
        if lines[-1]:
            lines.append(pieces[0])
        else:
            lines[-1] = pieces[0]
        lines += pieces[1:]
    return lines


def _cut(word: str, width: int) -> list[str]:
    pieces = []
    while columns(word) > width:
        end, used = 0, 0
        while used + (step := _columns(word[end])) <= width:
            end, used = end + 1, used + step
        end = max(end, 1)
        # A cut after a separator reads better, but not when it leaves the line nearly empty.
        nice = max(word.rfind(sign, 0, end) for sign in _BREAKABLE) + 1
        if nice > end // 2:
            end = nice
        pieces.append(word[:end])
        word = word[end:]
    return [*pieces, word]
