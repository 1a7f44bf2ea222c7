"""What OpenClaw says about a failed image request: the row of the matrix, and the plain Answer that reports show.

Its words are read where those of a paste are read, so that a run and `routecheck explain` of one output agree.
"""

import re
from dataclasses import replace

from diagnose.machine.openclaw.observation import Generation
from diagnose.machine.openclaw.reading import was_unsent
from diagnose.matrix import Row, classify, rows
from diagnose.matrix.evidence import Evidence
from diagnose.matrix.explaining import explain
from diagnose.matrix.reading import Reading, read
from diagnose.model.answer import Answer

# Where OpenClaw puts it: a server's sentence, or that of a model that talks, may hold the same further behind. Of the
# request for the image or of renewing a login: where a download was refused, the image had been made.
_PRINTED = re.compile(
    r"(?:error: )?(?:[\w-]+/[\w./:@+-]+: )?(?:oauth token refresh failed for [\w-]{1,40}: )?"
    r"[\w .-]{1,60} (?:image (?:generation|edit)|token \w{1,20}) failed \(http (\d{3})\)"
)
_LOGIN = "codex-responses"
_SHOWN = 300


def row_of(generation: Generation) -> Row:
    """The row that explains the failure: the one that `routecheck explain` names for the same words.

    Where that asks a question, or knows nothing, it is the row of the answer as if it had come on the wire: a status
    that OpenClaw printed is that of the host, and a report has to name one row.
    """
    found = None if generation.ran.timed_out else explain(_read(generation)).found
    return rows()[found.symptom] if found is not None else classify(answer_of(generation))


def answer_of(generation: Generation) -> Answer:
    """Status, message, type, code and request id of the attempt that matters; `text` is what it said in lower case.

    `status` is one that OpenClaw itself printed as "(HTTP 403)", and none that the words only suggest: a refused
    request is taken for unbilled by it. For the same reason it is None behind a candidate that was not refused.
    `transport` is "timeout" also when the program had to be ended.
    """
    ran = generation.ran
    if ran.timed_out:
        return Answer(status=None, transport="timeout", detail=f"OpenClaw did not end within {ran.limit:g} s")
    reading = _read(generation)
    wanted = next((attempt.tried for attempt in explain(reading).attempts if attempt.matters), "")
    at = next((place for place, attempt in enumerate(reading.attempts) if attempt.candidate == wanted), 0)
    seen = reading.attempts[at]
    refused = all((_printed(one) or 0) // 100 == 4 for one in reading.attempts[:at])
    return Answer(
        status=_printed(seen) if refused else None,
        transport=seen.transport,
        content_type="text/html" if seen.content == "html" else "",
        headers={"x-request-id": seen.request_id} if seen.request_id else {},
        detail=_sentence(generation, seen.candidate)[:_SHOWN] or f"OpenClaw ended with exit code {ran.exit_code}",
        message=seen.message[:_SHOWN],
        error_type=seen.error_type,
        param=seen.param,
        code=seen.code,
        text=seen.said[:_SHOWN],
    )


def all_refused(generation: Generation) -> bool:
    """Whether OpenClaw printed a refusal (4xx) for every candidate that it asked: none of them was billed then."""
    if generation.ran.timed_out:
        return False
    return all(_unbilled(generation, one) for one in _read(generation).attempts)


def _unbilled(generation: Generation, attempt: Evidence) -> bool:
    refused = (_printed(attempt) or 0) // 100 == 4
    return refused or was_unsent(f"{attempt.candidate}: {_sentence(generation, attempt.candidate)}")


def _read(generation: Generation) -> Reading:
    """The output as one would paste it, of those parts that went through a redactor."""
    lines = [f"[image-generation] candidate failed: {one}" for one in _failed(generation)]
    lines += [f"Error: {generation.error}"] if generation.error else []
    login = any(line.transport == _LOGIN for line in generation.auth)
    found = read("\n".join(lines), route="codex-oauth" if login else "")
    # A report of ours inside of it is what a host put there: it must not say what this run has found.
    return replace(found, report=None)


def _failed(generation: Generation) -> tuple[str, ...]:
    """One "openai/gpt-image-2: what it said" for each candidate that failed."""
    listed = (f"{one.provider}/{one.model}: {one.error}" for one in generation.attempts)
    return (*listed, *generation.failures)


def _printed(attempt: Evidence) -> int | None:
    found = _PRINTED.match(attempt.said)
    return int(found[1]) if found else None


def _sentence(generation: Generation, candidate: str) -> str:
    """What was printed about the candidate; its line has the cause behind a bare "fetch failed"."""
    begin = f"{candidate}: "
    said = (line.removeprefix(begin) for line in _failed(generation) if candidate and line.startswith(begin))
    return next(said, generation.error or "").strip()
