"""What the real program said and did: read from its output, never from what was asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One finished child. `exit_code` None: it was ended by us after `limit` seconds.

    `left` names the processes that had to be ended besides the child itself ("pid 1234 node"). `dropped`: bytes of
    output that were too many to keep. `stdout` and `stderr` are raw and may hold anything: they are read, never shown.
    `seal_held`: it was started sealed, and OpenClaw has confirmed that it loaded what keeps it from the network.
    """

    words: tuple[str, ...]
    exit_code: int | None
    stdout: str = field(repr=False)
    stderr: str = field(repr=False)
    seconds: float
    limit: float
    left: tuple[str, ...] = ()
    dropped: int = 0
    seal_held: bool = False

    @property
    def timed_out(self) -> bool:
        return self.exit_code is None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedAttempt:
    """An earlier candidate that did not answer, as the program lists it."""

    provider: str
    model: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthSelected:
    """The line `image auth selected`, which is printed for the Codex surface only."""

    provider: str
    mode: str
    transport: str
    requested_model: str
    responses_model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A file that the program says it wrote. `width`, `height` in pixels and `size` in bytes, where it tells."""

    path: Path
    mime: str | None
    size: int | None
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """`infer image generate`, read. `ok`: the program says that it has an image, and exited with 0.

    `provider` and `model` are what it prints, which is what was asked for. `error` is its own message.
    `failures` are its lines about candidates that failed. `routed` is the proxy that its own config put in
    front ("proxy.*"), None if none was named. What is text of the program here has gone through a redactor.
    """

    ran: Ran
    ok: bool
    provider: str | None = None
    model: str | None = None
    attempts: tuple[FailedAttempt, ...] = ()
    outputs: tuple[Output, ...] = ()
    ignored: tuple[tuple[str, str], ...] = ()
    auth: tuple[AuthSelected, ...] = ()
    failures: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    """Origins that it refused to ask (private network)."""
    waited: tuple[str, ...] = ()
    """URLs, without their query, whose answer did not come in time."""
    sealed: tuple[str, ...] = ()
    """Where it wanted to connect to in a dry run, past our proxy ("127.0.0.1:4000"); it was not let."""
    routed: str | None = None
    error: str | None = None
    refused_before_sending: bool = False
    """Every candidate failed before anything was sent to anybody, so that nothing can have been billed."""
    unsupported: tuple[str, ...] = ()
    """Options that were asked for and not passed, because this release does not know them ("--quality")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """`config validate --json`. `issues` and `warnings` are (path, message).

    `error`: its own message when there is more to say, such as "file not found" for a config that is not there.
    `answered`: it said whether the config is valid. Without that (a crash, a page of HTML, nothing, no end in time)
    `valid` is False and means nothing.
    """

    ran: Ran
    valid: bool
    answered: bool = False
    issues: tuple[tuple[str, str], ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """`infer image providers --json`: one row per provider id, as printed. Empty when it could not be read."""

    ran: Ran
    providers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    error: str | None = None
