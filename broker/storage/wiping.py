"""Deleted means gone: texts are wiped from the rows where they stand, and from what SQLite keeps of them.

In the thread of the connection. docs/decisions/0030-messages-that-change.md. SQL.
"""

import math
import time
from collections.abc import Iterable
from contextlib import suppress

import apsw
from loggia.broker.storage.chunks import Chunks
from loggia.broker.storage.database import Database
from loggia.broker.storage.event_rows import place_of
from loggia.broker.storage.hash_chain import Chain
from loggia.broker.storage.seals import Seal, Seals, wiped
from loggia.shared.protocol.errors import StorageFull

WITHIN_S = 5.0  # where nobody waits for anything
AT_LATEST_S = 30.0  # where people talk: they wait for it, and what is deleted meanwhile goes with the rest
AGAIN_S = 10.0
FREE_BYTES = 1000 * 4000  # in one row that takes free pages


class Wiping:
    """Of one log."""

    def __init__(self, db: apsw.Connection, chunks: Chunks, seals: Seals) -> None:
        self._db = db
        self._chunks = chunks
        self._seals = seals
        self._due_at = self._overdue_at = math.inf

    @property
    def waits(self) -> bool:
        """Whether SQLite keeps something of what was wiped."""
        return self._due_at < math.inf

    def ask(self) -> None:
        """Something was wiped, and that is committed: what SQLite keeps of it follows soon."""
        self._due_at = min(self._due_at, time.monotonic() + WITHIN_S)
        self._overdue_at = min(self._overdue_at, time.monotonic() + AT_LATEST_S)

    def is_due(self, *, resting: bool) -> bool:
        """`resting`: nobody waits for anything."""
        return time.monotonic() >= (self._due_at if resting else self._overdue_at)

    def finish(self, database: Database) -> None:
        """Some ms, and longer the more pages are free; again later where the disk refuses. Raises
        StorageDamaged."""
        self._due_at = self._overdue_at = time.monotonic() + AGAIN_S
        with suppress(StorageFull):
            if wipe_what_is_free(database):
                self._due_at = self._overdue_at = math.inf

    def sealed(self, room: int, seqs: Iterable[int], head: int) -> list[Seal]:
        """What proves a room's events up to `head` when these are wiped, in their order; of those parts
        that they are in. Nothing is changed. Raises what reading does, and Unsound."""
        gone = set(seqs)
        return [
            self._sealed(room, upto, gone)
            for upto in sorted({self._seals.end(room, seq, head) for seq in gone})
        ]

    def wipe(self, room: int, seqs: Iterable[int], chain: Chain) -> Chain:
        """In a transaction of the caller. `chain`: the end of the room; returns it, as it goes on."""
        gone = set(seqs)
        seals = self.sealed(room, gone, chain.seq)
        self._chunks.take_out(room)
        for seq in sorted(gone):
            first, lines = self._chunks.row_at(room, seq)
            events = lines.split(b"\n")
            events[seq - first] = wiped(events[seq - first])
            place = place_of(room, first)
            self._db.execute("UPDATE chunks SET lines = ? WHERE place = ?", (b"\n".join(events), place))
        for seal in seals:
            self._seals.put(room, seal)
        is_sealed = seals and seals[-1].upto == chain.seq
        return Chain(chain.seq, chain.digest) if is_sealed else chain

    def _sealed(self, room: int, upto: int, gone: set[int]) -> Seal:
        chain = self._chunks.chain_before(room, upto)
        first = chain.seq + 1
        lines = [
            wiped(line) if seq in gone else line
            for seq, line in enumerate(self._chunks.lines(place_of(room, first), place_of(room, upto)), first)
        ]
        chain.extend(b"\n".join(lines), len(lines))
        return Seal(first, upto, chain.digest)


def wipe_what_is_free(database: Database) -> bool:
    """Nothing of what was wiped or deleted is in the file any more, nor in its WAL; False: in that still, as
    somebody reads it. Takes some ms, and longer the more pages are free. Raises StorageFull,
    StorageDamaged."""
    db = database.connection
    with database.transaction():
        free = db.pragma("freelist_count")
        db.pragma("secure_delete", 1)
        try:
            db.execute("CREATE TABLE free(content BLOB)")
            while free > 0:  # each row takes what is free first
                db.execute("INSERT INTO free VALUES(zeroblob(?))", (FREE_BYTES,))
                free = db.pragma("freelist_count")
            db.execute("DROP TABLE free")
        finally:
            db.pragma("secure_delete", 2)
    return database.checkpoint(wipes=True)
