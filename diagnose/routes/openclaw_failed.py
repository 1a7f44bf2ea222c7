"""Why no image came through OpenClaw from the Codex surface, by what crossed the tap where that says more.

The program's own sentence is the same for a plan without images and for a model that talks, and says little of a
stream that failed.
"""

from diagnose.matrix import classify
from diagnose.model.answer import Answer
from diagnose.routes.answers import read
from diagnose.routes.openclaw_file import exchange_of
from diagnose.routes.openclaw_served import Seen
from diagnose.tap.records import Tapped


def told_by_wire(seen: Seen) -> tuple[str, str] | None:
    """The row of the matrix and its sentence; None where the program's own words have to do, and for every key."""
    if not seen.kind.login or not seen.images:
        return None
    last = seen.images[-1]
    if last.status is None:
        return None
    if last.answer.get("error") is not None or not 200 <= last.status < 300:
        said = _answer(last)
        row = classify(said).id
        return None if row == "unclassified-refusal" else (row, said.describe())
    where = last.target.shown
    if last.stream and "status" not in last.answer:
        unknown = last.unread is not None and "content-encoding" in last.headers
        return None if unknown else ("stream-cut", f"the stream of {where} ended without the event that ends it")
    if last.stream and not last.images and last.answer.get("tools") == 0:
        return "image-tool-absent", f"{where} echoes an empty list of tools and answers in text alone"
    return None


def _answer(tapped: Tapped) -> Answer:
    """The refusal as the direct route would read it; also one that stands inside a success."""
    error = tapped.answer.get("error")
    return read(exchange_of(tapped), {"error": error} if error is not None else None)
