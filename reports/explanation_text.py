"""The screen of `routecheck explain`: what it is, why we think so, what to type. Commands are never wrapped."""

from collections.abc import Iterable, Iterator, Sequence

from diagnose.model.explanation import Attempt, Candidate, Explanation, Found
from reports.text import columns, is_command, plain, shortened, wrap

_INDENT = "  "
_NARROWEST = 48
_COLOURS = {"diagnosed": "32", "ambiguous": "33", "unknown": "35"}
_UNKNOWN = "This text does not say enough to name a cause."
_LABELS = {
    "http_status": "HTTP status",
    "type": "error type",
    "param": "parameter",
    "request_id": "request id",
    "served_model": "answered by",
    "candidate": "was trying",
    "model": "model",
    "retry_after": "wait, seconds",
    "retry_after_seconds": "wait, seconds",
    "waited": "gave up, seconds",
    "waited_seconds": "gave up, seconds",
    "by": "came through",
}
_TYPED = ("https://", "getent ", "ls ", "grep ")
_LONGEST = 240
"""Characters of a fact or a sentence that a stranger wrote; the JSON has all of it."""


def render(explanation: Explanation, *, colour: bool = False, width: int = 80) -> str:
    """The explanation of a text. `colour` marks the first word with ANSI codes, nothing else."""
    width = max(width, _NARROWEST)
    parts = {"diagnosed": _diagnosed, "ambiguous": _ambiguous, "unknown": _unknown}
    code = {"diagnosed": 0}.get(explanation.outcome, 3)
    ending = [f"{explanation.outcome.upper()}, exit code {code}"]
    return _joined(
        [
            _head(explanation, colour, width),
            *parts[explanation.outcome](explanation, width),
            _told(explanation.found, width),
            ending,
        ]
    )


def render_row(name: str, explanation: Explanation, *, title: str = "", about: str = "", width: int = 80) -> str:
    """A row, a branch, a group of the short matrices or a check that was asked for by its id.

    `title` and `about` are those of a check.
    """
    width = max(width, _NARROWEST)
    found = explanation.found
    assert found is not None
    head = _hanging(f"{name}  ", title or found.title, width)
    group = found.symptom == name != found.branch
    if group and not explanation.candidates:
        return _joined([head, *_diagnosed(explanation, width), _told(found, width)])
    body = _group(explanation, found, width) if group else _branch(explanation, found, width)
    looks = f"The branch that it looks at first: {found.branch}, {found.title}." if title else ""
    ending = [f"One of them: routecheck explain {'ID' if title else 'ROW'}", f"as of {found.as_of}, {found.source}"]
    return _joined([head, _wrapped([about, looks] if title else [], width), *body, _wrapped(ending, width)])


def _group(explanation: Explanation, found: Found, width: int) -> Iterator[list[str]]:
    yield _titled("Where it misleads", _paragraph(found.meaning, width))
    yield _titled("What decides", _paragraph(found.first_check, width))
    branches = ", ".join(dict.fromkeys(candidate.found.branch for candidate in explanation.candidates))
    yield _titled("The branches that it may be", _paragraph(branches, width))
    yield _titled("The rows that are met most", _rows_of(explanation, width))


def _branch(explanation: Explanation, found: Found, width: int) -> Iterator[list[str]]:
    yield _titled("What it is", _paragraph(found.meaning, width))
    yield _titled("How it shows", [line for text in explanation.because for line in _item(text, width)])
    yield _titled("Look first", _paragraph(found.first_check, width))
    yield _titled("Better move", _paragraph(found.better_move, width))
    yield _not_to_do(explanation, width)
    yield from _to_be_sure(found, width)
    yield _titled("Its rows", _rows_of(explanation, width))


def _rows_of(explanation: Explanation, width: int) -> Iterator[str]:
    ids = [candidate.say or candidate.found.symptom for candidate in explanation.candidates]
    column = min(max(map(len, ids), default=0), 34)
    for name, candidate in zip(ids, explanation.candidates, strict=True):
        yield from _item(candidate.given, width, f"{name:<{column}}  ")


def _joined(blocks: Iterable[list[str]]) -> str:
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks if block) + "\n"


def _head(explanation: Explanation, colour: bool, width: int) -> list[str]:
    word = explanation.outcome.upper()
    first, *rest = _hanging(f"{word}  ", _title(explanation), width)
    painted = f"\x1b[1;{_COLOURS[explanation.outcome]}m{word}\x1b[0m" if colour else word
    return [painted + first[len(word) :], *rest, *_reason(explanation, len(word) + 2, width)]


def _title(explanation: Explanation) -> str:
    if explanation.found:
        return explanation.found.title
    # Where there is nothing to type, what it says is the whole answer.
    return explanation.question or (_UNKNOWN if explanation.next else " ".join(explanation.collect)) or _UNKNOWN


def _reason(explanation: Explanation, indent: int, width: int) -> list[str]:
    """The first reason, which stands under the verdict; the others come behind what to do."""
    if not explanation.because or explanation.outcome == "ambiguous":
        return []
    return _hanging(" " * indent, shortened(explanation.because[0], _LONGEST), width)


def _diagnosed(explanation: Explanation, width: int) -> Iterator[list[str]]:
    found = explanation.found
    if found is None:
        return
    yield _titled("What happened", _paragraph(found.meaning, width))
    yield _titled(
        "What to do now",
        [
            *_item(found.first_check, width, "Look first: "),
            *_item(found.better_move, width, "Then: "),
            *_commands(explanation.next, width),
        ],
    )
    yield _not_to_do(explanation, width)
    yield from _why(explanation, width)
    yield from _to_be_sure(found, width)


def _not_to_do(explanation: Explanation, width: int) -> list[str]:
    return _titled("What not to do", [line for text in explanation.dont for line in _item(text, width)])


def _to_be_sure(found: Found, width: int) -> Iterator[list[str]]:
    yield _titled("What it is often taken for", _paragraph(found.not_this, width))
    yield _titled("How to be sure", _paragraph(found.confirm, width))


def _why(explanation: Explanation, width: int) -> Iterator[list[str]]:
    left = explanation.because[0 if explanation.outcome == "ambiguous" else 1 :]
    sentences = [line for text in left for line in _item(shortened(text, _LONGEST), width)]
    yield _titled("What else speaks for it" if explanation.found else "What speaks for it", sentences)
    if len(explanation.attempts) > 1:
        yield _titled("The attempts in it", _attempts(explanation.attempts, width))
    yield _titled("Read out of the text", _facts(explanation, width))


def _facts(explanation: Explanation, width: int) -> Iterator[str]:
    rows = [(_LABELS.get(key, key.replace("_", " ")), value) for key, value in explanation.facts.items()]
    label = max((len(name) for name, _ in rows), default=0)
    for name, value in rows:
        shown = f"{value:g}" if isinstance(value, float) else shortened(str(value), _LONGEST)
        yield from _item(shown, width, f"{name:<{label}}  ")


def _attempts(attempts: Sequence[Attempt], width: int) -> Iterator[str]:
    for number, attempt in enumerate(attempts, 1):
        came = f"{attempt.symptom} ({attempt.branch})" if attempt.symptom else "not known"
        this = "  <- this one matters" if attempt.matters else ""
        yield from _item(f"{shortened(attempt.tried) or 'not named'}: {came}{this}", width, f"{number}  ")
        if attempt.because:
            yield from _item(shortened(attempt.because, 120), width, "   ")


def _ambiguous(explanation: Explanation, width: int) -> Iterator[list[str]]:
    lines: list[str] = []
    says = [candidate.say for candidate in explanation.candidates if candidate.say]
    answers = {say: text for say in says for text in explanation.next if _answers(text, say)}
    for candidate in explanation.candidates:
        lines += _candidate(candidate, answers.get(candidate.say, ""), width)
    yield lines
    if answers:
        yield _wrapped(["To answer, type the command of the case that is true."], width)
    elif says:
        yield _wrapped(["To answer, repeat the command with the option that is true."], width)
    else:
        yield _wrapped(["What to do in each case: routecheck explain ROW"], width)
    others = [text for text in explanation.next if not any(say in text for say in says)]
    yield _titled("How to find out", [*_collect(explanation, width), *_commands(others, width)])
    yield from _why(explanation, width)
    yield _titled("Until then", [line for text in explanation.dont for line in _item(text, width)])


def _answers(text: str, say: str) -> bool:
    """Whether it is the whole command that gives this answer."""
    return text.startswith("routecheck explain ") and text.endswith(say)


def _candidate(candidate: Candidate, command: str, width: int) -> Iterator[str]:
    found = candidate.found
    yield from _item(candidate.given, width, "if ")
    yield from _item(found.title, width, "   -> ")
    yield from _item(f"branch {found.branch}, action {found.action}, row {found.symptom}", width, "      ")
    if command:
        yield f"{_INDENT}      {plain(command)}"
    elif candidate.say:
        yield f"{_INDENT}      add  {plain(candidate.say)}"


def _unknown(explanation: Explanation, width: int) -> Iterator[list[str]]:
    yield from _why(explanation, width)
    if explanation.next:
        yield _titled("What to collect", _collect(explanation, width))
    yield _titled("What to type", _commands(explanation.next, width))
    yield _titled("Until then", [line for text in explanation.dont for line in _item(text, width)])


def _collect(explanation: Explanation, width: int) -> list[str]:
    return [line for text in explanation.collect for line in _item(text, width)]


def _told(found: Found | None, width: int) -> list[str]:
    """Branch, action and row, in the words of the JSON: for looking up, so they stand last."""
    if found is None:
        return []
    dated = f"{found.as_of}, {found.source}"
    pairs = (("branch  ", found.branch), ("action  ", found.action), ("row     ", found.symptom), ("source  ", dated))
    return [line for mark, text in pairs for line in _hanging(mark, text, width)]


def _titled(title: str, lines: Iterable[str]) -> list[str]:
    found = list(lines)
    return [title, *found] if found else []


def _paragraph(text: str, width: int) -> Iterator[str]:
    return _item(text, width, "") if text else iter(())


def _item(text: str, width: int, mark: str = "- ") -> Iterator[str]:
    return (_INDENT + line for line in _hanging(mark, text, width - len(_INDENT)) if text)


def _hanging(mark: str, text: str, width: int) -> list[str]:
    hang = " " * columns(mark)
    lines = wrap(plain(text), width - len(hang))
    return [(mark if number == 0 else hang) + line for number, line in enumerate(lines)]


def _commands(commands: Sequence[str], width: int) -> Iterator[str]:
    """Each on one line, however long it is; what it says of itself stands above it where there is no room beside it."""
    for text in commands:
        if not (is_command(text) or text.startswith(_TYPED)):
            yield from _item(text, width)
            continue
        indent = f"{_INDENT}  "
        command, mark, about = plain(text).partition("   # ")
        if mark and columns(indent + plain(text)) > width:
            yield from (f"{indent}# {line}" for line in wrap(about, width - len(indent) - 2))
            yield indent + command
        else:
            yield indent + plain(text)


def _wrapped(texts: Iterable[str], width: int) -> list[str]:
    return [line for text in texts for line in wrap(plain(text), width)]
