"""The real OpenClaw, asked for one image: dry, behind a proxy that refuses everything, or for real.

Who is asked, and with what, is decided by the program alone; here it is started, watched, and its image read.
"""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from diagnose.children import NotStartedError
from diagnose.images.walk import Walker
from diagnose.machine.openclaw.observation import Generation, Listing, Validation
from diagnose.machine.openclaw.prediction import Asked, Candidate, Prediction
from diagnose.machine.openclaw.program import Program, dry_refused, sealed, unsafe_to_start
from diagnose.machine.openclaw.setting import Setting
from diagnose.routes.shot import IMAGE_LIMIT, SMOKE_PROMPT, Ledger
from diagnose.tap.records import Tapped, Target

if TYPE_CHECKING:
    from diagnose.tap.forward import Forward
    from diagnose.tap.gate import Gate

DRY_SECONDS = 120.0
"""The slowest measured release needs 4 s to be refused; a busy machine needed 64 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dry:
    """A run that nothing could leave: what it wanted to reach, and what it said."""

    targets: tuple[Target, ...]
    generation: Generation
    notes: tuple[str, ...] = ()
    """What the proxy has to say of itself: troubles, and connections of others."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Whom it wanted to reach, through the proxy and past it, each once and in order."""
        return tuple(dict.fromkeys([*(target.shown for target in self.targets), *self.generation.sealed]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Through:
    """One image request of the real program. `tapped` is None when no tap was on; times are Unix seconds.

    `image` is the file that it wrote, b"" if there is none; `unread` says why a named file could not be read.
    """

    generation: Generation
    tapped: tuple[Tapped, ...] | None
    image: bytes = field(repr=False)
    unread: str | None
    started: float
    ended: float
    notes: tuple[str, ...] = ()
    """What the proxy has to say of itself: troubles, and connections of others."""

    @property
    def served(self) -> Tapped | None:
        """The exchange that brought the image: the one with its bytes, else the last that had an image."""
        from hashlib import sha256

        having = [t for t in self.tapped or () if t.images and t.status is not None and 200 <= t.status < 300]
        mine = sha256(self.image).hexdigest() if self.image else None
        return next((t for t in having if t.sha256 == mine), having[-1] if having else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenClaw:
    """The installed program with everything that is known about it.

    `asked` is the smoke request. `forward` says how a proxy of ours reaches the hosts that the program asks
    for; None: it goes its own way. `tap`: what crosses that proxy may be used as evidence. `played`: the hosts are
    a sandbox's, and nothing but that proxy can be reached; `stands_for`: it stands for the vendor. `limit` in seconds.
    """

    program: Program
    setting: Setting
    prediction: Prediction
    asked: Asked
    env: Mapping[str, str] = field(repr=False)
    forward: "Forward | None"
    tap: bool
    played: bool
    stands_for: bool
    ledger: Ledger
    limit: float
    now: Callable[[], float]
    install_allowed: bool = False

    @property
    def candidate(self) -> Candidate | None:
        """What it is expected to try first."""
        return self.prediction.first

    def unsafe(self) -> str | None:
        """Why the program must not be started at all; None when it may."""
        return unsafe_to_start(self.setting, self.now(), install_allowed=self.install_allowed, limit=self.limit)

    def unsealed(self) -> str | None:
        """Why nothing would keep the program from the network when it must not reach it; None when the seal holds."""
        with self._sealed() as env:
            return self.program.seal_works(env)

    def dry_unsafe(self) -> str | None:
        """Why a dry run could let something out; None when it cannot."""
        return dry_refused(self.setting, self.prediction)

    def validate(self) -> Validation:
        """What the program itself says about its config; nothing can leave."""
        with self._sealed() as env:
            return self.program.validate(env=env)

    def listing(self, stop: Callable[[], bool] | None = None) -> Listing:
        """Its own list of image providers, which proves nothing; nothing can leave."""
        with self._sealed() as env:
            return self.program.listing(env=env, stop=stop)

    @contextlib.contextmanager
    def _sealed(self) -> Iterator[dict[str, str]]:
        """The environment of a child that can reach nobody."""
        from diagnose.tap.gate import Gate

        with Gate(forward=None, now=self.now) as gate:
            yield sealed(gate.child_env(self.env), gate.url)

    def dry(self) -> Dry:
        """Let it try, behind a proxy that refuses every request: nothing is billed and no credential leaves."""
        from diagnose.tap.gate import Gate

        with tempfile.TemporaryDirectory(prefix="routecheck-") as folder, Gate(forward=None, now=self.now) as gate:
            generation = self.program.generate(
                self.asked,
                "x",
                Path(folder) / "image.png",
                env=sealed(gate.child_env(self.env), gate.url),
                limit=DRY_SECONDS,
                doing="a dry run behind a proxy that refuses everything",
            )
        return Dry(targets=tuple(gate.targets), generation=generation, notes=_notes(gate))

    def generate(self) -> Through:
        """Ask for the smoke image, once, which may bill. Raises NotStartedError."""
        started = self.now()
        # Counted before it starts: who interrupts it has to be told that it may have been billed.
        self.ledger.requests += 1
        self.ledger.billable += 1
        try:
            generation, tapped, image, unread, notes = self._asked()
        except NotStartedError:
            self.ledger.requests -= 1
            self.ledger.billable -= 1
            raise
        self._count(generation, tapped)
        return Through(
            generation=generation,
            tapped=tapped if self.tap else None,
            image=image,
            unread=unread,
            started=started,
            ended=self.now(),
            notes=notes,
        )

    def _asked(self) -> tuple[Generation, tuple[Tapped, ...] | None, bytes, str | None, tuple[str, ...]]:
        with tempfile.TemporaryDirectory(prefix="routecheck-") as folder:
            output = Path(folder) / "image.png"
            notes: tuple[str, ...] = ()
            if self.forward is None:
                generation, tapped = self._run(output, self.env), None
            else:
                from diagnose.tap.gate import Gate

                with Gate(forward=self.forward, now=self.now) as gate:
                    env = gate.child_env(self.env)
                    generation = self._run(output, sealed(env, gate.url) if self.played else env)
                tapped, notes = tuple(gate.exchanges), _notes(gate)
            return generation, tapped, *_read(generation, output.parent), notes

    def _run(self, output: Path, env: Mapping[str, str]) -> Generation:
        return self.program.generate(self.asked, SMOKE_PROMPT, output, env=env, limit=self.limit, doing="one image")

    def _count(self, generation: Generation, tapped: tuple[Tapped, ...] | None) -> None:
        """What became of the money: with a proxy in between we know of each request, else only what it says."""
        if tapped is not None:
            paying = [t for t in tapped if t.method == "POST"]
            self.ledger.requests += len(paying) - 1
            self.ledger.billable += len([t for t in paying if t.sent and (t.status is None or t.status < 300)]) - 1
            self.ledger.unknown += len([t for t in paying if t.sent and _not_known(t)])
            return
        # Candidates that failed before the answer may have been billed, too: nobody saw them.
        self.ledger.unknown += len(generation.attempts) if generation.ok else 0
        if not generation.ok:
            from diagnose.routes.openclaw_error import all_refused

            refused = generation.refused_before_sending or all_refused(generation)
            self.ledger.billable -= refused
            self.ledger.unknown += not refused


def _not_known(tapped: Tapped) -> bool:
    """Whether nobody knows what became of a request: no answer, a server error, or a stream without its end."""
    if tapped.status is None or tapped.status >= 500:
        return True
    return tapped.stream and not {"status", "error"} & tapped.answer.keys()


def _notes(gate: "Gate") -> tuple[str, ...]:
    strangers = f"{gate.strangers} connections to the proxy did not come from OpenClaw and were refused"
    return (*gate.troubles, *([strangers] if gate.strangers else []))


def _read(generation: Generation, folder: Path) -> tuple[bytes, str | None]:
    """The bytes of the one image that the program says it wrote: a plain file in the folder that it was given."""
    import os
    import stat

    if not generation.outputs:
        return b"", None
    path = generation.outputs[0].path
    shown = f"the file {path.name[:80]!r}"
    try:
        if path.parent.resolve() != folder.resolve():
            return b"", f"{shown} is not where it was to be written"
        # Neither a pipe nor a device may be read: the one waits for ever, the other does not end.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb") as file:  # noqa: PTH123
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return b"", f"{shown} is no plain file"
            content = file.read(IMAGE_LIMIT + 1)
    except OSError as error:
        return b"", f"{shown} cannot be read: {error.strerror or error}"
    except ValueError:
        return b"", "the file's name cannot be one"
    return (content, None) if len(content) <= IMAGE_LIMIT else (b"", f"{shown} is larger than {IMAGE_LIMIT:,} bytes")


def walk(image: bytes) -> Walker:
    """A walker that has seen the whole image."""
    walker = Walker()
    walker.feed(image)
    return walker
