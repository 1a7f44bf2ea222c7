"""The strict loader, the data files, and what loading costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from diagnose.sandbox import scenarios
from diagnose.sandbox.catalogue import catalogue
from diagnose.sandbox.provenance import vendor
from diagnose.sandbox.refusals import rows
from diagnose.sandbox.strict import DataError, build


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"colour": 1}, "unknown key colour"),
        ({"faults": {"dely": 3}}, "unknown key dely"),
        ({"faults": {"delivery": "dripp"}}, "none of"),
        ({"faults": {"delay": "3"}}, "no float"),
        ({"faults": {"hidden_models": "x"}}, "no list"),
        ({"faults": {"images_scope_status": 402}}, "none of"),
        ({"faults": {"models_scope_missing": 1}}, "no bool"),
        ({"claim": 3}, "no table"),
        ({"login": {"kind": "key"}}, "none of"),
        ({"login": {"logs": ["refresh"]}}, "none of"),
        ({"expect": {}}, "missing key verdict"),
        ({"about": None}, "no str"),
    ],
)
def test_the_loader_is_strict(change: dict[str, object], complaint: str) -> None:
    row = {"id": "x", "about": "y", "route": "z", "expect": {"verdict": "proven"}}
    build(scenarios.Scenario, row, "row")
    with pytest.raises(DataError, match=complaint):
        build(scenarios.Scenario, row | change, "row")


def test_data_files_load_and_are_dated() -> None:
    assert catalogue().as_of
    assert all(row.as_of and row.source for row in rows().values())
    assert all(vendor(name).source for name in ("google", "edge", "proxy"))


def test_scenarios_need_the_standard_library_only() -> None:
    code = (
        "import sys; from diagnose.sandbox import scenarios, identity; scenarios.load();"
        "heavy = {'starlette','uvicorn','PIL','msgspec','httpx','asyncio','anyio','click','sqlite3'};"
        "ours = {m for m in sys.modules if m.startswith('diagnose.')};"
        "ours = {m for m in ours if not m.startswith('diagnose.sandbox')};"
        "print(sorted(heavy & set(sys.modules) | ours))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_server_imports_no_client_side() -> None:
    code = (
        "import sys; from diagnose.sandbox.server import Sandbox\n"
        "with Sandbox(): pass\n"
        "ours = {m for m in sys.modules if m.startswith('diagnose.')}\n"
        "ours = {m for m in ours if not m.startswith('diagnose.sandbox')}\n"
        "print(sorted(ours | {'PIL', 'httpx', 'checks'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
