"""What stands beside an error and is none: what was expected or tried, hints of what it could be, quoted manuals, other
people's and past errors, code and settings. Each names errors that did not happen."""

import re
from collections.abc import Iterator

from diagnose.matrix.reading.loose import value_ends
from diagnose.matrix.reading.patterns import pattern
from diagnose.matrix.reading.plain import MARK

_LONGEST_HEADING = 60
_LONGEST_LINE = 4_000
_MOST = 200
_SECTION = pattern(
    r"\W{0,4}(?:expected(?: (?:behaviou?r|results?|outcome|output))?"
    r"|what (?:did )?(?:i|you|we)(?: have|'ve)? ?expect(?:ed)?"
    r"|(?:what|things|steps)(?: that)? (?:i|we|you)(?: have|'ve)?(?: already)? tr(?:ied|y)"
    r"|(?:already )?tried(?: so far)?"
    r"|(?:attempted|tried) (?:fixes|workarounds|solutions)|(?:related|similar|duplicate)(?: issues?| reports?| links?)?"
    r"|(?:the |some )?(?:possible|common|likely|potential|typical|usual) (?:causes?|reasons?|explanations?)"
    r"(?: are| include)?|see also|notes?|(?:pre-?flight )?check ?list|before (?:you )?submit(?:ting)?)\W{0,4}",
    re.IGNORECASE,
)
_OTHER_SECTION = pattern(
    r"\W{0,4}(?:actual|current|observed|what (?:actually )?happen|steps|how to reproduce|reproduc|environment|version"
    r"|logs?\b|errors?\b|outputs?\b|results?\b|summary|description|bug|context|additional|details|question|response|impact"
    r"|screenshots?|setup|config)",
    re.IGNORECASE,
)
# What a program printed ends the words of people about what they had hoped for.
_PRINTED = pattern(
    r"(?:\[[\w@./-]{2,60}\] |(?:ERROR|WARN|INFO|FATAL|DEBUG)\b|(?:[A-Za-z_][\w.]{0,60})?Error\b ?[:(\[]|(?i:error):"
    r"|HTTP[ /]\d|[45]\d\d\b|[{<$] ?\S|Traceback|curl\b)"
)
_LABEL = pattern(
    r"^\W{0,4}(?:expected (?:behaviou?r|results?|outcome|output)|related(?: issues?)?"
    r"|(?:things|what) (?:i|we)(?: have|'ve)?(?: already)? tried"
    r"|(?:(?:i|we) )?(?:have )?already tried|tried(?: so far)?|notes?"
    r"|\w{1,20} \(bot\))\W{0,2}:(?:(?!\bactual).){0,4000}",
    re.IGNORECASE,
)
_HOPED = pattern(r"^\W{0,4}expected ?:(?:(?!\bactual).){0,4000}", re.IGNORECASE)
_ITEM = pattern(r"[-+*\u2022\u2013#\[] ?|\d{1,2}[.)] ")
_STATUS = pattern(r"\b[45]\d\d\b")
_LINK = pattern(r"\W{0,4}(?:related|see also|docs|\[)", re.IGNORECASE)
_TICKED = pattern(r"^(?:[-+\u2022] ?)?\[[ xX\u2713\u2714]\] .*")
_CODE = pattern(
    r"^\s{0,40}(?:\}\s?)?(?:catch ?\(.*|import (?:[\w.]{1,80}(?: as \w{1,40})?;?$|[{*].*)|from [\w.]{1,80} import .*"
    r"|(?:print|console\.\w{1,10}|log(?:ger|ging)?\.\w{1,10})\(.*\);?$|class \w{1,60}\(.*\):|(?:el)?if isinstance\(.*)"
    r"|\bexcept \(?[\w.]{1,80}(?:, ?[\w.]{1,80}){0,20},?\)?(?: as \w{1,40})?:"
)
_RETRIES = pattern(
    r"[\"']?\b(?:retr(?:y|ies|yable)(?:_?[a-zA-Z]{2,16})?|fallback_?[oO]n)[\"']?\s{0,4}[:=]\s{0,4}(?=[\[{])"
)
_SENTENCE = pattern(r"(?:(?<=[.!?;])|(?<=[.!?][\"')]))\s{1,4}(?=[\"'(\[]?[A-Z])")
_HINT = pattern(
    r"(?:^|(?<=[\"'(:.;,-] )|(?<=[\"'(])|(?<=\d\. ))if (?:you|your|the|this|that|it|there)\b.{1,160}?"
    r"(?:,|\"|\bthen\b| see| persists?)? ?(?:please |try to |just )?(?:check|add|top up|buy|verify|log in|log out"
    r"|sign in|re-?authenticate|renew|replace|wait|increase|raise|make sure)\b.*"
    r"|\b(?:possible|common|likely|potential|typical|usual) (?:causes?|reasons?|explanations?)\b.{0,60}?(?::| are\b"
    r"| is\b| include\b).*"
    r"|\b(?:could|might|may|can)(?: also)? be (?:due to |caused by |because of )?(?:an? |the |your ).{1,120}? or .*"
    r"|\b(?:this|that|it) (?:usually|often|typically|generally|probably) (?:means|indicates|happens when)\b.*",
    re.IGNORECASE,
)
_QUOTED = pattern(
    r"\b(?:docs?|documentation|manual|readme|faq)(?: page)?(?: ?: see\b| (?:says?|states?|mentions?|tells?)\b).*"
    r"|\baccording to (?:the |your )?(?:docs?|documentation|manual)\b.*"
    r"|\b(?:not )?(?:a )?duplicate of\b.*",
    re.IGNORECASE,
)
_FINISHED = pattern(
    r"\b(?:errors?|[45]\d\d|messages?|problems?|issues?|that|it|\w{2,30}_\w{2,40})\b.{0,60}? "
    r"(?:(?:is|are|was) (?:now )?(?:gone|resolved|solved|fixed)|(?:has |have )?(?:gone|went) away)\b"
    r"|^\W{0,4}(?:fixed|solved|resolved): .{0,200}\b(?:gone|works?|again|now)\b"
    r"|\bworks? (?:again|now)\b.{0,60}\bno more\b",
    re.IGNORECASE,
)
_PAST = pattern(
    r"^\W{0,4}(?:yesterday|last (?:week|month|night|year)|earlier(?: today)?|previously"
    r"|before (?:the|that|this) \w{2,20}),? (?:it|i|we|the|there|my)\b.*"
    r"|(?:\b(?:and|but|while) )?(?:\b(?:my|our|an?) )?\b(?:colleague|friend|coworker|co-worker|someone else"
    r"|other (?:users?|people)) (?:gets?|got|has|have|had|sees?|saw|says?|said|reports?|reported)\b.*",
    re.IGNORECASE,
)
_PRESENT = pattern(
    r"\b(?:but now|now (?:i|it|we|the|there)|today|still|since|instead|too|the same"
    r"|afterwards|then|but i(?! do(?:n.t| not)))\b",
    re.IGNORECASE,
)
_GOES_ON = pattern(r"\bbut\b|\bnow (?:i|it|we)\b|\bstill\b", re.IGNORECASE)
_EARLIER = pattern(r"\([^()]{1,120} (?:earlier|yesterday|last week|previously)\)")
_WORDS = (
    "expected", "tried", "related", "note", "check", "similar", "see also", "duplicate", "before", "if ", "cause",
    "reason", "explanation", " be ", "usually", "often", "typically", "generally", "probably", "docs", "doc ",
    "documentation", "manual", "readme", "faq", "gone", "went away", "solved", "fixed", "works", "work ", "yesterday",
    "last ", "earlier", "previously", "colleague", "friend", "cowork", "co-work", "someone", "other ", "] ", "catch",
    "import ", "print(", "console.", "log", "class ", "isinstance", "except", "retr", "fallback", "(bot)",
)  # fmt: skip


# Without one of them in a line, its expression needs not be compiled.
_OF_SECTION = (
    "expect", "tried", " try", "related", "similar", "duplicate", "see also", "note", "check", "before", "cause",
    "reason", "explanation", "fixes", "workaround", "solution",
)  # fmt: skip
_OF_CODE = ("catch", "import ", "print(", "console.", "log", "class ", "isinstance", "except")
_OF_LABEL = ("expected", "related", "tried", "note", "(bot)")
_OF_HINT = (
    "if ",
    "cause",
    "reason",
    "explanation",
    "could",
    "might",
    "may ",
    "can ",
    "usually",
    "often",
    "typically",
    "generally",
    "probably",
)
_OF_MANUAL = ("docs", "doc ", "doc:", "documentation", "manual", "readme", "faq", "duplicate")
_OF_WISHES = ("expected", "related", "tried", "(bot)")
_OF_FINISHED = ("gone", "went away", "solved", "fixed", "work")
_OF_PAST = (
    "yesterday", "last ", "earlier", "previously", "before", "colleague", "friend", "worker", "someone", "other ",
)  # fmt: skip


def _has(line: str, words: tuple[str, ...]) -> bool:
    low = line.lower()
    return any(word in low for word in words)


def without_asides(text: str, *, alone: bool = False) -> str:
    """The plain text, with its marks, without asides; a line that is one is left empty.

    `alone`: nothing beside them tells a failure. Then notes, ticked lines, what the manual says and what happened
    yesterday or to somebody else are what the text is about, and are kept.
    """
    low = text.lower()
    if not any(word in low for word in _WORDS):
        return text
    lines = text.split("\n")
    if "expected" in low and "actual" in low:
        lines = [_HOPED().sub("", line) if line[:40].strip() else line for line in lines]
    kept = "\n".join(_lines(lines, sections=len(lines) > 1, alone=alone))
    if not any(map(str.isalnum, kept)) and any(map(_is_asked_about, lines)):
        return text
    return _without_settings(kept) if "retr" in low or "fallback" in low else kept


def is_over(text: str) -> bool:
    """Whether any sentence of the text says that its failure is gone."""
    return any(_is_over(part) for line in text.split("\n") for part in _SENTENCE().split(line[:_LONGEST_LINE]))


def _is_over(sentence: str) -> bool:
    return bool(_has(sentence, _OF_FINISHED) and _FINISHED().search(sentence) and not _GOES_ON().search(sentence))


def _is_asked_about(line: str) -> bool:
    """Whether a line of a text that has no others tells of an error, though as a note, or of yesterday's."""
    told = _STATUS().search(line) is not None and not _LINK().match(line)
    return told and not _FINISHED().search(line) and not _HINT().search(line)


def _lines(lines: list[str], *, sections: bool, alone: bool) -> Iterator[str]:
    """A section ends where a program's own words begin, at the next heading, and behind its first paragraph or list."""
    inside, filled, blank = False, False, False
    for line in lines:
        if len(line) > _LONGEST_LINE:
            inside = False
            yield line
            continue
        if inside and (line[:1] == MARK or _PRINTED().match(line) or _is_heading(line)):
            inside = False
        if inside and filled and blank and line and not _ITEM().match(line):
            inside = False
        if (
            sections
            and len(line) <= _LONGEST_HEADING
            and _has(line, _OF_SECTION)
            and _SECTION().fullmatch(line)
            and not (alone and "note" in line.lower())
        ):
            inside, filled = True, False
        elif line:
            filled = True
        blank = not line
        yield "" if inside else _without(line, alone=alone)


def _is_heading(line: str) -> bool:
    return len(line) <= _LONGEST_HEADING and _OTHER_SECTION().match(line) is not None


def _without(line: str, *, alone: bool) -> str:
    """A line without its asides; what holds an object was printed by a program, and tells no more than that."""
    if not line or (not alone and "[" in line[:4] and _TICKED().match(line)):
        return ""
    if _has(line, _OF_CODE):
        line = _CODE().sub("", line)
    if '{"' in line or "{'" in line or '":' in line:
        return line
    if line[:1] != MARK and _has(line, _OF_WISHES if alone else _OF_LABEL):
        line = _LABEL().sub("", line)
    if not _has(line, (*_OF_HINT, *_OF_MANUAL, *_OF_FINISHED, *_OF_PAST)):
        return line
    parts = _SENTENCE().split(line)
    told = [_told(part, logged=line[:1] == MARK, alone=alone) for part in parts]
    return line if told == parts else " ".join(filter(None, told))


def _told(sentence: str, *, logged: bool, alone: bool) -> str:
    if not logged:
        if _is_over(sentence):
            return ""
        if not alone and _has(sentence, _OF_PAST):
            sentence = sentence if _PRESENT().search(sentence) else _PAST().sub("", sentence)
            sentence = _EARLIER().sub("", sentence)
        if not alone and _has(sentence, _OF_MANUAL):
            sentence = _QUOTED().sub("", sentence)
    return _HINT().sub("", sentence) if _has(sentence, _OF_HINT) else sentence


def _without_settings(text: str) -> str:
    """Without the lists of errors after which a program is to try again."""
    behind_value = value_ends(text)
    parts, done = [], 0
    for found in list(_RETRIES().finditer(text))[:_MOST]:
        if found.start() >= done:
            parts.append(text[done : found.start()])
            done = behind_value(found.end())
    return "".join([*parts, text[done:]])
