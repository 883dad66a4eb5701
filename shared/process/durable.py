"""What a power loss must not take back: the content of a file, the names in a folder. Any thread."""

import contextlib
import errno
import os
from pathlib import Path

_CANNOT_SYNC_NAMES = (errno.EINVAL, errno.ENOTSUP)  # file systems over a network, and such


def settle(file: Path) -> None:
    """Make durable what a process that died left in this file, if it is there. Raises OSError.

    Until then the system may hold it in memory only: it can be read, and a power loss takes it back.
    """
    with contextlib.suppress(FileNotFoundError), file.open("r+b") as left:
        os.fsync(left.fileno())


def sync(folder: Path) -> None:
    """Make the names in this folder durable. Raises OSError when the disk fails at it."""
    if os.name == "nt":  # which opens no folders, and keeps names by itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as reason:
        if reason.errno not in _CANNOT_SYNC_NAMES:
            raise
    finally:
        os.close(descriptor)
