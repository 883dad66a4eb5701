"""The rows that hold the rooms' events: written, read and checked. Runs in the thread of its connection. SQL.

Those of one room (event_rows.py), and behind them the end of a room that came with those of many (mixed.py):
who reads sees no difference.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import apsw
import msgspec
from loggia.broker.storage import mixed
from loggia.broker.storage.event_rows import LAST_SEQ, ROWS_DAMAGED, SEQ_BITS, Chunk, place_of
from loggia.broker.storage.hash_chain import BLOCK_EVENTS, Chain, block_start
from loggia.broker.storage.mixed import Change, Mixed
from loggia.broker.storage.seals import Seals

PAGE_BYTES = 256 * 1024  # a page of history stays below this, whatever its events hold

TABLE = f"""
-- the log: place is that of the first event; the events follow each other, one JSON line each, and `chain` is
-- the running hash behind the last of them
CREATE TABLE chunks(place INTEGER PRIMARY KEY, chain BLOB NOT NULL, lines BLOB NOT NULL);
{mixed.TABLE}
"""
_INSERT = "INSERT INTO chunks VALUES(?, ?, ?)"


class Position(msgspec.Struct):
    """Where a stored event stands, and whose it is, as its line says. `by`: who asked for it, if that is
    another."""

    id: str
    room: str
    seq: int
    at: int
    account: str = ""
    by: str = ""


class Unsound(Exception):
    """A room's log is not what was written, `first` on; `why` in words."""

    def __init__(self, first: int, why: str) -> None:
        super().__init__(f"from {first}: {why}")
        self.first = first
        self.why = why


class Chunks:
    """The rows of one log. Reading raises one of DAMAGE where a page is not what was written.

    Attributes: `last_rows`: of rooms of which not all is sound, the first event in the last sound row, 0
    where there is none. Nothing behind that is sought: a look for an event inside the row, by the event's
    own number, may lead to the page behind it.
    """

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._mixed = Mixed(db)
        self.seals = Seals(db)
        self.last_rows: dict[int, int] = {}
        self.load()

    def load(self) -> None:
        """What is in memory, as the disk has it."""
        self._mixed.load(self._own_head)
        self.seals.look()

    @property
    def unreadable(self) -> str:
        """Why the ends of some rooms could not be read when they were loaded; empty when all is well."""
        return self._mixed.unreadable

    # -- Writing, in a transaction of the caller -----------------------------------------------

    def append(self, added: Mapping[int, Sequence[Chunk]]) -> Change:
        """What comes next in rooms, by number. When that is on the disk, `settle` what is returned."""
        return self._write(self._mixed.plan(added))

    def put_away(self, most: int) -> Change | None:
        """So many rooms get the end that came with those of others in rows of their own; None: they have.

        To be settled as `append`.
        """
        change = self._mixed.plan_away(most)
        return self._write(change) if change.own else None

    def settle(self, change: Change) -> None:
        self._mixed.settle(change)

    def take_out(self, room: int) -> None:
        """The end of a room gets rows of its own, and nothing of the room is in those of many any more."""
        change = self._mixed.plan_out(room)
        self._write(change)
        self._mixed.settle(change)
        self._mixed.take_out(room)

    def row_at(self, room: int, seq: int) -> tuple[int, bytes]:
        """The row of the room's own that event `seq` is in: its first event, and its lines."""
        row = next(self._own_rows(room, 0, seq, "DESC LIMIT 1"))
        return row.first, row.lines

    def is_sealed(self, room: int, first: int, last: int) -> bool:
        """Whether some of these events are: their rows stay as they are."""
        block = block_start(last) + BLOCK_EVENTS
        return any(seal.first <= last for seal in self.seals.between(room, first, block).values())

    def join(self, room: int, rows: Sequence[Chunk]) -> None:
        """Make one row of several of its own that follow each other, unless they are sealed."""
        if self.is_sealed(room, rows[0].first, rows[-1].last):
            return
        assert not (tail := self._mixed.tail(room)) or rows[-1].last < tail[0].first, (
            "its end is put away first"
        )
        first, last = place_of(room, rows[0].first), place_of(room, rows[-1].first)
        self._db.execute("DELETE FROM chunks WHERE place BETWEEN ? AND ?", (first, last))
        self._db.execute(_INSERT, (first, rows[-1].chain, b"\n".join(row.lines for row in rows)))

    def _write(self, change: Change) -> Change:
        own = change.own.items()
        rows = [(place_of(room, row.first), row.chain, row.lines) for room, some in own for row in some]
        self._db.executemany(_INSERT, rows)
        self._mixed.write(change)
        return change

    # -- Reading -------------------------------------------------------------------------------

    def rooms(self, behind: int, most: int) -> list[int]:
        """The numbers of rooms, ascending, behind one of them."""
        sql = "SELECT number FROM rooms WHERE number > ? ORDER BY number LIMIT ?"
        return [number for (number,) in self._db.execute(sql, (behind, most))]

    def keys(self, room: int, behind: int, most: int) -> list[tuple[int, int]]:
        """Of a room's own rows behind an event: the first event, and how many bytes its events have."""
        # of a row that is on several pages the first says how long it is
        sql = "SELECT place, length(lines) FROM chunks WHERE place BETWEEN ? AND ? ORDER BY place LIMIT ?"
        places = (place_of(room, behind + 1), place_of(room, LAST_SEQ), most)
        return [(place & LAST_SEQ, size) for place, size in self._db.execute(sql, places)]

    def head(self, room: int) -> int:
        """The newest seq of a room, as far as its rows say."""
        tail = self._mixed.tail(room)
        return tail[-1].last if tail else self._own_head(room)

    def _own_head(self, room: int) -> int:
        return next((row.last for row in self._own_rows(room, 0, LAST_SEQ, "DESC LIMIT 1")), 0)

    def lines(self, first: int, last: int) -> Iterator[bytes]:
        """The events from one place to another."""
        for run in self.runs(first, last):
            yield from run

    def runs(self, first: int, last: int) -> Iterator[Sequence[bytes]]:
        """The same, as many at once as a row has of them."""
        room = first >> SEQ_BITS
        last_row = self.last_rows.get(room, LAST_SEQ)
        tail = [row for row in self._mixed.tail(room) if row.first <= last_row]
        if not tail or first < place_of(room, tail[0].first):
            yield from self._own_runs(first, last, place_of(room, last_row))
        for row in tail:
            start = place_of(room, row.first)
            if start <= last and first <= place_of(room, row.last):
                yield row.events()[max(0, first - start) : last - start + 1]

    def _own_runs(self, first: int, last: int, last_row: int) -> Iterator[Sequence[bytes]]:
        sought = min(first, last_row)
        begin = self._db.execute("SELECT max(place) FROM chunks WHERE place <= ?", (sought,)).get
        sql = "SELECT place, lines FROM chunks WHERE place BETWEEN ? AND ? ORDER BY place"
        for place, lines in self._db.execute(sql, (first if begin is None else begin, last)):
            events = lines.split(b"\n")
            yield events[max(0, first - place) : last - place + 1]
            if place + len(events) > last:  # what stands behind it may be damaged: it is not looked at
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

    def row_with(self, room: int, seq: int) -> Chunk | None:
        """The row that an event is in; None: it is not there."""
        newest_row = min(seq, self.last_rows.get(room, LAST_SEQ))
        row = next(self._rows(room, 0, newest_row, "DESC LIMIT 1"), None)
        return row if row is not None and seq <= row.last else None

    def checked(self, room: int, chain: Chain) -> Iterator[Chunk]:
        """A room's rows behind the place of `chain`, which goes along, each found to be what was written.

        Raises Unsound at the first that is not.
        """
        seals = {seal.first: seal for seal in self.seals.between(room, chain.seq + 1, LAST_SEQ).values()}
        seal, held = seals.get(chain.seq + 1), list[Chunk]()
        for row in self._readable(room, chain.seq):
            if row.first != (held[-1].last if held else chain.seq) + 1:
                raise Unsound(chain.seq + 1, "events are missing")
            if seal is not None and row.last < seal.upto:
                held.append(row)
                continue
            some = [*held, row]
            last = seal.upto if seal is not None else row.last
            fits = row.last == last and last - chain.seq <= chain.room_left
            if fits:
                chain.extend(b"\n".join(one.lines for one in some), last - chain.seq)
            if not fits or chain.digest != (row.chain if seal is None else seal.digest):
                raise Unsound(some[0].first, "events are not what was written")
            if seal is not None:
                chain.go_on_from(row.chain)
            seal, held = seals.get(last + 1), []
            yield from some
        if held:
            raise Unsound(held[0].first, "events are missing")

    def _readable(self, room: int, seq: int) -> Iterator[Chunk]:
        """The rows behind an event. Raises Unsound where one cannot be read."""
        rows = self._rows(room, seq + 1, LAST_SEQ, "")
        while True:
            try:
                row = next(rows, None)
            except ROWS_DAMAGED as reason:
                raise Unsound(seq + 1, str(reason)) from reason
            if row is None:
                return
            seq = row.last
            yield row

    def checked_block(self, room: int, seq: int) -> Iterator[Chunk]:
        """As `checked`, from the begin of the block that event `seq` is in."""
        try:
            chain = self.chain_before(room, seq)
        except ROWS_DAMAGED as reason:
            raise Unsound(1, str(reason)) from reason
        yield from self.checked(room, chain)

    def checked_end(self, room: int) -> tuple[Chunk | None, Chain]:
        """A room's last row, and the hash behind it; the block it is in is what was written. Raises Unsound.

        That is said of a room's end at a small price; `checked` says it of the whole.
        """
        try:
            chain = self.chain_before(room, self.head(room))
        except ROWS_DAMAGED as reason:
            raise Unsound(1, str(reason)) from reason
        newest = None
        for row in self.checked(room, chain):
            newest = row
        return newest, chain

    def digest_at(self, room: int, seq: int) -> bytes | None:
        """The running hash behind an event; None when the room does not go so far."""
        try:
            chain = self.chain_before(room, seq)
        except Unsound:
            return None
        sealed = self._is_sealed_from(room, chain.seq + 1)
        for row in self._rows(room, chain.seq + 1, seq, ""):
            if sealed:
                if row.last == seq:
                    return row.chain
                continue
            events = row.events()[: seq - row.first + 1]
            chain.extend(b"\n".join(events), len(events))
        return chain.digest if chain.seq == seq else None

    def _is_sealed_from(self, room: int, first: int) -> bool:
        last = block_start(first) + BLOCK_EVENTS
        return any(seal.first == first for seal in self.seals.between(room, first, last).values())

    def chain_before(self, room: int, seq: int) -> Chain:
        """The running hash in front of what is hashed with event `seq`, as the rows tell it. Raises
        Unsound."""
        start = self.seals.begin(room, seq)
        if start == 0:
            return Chain()
        row = next(self._rows(room, 0, start, "DESC LIMIT 1"), None)
        if row is not None and row.last == start:
            return Chain(start, row.chain)
        raise Unsound(start, "events are missing")

    def _rows(self, room: int, first: int, last: int, order: str) -> Iterator[Chunk]:
        """The rows that begin between two seqs."""
        tail = [row for row in self._mixed.tail(room) if first <= row.first <= last]
        if order:
            yield from reversed(tail)
        yield from self._own_rows(room, first, last, order)
        if not order:
            yield from tail

    def _own_rows(self, room: int, first: int, last: int, order: str) -> Iterator[Chunk]:
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
