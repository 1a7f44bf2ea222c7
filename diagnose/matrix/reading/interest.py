"""What of a long text is looked at: its two ends, and the surroundings of the words that errors are told with.

Every step goes over the text once; what comes out has at most `KEPT` signs, whatever went in.
"""

KEPT = 160_000
_END = 16_000
_BEFORE = 1_200
_BEHIND = 3_000
_EACH = 3
"""How many places of one word are kept, counted from the beginning and again from the end."""

# The most telling first: they are kept when there is no room for all.
_WORDS = (
    "image generation models failed",
    "candidate failed",
    "image generation failed",
    "image-generation",
    "image_generat",
    "blocked url fetch",
    "fetch-timeout",
    "base_resp",
    "responsebody",
    "unexpected status",
    "error code",
    "request_error",
    "<!doctype html",
    "statuscode",
    "(http ",
    "< http/",
    "timed out",
    "fetch failed",
    "econn",
    "getaddrinfo",
    "permission",
    '"error"',
    "'error'",
    '\\"error\\"',
    '"detail"',
    "exception",
    "error",
    "failed",
)


def of_interest(text: str) -> str:
    """The text itself where it is short."""
    if len(text) <= KEPT:
        return text
    # The one letter whose small form is longer would move all places behind it.
    low = text.replace("\u0130", "I").lower()
    room = KEPT
    spans = [(0, _line_end(text, _END - _BEHIND)), (_next_word(text, len(text) - _END), len(text))]
    room -= 2 * _END
    for word in _WORDS:
        for at in _places(low, word):
            if any(begin <= at < end for begin, end in spans):
                continue
            span = (_line_begin(text, at), _line_end(text, at))
            if span[1] - span[0] > room:
                return _joined(text, spans)
            room -= span[1] - span[0]
            spans.append(span)
    return _joined(text, spans)


def _places(low: str, word: str) -> list[int]:
    found: list[int] = []
    at = low.find(word)
    while at >= 0 and len(found) < _EACH:
        found.append(at)
        at = low.find(word, at + _BEHIND)
    end = len(low)
    while at >= 0 and len(found) < 2 * _EACH:
        last = low.rfind(word, at, end)
        if last < 0:
            break
        found.append(last)
        end = last - _BEFORE
    return found


def _line_begin(text: str, at: int) -> int:
    begin = max(0, at - _BEFORE)
    newline = text.find("\n", begin, at)
    return _next_word(text, begin) if newline < 0 else newline + 1


def _line_end(text: str, at: int) -> int:
    end = min(len(text), at + _BEHIND)
    cut = max(text.rfind("\n", at, end), text.rfind(" ", at, end))
    return end if cut < 0 else cut


def _next_word(text: str, at: int) -> int:
    """Behind the word that is cut there: the end of a secret shows no more what it is."""
    space = text.find(" ", at, at + _BEFORE)
    return at + _BEFORE if space < 0 else space


def _joined(text: str, spans: list[tuple[int, int]]) -> str:
    parts = []
    done = 0
    for begin, end in sorted(spans):
        if end > done:
            parts.append(text[max(begin, done) : end])
            done = end
    return "\n".join(parts)
