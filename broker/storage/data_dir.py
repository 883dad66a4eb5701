"""The data folder: which files are in it, and that one process at a time works there. Any thread."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import apsw
from loggia.broker.storage.page_checksums import EMPTY
from loggia.shared.process import durable, files, ownership, paths
from loggia.shared.protocol.errors import StorageBroken

LOCK = "lock"
CONTROL = "control"  # broker/admin/control.py
DATABASE = "loggia.db"
WAL = "loggia.db-wal"
HEADS = "loggia.heads"  # broker/storage/heads_file.py
DAMAGE = "loggia.damage"  # broker/storage/damage.py
SEARCH = "search.db"  # broker/storage/indexing.py; no part of the log, which has all of it

_TOGETHER = (DATABASE, WAL, HEADS, DAMAGE)  # what is a log only together
_OURS = (
    LOCK,
    CONTROL,
    *_TOGETHER,
    f"{DATABASE}-shm",
    f"{DATABASE}-journal",
    f"{LOCK}-journal",
    SEARCH,
    f"{SEARCH}-wal",
)
_REPLACED = (CONTROL, HEADS, DAMAGE)  # by what is written under another name first

GLANCE_MS = 250  # somebody may be looking whether the folder is held


def of(data: Path) -> Path:
    """Where the files of the log in `data` really are: there, or in a folder that they are links into.

    Whoever comes by either name must meet the same lock. Raises StorageBroken when they are in two places, or
    where a link may have been planted.
    """
    paths.real(data)  # which has sentences about links to nowhere
    ownership.refuse_link(data)
    here = [name for name in _TOGETHER if os.path.lexists(data / name)]
    links = [data / name for name in here if (data / name).is_symlink()]
    if not links:
        return data
    for link in links:
        ownership.refuse_link(link)
    found = [paths.real(data / name) for name in here]
    if len({file.parent for file in found}) == 1 and [file.name for file in found] == here:
        return found[0].parent
    raise StorageBroken(
        f"{links[0]} is a link to {paths.real(links[0])}; the files of a log belong together in one folder: "
        "move all of them, and name that folder with --data"
    )


def refuse_shared(folder: Path) -> None:
    """Raises StorageBroken where others than the owner may have a hand in the folder or a file of the log."""
    ownership.refuse_shared(folder, "choose another folder with --data")
    ownership.refuse_planted(folder, _OURS)


def lock(folder: Path) -> apsw.Connection:
    """Hold the folder for this process until `close`; the operating system lets go of it when that dies.

    What is new in it is for nobody else on this computer to read: all that was ever said is there.
    Raises StorageBroken.
    """
    refuse_shared(folder)
    try:
        files.make_folders(folder)
        with ownership.rights_of_owner(folder):
            for name in (LOCK, DATABASE):  # before SQLite makes them; what is beside them inherits
                files.make(folder / name)
            held = apsw.Connection(paths.for_sqlite(folder / LOCK))
            held.set_busy_timeout(GLANCE_MS)
            held.execute("BEGIN EXCLUSIVE")
            for name in _REPLACED:
                for left in files.left_over(folder / name):
                    with contextlib.suppress(OSError):  # it is in nobody's way
                        left.unlink()
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


def drop_search(data: Path) -> None:
    """The index of the search, and what SQLite keeps beside it: the broker makes it again. Raises OSError."""
    for end in ("", "-wal", "-shm", "-journal"):
        (data / f"{SEARCH}{end}").unlink(missing_ok=True)


def has_frames(wal: Path) -> bool:
    """Whether a WAL is there that was not emptied."""
    try:
        with files.reading(wal) as content:
            return content.read(len(EMPTY)) not in (b"", EMPTY)
    except FileNotFoundError:
        return False
    except OSError:  # which is no proof that nothing is in it
        return has_content(wal)


def sizes(data: Path) -> dict[str, int]:
    """Bytes of each file that a log is in."""
    found = {}
    for name in (DATABASE, WAL, HEADS):
        with contextlib.suppress(OSError):
            found[name] = (data / name).stat().st_size
    return found


def refuse_inside(data: Path, file: Path) -> None:
    """What a command writes is a new file, none of those that a broker works with. Raises StorageBroken."""
    if os.path.lexists(file):
        raise StorageBroken(f"{file} is there already; choose another name")
    if paths.real(file).parent == paths.real(data):
        raise StorageBroken(f"{file} would lie in the data folder of a broker; choose another folder")


@contextlib.contextmanager
def made(folder: Path, mode: int = 0o700) -> Iterator[None]:
    """A folder that is there within; what is new of it, and empty, is taken away again if that fails."""
    missing = [above for above in (folder, *folder.parents) if not os.path.lexists(above)]
    try:
        files.make_folders(folder, mode)
        yield
    except BaseException:
        with contextlib.suppress(OSError):  # somebody has put something there
            for new in missing:
                new.rmdir()
        raise


@contextlib.contextmanager
def becoming(file: Path) -> Iterator[Path]:
    """A new, empty file that becomes `file`, durable, once it is whole; if that fails nothing of it is left.

    It is for nobody else to read, and nobody knows its name. Errors name the file that was asked for.
    """
    fresh = files.temporary(file)
    with called(fresh, file), made(file.parent, 0o777), ownership.rights_of_owner(file.parent):
        files.create(fresh).close()
        try:
            yield fresh
            with files.changing(fresh) as out:
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
    """As `durable.write`, for a file of the owner of its folder. Raises OSError."""
    with ownership.rights_of_owner(file.parent):
        durable.write(file, content)
