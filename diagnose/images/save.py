"""Write files so that a reader sees the whole new file or none, and nothing half done stays behind."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

# What os.link answers on file systems without hard links (FAT, some network and container mounts).
_NO_LINKS = frozenset(
    code
    for name in ("EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EXDEV", "EACCES")
    if (code := getattr(errno, name, None)) is not None
)


class OutputPathError(ValueError):
    """A file cannot be written to that path; the message is a sentence that says why."""


def check_writable(path: Path, overwrite: bool) -> None:
    """Find out before any money is spent whether a file can be put at ``path``. Writes nothing.

    Raises:
        OutputPathError: it is a directory or another thing that is not a file, it exists and ``overwrite`` is
            False, its directory is missing or not writable, or the system does not accept the name.
    """
    try:
        there = _status(path)
        parent = _status(path.parent)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "the name holds a null character"
        raise OutputPathError(f"{str(path)!r} cannot be used as a file name: {reason}.") from error
    if there is not None and stat.S_ISDIR(there):
        raise OutputPathError(f"{str(path)!r} is a directory, not a file.")
    if there is not None and not stat.S_ISREG(there):
        raise OutputPathError(f"{str(path)!r} is not a regular file and is not replaced.")
    if (there is not None or path.is_symlink()) and not overwrite:
        raise OutputPathError(f"{str(path)!r} exists already and overwriting was not asked for.")
    if parent is None:
        raise OutputPathError(f"The directory {str(path.parent)!r} does not exist.")
    if not stat.S_ISDIR(parent):
        raise OutputPathError(f"{str(path.parent)!r} is not a directory.")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise OutputPathError(f"The directory {str(path.parent)!r} is not writable.")


class AtomicFile:
    """A file that appears at ``path`` whole, on ``commit()``, or not at all.

    The bytes go to a hidden file in the same directory, which is removed when the block ends without a
    commit, by an exception or Ctrl-C as well (only a killed process can leave it behind). The file's permissions are
    ``mode`` less the umask. Where ``path`` is a symbolic link, the link itself is replaced.

    Args:
        path: where the file shall be.
        overwrite: replace what is there. When False, nothing that exists is ever replaced, also not when it
            came into being while this file was written.
        mode: permission bits.

    Raises:
        FileExistsError: on entering or on ``commit()``, without ``overwrite``.
        OSError: what the system says to opening, writing or renaming.
    """

    def __init__(self, path: Path, *, overwrite: bool = False, mode: int = 0o644) -> None:
        self._path = path
        self._overwrite = overwrite
        self._mode = mode
        # Not derived from the target's name, which may use up the longest name that is allowed.
        self._temporary = path.parent / f".routecheck-{secrets.token_hex(8)}.part"
        self._file: BinaryIO | None = None

    def __enter__(self) -> AtomicFile:
        if not self._overwrite and os.path.lexists(self._path):
            raise self._exists()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        try:
            self._file = os.fdopen(os.open(self._temporary, flags, self._mode), "wb")
        except BaseException:
            self._temporary.unlink(missing_ok=True)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.discard()

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Add bytes; returns how many."""
        return self._open_file().write(data)

    def read_back(self) -> bytes:
        """What was written so far, read from the disk."""
        self._open_file().flush()
        return self._temporary.read_bytes()

    def commit(self) -> None:
        """Bring the bytes to the disk and let the file appear at its path."""
        file = self._open_file()
        file.flush()
        os.fsync(file.fileno())
        file.close()
        if self._overwrite:
            self._temporary.replace(self._path)
        else:
            self._place_new()
        self.discard()

    def discard(self) -> None:
        """Remove what was written, unless it has been committed. Harmless when called again."""
        file, self._file = self._file, None
        try:
            if file is not None:
                file.close()
        finally:
            self._temporary.unlink(missing_ok=True)

    def _open_file(self) -> BinaryIO:
        if self._file is None:
            raise ValueError("The file is not open: use it in a with block, before its commit.")
        return self._file

    def _place_new(self) -> None:
        """Give the file its name only if nobody has it: a rename would replace silently, a link does not."""
        try:
            os.link(self._temporary, self._path)
        except FileExistsError:
            raise self._exists() from None
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            self._claim_and_replace()

    def _claim_and_replace(self) -> None:
        try:
            os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, self._mode))
        except FileExistsError:
            raise self._exists() from None
        try:
            self._temporary.replace(self._path)
        except BaseException:
            self._path.unlink(missing_ok=True)  # the empty file is ours
            raise

    def _exists(self) -> FileExistsError:
        return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(self._path))


def write_text_atomic(path: Path, text: str, overwrite: bool = True) -> None:
    """Write ``text`` as UTF-8, with its line ends as they are. Raises what ``AtomicFile`` raises."""
    with AtomicFile(path, overwrite=overwrite) as file:
        file.write(text.encode())
        file.commit()


def _status(path: Path) -> int | None:
    """The type and permission bits of what is at the path, links followed; None when nothing is."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
