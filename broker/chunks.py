"""The rows that hold the rooms' events: written, read and checked. Runs in the thread of its connection. SQL.

A row holds consecutive events of one room, one JSON line each, and the running hash behind the last of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import apsw
import msgspec

from broker import chain

SEQ_BITS = 40  # an event's place is room << 40 | seq: one integer key, in order, added at its room's end
LAST_SEQ = (1 << SEQ_BITS) - 1
CHUNK_EVENTS = 256  # events in one row at most: a batch costs a row or a few, a reader not too much
PAGE_BYTES = 256 * 1024  # a page of history stays below this, whatever its events hold

TABLE = """
-- the log: place is that of the first event; the events follow each other, one JSON line each, and `chain` is
-- the running hash behind the last of them
CREATE TABLE chunks(place INTEGER PRIMARY KEY, chain BLOB NOT NULL, lines BLOB NOT NULL);
"""
INSERT = "INSERT INTO chunks VALUES(?, ?, ?)"

DAMAGE = (apsw.IOError, apsw.CorruptError, apsw.NotADBError)  # what reading a changed page raises


class Chunk(NamedTuple):
    """One row of a room, as it was found: events `first` to `last`."""

    first: int
    last: int
    chain: bytes
    lines: bytes

    def events(self) -> list[bytes]:
        return self.lines.split(b"\n")


class Unsound(Exception):
    """A room's log is not what was written, `first` on; `why` in words."""

    def __init__(self, first: int, why: str) -> None:
        super().__init__(f"from {first}: {why}")
        self.first = first
        self.why = why


def place_of(room: int, seq: int) -> int:
    """The key of an event."""
    return room << SEQ_BITS | seq


def rows_of(room: int, first: int, events: Sequence[bytes], before: bytes) -> list[tuple[int, bytes, bytes]]:
    """New events of a room as rows to insert; `before` is the running hash in front of them."""
    rows = []
    for start in range(0, len(events), CHUNK_EVENTS):
        some = events[start : start + CHUNK_EVENTS]
        before = chain.extend(before, some)
        rows.append((place_of(room, first + start), before, b"\n".join(some)))
    return rows


class Chunks:
    """The rows of one log. Reading raises one of DAMAGE where a page is not what was written."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db

    def head(self, room: int) -> int:
        """The newest seq of a room, as far as its rows say."""
        return next((row.last for row in self._rows(room, 0, LAST_SEQ, "DESC LIMIT 1")), 0)

    def lines(self, first: int, last: int) -> Iterator[bytes]:
        """The events from one place to another."""
        begin = self._db.execute("SELECT max(place) FROM chunks WHERE place <= ?", (first,)).get
        sql = "SELECT place, lines FROM chunks WHERE place BETWEEN ? AND ? ORDER BY place"
        for place, lines in self._db.execute(sql, (first if begin is None else begin, last)):
            for number, line in enumerate(lines.split(b"\n"), place):
                if first <= number <= last:
                    yield line
                if number == last:  # what stands behind it may be damaged: it is not looked at
                    return

    def after(self, room: int, seq: int, upto: int, limit: int) -> list[msgspec.Raw]:
        """Up to `limit` events behind `seq`, not beyond `upto`, ascending; fewer when they are large."""
        return _page(self.lines(place_of(room, seq + 1), place_of(room, upto)), limit)

    def before(self, room: int, seq: int, limit: int) -> list[msgspec.Raw]:
        """Up to `limit` events in front of `seq`, the nearest ones, ascending; fewer when they are large."""
        nearest_first = (
            line
            for chunk in self._rows(room, 0, seq - 1, "DESC")
            for line in reversed(chunk.events()[: seq - chunk.first])
        )
        return _page(nearest_first, limit)[::-1]

    def checked(self, room: int, known: Chunk | None = None) -> Iterator[Chunk]:
        """A room's rows from its start, or behind a `known` one, each found to be what was written.

        Raises Unsound at the first that is not.
        """
        seq, behind = (known.last, known.chain) if known else (0, chain.EMPTY)
        rows = self._rows(room, seq + 1, LAST_SEQ, "")
        while True:
            try:
                row = next(rows, None)
            except (apsw.Error, TypeError, AttributeError) as reason:
                raise Unsound(seq + 1, str(reason)) from reason
            if row is None:
                return
            if row.first != seq + 1:
                raise Unsound(seq + 1, "events are missing")
            behind = chain.extend(behind, row.events())
            if row.chain != behind:
                raise Unsound(seq + 1, "events are not what was written")
            yield row
            seq = row.last

    def checked_end(self, room: int) -> Chunk | None:
        """A room's last row, found to be what was written behind the one in front of it. Raises Unsound.

        That is said of a room's end at a small price; `checked` says it of the whole.
        """
        try:
            last_two = list(self._rows(room, 0, LAST_SEQ, "DESC LIMIT 2"))
        except (apsw.Error, TypeError, AttributeError) as reason:
            raise Unsound(1, str(reason)) from reason
        checked = self.checked(room, last_two[1] if len(last_two) == 2 else None)
        return max(checked, key=lambda row: row.last, default=None)

    def chain_at(self, room: int, seq: int) -> bytes | None:
        """The running hash behind an event; None when the room does not go so far."""
        last_two = list(self._rows(room, 0, seq, "DESC LIMIT 2"))
        if not last_two or last_two[0].last < seq:
            return None
        behind = last_two[1].chain if len(last_two) == 2 else chain.EMPTY
        return chain.extend(behind, last_two[0].events()[: seq - last_two[0].first + 1])

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


def _page(lines: Iterable[bytes], limit: int) -> list[msgspec.Raw]:
    page: list[msgspec.Raw] = []
    room_left = PAGE_BYTES
    for line in lines:
        room_left -= len(line)
        if len(page) == limit or (page and room_left < 0):
            break
        page.append(msgspec.Raw(line))
    return page
