"""The lines of OpenClaw's console, whichever style it is set to, and its error message among them."""

import json
import re
from collections.abc import Iterator

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_TIME = re.compile(r"^(?:\d{4}-\d{2}-\d{2}[T ])?\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?\s+")
_END = 128 * 1024
"""Signs at the beginning and at the end of an output that are looked at for lines; between them is a flood."""

_THROWN = re.compile(r"^(?:[A-Z]\w*)?Error: (.+)")
_REASON = re.compile(r"^\[openclaw\] Reason: (.+)")
_USAGE = re.compile(r"^(?:error: .+|Missing required .+|OpenClaw does not recognize .+|openclaw: .+)")
_WARNED = re.compile(r"^Warning: .+")
_INVALID = re.compile(r"^(?:OpenClaw config is invalid|Config invalid)\b")
_PROBLEM = re.compile(r"^\s+- (.+)")
_LOGGED = re.compile(r"^\[[^\]\s]+\] ")


def lines(text: str) -> Iterator[str]:
    """Each line as "[subsystem] message", without colours and the time."""
    if len(text) > 2 * _END:
        text = f"{_begun(text[:_END])}\n{_ended(text[-_END:])}"
    for raw in _ESCAPE.sub("", text).splitlines():
        line = _TIME.sub("", _CONTROL.sub("", raw))
        yield _plain(line) if line.startswith('{"') else line


def _begun(text: str) -> str:
    """Without the line that breaks off, or the word if there is but one line: it may be half a secret."""
    whole = text.rpartition("\n")[0]
    return whole or text.rpartition(" ")[0]


def _ended(text: str) -> str:
    whole = text.partition("\n")[2]
    return whole or text.partition(" ")[2]


def says_invalid(text: str) -> bool:
    """Whether the program says in a line of its own that its config is invalid."""
    return any(_INVALID.match(line) for line in lines(text))


def _plain(line: str) -> str:
    """A line of the JSON console style as the others print it."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return line
    message = said.get("message")
    return f"[{said.get('subsystem', '')}] {message}" if isinstance(message, str) else line


def error_text(text: str) -> str | None:
    """The program's own message for people: what it threw, or what it found wrong with the call or the config.

    None for an output that is empty. A message of several lines is kept whole.
    """
    every = list(lines(text))
    message = _config_problem(every) or _reason(every) or _thrown(every) or _first(_USAGE, every)
    if message is None:
        message = _first(_WARNED, every)
    if message is None:
        message = next((line for line in reversed(every) if line.strip()), None)
    return message.strip() if message and message.strip() else None


def _config_problem(every: list[str]) -> str | None:
    if not any(_INVALID.match(line) for line in every):
        return None
    problems = [match[1] for line in every if (match := _PROBLEM.match(line))]
    return "; ".join(["OpenClaw config is invalid", *problems])


def _reason(every: list[str]) -> str | None:
    return next((match[1] for line in reversed(every) if (match := _REASON.match(line))), None)


def _thrown(every: list[str]) -> str | None:
    """The last thing thrown, with the lines that belong to it."""
    for number in range(len(every) - 1, -1, -1):
        if match := _THROWN.match(every[number]):
            more = every[number + 1 :]
            end = next((i for i, line in enumerate(more) if _LOGGED.match(line)), len(more))
            return "\n".join([match[1], *more[:end]])
    return None


def _first(pattern: re.Pattern[str], every: list[str]) -> str | None:
    return next((line for line in every if pattern.match(line)), None)
