"""Files of older versions are brought to the tables of this one: a log, a client's copy. Any thread. SQL.

The form of a file's tables has a number, SQLite's `user_version`. A step leads from one number to the next,
and all that are needed are one transaction: a program that is killed in the middle finds the file as it was,
and starts again. A file of a newer version is recognised by its bytes: nothing is opened, made or changed.
"""

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import apsw
from loggia.shared.process import durable, files, format, paths, wal

MAGIC = b"SQLite format 3\0"
HEADER_BYTES = 100  # of a database
SCHEMA_AT, VERSION_AT = 40, 60  # in it: how often the schema was changed; user_version
SPARE_BYTES = 16 << 20  # left free by a copy of the old file, for the work itself and what is said meanwhile

Step = Callable[[apsw.Connection], None]


class Migrations(NamedTuple):
    """All that a version can do. `newest`: the number of its own tables; `steps`: from each to the next."""

    newest: int
    steps: Mapping[int, Step]

    def leads_from(self, number: int) -> bool:
        """Whether a file of this number, an older one, can be brought here."""
        return 0 < number < self.newest and all(at in self.steps for at in range(number, self.newest))

    def run(self, db: apsw.Connection, number: int) -> None:
        """Bring a file here, within a transaction of the caller. Raises apsw.Error."""
        for at in range(number, self.newest):
            self.steps[at](db)
        db.pragma("user_version", self.newest)


class Kept(NamedTuple):
    """What became of the old file. `file`: where a copy of it is; None: there was no room for one, `why`."""

    file: Path | None
    size: int
    why: str = ""

    def __str__(self) -> str:
        size = format.size(self.size)
        if self.file is None:
            return f"the old file ({size}) is not kept: {self.why}"
        return f"the old file ({size}) is kept as {self.file.name}"


class Upgrade(NamedTuple):
    """A file was brought from the tables of one number to those of another."""

    old: int
    new: int
    kept: Kept

    def __str__(self) -> str:
        return f"from format {self.old} to {self.new}; {self.kept}"


def number_of(file: Path, newest: int) -> int:
    """The number of a file's tables; 0 where there are none, or no database. Raises OSError.

    The WAL beside it counts; a number beyond `newest` is only believed if SQLite would read it.
    """
    header = _header(file, newest)
    return _number(header) if _is_database(header) else 0


def is_foreign(file: Path, newest: int) -> bool:
    """Whether something is there, and nothing that a file of ours could have begun with. Raises OSError.

    Of a database that has no tables yet the schema was never changed. What a power loss tore, so that SQLite
    would take it back first, may be ours.
    """
    header = _header(file, newest)
    if not header or file.with_name(f"{file.name}-journal").exists():
        return False
    return not _is_database(header) or (_number(header) == 0 and any(header[SCHEMA_AT : SCHEMA_AT + 4]))


def copy_of(file: Path, number: int) -> Path:
    """Where the old file is kept."""
    return file.with_name(f"{file.name}.format-{number}")


def has_room(file: Path, size: int) -> bool:
    """Whether a copy of so many bytes leaves room for the work itself."""
    import shutil  # and with it every kind of archive: what no script should wait for that only starts

    return shutil.disk_usage(file.parent).free >= 2 * size + SPARE_BYTES


def keep(db: apsw.Connection, file: Path, number: int, vfs: str | None = None) -> Kept:
    """Write a copy of the old file beside it, durable, if there is room; one of an earlier try is replaced.

    `vfs`: what the copy is written through. Raises apsw.Error when the old file cannot be read.
    """
    size = int(db.pragma("page_count")) * int(db.pragma("page_size"))
    target = copy_of(file, number)
    fresh = files.temporary(target)
    try:
        for left in files.left_over(target):  # of an earlier try that was killed: it takes room
            left.unlink(missing_ok=True)
        if not has_room(file, size):
            return Kept(None, size, "the disk has no room for it")
        files.create(fresh).close()
        with (
            contextlib.closing(apsw.Connection(paths.for_sqlite(fresh), vfs=vfs)) as copy,
            copy.backup("main", db, "main") as running,
        ):
            running.step(-1)
        durable.settle(fresh)
        fresh.replace(target)
        durable.sync(target.parent)
    except (apsw.FullError, apsw.CantOpenError, apsw.ReadOnlyError, OSError) as reason:
        why = reason.strerror if isinstance(reason, OSError) else str(reason)
        return Kept(None, size, f"it could not be written, {why}")
    except apsw.IOError as reason:
        if type(reason) is not apsw.IOError:  # the old file's own: it is not what was written
            raise
        return Kept(None, size, f"it could not be written, {reason}")
    finally:
        with contextlib.suppress(OSError):  # it is in the way, and that was said
            _remove(fresh)
    return Kept(target, size)


def _header(file: Path, newest: int) -> bytes:
    """What a file begins with in its newest state; empty where there is nothing."""
    header = b""
    with contextlib.suppress(FileNotFoundError), file.open("rb") as database:
        header = database.read(HEADER_BYTES)
        if header and not _is_database(header):
            return header
    with contextlib.suppress(FileNotFoundError), files.reading(file.with_name(f"{file.name}-wal")) as log:
        if (found := wal.newest(log, 1, HEADER_BYTES)) is not None:
            content, frame = found
            log.seek(0)
            if _number(content) <= newest or wal.is_sound(log, frame):
                return content
    return header


def _is_database(header: bytes) -> bool:
    return header.startswith(MAGIC) and len(header) == HEADER_BYTES


def _remove(fresh: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        fresh.with_name(f"{fresh.name}{end}").unlink(missing_ok=True)


def _number(header: bytes) -> int:
    return int.from_bytes(header[VERSION_AT : VERSION_AT + 4], "big")
