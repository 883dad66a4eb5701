"""The durable log: every room's events, who owns which account, who is where. The only file with SQL.

Runs in the broker's loop thread; `close` ends it. One connection reads, writes and checkpoints (SQLite
before 3.51.3 could corrupt a WAL that two connections reset at once). `append` returns after the fsync.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import apsw
import msgspec

from broker.state import Batch, Fresh, Person, Room, Run, World
from shared.errors import StorageBroken, StorageFull
from shared.messages import Stored

SCHEMA_VERSION = 1
SEQ_BITS = 40  # an event's place is room << 40 | seq: one integer key, in order, added at its room's end
CHUNK_EVENTS = 256  # events in one row at most: a batch costs a row or a few, a reader not too much
CHECKPOINT_PAGES = 4000  # 16 MiB of WAL: pages that are written often are copied back once
PAGE_BYTES = 256 * 1024  # a page of history stays below this, whatever its events hold

_SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE rooms(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE accounts(
    number INTEGER PRIMARY KEY, account TEXT NOT NULL UNIQUE, token BLOB NOT NULL UNIQUE, nick TEXT NOT NULL,
    bot INTEGER NOT NULL, visitor INTEGER NOT NULL, present INTEGER NOT NULL
);
CREATE INDEX accounts_present ON accounts(number) WHERE present;
CREATE TABLE members(
    account INTEGER NOT NULL, room INTEGER NOT NULL, PRIMARY KEY(account, room)
) WITHOUT ROWID;
-- the log: place is that of the first event; the events follow each other, one JSON line each
CREATE TABLE chunks(place INTEGER PRIMARY KEY, lines BLOB NOT NULL);
-- idempotency keys that grow (by length, then by code points): a row tells the largest id of consecutive
-- events, so a batch of an account needs one, and the end of an account's rows is its largest id
CREATE TABLE runs(
    account INTEGER NOT NULL, length INTEGER NOT NULL, largest_id TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY(account, length, largest_id)
) WITHOUT ROWID;
-- and the ids that came out of that order
CREATE TABLE strays(
    account INTEGER NOT NULL, id TEXT NOT NULL, place INTEGER NOT NULL, PRIMARY KEY(account, id)
) WITHOUT ROWID;
"""

_ENTER = "INSERT OR IGNORE INTO members VALUES(?, ?)"
_LEAVE = "DELETE FROM members WHERE account = ? AND room = ?"

# what is not our fault and may pass: no room, a failing disk, another program that holds the file
_REFUSALS = (apsw.FullError, apsw.IOError, apsw.BusyError, apsw.LockedError, apsw.ReadOnlyError)


class Log:
    """One broker's log in `folder`. Raises StorageBroken when it cannot be used.

    Attributes: `epoch`, the name of this log's life (docs/protocol.md, "Events").
    """

    def __init__(self, folder: Path, new_epoch: str) -> None:
        with ExitStack() as undo:
            self._lock = _lock(folder)
            undo.callback(self._lock.close)
            try:
                self._db = apsw.Connection(str(folder / "loggia.db"))
                undo.callback(self._db.close)
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = FULL")
                self._db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
                self._prepare(new_epoch)
                self.epoch = str(self._db.execute("SELECT value FROM meta WHERE key = 'epoch'").get)
            except apsw.Error as reason:
                raise StorageBroken(f"the log in {folder} cannot be opened: {reason}") from reason
            undo.pop_all()

    def close(self) -> None:
        self._db.close()
        self._lock.close()

    def load(self) -> World:
        """The state as the disk has it: all rooms, and the people whose session is not over.

        Raises StorageBroken.
        """
        try:
            rooms = {name: self._room(number, name) for number, name in self._query("SELECT * FROM rooms")}
            people = [self._person(row) for row in self._query("SELECT * FROM accounts WHERE present")]
            last_account = self._db.execute("SELECT coalesce(max(number), 0) FROM accounts").get
        except (apsw.Error, msgspec.DecodeError) as reason:
            raise StorageBroken(f"the log cannot be read: {reason}") from reason
        return World(rooms=rooms, people=people, last_account=int(last_account))

    def append(self, batch: Batch) -> None:
        """Make the batch durable, whole or not at all; raises StorageFull when the disk refuses it."""
        with self._transaction():
            for room in batch.new_rooms:
                self._db.execute("INSERT INTO rooms VALUES(?, ?)", (room.number, room.name))
            if batch.people:
                self._db.executemany(
                    "INSERT OR REPLACE INTO accounts VALUES(?, ?, ?, ?, ?, ?, ?)",
                    [
                        (p.number, p.account, p.token_hash, p.nick, p.bot, p.visitor, p.present)
                        for p in batch.people.values()
                    ],
                )
            for member, is_in in batch.members.items():
                self._db.execute(_ENTER if is_in else _LEAVE, member)
            self._db.executemany("INSERT INTO chunks VALUES(?, ?)", _chunks(batch.fresh))
            self._db.executemany("INSERT INTO runs VALUES(?, ?, ?, ?, ?)", map(_run, batch.runs))
            self._db.executemany("INSERT INTO strays VALUES(?, ?, ?)", batch.strays)

    def find_account(self, token_hash: bytes) -> Person | None:
        """The owner of a token, awake or not."""
        for row in self._query("SELECT * FROM accounts WHERE token = ?", token_hash):
            return self._person(row)
        return None

    def find_answer(self, account: int, request_id: str) -> Stored | None:
        """What was answered when this account stored under this id, or None."""
        first = last = self._db.execute(
            "SELECT place FROM strays WHERE account = ? AND id = ?", (account, request_id)
        ).get
        if first is None:
            # the runs of an account do not overlap: only the first that reaches this far can hold the id
            for run in self._query(
                "SELECT first, last FROM runs WHERE account = ? AND (length, largest_id) >= (?, ?) "
                "ORDER BY length, largest_id LIMIT 1",
                account,
                len(request_id),
                request_id,
            ):
                first, last = run
        if first is None:
            return None
        for line in self._lines(first, last):
            event = msgspec.json.decode(line, type=_Place)
            if event.id == request_id:
                return event.answer()
        return None

    def place_of(self, room: int) -> int:
        """The key of seq 0 of a room."""
        return _place(room, 0)

    def after(self, room: int, seq: int, limit: int) -> list[msgspec.Raw]:
        """Up to `limit` events with a greater seq, ascending; fewer when they are large."""
        return _page(self._lines(_place(room, seq) + 1, _place(room + 1, 0) - 1), limit)

    def before(self, room: int, seq: int, limit: int) -> list[msgspec.Raw]:
        """Up to `limit` events with a smaller seq, the nearest ones, ascending; fewer when they are large."""
        chunks = self._query(
            "SELECT place, lines FROM chunks WHERE place BETWEEN ? AND ? ORDER BY place DESC",
            _place(room, 0),
            _place(room, seq) - 1,
        )
        nearest_first = (
            line
            for place, lines in chunks
            for line in reversed(lines.split(b"\n")[: _place(room, seq) - place])
        )
        return _page(nearest_first, limit)[::-1]

    def _lines(self, first: int, last: int) -> Iterator[bytes]:
        """The events from one place to another."""
        begin = self._db.execute("SELECT max(place) FROM chunks WHERE place <= ?", (first,)).get
        sql = "SELECT place, lines FROM chunks WHERE place BETWEEN ? AND ? ORDER BY place"
        for place, lines in self._query(sql, first if begin is None else begin, last):
            for number, line in enumerate(lines.split(b"\n"), place):
                if first <= number <= last:
                    yield line

    def _prepare(self, new_epoch: str) -> None:
        version = self._db.pragma("user_version")
        if version == 0:
            with self._transaction():
                self._db.execute(_SCHEMA)
                self._db.execute("INSERT INTO meta VALUES('epoch', ?)", (new_epoch,))
                self._db.pragma("user_version", SCHEMA_VERSION)
        elif version != SCHEMA_VERSION:
            raise StorageBroken(
                f"the log was written by another version of Loggia (format {version}, this one reads "
                f"{SCHEMA_VERSION}); use that version or another --data folder"
            )

    def _room(self, number: int, name: str) -> Room:
        head = at = 0
        for (lines,) in self._query(
            "SELECT lines FROM chunks WHERE place BETWEEN ? AND ? ORDER BY place DESC LIMIT 1",
            _place(number, 0),
            _place(number + 1, 0) - 1,
        ):
            newest = msgspec.json.decode(lines.rpartition(b"\n")[2], type=_Place)
            head, at = newest.seq, newest.at
        return Room(number=number, name=name, place=_place(number, 0), head=head, at=at)

    def _person(self, row: tuple[int, str, bytes, str, int, int, int]) -> Person:
        number, account, token_hash, nick, bot, visitor, present = row
        rooms = self._query(
            "SELECT name FROM members JOIN rooms ON number = room WHERE account = ? ORDER BY room", number
        )
        largest_id = self._db.execute(
            "SELECT largest_id FROM runs WHERE account = ? ORDER BY length DESC, largest_id DESC LIMIT 1",
            (number,),
        ).get
        return Person(
            number=number,
            account=account,
            token_hash=token_hash,
            nick=nick,
            bot=bool(bot),
            visitor=bool(visitor),
            present=bool(present),
            largest_id=largest_id or "",
            rooms={name for (name,) in rooms},
        )

    def _query(self, sql: str, *values: object) -> apsw.Cursor:
        return self._db.execute(sql, values)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except apsw.Error as reason:
            if not self._db.get_autocommit():  # a full disk has rolled back already
                self._db.execute("ROLLBACK")
            if isinstance(reason, _REFUSALS):
                raise StorageFull(str(reason)) from reason
            raise
        except BaseException:
            self._db.execute("ROLLBACK")
            raise


class _Place(msgspec.Struct):
    """Where a stored event stands."""

    id: str
    room: str
    seq: int
    at: int

    def answer(self) -> Stored:
        return Stored(id=self.id, room=self.room, seq=self.seq, at=self.at)


def _chunks(news: list[Fresh]) -> Iterator[tuple[int, bytes]]:
    for fresh in news:
        first = fresh.room.place + fresh.first
        for start in range(0, len(fresh.bodies), CHUNK_EVENTS):
            yield first + start, b"\n".join(fresh.bodies[start : start + CHUNK_EVENTS])


def _run(run: Run) -> tuple[int, int, str, int, int]:
    place = run.room.place
    return run.account, len(run.largest_id), run.largest_id, place + run.first, place + run.last


def _page(lines: Iterable[bytes], limit: int) -> list[msgspec.Raw]:
    page: list[msgspec.Raw] = []
    room_left = PAGE_BYTES
    for line in lines:
        room_left -= len(line)
        if len(page) == limit or (page and room_left < 0):
            break
        page.append(msgspec.Raw(line))
    return page


def _place(room: int, seq: int) -> int:
    return room << SEQ_BITS | seq


def _lock(folder: Path) -> apsw.Connection:
    """Hold the folder for this process; the operating system lets go of it when the process dies.

    What is new in it is for nobody else on this computer to read: all that was ever said is there.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("lock", "loggia.db"):  # before SQLite makes them; what is beside them inherits
            (folder / name).touch(mode=0o600)
        lock = apsw.Connection(str(folder / "lock"))
        lock.execute("BEGIN EXCLUSIVE")
        return lock
    except apsw.BusyError:
        raise StorageBroken(
            f"the data folder {folder} is in use by another broker; stop it or choose another with --data"
        ) from None
    except FileExistsError as reason:
        raise StorageBroken(f"the data folder {folder} is not a folder; give another with --data") from reason
    except (OSError, apsw.Error) as reason:
        why = reason.strerror if isinstance(reason, OSError) else str(reason)
        raise StorageBroken(f"the data folder {folder} is not writable: {why}") from reason
