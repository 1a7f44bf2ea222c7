"""What OpenClaw says about a failed image request, as the plain Answer that the classifier reads."""

import re

from diagnose.machine.openclaw.observation import Generation
from diagnose.model.answer import Answer

_STATUS = re.compile(r"\(HTTP (\d{3})\):? ?")
_TAGS = re.compile(r"\[(type|code|param|request_id)=([^\],]*)(?:, *(type|code|param)=([^\],]*))?\]")
_ATTEMPT = re.compile(r"^All image generation models failed \(\d+\): ", re.IGNORECASE)
_SHOWN = 300


def answer_of(generation: Generation) -> Answer:
    """Status, message, type, code and request id out of the program's own sentence.

    Of several failed candidates the first one counts: it is the one that was wanted. `transport` "timeout" when
    the program had to be ended.
    """
    ran = generation.ran
    if ran.timed_out:
        return Answer(status=None, transport="timeout", detail=f"OpenClaw did not end within {ran.limit:g} s")
    text = generation.attempts[0].error if generation.attempts else generation.error or ""
    # The line about a candidate carries the cause behind a bare "fetch failed".
    causes = [line for line in generation.failures if text and text in line] or list(generation.failures[:1])
    said = _ATTEMPT.sub("", causes[0] if len(text) < 40 and causes else text).strip()
    found = _STATUS.search(said)
    tags: dict[str, str] = {}
    for match in _TAGS.finditer(said):
        tags[match[1]] = match[2]
        if match[3]:
            tags[match[3]] = match[4]
    message = _TAGS.sub("", said[found.end() :] if found else said).strip()
    html = message[:15].lower().startswith(("<!doctype html", "<html")) or "just a moment" in message.lower()
    return Answer(
        status=int(found[1]) if found else None,
        content_type="text/html" if html else "",
        headers={"x-request-id": tags["request_id"]} if "request_id" in tags else {},
        detail=f"OpenClaw ended with exit code {ran.exit_code}" if not message else message[:_SHOWN],
        message=message[:_SHOWN],
        error_type=tags.get("type", ""),
        param=tags.get("param", ""),
        code=tags.get("code", ""),
    )
