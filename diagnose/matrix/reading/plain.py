"""Any pasted bytes as lines of plain text: without colours, times, frames, quoting, and what is not of interest."""

import json
import re

from diagnose.matrix.reading.interest import of_interest
from diagnose.matrix.reading.patterns import ESCAPE, pattern

# A paste out of a log viewer keeps the colour codes and loses the sign that begins them.
_BARE_COLOUR = pattern(r"(?:\\u001b|\\x1b|\\033|\u241b)\[[0-9;]{0,20}m|\[(?:0|[0-9]{1,2}(?:;[0-9]{1,3}){0,4})m")
_BEGINS_COLOUR = ("\\u001b", "\\x1b", "\\033", "\u241b", *(f"[{digit}" for digit in range(10)))
_CONTROL = pattern("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_LONE = pattern("[\ud800-\udfff]")
_TIME = re.compile(
    r"\[?\b\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?: ?(?:Z|[+-]\d{2}:?\d{2}|UTC|GMT))?\]?"
    r"|(?:(?<=\s)|^)\[?\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?: ?[AP]M)?\]?(?=\s)"
    r"|^\[\d{2}:\d{2}\](?=\s)"
)
_QUOTING = re.compile(r"^[\s\u2502\u2503\u2551|>]{1,200}|^#{1,6} |^[<*] (?=\S)|[ \t\u2502\u2503\u2551]{1,200}$")
MARK = "\x1e"
"""Stands before a line that had a time: a log began a record there. No text has it, for it is a control character."""
_LATEST = 16
"""Signs before a time that is that of the line: a bracket, "ts=", a month and a day."""
_FENCE = re.compile(r"^(?:```|~~~)[\w+-]{0,20}\s*$|^[\s\u2500-\u257f]{3,}$")
_STACK = pattern(r"^\s*at .{1,600}:\d{1,7}:\d{1,7}\)?,?$")
_RUN = re.compile(r"[A-Za-z0-9+/=_-]{24,}")
_EMPTY_LINES = re.compile(r"\n{3,}")
_LONGEST_RUN = 400
_LONGEST_LINE = 40_000
_QUOTES = str.maketrans(
    {
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02", '"'),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\uff07", "'"),
        "\u00a0": " ",
        "\uff1a": ":",
        "\uff0c": ",",
        "\uff08": "(",
        "\uff09": ")",
    }
)
_ENTITIES = {
    "quot": '"',
    "#34": '"',
    "#x22": '"',
    "#39": "'",
    "#x27": "'",
    "apos": "'",
    "lt": "<",
    "gt": ">",
    "nbsp": " ",
}
_ENTITY = pattern(r"&(?:amp;)?(quot|#34|#x22|#39|#x27|apos|lt|gt|nbsp);", re.IGNORECASE)


def decoded(text: str | bytes) -> str:
    """Bytes in UTF-8, or UTF-16 with or without a mark; what cannot be decoded is replaced."""
    if isinstance(text, str):
        return text
    if text[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return text.decode("utf-16", "replace")
    start = text[:4096]
    if len(start) > 8 and start.count(b"\0") * 3 > len(start):
        little = start[1::2].count(b"\0") >= start[0::2].count(b"\0")
        return text.decode("utf-16-le" if little else "utf-16-be", "replace")
    return text.decode("utf-8-sig", "replace")


def plain(text: str) -> str:
    """The lines of interest, each stripped of what programs, terminals and people put around it."""
    return marked(text).replace(MARK, "")


def marked(text: str) -> str:
    """The same, with a MARK before each line that began with a time."""
    text = out_of_a_string(of_interest(text))
    if "\x1b" in text:
        text = ESCAPE().sub("", text)
    if any(sign in text for sign in _BEGINS_COLOUR):
        text = _BARE_COLOUR().sub("", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.replace("\n", "").isprintable():
        text = _CONTROL().sub("", text)
    if "&" in text:
        text = _ENTITY().sub(lambda found: _ENTITIES[found[1].lower()], text)
    if not text.isascii():
        text = _LONE().sub("\ufffd", text).translate(_QUOTES)
    text = _RUN.sub(lambda found: found[0] if len(found[0]) < _LONGEST_RUN else "\u2026", text)
    kept = (_line(raw[:_LONGEST_LINE]) for raw in text.split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(line for line in kept if line is not None)).strip()


def out_of_a_string(text: str) -> str:
    """A text that is one JSON string as a whole, once or twice, is what it holds."""
    for _ in range(3):
        begun = text.strip()
        if len(begun) < 2 or begun[0] != '"' or begun[-1] != '"':
            break
        try:
            text = json.loads(begun, strict=False)
        except ValueError:
            break
    return text


def _line(raw: str) -> str | None:
    """One line; empty where it is a fence or a frame, None for a place in a stack."""
    if "at " in raw and _STACK().match(raw):
        return None
    if not raw or _FENCE.match(raw.strip()):
        return ""
    line = _QUOTING.sub("", raw)
    timeless = _TIME.sub("", line)
    mark = MARK if len(timeless) != len(line) and _begins_with_time(line) else ""
    line = timeless.strip()
    if not line:
        return ""
    return mark + (_logged(line) if line.startswith('{"') else line)


def _begins_with_time(line: str) -> bool:
    found = _TIME.search(line)
    return found is not None and found.start() <= _LATEST


def _logged(line: str) -> str:
    """A line of OpenClaw's JSON log or JSON console as its other styles print it."""
    if '"subsystem' not in line and '\\"subsystem' not in line:
        return line
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return line
    message = said.get("message")
    if not isinstance(message, str):
        message = said.get("1")
    return f"[{_subsystem(said)}] {message}" if isinstance(message, str) else line


def _subsystem(said: dict[str, object]) -> str:
    meta = said.get("_meta")
    for held in (said.get("subsystem"), meta.get("name") if isinstance(meta, dict) else None, said.get("0")):
        if isinstance(held, str) and held:
            try:
                inner = json.loads(held) if held.startswith("{") else None
            except (ValueError, RecursionError):
                inner = None
            name = inner.get("subsystem") if isinstance(inner, dict) else held
            if isinstance(name, str):
                return name
    return "log"


def squeezed(text: str) -> str:
    """On one line, with single spaces."""
    return " ".join(text.split())
