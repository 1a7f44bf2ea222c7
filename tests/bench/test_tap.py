"""The tap's memory does not grow with what passes."""

import json
from pathlib import Path

import pytest
from tap import LARGE, Way, asked, running

MOST = 12.0
"""MiB, for one answer of 30 MB after another; a busy machine does not change it."""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak from /proc")
def test_a_large_answer_passes_in_flat_memory(tmp_path: Path) -> None:
    with running("--serve", "--folder", str(tmp_path)) as host:
        assert host.stdout is not None
        url = f"https://localhost:{host.stdout.readline().strip()}"
        with running("--gate", "forwarding", "--folder", str(tmp_path)) as tap:
            assert tap.stdout is not None
            row = json.loads(tap.stdout.readline())
            asked(url, 1, Way(name="tap", ca_files=(tmp_path / "host-ca.pem", Path(row["ca"])), proxy=row["url"]))
            used = json.loads(tap.communicate()[0])
    assert LARGE > 2 * MOST * (1 << 20)
    assert used["noted"] == 14
    assert used["after"] - used["before"] < MOST, f"{used} MiB"
