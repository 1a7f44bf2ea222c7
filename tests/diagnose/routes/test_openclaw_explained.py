"""A run through OpenClaw and `routecheck explain` of what it printed come to the same row, in all three releases."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from diagnose.machine.openclaw import reading
from diagnose.machine.openclaw.observation import Generation, Ran
from diagnose.matrix.explaining import explain
from diagnose.matrix.reading import read
from diagnose.routes.openclaw_error import row_of
from diagnose.sandbox.refusals import rows as refusals

PRINTED = Path(__file__).parents[1] / "machine" / "openclaw" / "printed"
SURFACES = {"key": "OpenAI image generation failed", "login": "OpenAI Codex image generation failed"}
SELECTED = (
    "[image-generation/openai] image auth selected: provider=openai mode=oauth transport=codex-responses "
    "requestedModel=gpt-image-2 responsesModel=gpt-6-astra timeoutMs=180000\n"
)
VALUES = {
    "key": "sk-made-up",
    "scope": "api.model.images.request",
    "model": "gpt-image-2",
    "method": "POST",
    "path": "/v1/images",
    "param": "size",
    "value": "9x9",
}


class Filled(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "512"


def failed(stdout: str, stderr: str, exit_code: int | None) -> Generation:
    ran = Ran(words=("openclaw",), exit_code=exit_code, stdout=stdout, stderr=stderr, seconds=1.0, limit=5.0)
    return reading.generation(ran, str)


def sample(name: str, *said: Any) -> Any:
    return pytest.param(*said, id=name)


def recorded() -> Iterator[Any]:
    for file in sorted(PRINTED.glob("*.json")):
        for case, ran in json.loads(file.read_text()).items():
            said = (ran["stdout"], ran["stderr"], ran["exit"])
            if ran["exit"] is not None and not failed(*said).ok:
                yield sample(f"{file.stem}-{case}", *said)


def worded() -> Iterator[Any]:
    """The refusals of the emulated API in the words of each release that asks the surface."""
    for name, row in refusals().items():
        message = row.message.format_map(Filled(VALUES))
        body = json.dumps({"error": {"message": message, "type": row.type, "param": row.param, "code": row.code}})
        short = message if len(message) < 220 else f"{message[:219]}…"
        tags = ", ".join([f"type={row.type}", *([f"code={row.code}"] if row.code else [])])
        tagged = f"{short} [{tags}] [request_id=req_made_up]"
        for surface, begins in SURFACES.items():
            old, new = f"{begins} (HTTP {row.status}): {body[:300]}", f"{begins} (HTTP {row.status}): {tagged}"
            before = SELECTED if surface == "login" else ""
            line = f"{before}[image-generation] candidate failed: openai/gpt-image-2: "
            document = json.dumps({"ok": False, "error": {"type": "cli_error", "message": new}}, indent=2)
            if surface == "key":
                yield sample(f"4.22-{surface}-{name}", "", f"{line}{old}\nError: {old}\n", 1)
            yield sample(f"5.18-{surface}-{name}", "", f"{line}{new}\nError: {new}\n", 1)
            told = f"{line}{new}\n[openclaw] The CLI command failed.\n[openclaw] Reason: {new}\n[openclaw] Try: x\n"
            yield sample(f"9.6-{surface}-{name}", f"{document}\n", told, 1)


@pytest.mark.parametrize(("stdout", "stderr", "exit_code"), [*recorded(), *worded()])
def test_the_same_row_or_a_question_that_holds_it(stdout: str, stderr: str, exit_code: int) -> None:
    row, told = row_of(failed(stdout, stderr, exit_code)), explain(read(f"{stdout}\n{stderr}"))
    if told.found is not None:
        assert row.id == told.found.symptom
    elif told.candidates:
        assert row.branch in {one.found.branch for one in told.candidates}
    else:
        assert row.id == "unclassified-refusal"


def test_outputs_of_all_releases_and_many_refusals_are_compared() -> None:
    assert len(list(recorded())) > 70
    assert len(list(worded())) > 150
