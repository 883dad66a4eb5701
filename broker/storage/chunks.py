"""The rows that hold the rooms' events: written, read and checked. Runs in the thread of its connection. SQL.

A row holds consecutive events of one room, one JSON line each, and the running hash behind the last of them.
It has a block of them at most (broker/storage/hash_chain.py), and of long ones fewer: a batch costs a row or
a few, a reader not too much.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import apsw
import msgspec
from loggia.broker.storage.hash_chain import Chain, block_start
from loggia.broker.storage.page_checksums import PageChanged

SEQ_BITS = 40  # an event's place is room << 40 | seq: one integer key, in order, added at its room's end
LAST_SEQ = (1 << SEQ_BITS) - 1
ROW_BYTES = 64 * 1024  # a row stays below this, unless it is one event: who asks for one event reads a row
PAGE_BYTES = 256 * 1024  # a page of history stays below this, whatever its events hold

TABLE = """
-- the log: place is that of the first event; the events follow each other, one JSON line each, and `chain` is
-- the running hash behind the last of them
CREATE TABLE chunks(place INTEGER PRIMARY KEY, chain BLOB NOT NULL, lines BLOB NOT NULL);
"""
INSERT = "INSERT INTO chunks VALUES(?, ?, ?)"

DAMAGE = (PageChanged, apsw.CorruptError, apsw.NotADBError)  # what reading something changed raises
ROWS_DAMAGED = (*DAMAGE, TypeError, AttributeError)  # and rows that were changed with their checksums


class Chunk(NamedTuple):
    """One row of a room, as it was found: events `first` to `last`."""

    first: int
    last: int
    chain: bytes
    lines: bytes

    def events(self) -> list[bytes]:
        return self.lines.split(b"\n")


class Position(msgspec.Struct):
    """Where a stored event stands, as its line says."""

    id: str
    room: str
    seq: int
    at: int


class Unsound(Exception):
    """A room's log is not what was written, `first` on; `why` in words."""

    def __init__(self, first: int, why: str) -> None:
        super().__init__(f"from {first}: {why}")
        self.first = first
        self.why = why


def place_of(room: int, seq: int) -> int:
    """The key of an event."""
    return room << SEQ_BITS | seq


def rows_of(room: int, events: Sequence[bytes], chain: Chain) -> list[tuple[int, bytes, bytes]]:
    """A room's next events as rows to insert; `chain` goes along. No row goes beyond the end of a block."""
    rows = []
    start = 0
    are_long = sum(map(len, events)) > ROW_BYTES
    while start < len(events):
        first, some = chain.seq + 1, events[start : start + chain.room_left]
        if are_long:
            some = some[: _fitting(some)]
        lines = b"\n".join(some)
        chain.extend(lines, len(some))
        rows.append((place_of(room, first), chain.digest, lines))
        start += len(some)
    return rows


class Chunks:
    """The rows of one log. Reading raises one of DAMAGE where a page is not what was written.

    Attributes: `last_rows`: of rooms of which not all is sound, the first event in the last sound row, 0
    where there is none. Nothing behind that is sought: a look for an event inside the row, by the event's
    own number, may lead to the page behind it.
    """

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self.last_rows: dict[int, int] = {}

    def head(self, room: int) -> int:
        """The newest seq of a room, as far as its rows say."""
        return next((row.last for row in self._rows(room, 0, LAST_SEQ, "DESC LIMIT 1")), 0)

    def lines(self, first: int, last: int) -> Iterator[bytes]:
        """The events from one place to another."""
        room = first >> SEQ_BITS
        sought = min(first, place_of(room, self.last_rows.get(room, LAST_SEQ)))
        begin = self._db.execute("SELECT max(place) FROM chunks WHERE place <= ?", (sought,)).get
        sql = "SELECT place, lines FROM chunks WHERE place BETWEEN ? AND ? ORDER BY place"
        for place, lines in self._db.execute(sql, (first if begin is None else begin, last)):
            for number, line in enumerate(lines.split(b"\n"), place):
                if first <= number <= last:
                    yield line
                if number == last:  # what stands behind it may be damaged: it is not looked at
                    return

    def after(self, room: int, seq: int, upto: int, limit: int) -> list[msgspec.Raw]:
        """Up to `limit` events behind `seq`, not beyond `upto`, ascending; fewer when they are large."""
        if seq >= upto:
            return []
        return _page(self.lines(place_of(room, seq + 1), place_of(room, upto)), limit)

    def before(self, room: int, seq: int, limit: int) -> list[msgspec.Raw]:
        """Up to `limit` events in front of `seq`, the nearest ones, ascending; fewer when they are large."""
        newest_row = min(seq - 1, self.last_rows.get(room, LAST_SEQ))
        if newest_row < 1:
            return []
        nearest_first = (
            line
            for chunk in self._rows(room, 1, newest_row, "DESC")
            for line in reversed(chunk.events()[: seq - chunk.first])
        )
        return _page(nearest_first, limit)[::-1]

    def checked(self, room: int, chain: Chain) -> Iterator[Chunk]:
        """A room's rows behind the place of `chain`, which goes along, each found to be what was written.

        Raises Unsound at the first that is not.
        """
        rows = self._rows(room, chain.seq + 1, LAST_SEQ, "")
        while True:
            try:
                row = next(rows, None)
            except ROWS_DAMAGED as reason:
                raise Unsound(chain.seq + 1, str(reason)) from reason
            if row is None:
                return
            if row.first != chain.seq + 1:
                raise Unsound(chain.seq + 1, "events are missing")
            fits = row.last - chain.seq <= chain.room_left
            if fits:
                chain.extend(row.lines, row.last - chain.seq)
            if not fits or chain.digest != row.chain:
                raise Unsound(row.first, "events are not what was written")
            yield row

    def checked_end(self, room: int) -> tuple[Chunk | None, Chain]:
        """A room's last row, and the hash behind it; the block it is in is what was written. Raises Unsound.

        That is said of a room's end at a small price; `checked` says it of the whole.
        """
        try:
            chain = self._chain_before(room, self.head(room))
        except ROWS_DAMAGED as reason:
            raise Unsound(1, str(reason)) from reason
        newest = None
        for row in self.checked(room, chain):
            newest = row
        return newest, chain

    def digest_at(self, room: int, seq: int) -> bytes | None:
        """The running hash behind an event; None when the room does not go so far."""
        try:
            chain = self._chain_before(room, seq)
        except Unsound:
            return None
        for row in self._rows(room, chain.seq + 1, seq, ""):
            events = row.events()[: seq - row.first + 1]
            chain.extend(b"\n".join(events), len(events))
        return chain.digest if chain.seq == seq else None

    def _chain_before(self, room: int, seq: int) -> Chain:
        """The running hash in front of the block of event `seq`, as the rows tell it. Raises Unsound."""
        start = block_start(seq)
        if start == 0:
            return Chain()
        for row in self._rows(room, 0, start, "DESC LIMIT 1"):
            if row.last == start:
                return Chain(start, row.chain)
        raise Unsound(start, "events are missing")

    def join(self, room: int, rows: Sequence[Chunk]) -> None:
        """Make one row of several that follow each other."""
        first, last = place_of(room, rows[0].first), place_of(room, rows[-1].last)
        self._db.execute("DELETE FROM chunks WHERE place BETWEEN ? AND ?", (first, last))
        lines = b"\n".join(row.lines for row in rows)
        self._db.execute(INSERT, (first, rows[-1].chain, lines))

    def _rows(self, room: int, first: int, last: int, order: str) -> Iterator[Chunk]:
        """The rows that begin between two seqs."""
        # S608: `order` is one of the words above
        sql = f"SELECT place, chain, lines FROM chunks WHERE place BETWEEN ? AND ? ORDER BY place {order}"
        for place, behind, lines in self._db.execute(sql, (place_of(room, first), place_of(room, last))):
            seq = place & LAST_SEQ
            yield Chunk(seq, seq + lines.count(b"\n"), behind, lines)


def _fitting(events: Sequence[bytes]) -> int:
    """How many of the first ones make a row; at least one."""
    size = 0
    for number, event in enumerate(events):
        size += len(event) + 1
        if size > ROW_BYTES:
            return max(1, number)
    return len(events)


def _page(lines: Iterable[bytes], limit: int) -> list[msgspec.Raw]:
    page: list[msgspec.Raw] = []
    room_left = PAGE_BYTES
    for line in lines:
        room_left -= len(line)
        if len(page) == limit or (page and room_left < 0):
            break
        page.append(msgspec.Raw(line))
    return page
