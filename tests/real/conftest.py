"""Fixtures: a computer of its own for each test, with no way to the network, and a served sandbox."""

import functools
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from authority import Authority
from children import child
from computer import ROUTECHECK, Computer, Served
from install import OPENCLAW, Installed, install_all
from network import NoWayOut
from prepared import Prepare, Prepared

START_SECONDS = 20.0


@pytest.fixture(scope="session")
def releases() -> dict[str, Installed]:
    """The real programs by release. That one cannot be had fails the tests; it never skips them."""
    return install_all()


@pytest.fixture(scope="session")
def prepare(releases: dict[str, Installed], tmp_path_factory: pytest.TempPathFactory) -> Prepare:
    """Gives a release whose first start is done, once for all tests."""
    folder = tmp_path_factory.mktemp("prepared")
    authority = Authority(folder / "authority")
    return functools.cache(lambda release: Prepared(releases[release], folder / release, authority))


@pytest.fixture(scope="session")
def compile_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Node keeps compiled code, shared by the tests because it saves seconds of every start."""
    return tmp_path_factory.mktemp("node-compile-cache")


@pytest.fixture
def computer(
    request: pytest.FixtureRequest, tmp_path: Path, releases: dict[str, Installed], compile_cache: Path
) -> Iterator[Computer]:
    """A computer on which OpenClaw is installed and nothing is configured: the newest, or the release that a test
    names by an indirect parameter."""
    installed = releases[getattr(request, "param", OPENCLAW)]
    home, folder, state = (tmp_path / name for name in ("home", "work", "routecheck-state"))
    for made in (home, folder, state):
        made.mkdir()
    with NoWayOut() as proxy:
        env = {
            "HOME": str(home),
            "OPENCLAW_STATE_DIR": str(home / ".openclaw"),
            "OPENCLAW_GATEWAY_PORT": str(proxy.port),
            "PATH": f"{installed.bin}{os.pathsep}{os.defpath}",
            "TMPDIR": str(compile_cache),
            "ROUTECHECK_STATE_DIR": str(state),
            "NO_COLOR": "1",
            "LANG": "C.UTF-8",
        }
        yield Computer(home=home, folder=folder, state=state, env=env, installed=installed, proxy=proxy)


@pytest.fixture
def sandbox(computer: Computer) -> Iterator[Served]:
    """A healthy sandbox in a process of its own, started as a user starts it."""
    with child([ROUTECHECK, "sandbox", "serve"], computer.env, computer.folder) as process:
        base_url, where = _lines(process, 2)
        file = Path(where.partition("key and secret: ")[2])
        content = json.loads(file.read_text())
        yield Served(url=content["url"], base_url=base_url, key=content["key"], secret=content["secret"], file=file)
        assert process.poll() is None, "the sandbox ended by itself"


def _lines(process: subprocess.Popen[str], count: int) -> list[str]:
    """The first lines of a program's output, read without waiting for ever."""
    assert process.stdout is not None
    until = time.monotonic() + START_SECONDS
    raw = b""
    while raw.count(b"\n") < count:
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, until - time.monotonic()))
        part = os.read(process.stdout.fileno(), 4096) if ready else b""
        assert part, f"the sandbox printed {raw!r} and no more"
        raw += part
    return raw.decode().splitlines()[:count]
