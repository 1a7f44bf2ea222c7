"""The rest of a secret that a screen broke off at its right edge: in the next lines, perhaps inside of a drawn box."""

from collections.abc import Callable, Iterable, Iterator
from re import Match

from diagnose.matrix.reading.patterns import pattern

_MOST_LINES = 12
_NEAR = 5_000
"""Signs behind a name in which its values stand."""

_LONG_LINE = 60
_FEWEST = 6
_EDGE = r"[ \t|\u2502\u2503\u2551\u258f\u2595]"
_BREAK = pattern(
    rf"(?P<right>{_EDGE}{{0,80}}+)\r?\n(?P<left>{_EDGE}{{0,80}}+)(?!(?i:https?)[/:])"
    r"(?P<rest>[\w+/.~-]{4,4096}+={0,2})(?![\w:=(\[])(?P<alone>[ \t]{0,80}(?:[\r\n]|\Z)|[\"'])?"
)
"""The end of one line and the beginning of the next. What a sign of a name follows, is one: `Host: …`, `MODEL=…`."""


def continued(text: str, at: int, values: Iterable[str], like_a_key: Callable[[str], bool]) -> Iterator[str]:
    """The values that begin behind this place and go on in the next lines, as wholes, and what stands there of them."""
    for value in values:
        begin = text.find(value, at, at + _NEAR)
        if begin < 0:
            continue
        whole, end = value, begin + len(value)
        for _ in range(_MOST_LINES):
            found = _BREAK().match(text, end)
            if found is None or not _goes_on(text, end, found, like_a_key):
                break
            whole, end = whole + found["rest"], found.end("rest")
            if like_a_key(found["rest"]):
                yield found["rest"]
        if whole != value:
            yield whole


def _goes_on(text: str, end: int, found: Match[str], like_a_key: Callable[[str], bool]) -> bool:
    """Whether the next line is more of it: its signs look like that, or the line was full, or a box stands around."""
    rest = found["rest"]
    if len(rest) >= _FEWEST and like_a_key(rest):
        return True
    boxed = bool(found["right"].strip()) and bool(found["left"].strip())
    return boxed or (end - text.rfind("\n", max(0, end - 400), end) > _LONG_LINE and found["alone"] is not None)
