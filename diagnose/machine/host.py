"""The injected world: environment, file system root, clock. Nothing below asks the real one."""

import os
import pwd
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The machine as a run sees it. Times are Unix seconds; `which` finds a program or gives None."""

    env: Mapping[str, str]
    home: Path
    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    which: Callable[[str], str | None] = shutil.which


def this_machine() -> Host:
    """The real machine."""
    env = dict(os.environ)
    return Host(env=env, home=Path(env["HOME"]) if env.get("HOME") else _home_of_the_user())


def _home_of_the_user() -> Path:
    try:
        # Not Path.home(): that takes an empty HOME for the folder "".
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except (KeyError, OSError):
        return Path(os.devnull)  # a user without a home, as in a container: nothing is found there


def empty_machine(env: Mapping[str, str], host: Host) -> Host:
    """A machine with nothing on it but `env`: what a sandbox run sees, so that no real key can reach it."""
    return Host(
        env=dict(env),
        home=Path(os.devnull),
        now=host.now,
        monotonic=host.monotonic,
        sleep=host.sleep,
        which=lambda _: None,
    )
