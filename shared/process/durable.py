"""What a power loss must not take back: the content of a file, the names in a folder. Any thread."""

import contextlib
import errno
import os
from pathlib import Path

from loggia.shared.process import files

_CANNOT_SYNC_NAMES = (errno.EINVAL, errno.ENOTSUP)  # file systems over a network, and such


def settle(file: Path) -> None:
    """Make durable what a process that died left in this file, if it is there. Raises OSError.

    Until then the system may hold it in memory only: it can be read, and a power loss takes it back.
    """
    with contextlib.suppress(FileNotFoundError), files.changing(file) as left:
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


def write(file: Path, content: bytes) -> None:
    """Make this a file's content, whole or not at all, durable, and for nobody else to read.

    Raises OSError.
    """
    fresh = files.temporary(file)
    try:
        with files.create(fresh) as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
    except BaseException:
        fresh.unlink(missing_ok=True)  # on a full disk what there is of it would take the last room
        raise
    sync(file.parent)
