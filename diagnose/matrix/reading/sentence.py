"""The sentence of the party that refused, out of the wrappings that programs put before and behind it."""

import re
from collections.abc import Iterator

from diagnose.matrix.reading.patterns import pattern

_LONGEST = 2000
_BEFORE = pattern(
    r"\s*(?:"
    r"\[[\w/.:+-]{1,60}\] |[\u26a0\u274c\u2716\u00d7\u2717\ufe0f\u25a0\u25cf\u2022\u2718]+\s*"
    r"|(?i:uncaught |unhandled )?(?:[A-Za-z_][\w.]{0,60})?(?i:Error|Exception|Timeout|Warning)"
    r"(?: \[[\w ]{1,40}\])?: "
    r"|(?i:error(?: code)?)[:=] ?|(?i:ERROR|WARN|WARNING|INFO|FATAL)\b[: -]{0,3}"
    r"|(?i:candidate (?:failed|skipped): |reason: |raw ?error=|error=)|(?i:message)[:=] ?"
    r"|(?i:litellm)\.[A-Za-z.]{2,60}: |[A-Za-z_]{2,30}(?i:Exception)(?: \w{2,40})? - |[A-Za-z]{2,30}(?i:Error): "
    r"|(?:[\w.-]{1,40} ){1,6}(?i:failed|error)(?: (?i:for) [\w./-]{1,40})?(?: \((?i:HTTP )?\d{3}\))?: "
    r"|(?i:unexpected status) \d{3}(?: [A-Za-z]{2,12}){0,3}: "
    r"|(?i:http |status |error code: ?)?[1-5]\d\d(?: (?i:Bad Request|Unauthorized|Payment Required|Forbidden|Not Found"
    r"|Too Many Requests|Internal Server Error|Bad Gateway|Service Unavailable|Gateway Timeout))?[ :-]{1,3}"
    r")"
)
_BEHIND = pattern(
    r"\s?\[(?:type|code|param|request_id)=[^\]\n]{0,200}\].*|,? url: ?https?://.*"
    r"|\s\{ ?[\"']?\w{1,30}[\"']?: .*|\.? ?received model group=.*"
    r"|,? ?(?:cf-ray|request[ _-]id)[:=] ?\S{4,80}\W{0,3}$|\s?\(request id: ?[^)\n]{1,80}\).*",
    re.IGNORECASE | re.DOTALL,
)
_MATTERS = pattern(
    r"error|fail|invalid|denied|refused|missing|not |unable|exceed|limit|timed? ?out|aborted|blocked|http"
    r"|no (?:[\w-]+ ){1,4}(?:found|configured|registered|available)"
    r"|unknown|unsupported|must |错误|失败|不足|\b[45]\d\d\b",
    re.IGNORECASE,
)
_NAMED = pattern(r"\b(?:reason|\w{0,40}error|\w{0,40}exception) ?: ", re.IGNORECASE)
_SURROUNDINGS = pattern(r"image auth selected:|The CLI command failed\.$")
_MOST_WRAPPINGS = 12
_MOST_WRAPPED = 6
_ENDS = ".!?;\"'}])>\u3002\uff1f…"
_NEW = pattern(r"\[[a-z]|[A-Z]\w{0,40}Error\b|(?:ERROR|WARN|INFO|DEBUG)\b|at |[<{]")
_STATES = pattern(r"(?:- |\* )?(?:HTTP\b|(?i:error)\b|[45]\d\d[: ])")
_NO_QUESTION = pattern(r"[^\s:?\uff1f]\s*$")
_ANY = pattern(r"\S")


def bare(text: str) -> str:
    """One line, without what names the program, the class and the status before it, and without tags behind it."""
    text = " ".join(text[: 4 * _LONGEST].split())
    text = _BEHIND().sub("", text, count=1)
    for _ in range(_MOST_WRAPPINGS):
        found = _BEFORE().match(text)
        if found is None or found.end() >= len(text):
            break
        text = text[found.end() :]
    return text.strip()[:_LONGEST]


def telling(text: str, *, begins: bool = False) -> str:
    """The sentence of a text without objects that tells the error: from the first line that sounds like one.

    A line that ends within a sentence was wrapped: the next ones belong to it.
    """
    lines = [line for line in text.split("\n") if not _SURROUNDINGS().search(line)]
    signs = (_ANY,) if begins else (_NAMED, _MATTERS, _NO_QUESTION, _ANY)
    for sign in signs:
        for place, line in enumerate(lines):
            if sign().search(line[:4000]):
                return bare(_unwrapped(lines[place : place + _MOST_WRAPPED]))
    return ""


def sentences(lines: list[str]) -> Iterator[str]:
    """Each line with those that go on with it."""
    begun: list[str] = []
    for line in lines:
        ends = not line.strip() or _STATES().match(line) or _NEW().match(line)
        if begun and (ends or begun[-1].rstrip()[-1:] in _ENDS):
            yield " ".join(begun)
            begun = []
        if line.strip():
            begun.append(line[: 2 * _LONGEST])
    if begun:
        yield " ".join(begun)


def _unwrapped(lines: list[str]) -> str:
    for place, line in enumerate(lines):
        behind = lines[place + 1] if place + 1 < len(lines) else ""
        if not behind.strip() or line.rstrip()[-1:] in _ENDS or _NEW().match(behind):
            return " ".join(lines[: place + 1])
    return ""
