"""The frozen JSON: its names, its schema, and that it says what the report says."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import reports
from diagnose.model.report import Report
from reports import json_v1

SCHEMA_FILE = Path(reports.__file__).parent / "schemas" / "report.v1.schema.json"

FROZEN = {
    "": "schema generated_at tool sandbox claim verdict exit_code because served witnesses checks symptoms spend",
    "tool": "name version",
    "claim": "route model owner fallback parameters",
    "served": "provider host surface credential owner model parameters pixels alpha sha256",
    "served.credential": "kind fingerprint",
    "witnesses.0": "dimension value source strength agrees check",
    "checks.served.model": "status title summary measured expected symptom remedy cost duration_ms skipped_because",
    "symptoms.0": "id branch action check",
    "spend": "ceiling_usd requests billable_requests unknown_requests",
}


def _rendered(report: Report) -> Any:
    return json.loads(json_v1.render(report))


@pytest.mark.parametrize("where", FROZEN)
def test_no_frozen_name_is_missing(where: str, runs: Mapping[str, Report]) -> None:
    found = _rendered(runs["contradicted"])
    if where == "checks.served.model":
        found = found["checks"]["served.model"]
    elif where:
        for step in where.split("."):
            found = found[int(step)] if step.isdecimal() else found[step]
    assert set(FROZEN[where].split()) <= set(found)


def test_the_checked_in_schema_is_the_generated_one() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == json_v1.schema_text(), (
        "write reports.json_v1.schema_text() to " + str(SCHEMA_FILE)
    )


def test_real_output_fits_the_schema(runs: Mapping[str, Report]) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
    validator.check_schema(validator.schema)
    for name, report in runs.items():
        assert not list(validator.iter_errors(_rendered(report))), name


def test_the_schema_refuses_what_is_no_report(runs: Mapping[str, Report]) -> None:
    validator = jsonschema.Draft202012Validator(json_v1.schema())
    found = _rendered(runs["proven"])
    assert validator.is_valid(found)
    assert not validator.is_valid({**found, "verdict": "probably"})
    assert not validator.is_valid({key: found[key] for key in found if key != "witnesses"})


def test_checks_stand_in_running_order_and_absent_things_are_null(runs: Mapping[str, Report]) -> None:
    report = runs["broken"]
    found = _rendered(report)
    assert list(found["checks"]) == [done.check_id for done in report.checks]
    passed = found["checks"]["credentials.source"]
    assert [passed[key] for key in ("measured", "expected", "symptom", "skipped_because")] == [None] * 4
    assert passed["status"] == "pass"
    assert found["checks"]["smoke.generation"]["skipped_because"] == "scopes.images"
    assert found["served"]["model"] is None
    assert found["image"] is None


def test_the_values_of_a_run(runs: Mapping[str, Report]) -> None:
    found = _rendered(runs["sandbox"])
    assert found["schema"] == "routecheck.report/v1"
    assert found["generated_at"] == "2026-11-20T09:14:03Z"
    assert found["tool"] == {"name": "routecheck", "version": "0.1.0"}
    assert found["sandbox"] == {"scenario": "healthy"}
    assert found["served"]["credential"] == {
        "kind": "project-key", "fingerprint": "1a2b3c4d", "source": "OPENAI_API_KEY",
    }  # fmt: skip
    assert (found["verdict"], found["exit_code"]) == ("proven", 0)
    assert {r["dimension"]: r["state"] for r in found["requirements"]}["model"] == "met"
    assert _rendered(runs["proven"])["sandbox"] is None
    assert [_rendered(runs[name])["exit_code"] for name in ("broken", "unproven", "contradicted")] == [1, 3, 4]


def test_it_is_indented_and_not_escaped_and_carries_no_image_bytes(runs: Mapping[str, Report]) -> None:
    text = json_v1.render(runs["hostile-5"])
    assert text.startswith('{\n  "schema"')
    assert "עברית" in text
    assert "iVBOR" not in text
