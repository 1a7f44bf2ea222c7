"""The text models around the image tool, against the dated rows: what is retired is told before it is asked."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from diagnose.model.check import Status

AFTER, BEFORE = 1_795_260_000.0, 1_780_272_000.0
"""2026-11-21, and 2026-06-01."""


def config(world: Any, text: str) -> None:
    world.codex.mkdir(exist_ok=True)
    (world.codex / "config.toml").write_text(text)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", Status.PASS),
        ('model = "gpt-6-astra"', Status.PASS),
        ('model = "gpt-of-next-year"', Status.PASS),
        ('model = "gpt-5.4"', Status.WARN),
        ('model = "gpt-5.4"\nmodel_provider = "openai"', Status.WARN),
        ('model = "gpt-5.4"\nmodel_provider = "mine"', Status.PASS),
    ],
)
def test_a_retired_model_of_the_codex_cli_is_a_warning(world: Any, text: str, status: Status) -> None:
    config(world, text)
    found = world.check("model_reference.host_model")
    assert (found.status, found.costs_proof) == (status, False)
    assert found.symptom == ("carrier-not-supported" if status is Status.WARN else None)
    assert world.backend.asked == []
    if status is Status.WARN:
        assert "the Codex CLI asks gpt-5.4" in found.summary
        assert "since 2026-08-31 (table as of 2026-09-09: help.openai.com" in found.summary
        assert "the image of this run is carried by gpt-6-astra" in found.summary
        assert found.remedy[0].startswith("codex -m gpt-6-astra")
        assert found.expected.startswith("gpt-6-astra, gpt-5.6-sol, gpt-5.5 (table as of ")


def test_a_model_is_in_force_until_its_day(world: Any) -> None:
    from dataclasses import replace

    config(world, 'model = "gpt-5.4"')
    world.host = replace(world.host, now=lambda: BEFORE)
    assert date.fromtimestamp(BEFORE) < date(2026, 8, 31)
    assert world.check("model_reference.host_model").status is Status.PASS


@pytest.mark.parametrize(("mode", "status"), [("both", Status.WARN), ("openclaw", Status.FAIL)])
def test_a_retired_model_of_openclaws_release_fails_where_openclaw_makes_the_image(
    world: Any, mode: str, status: Status
) -> None:
    first = SimpleNamespace(carrier="gpt-5.4")
    world.changes = {"mode": mode, "openclaw": SimpleNamespace(prediction=SimpleNamespace(first=first))}
    found = world.check("model_reference.host_model")
    assert (found.status, found.symptom) == (status, "carrier-not-supported")
    assert "OpenClaw asks gpt-5.4" in found.summary
    assert found.remedy[0].startswith("openclaw update")
    assert ("the image of this run" in found.summary) == (status is Status.WARN)
