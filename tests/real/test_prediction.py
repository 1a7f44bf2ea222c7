"""What is predicted for settings that nobody thought of is what the real releases do."""

import time
from concurrent.futures import ThreadPoolExecutor

import generated
import pytest
from install import RELEASES
from predicted import compare
from prepared import Prepare

AT_ONCE = 2
LEAST = 40


@pytest.mark.parametrize("release", list(RELEASES))
def test_every_generated_setting_goes_as_predicted(
    release: str, prepare: Prepare, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared, cases = prepare(release), generated.cases(release)
    assert len({case.name for case in cases}) == len(cases) >= LEAST
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as workers:
        compared = list(workers.map(lambda case: compare(prepared, case), cases))
    sent = sum(bool(one.observed.requests) for one in compared)
    with capsys.disabled():
        print(f"\n{release}: {len(compared)} settings in {time.monotonic() - began:.0f} s, {sent} with a request")

    # Otherwise the cases would agree because nothing happens in any of them.
    assert sent >= len(cases) // 2
    if wrong := [str(one) for one in compared if one.differences]:
        pytest.fail(f"{len(wrong)} of {len(compared)} settings differ in {release}:\n\n" + "\n\n".join(wrong), False)
