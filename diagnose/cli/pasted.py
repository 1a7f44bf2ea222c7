"""What `routecheck explain` was given: an id, a file, standard input or the words themselves, as text."""

import errno
import os
import re
import stat
import sys
from typing import BinaryIO

from diagnose.cli.discreet import without_keys
from diagnose.cli.problems import UsageProblem
from diagnose.redact import Redactor, secrets_of

LIMIT = 20 * 1024 * 1024
"""Bytes of a text that is read."""

USAGE = (
    "there is nothing to explain: give the error itself in quotes, the name of a file, or a pipe, as in: "
    "tail -n 200 gateway.log | routecheck explain"
)

_LONGEST_NAME = 1024
_LONGEST_TYPED = 60
_FILE = re.compile(r"(?:~|\.{0,2})/\S*|\S+\.(?:log|txt|jsonl?|ndjson|har|html?|out|err|md|ya?ml)", re.IGNORECASE)
_BARE_STATUS = re.compile(r"(?:HTTP )?[1-5]\d\d(?: [A-Z][a-z]{1,15}){0,3}")
_STREAMS = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")
"""What a shell writes for `<(command)`: a pipe that is meant to be read."""
_MAGIC = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"RIFF": "an image or a sound",
    b"\x1f\x8b": "a gzip file",
    b"PK\x03\x04": "a zip file",
    b"%PDF": "a PDF",
    b"SQLite format 3": "an SQLite database",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"\x7fELF": "a program",
}
_HINTS = {
    "a gzip file": "; unpack it first: gzip -dc FILE | routecheck explain -",
    "an SQLite database": "; routecheck run reads OpenClaw's stores itself",
}
_LOOKED_AT = 65_536
_CONTROL = bytes(set(range(32)) - {*b"\t\n\r\f\b\x1b\0"})


def given(words: tuple[str, ...]) -> str | None:
    """The text that was given; None where nothing was, and nobody pipes anything. Raises UsageProblem."""
    text = " ".join(words)
    if text == "-":
        return _stdin(typed=True)
    if not words:
        return _stdin(typed=False)
    if len(words) == 1 and _may_be_name(text) and (read := _file(text)) is not None:
        return read
    if len(words) > 1 and all(map(_names_file, words)):
        raise UsageProblem(
            f"{len(words)} files are named, and one text is explained at a time; give the one with the error, or all "
            "of them in one pipe: cat FILE FILE | routecheck explain -"
        )
    return text


def _names_file(word: str) -> bool:
    from pathlib import Path

    if not _may_be_name(word):
        return False
    try:
        return _FILE.fullmatch(word) is not None or Path(word).is_file()
    except OSError:
        return False


def retyped(words: tuple[str, ...]) -> str:
    """What stands behind `routecheck explain` when it is typed again: a file's name, or a status with its phrase.

    Empty for everything else: any other word may be a credential, however little it looks like one.
    """
    import shlex

    again = shlex.join(words)
    if len(words) != 1 or len(again) > _LONGEST_TYPED or not again.isprintable() or _shown(again) != again:
        return ""
    return again if _BARE_STATUS.fullmatch(words[0]) or os.path.isfile(words[0]) else ""  # noqa: PTH113


def _may_be_name(text: str) -> bool:
    return len(text) <= _LONGEST_NAME and text.isprintable() and "://" not in text and bool(text.strip())


def _stdin(*, typed: bool) -> str | None:
    if sys.stdin is None or (not typed and sys.stdin.isatty()):
        return None
    if typed and sys.stdin.isatty():
        sys.stderr.write("paste the error; end with Ctrl-D on a line of its own\n")
        sys.stderr.flush()
    text = _text(_taken(sys.stdin.buffer, "standard input"), "standard input")
    return text if text.strip() or typed else None


def _file(name: str) -> str | None:
    """The content of the file of this name, None where there is none and the words do not look like one."""
    from pathlib import Path

    path = Path(name).expanduser() if name.startswith("~/") else Path(name)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise UsageProblem(f"{_shown(name)} is a directory; name the file in it that holds the error")
        if not stat.S_ISREG(mode) and not name.startswith(_STREAMS):
            raise UsageProblem(
                f"{_shown(name)} is {_special(mode)}, no file; give it on standard input: routecheck explain - < PATH"
            )
        with path.open("rb") as file:
            return _text(_taken(file, _shown(name)), _shown(name))
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}:
            if _FILE.fullmatch(name):
                hint = "; to have these words themselves explained, pipe them: … | routecheck explain -"
                raise UsageProblem(f"there is no file {_shown(name)}{hint}") from None
            return None
        raise UsageProblem(f"{_shown(name)} cannot be read: {error.strerror}") from None


def _taken(stream: BinaryIO, name: str) -> bytes:
    try:
        raw = stream.read(LIMIT + 1)
    except OSError as error:
        raise UsageProblem(f"{name} cannot be read: {error.strerror}") from None
    if len(raw) > LIMIT:
        raise UsageProblem(
            f"{name} has more than {LIMIT // 1024 // 1024} MB, and an error is shorter; "
            "give its end: tail -c 1000000 FILE | routecheck explain -"
        )
    return raw


def _text(raw: bytes, name: str) -> str:
    kind = next((kind for magic, kind in _MAGIC.items() if raw.startswith(magic)), None)
    if kind is not None:
        raise UsageProblem(f"{name} is {kind}, no text{_HINTS.get(kind, '')}")
    coding = _coding(raw)
    if coding != "utf-8":
        return raw.decode(coding, "replace")
    beginning = raw[:_LOOKED_AT]
    if len(beginning) - len(beginning.translate(None, _CONTROL)) > len(beginning) // 20:
        raise UsageProblem(f"{name} is no text")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")  # an old log: the error in it is ASCII in any coding


def _coding(raw: bytes) -> str:
    """UTF-16, with a mark or with every other byte empty, as PowerShell writes a file; or UTF-8."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    beginning = raw[:_LOOKED_AT]
    for offset, coding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = beginning[offset::2].count(0), beginning[1 - offset :: 2].count(0)
        if zeros > len(beginning) // 4 and others * 20 < zeros:
            return coding
    return "utf-8"


def _special(mode: int) -> str:
    kinds = ((stat.S_ISFIFO, "a named pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISCHR, "a device"))
    return next((name for is_it, name in kinds if is_it(mode)), "something else")


def _shown(name: str) -> str:
    """The name, without what may be a credential that was meant as text."""
    return without_keys(Redactor(secrets_of(os.environ)).text(name if len(name) <= 200 else f"{name[:200]}…"))
