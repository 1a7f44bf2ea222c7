"""The four verdicts and the one exit contract."""

from enum import IntEnum, StrEnum


class Verdict(StrEnum):
    """What a run concludes, from best to worst in meaning: nothing below `proven` is a proof."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    BROKEN = "broken"
    CONTRADICTED = "contradicted"


class ExitCode(IntEnum):
    """The same for every command and every format.

    | code | meaning |
    |---|---|
    | 0 | proven, or all that was asked for passed |
    | 1 | broken: a check failed and no image came |
    | 2 | usage or configuration error; nothing was sent or written |
    | 3 | could not tell: unproven |
    | 4 | contradicted: something answered that was not claimed |
    | 130 | interrupted (128 + the signal for the others that end it, 143 for SIGTERM) |
    """

    OK = 0
    BROKEN = 1
    USAGE = 2
    UNPROVEN = 3
    CONTRADICTED = 4
    INTERRUPTED = 130


EXIT_CODES: dict[Verdict, ExitCode] = {
    Verdict.PROVEN: ExitCode.OK,
    Verdict.BROKEN: ExitCode.BROKEN,
    Verdict.UNPROVEN: ExitCode.UNPROVEN,
    Verdict.CONTRADICTED: ExitCode.CONTRADICTED,
}
