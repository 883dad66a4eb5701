"""The data folder: which files are in it, and that one process at a time works there. Any thread."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import apsw
from loggia.shared.process import durable, paths
from loggia.shared.protocol.errors import StorageBroken

LOCK = "lock"
CONTROL = "control"  # broker/admin/control.py
DATABASE = "loggia.db"
WAL = "loggia.db-wal"
HEADS = "loggia.heads"  # broker/storage/heads_file.py
DAMAGE = "loggia.damage"  # broker/storage/damage.py

_TOGETHER = (DATABASE, WAL, HEADS, DAMAGE)  # what is a log only together

GLANCE_MS = 250  # somebody may be looking whether the folder is held


def of(data: Path) -> Path:
    """Where the files of the log in `data` really are: there, or in a folder that they are links into.

    Whoever comes by either name must meet the same lock. Raises StorageBroken when they are in two places.
    """
    paths.real(data)  # which has sentences about links to nowhere
    here = [name for name in _TOGETHER if os.path.lexists(data / name)]
    links = [data / name for name in here if (data / name).is_symlink()]
    if not links:
        return data
    found = [paths.real(data / name) for name in here]
    if len({file.parent for file in found}) == 1 and [file.name for file in found] == here:
        return found[0].parent
    raise StorageBroken(
        f"{links[0]} is a link to {paths.real(links[0])}; the files of a log belong together in one folder: "
        "move all of them, and name that folder with --data"
    )


def lock(folder: Path) -> apsw.Connection:
    """Hold the folder for this process until `close`; the operating system lets go of it when that dies.

    What is new in it is for nobody else on this computer to read: all that was ever said is there.
    Raises StorageBroken.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (LOCK, DATABASE):  # before SQLite makes them; what is beside them inherits
            make(folder / name)
        held = apsw.Connection(paths.for_sqlite(folder / LOCK))
        held.set_busy_timeout(GLANCE_MS)
        held.execute("BEGIN EXCLUSIVE")
        return held
    except apsw.BusyError:
        raise StorageBroken(
            f"the data folder {folder} is in use by another program, a broker or a command at work on its "
            "log; wait for it or stop it, or choose another folder with --data"
        ) from None
    except FileExistsError as reason:
        raise StorageBroken(f"the data folder {folder} is not a folder; give another with --data") from reason
    except (OSError, apsw.Error) as reason:
        why = reason.strerror if isinstance(reason, OSError) else str(reason)
        raise StorageBroken(f"the data folder {folder} is not writable: {why}") from reason


def is_held(folder: Path) -> bool:
    """Whether some process holds the folder. Nothing is created or changed; raises StorageBroken, OSError."""
    if not (folder / LOCK).is_file():
        return False
    try:
        with contextlib.closing(
            apsw.Connection(paths.for_sqlite(folder / LOCK), flags=apsw.SQLITE_OPEN_READONLY)
        ) as looking:
            looking.pragma("schema_version")
    except apsw.BusyError:
        return True
    except apsw.Error as reason:
        raise StorageBroken(f"the file {folder / LOCK} cannot be read: {reason}") from reason
    return False


def has_content(file: Path) -> bool:
    try:
        return file.stat().st_size > 0
    except OSError:
        return False


def refuse_inside(data: Path, file: Path) -> None:
    """What a command writes is a new file, none of those that a broker works with. Raises StorageBroken."""
    if os.path.lexists(file):
        raise StorageBroken(f"{file} is there already; choose another name")
    if paths.real(file).parent == paths.real(data):
        raise StorageBroken(f"{file} would lie in the data folder of a broker; choose another folder")


def make(file: Path) -> None:
    """An empty file for nobody else on this computer to read, if there is none. Raises OSError.

    What root makes belongs to the owner of the folder: a broker that runs as somebody else must open it.
    """
    file.touch(mode=0o600)
    give(file)


def give(path: Path) -> None:
    """Let a new file or folder belong to the owner of the folder that it is in."""
    if os.name == "posix" and os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


@contextlib.contextmanager
def made(folder: Path, mode: int = 0o700) -> Iterator[None]:
    """A folder that is there within; what is new of it, and empty, is taken away again if that fails."""
    missing = [above for above in (folder, *folder.parents) if not os.path.lexists(above)]
    try:
        folder.mkdir(mode, parents=True, exist_ok=True)
        yield
    except BaseException:
        with contextlib.suppress(OSError):  # somebody has put something there
            for new in missing:
                new.rmdir()
        raise


@contextlib.contextmanager
def becoming(file: Path) -> Iterator[Path]:
    """A name for what becomes `file`, durable, once it is whole; if that fails nothing of it is left.

    It is nobody's yet, whoever else works at the same. Errors name the file that was asked for.
    """
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}.new")
    with called(fresh, file), made(file.parent, 0o777):
        try:
            yield fresh
            with fresh.open("rb+") as out:
                os.fsync(out.fileno())
            fresh.replace(file)
            durable.sync(file.parent)
        finally:
            for end in ("", "-wal", "-shm", "-journal"):
                fresh.with_name(fresh.name + end).unlink(missing_ok=True)


@contextlib.contextmanager
def called(temporary: Path, name: Path) -> Iterator[None]:
    """Within it errors of the system name `name` for a file that nobody has heard of."""
    try:
        yield
    except OSError as reason:
        ours = reason.filename is None or str(reason.filename).startswith(str(temporary))
        if ours and reason.errno is not None:
            raise OSError(reason.errno, reason.strerror, str(name)) from reason
        raise


def write(file: Path, content: bytes) -> None:
    """Make this a file's content, whole or not at all, durable, and for nobody else to read."""
    fresh = file.with_name(file.name + ".new")
    make(fresh)
    try:
        with fresh.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        fresh.unlink(missing_ok=True)  # on a full disk what there is of it would take the last room
        raise
    fresh.replace(file)
    durable.sync(file.parent)
