"""Twenty megabytes of the worst that a text can hold: time grows with the length, memory stays within bounds."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

MB = 1_000_000
FEW, MANY = 5 * MB, 20 * MB  # the largest text that the command takes
MOST = 6  # times as long for four times the text
SECONDS = 2.0  # what it should take; printed, because a busy machine is no failure
MOST_MIB = 200
START = 0.1  # seconds: below that, times are those of starting the interpreter

UNITS = {
    "one line": "a",
    "lines": "\n",
    "spaces": " ",
    "braces": "{",
    "brackets": "[",
    "quotes": '"',
    "single quotes": "'",
    "backslashes": "\\",
    "escaped quotes": '\\"',
    "digits": "7",
    "HTTP": "HTTP ",
    "statuses": "HTTP 403 ",
    "nested objects": '{"error":',
    "nested texts": '{"error":"{\\"error\\":',
    "members": '"message": "x", ',
    "python": "{'error': ",
    "colours": "\x1b[31mx\x1b[0m",
    "open colours": "\x1b[",
    "times": "2026-11-20T10:00:00.123Z ",
    "quoting": "> ",
    "fences": "```\n",
    "pages": "<html><head><title>",
    "entities": "&quot;",
    "addresses": "https://a.example/",
    "attempts": "All image generation models failed (3): openai/gpt-image-2: ",
    "wrappers": "litellm.BadRequestError: OpenAIException - ",
    "events": 'data: {"type":"response.failed"}\n\n',
    "tokens": "eyJhbGciOiJub25lIn0.",
    "keys": "sk-proj-",
    "headers": "Authorization: Bearer ",
    "words": "missing scopes: model.request ",
    "timed out": "timed out after ",
    "Chinese": "错误",
    "curly quotes": "“‘",  # noqa: RUF001
    "zeros": "\x00",
}
_CHANCE = random.Random(5)
UNITS["all of them"] = "".join(_CHANCE.choices(list(UNITS.values()), k=100_000))
UNITS["no two lines alike"] = "".join(
    f'HTTP {_CHANCE.randrange(400, 600)} error {at}: {{"code":"c{at}","message":"upstream {at} failed"}}\n'
    for at in range(50_000)
)
UNITS["no two attempts alike"] = "All image generation models failed (50000): " + " | ".join(
    f"vendor{at}/model-{at}: request {at} timed out after {at} ms" for at in range(50_000)
)
# Between the tests and the command: on Linux a new process inherits the peak of the one that starts it.
LAUNCH = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss, file=sys.stderr)
"""
ERROR = '{"error":{"message":"Billing hard limit has been reached.","code":"billing_hard_limit_reached"}}'
LINE = "2026-11-20T10:00:00.123Z INFO [gateway] heartbeat ok, nothing to report from any of the workers\n"


def explain(path: Path, env: dict[str, str]) -> tuple[int, float, float, str]:
    """Runs the command on a file: its exit code, seconds of CPU, peak MiB, and what it printed."""
    command = [str(Path(sys.executable).with_name("routecheck")), "explain", str(path)]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", LAUNCH, *command], env=env, capture_output=True, text=True, check=True
    )
    *told, figures = done.stderr.splitlines()
    code, seconds, kib = figures.split()
    if sys.platform == "darwin":
        kib = str(int(kib) // 1024)
    return int(code), float(seconds), int(kib) / 1024, "\n".join([done.stdout, *told])


@pytest.fixture
def text(tmp_path: Path) -> Iterator[Path]:
    """A file for a text; pytest would keep it for three runs."""
    path = tmp_path / "large.txt"
    yield path
    path.unlink()


def large(unit: str, size: int) -> bytes:
    """`size` bytes of `unit`; of a unit of several bytes only whole ones."""
    return unit.encode() * (size // len(unit.encode()))


@pytest.mark.parametrize("name", UNITS)
def test_time_grows_with_the_length(name: str, text: Path, machine: dict[str, str]) -> None:
    seconds, peak = {}, {}
    for size in (FEW, MANY):
        text.write_bytes(large(UNITS[name], size))
        code, seconds[size], peak[size], told = explain(text, machine)
        assert code in ({0, 3} if UNITS[name].strip() else {2}), told[:2000]
        assert len(told) < 20_000
    late = "" if seconds[MANY] <= SECONDS else f"  MORE THAN {SECONDS:g} s"
    print(f"\n{name:18}{seconds[FEW]:6.2f} s {seconds[MANY]:6.2f} s {peak[MANY]:6.0f} MiB{late}")
    assert seconds[MANY] <= MOST * max(seconds[FEW], START)
    assert peak[MANY] <= MOST_MIB


@pytest.mark.parametrize("before", [0, MANY // 2, MANY - 1000], ids=["first", "middle", "last"])
def test_an_error_is_found_wherever_it_stands_in_a_long_log(before: int, text: Path, machine: dict[str, str]) -> None:
    log = LINE * (MANY // len(LINE) - 10)
    at = before // len(LINE) * len(LINE)
    text.write_text(log[:at] + ERROR + "\n" + log[at:])
    code, _, _, told = explain(text, machine)
    assert code == 0, told[:2000]
    assert "quota_billing" in told
