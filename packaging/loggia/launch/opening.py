"""Opens the files that run.py makes in a data folder, where somebody else may have planted something.

Runs in run.py's only thread. Standard library only: loggia.shared.process.files does the same for the others.
"""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

PRIVATE = 0o600

_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def appending(file: Path) -> BinaryIO:
    """A file, made if it is not there, to add to it and to read it. Raises OSError, also for what is no file
    of the folder's owner: a link, a pipe, a second name of somebody else's."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | _FLAGS, PRIVATE)
        is_new = True
    except FileExistsError:
        descriptor, is_new = _there(file), False
    try:
        about, folder = os.fstat(descriptor), file.parent.stat()
        if not stat.S_ISREG(about.st_mode):
            raise OSError(errno.EINVAL, "it is no file", str(file))
        if os.name == "posix":
            if is_new and os.geteuid() == 0:
                os.fchown(descriptor, folder.st_uid, folder.st_gid)
            elif about.st_nlink > 1 and about.st_uid != folder.st_uid:
                raise OSError(errno.EPERM, "it has a second name, and belongs to somebody else", str(file))
        return os.fdopen(descriptor, "a+b")
    except BaseException:
        os.close(descriptor)
        raise


def _there(file: Path) -> int:
    if os.name == "nt" and file.is_symlink():
        raise OSError(errno.ELOOP, "it is a link, and none is followed here", str(file))
    try:
        return os.open(file, os.O_RDWR | os.O_APPEND | _FLAGS)
    except OSError as reason:
        if reason.errno in (errno.ELOOP, errno.EMLINK) and file.is_symlink():
            raise OSError(errno.ELOOP, "it is a link, and none is followed here", str(file)) from None
        raise
