"""The file that holds a log: opened, created, written in transactions. Any thread, each with its own. SQL.

One connection writes and checkpoints (SQLite before 3.51.3 could corrupt a WAL that two connections reset at
once); others, `python -m broker verify` of a running broker for one, only read.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw
from loggia.broker.storage import chunks, migrations
from loggia.broker.storage.event_rows import DAMAGE
from loggia.broker.storage.page_checksums import SUM_BYTES, PageChanged, Pages, reserve
from loggia.broker.telemetry.histogram import SECONDS, Histogram
from loggia.shared.process import durable, ownership, paths
from loggia.shared.process.migrations import HEADER_BYTES, MAGIC, Upgrade, keep, number_of
from loggia.shared.protocol.errors import StorageBroken, StorageDamaged, StorageFull

RESERVED_AT = 20  # in SQLite's header: the bytes reserved in each page
# The WAL is emptied with so many pages in it, which takes some 5 ms, or where pages are written again and
# again, with so many bytes. docs/decisions/0020-checkpoints.md
CHECKPOINT_PAGES = 500
CHECKPOINT_BYTES = 8 * 1024 * 1024

_SCHEMA = f"""
CREATE TABLE meta(key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE rooms(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
-- who may do what in a room (the broker itself is 0), by what it is about: docs/decisions/0025-rights.md
CREATE TABLE rules(
    room INTEGER NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY(room, key)
) WITHOUT ROWID;
CREATE TABLE accounts(
    number INTEGER PRIMARY KEY, account TEXT NOT NULL UNIQUE, token BLOB NOT NULL UNIQUE, nick TEXT NOT NULL,
    bot INTEGER NOT NULL, visitor INTEGER NOT NULL, present INTEGER NOT NULL,
    kept INTEGER NOT NULL DEFAULT 0, seen INTEGER NOT NULL DEFAULT 0, status TEXT NOT NULL DEFAULT '',
    status_id TEXT NOT NULL DEFAULT '', status_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX accounts_present ON accounts(number) WHERE present;
{migrations.KEPT_NICKS}
CREATE TABLE members(
    account INTEGER NOT NULL, room INTEGER NOT NULL, PRIMARY KEY(account, room)
) WITHOUT ROWID;
{chunks.TABLE}
{migrations.MESSAGE_STATES}{migrations.READING}
-- idempotency keys that grow (by length, then by code points): a row tells the largest id of what an account
-- stored with a batch, and the end of an account's rows is its largest id. `ranges`: where that went to
-- several rooms, the places of the first and the last event in each, in the order of the ids
CREATE TABLE runs(
    account INTEGER NOT NULL, length INTEGER NOT NULL, largest_id TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, ranges BLOB, PRIMARY KEY(account, length, largest_id)
) WITHOUT ROWID;
-- and the ids that came out of that order
CREATE TABLE strays(
    account INTEGER NOT NULL, id TEXT NOT NULL, place INTEGER NOT NULL, PRIMARY KEY(account, id)
) WITHOUT ROWID;
"""

# what is not our fault and may pass: no room, a failing disk, another program that holds the file
_REFUSALS = (apsw.FullError, apsw.IOError, apsw.BusyError, apsw.LockedError, apsw.ReadOnlyError)


class Database:
    """One connection to a log's file; ends with `close`. Raises apsw.Error or StorageBroken.

    `new_epoch`: where there are no tables yet they are made, with this epoch, and those of an older version
    are brought to this one's; None only reads what is there. `keeps_old`: the old file is kept beside then.
    Attributes: `connection`; `changed`, what was found to be damaged while nobody asked for it; `is_new`,
    whether the tables were made just now; `upgraded`, what was done to those of an older version;
    `checkpoints`, how long everybody waited for each;
    `before_checkpoint` is called before the WAL is emptied, and if it raises OSError the WAL stays.
    """

    def __init__(self, file: Path, new_epoch: str | None, *, keeps_old: bool = True) -> None:
        number, newest = check_format(file), migrations.LOG.newest
        if new_epoch is None and number not in (0, newest):
            raise StorageBroken(
                f'the log was {migrations.written(number)}; bring it here with the command "upgrade"'
            )
        self._pages = Pages()
        self._wal = file.with_name(file.name + "-wal")
        flags = apsw.SQLITE_OPEN_READWRITE
        self._refused_pages = self._refused_bytes = 0  # in the WAL when it could not be emptied last
        self.checkpoints = Histogram(SECONDS)
        self.changed = ""
        self.is_new = False
        self.upgraded: Upgrade | None = None
        self.before_checkpoint: Callable[[], None] = lambda: None
        with ownership.rights_of_owner(file.parent):
            try:
                self.connection = apsw.Connection(paths.for_sqlite(file), flags=flags, vfs=self._pages.name)
            except BaseException:
                self._pages.unregister()
                raise
            try:
                if new_epoch is not None:
                    self._prepare(file, new_epoch, keeps_old)
            except BaseException as reason:
                self.before_checkpoint = _not_yet
                self.close()
                if isinstance(reason, DAMAGE) and number not in (0, newest):
                    raise migrations.damaged(number, str(reason)) from reason
                raise

    def close(self) -> None:
        asked, self.before_checkpoint = self.before_checkpoint, lambda: None  # closed twice it is asked once
        try:
            asked()
        except OSError:
            self.connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        with suppress(*_REFUSALS):  # it is closed; what a full disk did not take stays in the WAL
            self.connection.close()
        self._pages.unregister()

    @property
    def epoch(self) -> str:
        return str(self.connection.execute("SELECT value FROM meta WHERE key = 'epoch'").get)

    def begin_life(self, epoch: str) -> None:
        """From here on the log is another one: what clients hold of it is void."""
        with self.transaction():
            self.connection.execute("UPDATE meta SET value = ? WHERE key = 'epoch'", (epoch,))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing; on the disk (fsync) at the end.

        Raises StorageFull when the disk refuses, StorageDamaged when what is there is not what was written.
        """
        db = self.connection
        try:
            db.execute("BEGIN IMMEDIATE")
            yield
            db.execute("COMMIT")
        except apsw.Error as reason:
            if not db.get_autocommit():  # a full disk has rolled back already
                db.execute("ROLLBACK")
            if isinstance(reason, PageChanged | apsw.CorruptError):
                raise StorageDamaged(str(reason)) from reason
            if isinstance(reason, _REFUSALS):
                self._wipe()
                raise StorageFull(str(reason)) from reason
            raise
        except BaseException:
            if not db.get_autocommit():
                db.execute("ROLLBACK")
            raise

    def write_nothing(self) -> None:
        """A whole transaction, with its fsync, that changes nothing. Raises what `transaction` does."""
        with self.transaction():
            self.connection.pragma("user_version", migrations.LOG.newest)

    def relieve(self, *, resting: bool = False) -> bool:
        """Empty the WAL where it has become long; call it when what was committed is noted, and answered.

        `resting`: nobody waits for anything, so already where there is an eighth of that in it. Returns
        whether it was tried.
        """
        pages, parts = self._pages, 8 if resting else 1
        if pages.wal_bytes < self._refused_bytes:  # all was copied, and SQLite has begun it anew by itself
            self._refused_pages = self._refused_bytes = 0
        if (len(pages.newer) - self._refused_pages) * parts < CHECKPOINT_PAGES and (
            pages.wal_bytes - self._refused_bytes
        ) * parts < CHECKPOINT_BYTES:
            return False
        self.checkpoint()
        return True

    def _prepare(self, file: Path, new_epoch: str, keeps_old: bool) -> None:
        db = self.connection
        if file.stat().st_size == 0:
            reserve(db)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.pragma("secure_delete", 2)  # what is taken out of a page is wiped there; costs no page more
        db.wal_autocheckpoint(0)
        number = db.pragma("user_version")
        if number == 0:
            with self.transaction():
                db.execute(_SCHEMA)
                db.execute("INSERT INTO meta VALUES('epoch', ?)", (new_epoch,))
                db.pragma("user_version", migrations.LOG.newest)
            self.checkpoint()  # whatever becomes of the WAL: this log and its epoch are known
            self.is_new = True
        elif number != migrations.LOG.newest:
            migrations.check(number)
            self._upgrade(file, number, keeps_old)

    def _upgrade(self, file: Path, number: int, keeps_old: bool) -> None:
        """Bring the tables here, whole or not at all. What the WAL proves is not known yet, so it stays."""
        newest = migrations.LOG.newest
        asked, self.before_checkpoint = self.before_checkpoint, _not_yet
        try:
            kept = keep(self.connection, file, number, self._pages.name) if keeps_old else None
            with self.transaction():
                migrations.LOG.run(self.connection, number)
        except StorageFull as reason:
            raise StorageFull(
                f"there is no room to bring the log from format {number} to {newest}: {reason}; nothing of "
                "it was changed, so make room and start again"
            ) from reason
        except (StorageDamaged, *DAMAGE) as reason:
            raise migrations.damaged(number, str(reason)) from reason
        self.before_checkpoint = asked
        if kept is not None:
            self.upgraded = Upgrade(number, newest, kept)

    def _wipe(self) -> None:
        """What was refused may stand in the WAL, unsynced: after a crash it would count."""
        self.checkpoint()
        with suppress(OSError):  # a disk that refuses this as well
            durable.settle(self._wal)

    def checkpoint(self, *, wipes: bool = False) -> bool:
        """Copy the WAL back and empty it: what was copied and still lay there could be taken for news.
        `wipes`: nothing of what it held stays in its file. Returns whether it is empty.

        While somebody reads, a backup for one, that has to wait; a disk that refuses changes nothing.
        """
        began, is_empty = time.perf_counter(), False
        try:
            self.before_checkpoint()
            self._pages.keeps_room = not wipes
            self.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            self._refused_pages = self._refused_bytes = 0
            is_empty = True
        except (*_REFUSALS, apsw.CorruptError, OSError) as reason:
            self._refused_pages, self._refused_bytes = len(self._pages.newer), self._pages.wal_bytes
            if isinstance(reason, PageChanged | apsw.CorruptError):
                self.changed = str(reason)
        finally:
            self._pages.keeps_room = True
        self.checkpoints.observe(time.perf_counter() - began)
        return is_empty


def check_format(file: Path) -> int:
    """The number of a log's tables, 0 where there are none yet; raises StorageBroken if it is none for us.

    A database of something else, or a log of another version, has no checksums: that is no damage. Nothing is
    opened, made or changed.
    """
    number = number_of(file, migrations.LOG.newest)
    migrations.check(number)
    with suppress(FileNotFoundError), file.open("rb") as database:
        header = database.read(HEADER_BYTES)
        is_whole = header.startswith(MAGIC) and len(header) == HEADER_BYTES
        if is_whole and number == 0 and header[RESERVED_AT] != SUM_BYTES:
            raise StorageBroken(f"{file} is a SQLite database of something else; use another --data folder")
    return number


def _not_yet() -> None:
    raise OSError("nobody has looked yet at what the WAL proves")
