"""Reading files that somebody else wrote and that may be anything: a pipe, a device, a file without an end."""

import errno
import os
import stat
from pathlib import Path

LIMIT = 4 * 1024 * 1024
"""No config is larger; what is, is something else."""


def read_small(path: Path) -> bytes:
    """The bytes of a regular file. Raises OSError for anything else, and for a file over the limit; never waits."""
    # Not to wait for a writer: the open of a named pipe would never return.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        content = file.read(LIMIT + 1)
    if len(content) > LIMIT:
        raise OSError(errno.EFBIG, f"it is larger than {LIMIT // 1024 // 1024} MiB", str(path))
    return content


def is_file(path: Path) -> bool | None:
    """Whether there is a regular file; None when that cannot be seen, as below a folder that is closed to us."""
    try:
        return path.is_file()
    except OSError:
        return None
