"""Objects in a text, read as far as they go: JSON, Python's and JavaScript's way to print them, cut off, or a
fragment without its braces.

Nothing fails: where an object stops to make sense, it ends there, and what was read of it counts. The reading goes on
behind that, so that each sign is read a fixed number of times.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from diagnose.matrix.reading.patterns import pattern

_BEGIN = pattern(r"\{|([\"'])[A-Za-z_][\w-]{1,40}\1\s{0,8}:")
_SPACE = pattern(r"[\s,;]*")
_BARE_KEY = pattern(r"\[?([A-Za-z_$@][\w$@.-]{0,60})\]?\s{0,8}(?::|=>|=)")
_COLON = pattern(r"\s{0,8}(?::|=>|=)\s*")
_BLANK = pattern(r"\s*")
# "Headers {" and "Error: {" are how Node prints an object of a class.
_CLASS = pattern(r"(?:<ref \*\d{1,3}> )?(?:\[?[A-Za-z][\w.]{0,40}\]?(?:\([\w ]{0,40}\))? )?\{")
_BARE = pattern(r"[^,}\]\n]{0,400}")
_NEXT = {'"': pattern(r"[\"\\]"), "'": pattern(r"['\\]"), "`": pattern(r"[`\\]")}
_BEHIND_VALUE = pattern(r"[^\S\n]{0,40}(?:[,}\]);\n+]|$)")
_BEHIND_KEY = pattern(r"\s{0,8}(?::|=)")
_JOINED = pattern(r"\s{0,40}\+\s{1,40}(?=['\"`])")
_CUT = pattern(r"\u2026|\.\.\.(?=$|\s)|\n")
_ESCAPED = pattern(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\s\S])")
_PLAIN_NAMES = {"n": "\n", "r": "\n", "t": "\t", "b": "", "f": "", "a": "", "v": " ", "0": ""}
_WORDS: dict[str, Any] = {"null": None, "none": None, "undefined": None, "nil": None, "true": True, "false": False}
_DEEPEST = 24
_LONGEST = 24_000
_MOST = 400
"""Objects of one text, and members of one object."""


class Cut(str):
    """A string whose end is missing: of a code, its beginning names another one or none."""

    __slots__ = ()


def objects(text: str) -> list[dict[str, Any]]:
    """Every object that stands in the text by itself, in their order; inner ones are inside of these."""
    return list(_objects(text))


def _objects(text: str) -> Iterator[dict[str, Any]]:
    reader = _Reader(text)
    at = 0
    for _ in range(_MOST * 50):
        found = _BEGIN().search(text, at)
        if found is None:
            return
        begin = found.end() if found[0] == "{" else found.start()
        value, end = reader.object(begin, 0)
        at = max(end, found.start() + 1)
        if value:
            yield value


def value_ends(text: str) -> Callable[[int], int]:
    """What gives the place behind a value that begins at a place of the text: a string, a list, an object, a word."""
    reader = _Reader(text)
    return reader.behind_value


def unescaped(text: str) -> str:
    r"""Without one layer of \", \n and \u0027."""
    if "\\" not in text:
        return text
    text = _ESCAPED().sub(_sign, text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _sign(found: re.Match[str]) -> str:
    name = found[1]
    return chr(int(name[1:], 16)) if len(name) > 1 else _PLAIN_NAMES.get(name, name)


class _Reader:
    """Reads one text; `_dead` says up to where no string of that quote ends, so that nobody looks there twice."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._dead: dict[tuple[str, bool], int] = {}

    def object(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        text, members = self._text, dict[str, Any]()
        while True:
            at = self._skip(_SPACE, at)
            if at >= len(text) or len(members) >= _MOST:
                return members, at
            if text[at] == "}":
                return members, at + 1
            key, at = self._key(at)
            if key is None:
                return members, at
            value, at = self._value(at, depth + 1)
            members.setdefault(key, value)

    def behind_value(self, at: int) -> int:
        return self._value(at, 0)[1]

    def _key(self, at: int) -> tuple[str | None, int]:
        if self._text[at] in "\"'`":
            name, end = self._string(at, of_key=True)
            colon = _COLON().match(self._text, end)
            return (name, colon.end()) if colon else (None, end)
        bare = _BARE_KEY().match(self._text, at)
        return (bare[1], self._skip(_BLANK, bare.end())) if bare else (None, at)

    def _value(self, at: int, depth: int) -> tuple[Any, int]:
        text = self._text
        if at >= len(text):
            return None, at
        if text[at] in "\"'`":
            return self._strings(at)
        if depth > _DEEPEST:
            return None, at
        if text[at] == "[":
            return self._list(at + 1, depth)
        inner = _CLASS().match(text, at)
        if inner:
            return self.object(inner.end(), depth)
        bare = _BARE().match(text, at)
        assert bare is not None
        return _word(bare[0].strip()), bare.end()

    def _list(self, at: int, depth: int) -> tuple[list[Any], int]:
        values: list[Any] = []
        while True:
            at = self._skip(_SPACE, at)
            if at >= len(self._text) or len(values) >= _MOST:
                return values, at
            if self._text[at] == "]":
                return values, at + 1
            value, end = self._value(at, depth + 1)
            if end == at:
                return values, at
            values.append(value)
            at = end

    def _strings(self, at: int) -> tuple[str, int]:
        """A string, or several joined by a plus, as Node prints a long one."""
        said, at = self._string(at, of_key=False)
        for _ in range(_MOST):
            more = _JOINED().match(self._text, at)
            if more is None:
                break
            part, at = self._string(more.end(), of_key=False)
            said += part
        return said, at

    def _string(self, at: int, *, of_key: bool) -> tuple[str, int]:
        """A quote ends a string only where something may follow it: people's texts hold quotes that nobody escaped."""
        text, quote = self._text, self._text[at]
        behind = _BEHIND_KEY if of_key else _BEHIND_VALUE
        last = min(len(text), at + (80 if of_key else _LONGEST))
        scan = max(at + 1, min(last, self._dead.get((quote, of_key), 0)))
        while found := _NEXT[quote]().search(text, scan, last):
            if found[0] == "\\":
                scan = found.end() + 1
            elif behind().match(text, found.end()):
                return unescaped(text[at + 1 : found.start()]), found.end()
            else:
                scan = found.end()
        self._dead[quote, of_key] = last
        cut = _CUT().search(text, at + 1, last)
        end = cut.start() if cut else last
        return Cut(unescaped(text[at + 1 : end])), end

    def _skip(self, blanks: Callable[[], re.Pattern[str]], at: int) -> int:
        found = blanks().match(self._text, at)
        return found.end() if found else at


def _word(text: str) -> Any:
    low = text.lower()
    if low in _WORDS:
        return _WORDS[low]
    number = text.removeprefix("-")
    return int(text) if number.isascii() and number.isdigit() and len(number) < 16 else text
