"""Files in folders where others may be at work: no link is followed, nothing is made under a name that could
be foreseen. Any thread.

What is opened is looked at through its descriptor, so it cannot be exchanged behind that. What root makes
belongs to the owner of the folder, as a program that runs as that owner must open it.
"""

import errno
import glob
import os
import stat
from pathlib import Path
from typing import BinaryIO

PRIVATE = 0o600

# O_NONBLOCK: what opens a pipe that somebody planted would wait for ever
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_LINK = "it is a link, and none is followed here"
_ANOTHERS = "it has a second name, and belongs to somebody else than its folder"
_NO_FILE = "it is no file"


def reading(file: Path) -> BinaryIO:
    """A file that is there, to read it. Raises OSError, also when it is none, or was planted."""
    return os.fdopen(_opened(file, os.O_RDONLY), "rb")


def changing(file: Path, buffering: int = -1) -> BinaryIO:
    """A file that is there, to read and write it. Raises OSError as `reading` does."""
    return os.fdopen(_opened(file, os.O_RDWR), "r+b", buffering)


def appending(file: Path) -> BinaryIO:
    """A file that is there, or a new one, to write at its end, whoever else does. Nothing waits in a buffer.

    Raises OSError as `reading` does.
    """
    make(file)
    return os.fdopen(_opened(file, os.O_RDWR | os.O_APPEND), "r+b", 0)


def read(file: Path) -> bytes:
    """All of a file. Raises OSError as `reading` does."""
    with reading(file) as content:
        return content.read()


def create(file: Path, mode: int = PRIVATE) -> BinaryIO:
    """A new file, to write it: where anything has the name, a dangling link too, it is FileExistsError.

    Raises OSError.
    """
    descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR | _FLAGS, mode)
    try:
        _give(descriptor, file.parent)
        return os.fdopen(descriptor, "r+b")
    except BaseException:
        os.close(descriptor)
        raise


def make(file: Path) -> None:
    """An empty file for nobody else on this computer to read, if there is none. Raises OSError."""
    try:
        create(file).close()
    except FileExistsError:
        reading(file).close()


def make_folder(folder: Path, mode: int = 0o700) -> None:
    """A new folder in one that is there, and belongs to the same owner. Raises OSError."""
    folder.mkdir(mode=mode)
    if os.name == "posix" and os.geteuid() == 0:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            _give(descriptor, folder.parent)
        finally:
            os.close(descriptor)


def make_folders(folder: Path, mode: int = 0o700) -> None:
    """A folder, and those above it, if they are not there. Raises OSError.

    Nobody else may write in those above, whatever this process lets others do.
    """
    if not os.path.lexists(folder.parent):
        make_folders(folder.parent, 0o755)
    folder.mkdir(mode, exist_ok=True)


def temporary(file: Path) -> Path:
    """A name beside `file`, for what becomes it once it is whole; nobody can have put anything there."""
    return file.with_name(f"{file.name}.{_chance()}.new")


def left_over(file: Path) -> list[Path]:
    """What programs that were killed left under such names, those of older versions too."""
    name = glob.escape(file.name)
    return sorted({*file.parent.glob(f"{name}.{'[0-9a-f]' * 8}.new*"), *file.parent.glob(f"{name}.new*")})


def _opened(file: Path, flags: int) -> int:
    if os.name == "nt" and file.is_symlink():
        raise OSError(errno.ELOOP, _LINK, str(file))
    try:
        descriptor = os.open(file, flags | _FLAGS)
    except OSError as reason:
        if reason.errno in (errno.ELOOP, errno.EMLINK) and file.is_symlink():
            raise OSError(errno.ELOOP, _LINK, str(file)) from None
        raise
    try:
        _check(os.fstat(descriptor), file)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check(about: os.stat_result, file: Path) -> None:
    if stat.S_ISDIR(about.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
    if not stat.S_ISREG(about.st_mode):
        raise OSError(errno.EINVAL, _NO_FILE, str(file))
    if os.name == "posix" and about.st_nlink > 1 and about.st_uid != file.parent.stat().st_uid:
        raise OSError(errno.EPERM, _ANOTHERS, str(file))


def _give(descriptor: int, folder: Path) -> None:
    """Let what root made belong to the owner of the folder that it is in."""
    if os.name == "posix" and os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _chance() -> str:
    return os.urandom(4).hex()
