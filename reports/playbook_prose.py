"""The Markdown of a playbook on a terminal: paragraphs wrapped, commands left alone."""

import re
from collections.abc import Iterator

from reports.text import clean, plain, wrap

_ITEM = re.compile(r"(?:[-*]|\d+\.) ")
_BOLD = re.compile(r"\*\*([^*]+)\*\*")
_CODE_INDENT = "    "


def lines(text: str, width: int) -> Iterator[str]:
    """The lines of the text in `width` columns; those of fenced blocks are indented and may be longer, because a
    wrapped command cannot be copied."""
    paragraph: list[str] = []
    fenced = False
    for line in [*text.splitlines(), ""]:
        fence = line.lstrip().startswith("```")
        if not fenced and line.strip() and not fence and not _ITEM.match(line):
            paragraph.append(line.strip())
            continue
        if not fenced and paragraph:
            yield from _wrapped(" ".join(paragraph), width)
            paragraph = []
        if fence:
            fenced = not fenced
        elif fenced:
            yield (_CODE_INDENT + clean(line)).rstrip()
        elif line.strip():
            paragraph = [line.strip()]
        else:
            yield ""


def _wrapped(text: str, width: int) -> Iterator[str]:
    mark = _ITEM.match(text)
    hang = " " * (mark.end() if mark else 0)
    for number, line in enumerate(wrap(plain(_BOLD.sub(r"\1", text[len(hang) :])), width - len(hang))):
        yield (text[: len(hang)] if number == 0 else hang) + line


def block(text: str, width: int, indent: str = "  ") -> list[str]:
    """The same, indented, without empty lines at the end."""
    made = [indent + line if line else "" for line in lines(text, width - len(indent))]
    while made and not made[-1]:
        made.pop()
    return made
