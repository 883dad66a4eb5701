"""Where a file really is: SQLite opens none whose path goes through a link. Any thread.

What is returned is for opening; sentences name the path as the user gave it.
"""

import errno
import os
from pathlib import Path

from loggia.shared.protocol.errors import StorageBroken

LONGEST_BYTES = 500  # of a path: SQLite takes 512, and puts up to 8 behind it


def real(path: Path) -> Path:
    """The path from the root, without links and `..`; what it names need not be there yet.

    Raises StorageBroken behind a link to nowhere, or one that leads back to itself.
    """
    there = next((above for above in (path, *path.parents) if os.path.lexists(above)), path)
    try:
        found = os.path.realpath(there, strict=True)
    except OSError as reason:
        raise StorageBroken(_in_words(path, there, reason)) from None
    return Path(os.path.normpath(os.path.join(found, path.relative_to(there))))


def for_sqlite(path: Path) -> str:
    """As `real`, for SQLite, which takes neither every name nor every length. Raises StorageBroken."""
    try:
        found = os.fsencode(real(path)).decode()
    except UnicodeError:
        raise StorageBroken(
            f"the path of {path} is not UTF-8, and SQLite opens no other; choose another"
        ) from None
    length = len(found.encode())
    if length > LONGEST_BYTES:
        raise StorageBroken(
            f"the path of {path} has {length} bytes, and SQLite takes {LONGEST_BYTES}; choose a shorter one"
        )
    return found


def native(path: str) -> str:
    """A path that was written as text, as this locale has to name it. Raises UnicodeError."""
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        return os.fsdecode(path.encode())
    return path


def _in_words(path: Path, there: Path, reason: OSError) -> str:
    what = f"{path} is" if there == path else f"{path} is below {there}, which is"
    if os.path.islink(there) and reason.errno == errno.ELOOP:
        return f"{what} a link that leads back to itself; choose another path"
    if os.path.islink(there) and reason.errno == errno.ENOENT:
        return (
            f"{what} a link to {os.readlink(there)}, and nothing is there; make that, or choose another path"
        )
    if reason.errno == errno.ENOENT and not path.is_absolute():
        return f"{path} is nowhere: the folder that this was started in is gone; name the whole path"
    return f"{path} cannot be reached: {reason.strerror}"
