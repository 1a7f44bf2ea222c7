"""The installed OpenClaw, started: only for what it answers without changing anything, and never twice.

`unsafe_to_start` is asked first, and `dry_refused` before a run that must not bill.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from diagnose.machine.openclaw import reading
from diagnose.machine.openclaw.installation import Installation
from diagnose.machine.openclaw.observation import Generation, Listing, Ran, Validation
from diagnose.machine.openclaw.prediction import Asked
from diagnose.machine.openclaw.program_dry import SEAL_FILE, confirmed, dry_refused, is_sealed, sealed
from diagnose.machine.openclaw.program_rows import has, housekeeping
from diagnose.machine.openclaw.program_start import unsafe_to_start

__all__ = ["Program", "dry_refused", "housekeeping", "sealed", "unsafe_to_start"]

OWN_ENV = MappingProxyType(
    {
        "OPENCLAW_NO_RESPAWN": "1",  # one process, in all releases
        "OPENCLAW_LOG_LEVEL": "info",  # prints `image auth selected`, whatever the config hides
        "OPENCLAW_HIDE_BANNER": "1",
        "NO_COLOR": "1",
    }
)
VALIDATE_SECONDS = 60.0
LISTING_SECONDS = 120.0
"""The slowest measured release needs 10 s on an idle machine."""

_PROXY_NAMES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ROUTECHECK_ONLY_PORT"})
"""Variables that hold the port of a proxy of ours, which is another one each time."""

_PLAIN_OPTIONS = {
    "model": "--model",
    "size": "--size",
    "aspect_ratio": "--aspect-ratio",
    "resolution": "--resolution",
}
_LATER_OPTIONS = {"quality": "--quality", "background": "--background", "format": "--output-format", "agent": "--agent"}


class Program:
    """One installed release. Each question is asked once; the same question again gives the same answer, behind
    whichever proxy.

    `env` is the environment of the children, `redact` what every text of theirs that is kept goes through, and
    `tell` hears about the progress. Methods raise diagnose.children.NotStartedError.
    """

    def __init__(
        self,
        installation: Installation,
        env: Mapping[str, str],
        *,
        redact: reading.Redact = str,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self.installation = installation
        self._env = env
        self._redact = redact
        self._tell = tell
        self._ran: dict[tuple[object, ...], Ran] = {}

    def validate(self, *, env: Mapping[str, str] | None = None) -> Validation:
        """What it says about its config. No network. `env` stands in the place of the usual environment."""
        words = ("config", "validate", "--json")
        ran = self._run(words, self._env if env is None else env, VALIDATE_SECONDS, "a check of its config")
        return reading.validation(ran, self._redact)

    def seal_works(self, env: Mapping[str, str]) -> str | None:
        """Why the program cannot be kept from the network by the `sealed` environment `env`; None when it can.

        Found out by a check of the config, which asks nobody; `validate` with the same `env` is the same run.
        """
        if self.validate(env=env).ran.seal_held:
            return None
        return "the program does not load what it is started with, so nothing would keep it from the network"

    def listing(self, *, env: Mapping[str, str] | None = None, stop: Callable[[], bool] | None = None) -> Listing:
        """Its image providers, which are no proof of anything. No network, but for plugins that it may look for.

        It is ended early when `stop()` says so.
        """
        words = ("infer", "image", "providers", "--json")
        env = self._env if env is None else env
        ran = self._run(words, env, LISTING_SECONDS, "its list of image providers", stop)
        return reading.listing(ran, self._redact)

    def generate(
        self,
        asked: Asked,
        prompt: str,
        output: Path,
        *,
        env: Mapping[str, str] | None = None,
        limit: float,
        doing: str = "one image",
    ) -> Generation:
        """One image request, for at most `limit` seconds. `env` stands in the place of the usual environment.

        It bills, unless `env` is `sealed`. Options that this release does not know are left out and reported.
        """
        words = ["infer", "image", "generate", "--prompt", prompt, "--output", str(output), "--json"]
        for name, option in _PLAIN_OPTIONS.items():
            if (value := getattr(asked, name)) is not None:
                words += [option, value]
        if asked.count != 1:
            words += ["--count", str(asked.count)]
        unsupported = []
        for name, option in _LATER_OPTIONS.items():
            if (value := getattr(asked, name)) is None:
                continue
            if self.supports(option):
                words += [option, value]
            else:
                unsupported.append(option)
        ran = self._run(tuple(words), self._env if env is None else env, limit, doing)
        return reading.generation(ran, self._redact, unsupported=tuple(unsupported))

    def supports(self, option: str) -> bool:
        """Whether its `infer image generate` is known to have an option ("--quality"), by the table."""
        return has(option, self.installation.version) is True

    def _run(
        self,
        words: tuple[str, ...],
        env: Mapping[str, str],
        limit: float,
        doing: str,
        stop: Callable[[], bool] | None = None,
    ) -> Ran:
        question = (words, tuple(sorted(pair for pair in env.items() if pair[0].upper() not in _PROXY_NAMES)))
        if question not in self._ran:
            self._ran[question] = self._child(words, env, limit, doing, stop)
        return self._ran[question]

    def _child(
        self,
        words: tuple[str, ...],
        env: Mapping[str, str],
        limit: float,
        doing: str,
        stop: Callable[[], bool] | None,
    ) -> Ran:
        import tempfile

        from diagnose import children

        every = (str(self.installation.program), *words)
        kept = {name: value for name, value in env.items() if name != "FORCE_COLOR"}
        with tempfile.TemporaryDirectory(prefix="routecheck-", ignore_cleanup_errors=True) as folder:
            # An empty working folder: OpenClaw reads a .env where it is started.
            seal, work = Path(folder) / "seal", Path(folder) / "work"
            work.mkdir()
            ended = children.run(
                every,
                env=kept | OWN_ENV | ({SEAL_FILE: str(seal)} if is_sealed(env) else {}),
                cwd=work,
                limit=limit,
                tell=self._tell,
                about=f"OpenClaw {self.installation.shown}: {doing}",
                stop=stop,
            )
            held = is_sealed(env) and confirmed(seal)
        return Ran(
            words=every,
            exit_code=ended.exit_code,
            stdout=ended.stdout,
            stderr=ended.stderr,
            seconds=ended.seconds,
            limit=limit,
            left=ended.left,
            dropped=ended.dropped,
            seal_held=held,
        )
