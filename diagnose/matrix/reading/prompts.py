"""What a request asked for, taken out of a text: the words of a prompt tell nothing about an error."""

import re
from collections.abc import Iterator

from diagnose.matrix.reading.loose import value_ends
from diagnose.matrix.reading.patterns import pattern

_NAMES = ("prompt", "input", "messages", "instructions", "contents", "user", "asked", "told", "wanted", "requested")
_FIELD = pattern(
    r"([\"'])(?:(?:\w{2,20}_)?prompt|input|messages|instructions|contents)\1\s{0,8}[:=]\s{0,8}"
    r"(?=[\"'{]|\[\s{0,80}[{\[])"
    r"|(?<![\w\"'])(?i:prompt)(?:(?i: was| is| text)?\s?[:=]\s?| )(?=[\"'])"
    r"|([\"'])(?:type\2\s{0,4}:\s{0,4}\2input_text|role\2\s{0,4}:\s{0,4}\2user)\2,\s{0,80}"
    r"\2(?:text|content)\2\s{0,4}:\s{0,4}(?=[\"'\[])"
)
# Without quotes around it, a prompt is told from a refusal of the field by what it describes.
_IN_WORDS = pattern(
    r"^(?:[^\w\n]{0,4}|.{0,40}\b(?:my|the|with) )prompts?(?: was| is| text)?\s?[:=]\s?"
    r"((?:an?|the|draw|paint|make|create|generate|render|two|three|photo|picture|image|poster|sign|logo)\b[^\n]{1,2000}"
    r"|[^\"\n]{1,200}\"[^\"\n]{1,400}\"[^\n]{0,200})"
    r"|\b(?:asked|told|wanted|requested|prompted)(?: (?:it|him|her|the \w{2,20}|chatgpt|gpt[\w.-]{0,20}|openclaw))?"
    r" (?:for|to (?:draw|paint|make|create|generate|write|render|show))\b[^\n\"]{0,200}\"([^\"\n]{1,400})\"",
    re.IGNORECASE | re.MULTILINE,
)
# {"errors": {"prompt": "too long"}}: there, the field is what the refusal is about.
_OF_A_REFUSAL = pattern(r"(?:errors?|details?|fields?)[\"']\s{0,4}:\s{0,4}[\[{\s]{1,40}$")
_TELLS = pattern(
    r"error|fail|invalid|denied|refused|reject|unauthori|forbidden|not |unable|exceed|blocked|unrecognized|timed? ?out"
    r"|\b[45]\d\d\b|\"code\"|错误|失败",
    re.IGNORECASE,
)
_MOST = 200


def without_prompts(text: str) -> str:
    """The text without the words that were sent, where something else in it tells an error; else the text itself."""
    low = text.lower()
    if not any(name in low for name in _NAMES):
        return text
    parts, done = [], 0
    for begin, end in _sent(text):
        if begin < done:
            continue
        parts.append(text[done:begin])
        done = end
    if not done:
        return text
    rest = '""'.join([*parts, text[done:]])
    return rest if _TELLS().search(rest) else text


def _sent(text: str) -> Iterator[tuple[int, int]]:
    """Where the values of such fields begin and end."""
    yield from sorted([*_in_fields(text), *_in_words(text)])


def _in_words(text: str) -> Iterator[tuple[int, int]]:
    for found in list(_IN_WORDS().finditer(text))[:_MOST]:
        yield found.span(1 if found[1] else 2)


def _in_fields(text: str) -> Iterator[tuple[int, int]]:
    behind_value = value_ends(text)
    at = 0
    for _ in range(_MOST):
        field = _FIELD().search(text, at)
        if field is None:
            return
        at = field.end()
        if _OF_A_REFUSAL().search(text[max(0, field.start() - 60) : field.start()]):
            continue
        end = behind_value(at)
        yield at, end
        at = max(at, end)
