"""What became of messages, and what is counted of them, made again from the events beside what is kept: to be
compared with that, or to take its place. SQL. Runs in the thread of its connection.

It is in temporary tables. SQLite finds these before those of the log that have the same names, so whatever
writes the log's writes them here; and it keeps them in a file of its own: they may be as large as the log's.
"""

from contextlib import suppress

import apsw
from loggia.broker.storage import message_states
from loggia.broker.storage.chunks import Chunks
from loggia.broker.storage.event_rows import place_of
from loggia.broker.storage.tallies import Tallies
from loggia.shared.protocol.changes import MessageState, changed_by, step
from loggia.shared.protocol.events import MessageEvent, StoredEvent

TABLES = ("message_states", "threads", "tallies", "spoken", "deleted", "mentions")
MOST_CHANGED = 20_000  # messages, and as many answers in threads, that are held in memory


class Derived:
    """Of one log; ends with `close`. First `taker` of each room is given all its events, then `count` is
    called for each. Raises what reading the log does."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._tallies = Tallies(db, Chunks(db))
        for table in TABLES:
            made = str(db.execute("SELECT sql FROM main.sqlite_master WHERE name = ?", (table,)).get)
            db.execute(made.replace("CREATE TABLE", "CREATE TEMP TABLE", 1))

    def taker(self, room: int) -> "Folding":
        return Folding(self._db, room)

    def count(self, room: int) -> None:
        """What is counted of a room, of which all was taken."""
        self._tallies.make(room)

    def others(self) -> dict[str, int]:
        """In how many rows each table differs from what it is to hold, where it does."""
        found = {}
        for table in TABLES:
            now, kept = f"SELECT * FROM temp.{table}", f"SELECT * FROM main.{table}"
            rows = sum(
                self._db.execute(f"SELECT count(*) FROM ({these} EXCEPT {those})").get
                for these, those in ((now, kept), (kept, now))
            )
            if rows:
                found[table] = rows
        return found

    def put(self) -> int:
        """In a transaction: the log's tables hold just this. Returns how many rows were others."""
        found = self.others()
        for table in found:
            self._db.execute(f"DELETE FROM main.{table}")
            self._db.execute(f"INSERT INTO main.{table} SELECT * FROM temp.{table}")
        return sum(found.values())

    def close(self) -> None:
        for table in TABLES:
            with suppress(apsw.Error):  # of a connection that broke; they go with it
                self._db.execute(f"DROP TABLE IF EXISTS temp.{table}")


class Folding:
    """What became of a room's messages, by its events, one after the other from the first. It is kept in the
    tables for that, of which there is nothing of the room yet; in memory there are some at a time."""

    def __init__(self, db: apsw.Connection, room: int) -> None:
        self._db = db
        self._room = room
        self._states: dict[tuple[int, int], MessageState] = {}
        self._threads: list[tuple[int, int]] = []
        self._is_stored = False

    def take(self, event: StoredEvent) -> None:
        if (target := changed_by(event)) is None:
            return
        key = self._room, target
        if (state := self._states.get(key)) is None:
            before = message_states.find(self._db, *key) if self._is_stored else None
            state = self._states[key] = before or MessageState()
        step(state, event)
        if isinstance(event, MessageEvent):
            self._threads.append((place_of(*key), place_of(self._room, event.seq)))
        if len(self._states) >= MOST_CHANGED or len(self._threads) >= MOST_CHANGED:
            self.end()

    def end(self) -> None:
        """All of it is in the table."""
        message_states.store(self._db, self._states, self._threads)
        self._states, self._threads, self._is_stored = {}, [], True
