"""Which part of a program a record of a log is about: the one that makes images, or another one beside it."""

import re

from diagnose.matrix.reading.patterns import pattern
from diagnose.matrix.reading.plain import MARK

_OF_IMAGES = (
    "/images/", "image_gen", "image generation", "image-generation", "generate_image", "generateimage", "imagegen",
    "gpt-image", "dall-e", "image saved", "saved image",
)  # fmt: skip
_OTHERS = (
    "embedding", "telegram", "whatsapp", "discord", "slack", "signal", "memory", "cron", "heartbeat", "tts", "whisper",
    "stt", "transcription", "chat", "/audio/", "moderations",
)  # fmt: skip
_OTHER = pattern(
    r"^\W{0,4}(?:(?:level=)?(?:warn(?:ing)?|error|err|info|debug|fatal)\b[\W_]{1,4}){0,2}"
    r"(?:embeddings?|telegram|whatsapp|discord|slack|signal|memory|cron|heartbeat|tts|whisper|stt|transcriptions?|chat)\b"
    r"[^\s:\]]{0,40}[\]:]"
    r"|\b(?:POST|GET) \S{0,200}/(?:embeddings|audio/\w{2,20}|moderations|chat/completions)\b",
    re.IGNORECASE,
)
_CHANNEL = pattern(r"\b(?:telegram|whatsapp|discord|slack|signal|cron|heartbeat)\b", re.IGNORECASE)
_OF_A_CHANNEL = pattern(
    r"\bbot\b|\bsend[A-Z ]\w|\bwebhook|\bsocket|connect|\bpoll|\bgetUpdates|\bchannel", re.IGNORECASE
)
_MAY_BE_ASKED_FOR_IMAGES = ("chat",)
_FAILED = pattern(
    r"\b[45]\d\d\b|error|fail|denied|refused|timed out|exceeded|expired|invalid|no image|not |empty|blank|lost|null"
    r"|reset|abort|\bhang|hung|blocked|\bcut\b|but |fallback|instead",
    re.IGNORECASE,
)
_SAVED = pattern(
    r"\bimages? (?:was |were )?saved\b|\bsaved (?:the |an )?image\b|\b(?:POST|PUT) \S{0,200}/images/\S{0,80} 200\b",
    re.IGNORECASE,
)
_AGAIN = pattern(
    r"\bretr(?:y|ying|ied)\b|\brefresh(?:ed|ing)?\b|\battempt \d|\bbacking off\b|\btrying again\b", re.IGNORECASE
)
_LONGEST = 8_000
_MOST = 400


def component(record: str) -> str:
    """ "images", "other", or "" where the record does not tell."""
    low = record.lower()
    if any(word in low for word in _OF_IMAGES):
        return "images"
    if not any(name in low for name in _OTHERS):
        return ""
    return "other" if _OTHER().search(record, 0, _LONGEST) else ""


def only_other(text: str) -> bool:
    """Whether all that a text tells to have failed is told by parts of a program that make no images."""
    low = text.lower()
    if any(word in low for word in (*_OF_IMAGES, "/image", " image", "picture", *_MAY_BE_ASKED_FOR_IMAGES)):
        return False
    if not any(name in low for name in _OTHERS):
        return False
    failed = [line for line in _ends(text) if _FAILED().search(line)]
    return bool(failed) and all(component(line) == "other" and not _may_tell_anything(line) for line in failed)


def _may_tell_anything(record: str) -> bool:
    """A channel tells of its own connection, and hands on what anybody says."""
    return _CHANNEL().search(record) is not None and _OF_A_CHANNEL().search(record) is None


def tells_failure(text: str) -> bool:
    """Whether any word of it is one that failures are told in."""
    return _FAILED().search(text) is not None


def overcome(text: str) -> bool:
    """Whether a log of several tries ends with a saved image, and nothing that failed behind it. An answer with 200 is
    not enough: it may be that of any other request."""
    if not any(word in text.lower() for word in ("saved", "/images/")):
        return False
    lines = [line for line in _ends(text) if line.strip()]
    found = _SAVED().search(lines[-1]) if lines else None
    if found is None:
        return False
    before = "\n".join([*lines[:-1], lines[-1][: found.start()]])
    if _FAILED().search(lines[-1], found.start()):
        return False
    failed = [line for line in before.split("\n") if _FAILED().search(line)]
    if failed and all(component(line) == "other" for line in failed):
        return True
    return _AGAIN().search(before) is not None and "fallback" not in before.lower()


def _ends(text: str) -> list[str]:
    lines = text.split("\n")
    kept = lines if len(lines) <= 2 * _MOST else [*lines[:_MOST], *lines[-_MOST:]]
    return [line.lstrip(MARK)[:_LONGEST] for line in kept]
