"""What a release really does in a described case: the real program, and every request that it makes."""

import contextlib
import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

import spelling
from described import SECRETS, Case, labelled
from prepared import Machine, Prepared
from service import Seen, Service

REFUSED = re.compile(r"ECONNREFUSED (?:127\.0\.0\.1|::1|localhost):(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What happened. `requests` are those for an image; `refused`: a loopback port where nobody listened.

    `auth_line`: the program said that it took a login. `error` is what it printed in the end.
    """

    requests: tuple[Seen, ...]
    refused: tuple[int, ...]
    refreshes: int
    exit_code: int
    auth_line: bool
    error: str


def generate_words(prepared: Prepared, case: Case, machine: Machine) -> list[str]:
    """The command for the image that the case asks for."""
    output = ["--prompt", "red dot", "--output", str(machine.folder / "dot.png"), "--json"]
    return ["infer", "image", "generate", *spelling.words(prepared.spelling, case.asked), *output]


def observe(prepared: Prepared, case: Case, look: Callable[[Machine, Service], None] | None = None) -> Observed:
    """Ask the real program for the image; `look` sees the machine before. Raises subprocess.TimeoutExpired."""
    with Service(prepared.authority, SECRETS, case.failing) as service:
        machine = prepared.machine(case, service.port)
        if look is not None:
            look(machine, service)
        done = prepared.start(machine, service, generate_words(prepared, case, machine))
        return Observed(
            requests=tuple(service.images),
            refused=tuple(int(port) for port in dict.fromkeys(REFUSED.findall(done.stderr))),
            refreshes=service.refreshes,
            exit_code=done.returncode,
            auth_line="image auth selected" in done.stderr,
            error="" if done.returncode == 0 else labelled(_error(done), service.port),
        )


def _error(done: subprocess.CompletedProcess[str]) -> str:
    with contextlib.suppress(ValueError, KeyError, TypeError):
        return str(json.loads(done.stdout)["error"]["message"])
    said = re.findall(r"^(?:Error|\[openclaw\] Reason): (.*)", done.stderr, re.MULTILINE)
    return said[-1] if said else done.stderr.strip()[-600:]
