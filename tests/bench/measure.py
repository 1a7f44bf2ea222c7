"""Whole processes, measured from outside: wall time, CPU time and the largest resident set."""

import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
LIMIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One run: milliseconds and MiB. Of a pipeline, `rss` is that of its largest process."""

    wall: float
    cpu: float
    rss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The running bench server; `images` holds the files that it delivers, by size."""

    url: str
    images: Path

    def asked(self) -> list[str]:
        """What it was asked since the last time."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(f"{self.url}/asked", timeout=10) as answer:
            rows: list[str] = json.load(answer)
        return rows


@contextlib.contextmanager
def served() -> Iterator[Server]:
    """The bench server in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(HERE / "server.py"), folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                port = process.stdout.readline().strip()
                if not port:
                    raise RuntimeError("the bench server did not start")
                yield Server(url=f"http://127.0.0.1:{port}", images=Path(folder))
            finally:
                process.kill()


def machine(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a machine with nothing on it whose home is `folder`."""
    return {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "ROUTECHECK_STATE_DIR": str(folder / "state"),
        "NO_COLOR": "1",
        "LANG": "C.UTF-8",
        **more,
    }


def sample(command: Sequence[str], env: Mapping[str, str], cwd: Path, expect: int = 0) -> Sample:
    """Run a command to its end. Raises RuntimeError when it ends otherwise than with `expect`, or not in time."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as said:
        result = Path(folder) / "result.json"
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(HERE / "launch.py"), str(result), *command],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            process.wait(LIMIT_SECONDS)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        found = json.loads(result.read_text()) if result.exists() else {"code": None}
        if found["code"] != expect:
            said.seek(0)
            text = said.read().decode("utf-8", "replace")[-2000:]
            raise RuntimeError(f"{' '.join(command)} ended with {found['code']}, not {expect}:\n{text}")
    return Sample(wall=found["wall"], cpu=found["cpu"], rss=found["rss"])


def median(values: Sequence[float]) -> float:
    return statistics.median(values)
