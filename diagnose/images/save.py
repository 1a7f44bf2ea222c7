"""Write files so that a reader sees the whole new file or none, and nothing half done stays behind."""

from __future__ import annotations

import contextlib
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
    """Find out before any money is spent whether a file can be put at ``path``. Leaves nothing there.

    Raises:
        OutputPathError: it is a directory or another thing that is not a file, it exists and ``overwrite`` is
            False, its directory is missing or not writable, or the system does not accept the name.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise OutputPathError(f"{str(path)!a} cannot be used as a file name: it is not UTF-8.") from None
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
    if not os.access(path.parent, os.W_OK | os.X_OK) or not _takes_files(path.parent):
        raise OutputPathError(f"The directory {str(path.parent)!r} is not writable.")


def _takes_files(directory: Path) -> bool:
    """Whether a file can really be made there: for root `access` says yes even of /proc."""
    probe = directory / f".routecheck-{secrets.token_hex(8)}.part"
    try:
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        probe.unlink()
    except OSError:
        return False
    return True


class AtomicFile:
    """A file that appears at ``path`` whole, on ``commit()``, or not at all.

    The bytes go to a hidden file in the same directory, which is removed when the block ends without a
    commit, by an exception or Ctrl-C as well (only a killed process can leave it behind). The file's permissions are
    those of the file that it replaces, else ``mode`` less the umask. Where ``path`` is a symbolic link, the link
    itself is replaced (see ``followed``).

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
        self.placed: Path | None = None
        """Where the file stands now, None as long as it has no name."""

    def __enter__(self) -> AtomicFile:
        if not self._overwrite and os.path.lexists(self._path):
            raise self._exists()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        try:
            self._file = os.fdopen(os.open(self._temporary, flags, self._mode), "wb")
            self._take_over_mode()
        except BaseException:
            self.discard()
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

    def sync(self) -> None:
        """Bring what was written so far to the disk, so that a full one is noticed now and not at the commit."""
        file = self._open_file()
        file.flush()
        os.fsync(file.fileno())

    def commit(self) -> None:
        """Bring the bytes to the disk and let the file appear at its path."""
        self.sync()
        self._place(self._path, overwrite=self._overwrite)
        self.discard()

    def keep(self) -> Path:
        """Commit what must not be lost, and say where it stands: at its path, or under a free name beside it.

        Where no name can be given, the hidden file stays. Raises OSError when the bytes do not reach the disk.
        """
        if self.placed is not None:
            return self.placed
        self.sync()
        for path, overwrite in ((self._path, self._overwrite), (self._free_name(), False)):
            with contextlib.suppress(OSError):
                self._place(path, overwrite=overwrite)
                self.discard()
                return path
        self.placed = self._temporary
        return self._temporary

    def discard(self) -> None:
        """Remove what was written, unless it has been committed. Harmless when called again."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):  # what cannot be flushed is not wanted
                file.close()
        if self.placed != self._temporary:
            self._temporary.unlink(missing_ok=True)

    def _open_file(self) -> BinaryIO:
        if self._file is None:
            raise ValueError("The file is not open: use it in a with block, before its commit.")
        return self._file

    def _take_over_mode(self) -> None:
        """The permissions of the file that will be replaced, where there is one."""
        if not self._overwrite:
            return
        with contextlib.suppress(OSError):
            there = self._path.lstat().st_mode
            if stat.S_ISREG(there):
                os.fchmod(self._open_file().fileno(), there & 0o777)

    def _free_name(self) -> Path:
        return self._path.with_name(f"{self._path.stem}.kept-{secrets.token_hex(4)}{self._path.suffix}")

    def _place(self, path: Path, *, overwrite: bool) -> None:
        if overwrite:
            self._temporary.replace(path)
        else:
            self._place_new(path)
        self.placed = path

    def _place_new(self, path: Path) -> None:
        """Give the file its name only if nobody has it: a rename would replace silently, a link does not."""
        try:
            os.link(self._temporary, path)
        except FileExistsError:
            raise self._exists() from None
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            self._claim_and_replace(path)

    def _claim_and_replace(self, path: Path) -> None:
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, self._mode))
        except FileExistsError:
            raise self._exists() from None
        try:
            self._temporary.replace(path)
        except BaseException:
            path.unlink(missing_ok=True)  # the empty file is ours
            raise

    def _exists(self) -> FileExistsError:
        return FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(self._path))


def followed(path: Path) -> Path:
    """The file that a symbolic link leads to, where it leads to a regular one; any other path as it is."""
    try:
        return path.resolve(strict=True) if path.is_symlink() and path.is_file() else path
    except (OSError, RuntimeError):
        return path


def write_text_atomic(path: Path, text: str, overwrite: bool = True) -> None:
    """Write ``text`` as UTF-8, with its line ends as they are. Raises what ``AtomicFile`` raises.

    What UTF-8 cannot carry, such as half of a surrogate pair, is written as an escape.
    """
    with AtomicFile(path, overwrite=overwrite) as file:
        file.write(text.encode(errors="backslashreplace"))
        file.commit()


def _status(path: Path) -> int | None:
    """The type and permission bits of what is at the path, links followed; None when nothing is."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
