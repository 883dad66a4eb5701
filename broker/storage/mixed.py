"""Rows of events of many rooms that came at once, until each room has enough for a row of its own. SQL.

A row of a room's own costs a page of SQLite's wherever that room ends, and a batch over a thousand rooms a
thousand of them. So it is one row here, which says whose events are in it. What is here is the end of its
room: it is in memory, too, and leaves for a row of the room's own, the oldest end first.
docs/decisions/0023-batches-over-many-rooms.md. Runs in the thread of its connection.
"""

import struct
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import apsw
import msgspec
from loggia.broker.storage.event_rows import (
    DAMAGE,
    LAST_SEQ,
    ROWS_DAMAGED,
    SEQ_BITS,
    Chunk,
    joined,
    place_of,
)

FEW_ROOMS = 4  # a batch over so many costs no more in rows of their own
DUE_EVENTS = 64  # with so many, or so many bytes, the end of a room gets a row of its own
DUE_BYTES = 8 * 1024
# of all ends together; beyond this each batch puts some away, for so many parts that it adds one end. There
# are never twice as many: that is about 16 MB of memory
MANY_PARTS = 16_384
MANY_BYTES = 4 * 1024 * 1024
PARTS_AN_END = 8

TABLE = """
-- what came for many rooms at once, until they have rows of their own: their lines, and whose they are.
-- Of each part the place of its first event, its bytes, and the running hash behind it
CREATE TABLE mixed(number INTEGER PRIMARY KEY, parts BLOB NOT NULL, lines BLOB NOT NULL);
"""
_ADD = "INSERT INTO mixed(parts, lines) VALUES(?, ?) RETURNING number"
_REMOVE = "DELETE FROM mixed WHERE number = ?"
_ALL = "SELECT number, parts, lines FROM mixed ORDER BY number {}"
_PART = struct.Struct("<QI32s")


class _End(msgspec.Struct):
    """The end of a room. `numbers`: the row here that each of its rows is a part of."""

    rows: list[Chunk] = []
    numbers: list[int] = []
    size: int = 0


class Change(msgspec.Struct):
    """What a batch does. `own`: rows that rooms get of their own; `away`: rooms whose end here is in these;
    `parts`: of a new row here, by room; `number`: that row's; `spent`: rows here of which nothing is left."""

    own: dict[int, Sequence[Chunk]] = {}
    away: list[int] = []
    parts: list[tuple[int, Chunk]] = []
    number: int = 0
    spent: list[int] = []


class Mixed:
    """Those of one log. Attributes: `unreadable`: why some could not be read, as of the last `load`."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._clear()

    def _clear(self) -> None:
        self._ends: dict[int, _End] = {}  # by room, the oldest first
        self._left: Counter[int] = Counter()  # how many parts of a row here are still an end
        self._parts = 0
        self._size = 0
        self.unreadable = ""

    def load(self, head_of: Callable[[int], int]) -> None:
        """All of it. `head_of`: where the own rows of a room end: parts up to there are put away."""
        self._clear()
        found: dict[int, list[tuple[int, Chunk]]] = {}
        for order in ("ASC", "DESC"):  # from the other side, too, where something in between cannot be read
            try:
                for number, parts, lines in self._db.execute(_ALL.format(order)):
                    found[number] = list(_read(parts, lines))
                break
            except (*ROWS_DAMAGED, struct.error, ValueError) as reason:
                self.unreadable = str(reason)
        heads: dict[int, int] = {}
        for number in sorted(found):
            parts = found[number]
            for room, _ in parts:
                if room not in heads:
                    heads[room] = _head(head_of, room)
            self._add(number, [(room, row) for room, row in parts if row.first > heads[room]])

    def __bool__(self) -> bool:
        """Whether any room ends here."""
        return bool(self._ends)

    def tail(self, room: int) -> Sequence[Chunk]:
        """The end of a room, behind its own rows."""
        end = self._ends.get(room)
        return () if end is None else end.rows

    # -- In the transaction of a batch -----------------------------------------------------------

    def plan(self, added: Mapping[int, Sequence[Chunk]]) -> Change:
        """What becomes of what a batch adds to rooms."""
        change = Change()
        is_wide = len(added) > FEW_ROOMS
        for room, rows in added.items():
            end = self._ends.get(room)
            if is_wide and not _is_due(end, rows):
                for row in rows:
                    change.parts.append((room, row))
            elif end is None:
                change.own[room] = rows
            else:
                self._put_away(change, room, rows)
        if change.parts:
            self._make_room(change)
        self._find_spent(change)
        return change

    def plan_away(self, most: int) -> Change:
        """So many ends are put away, the oldest ones."""
        change = Change()
        for room in list(self._ends)[:most]:
            self._put_away(change, room)
        self._find_spent(change)
        return change

    def plan_out(self, room: int) -> Change:
        """The end of a room gets its rows as they are: the hash behind each is known."""
        change = Change()
        if room in self._ends:
            change.own[room] = self._ends[room].rows
            change.away.append(room)
        self._find_spent(change)
        return change

    def take_out(self, room: int) -> None:
        """Rows here that hold something of a room, whose end is not here, hold it no longer."""
        rows = self._db.execute("SELECT number, parts FROM mixed")
        holding = [number for number, parts in rows if any(its == room for its, _, _ in _parts(parts))]
        for number in holding:
            parts, lines = self._db.execute("SELECT parts, lines FROM mixed WHERE number = ?", (number,)).get
            left = [(place_of(its, row.first), row) for its, row in _read(parts, lines) if its != room]
            if not left:
                self._db.execute(_REMOVE, (number,))
                continue
            packed = [_PART.pack(place, len(row.lines), row.chain) for place, row in left]
            values = (b"".join(packed), b"\n".join(row.lines for _, row in left), number)
            self._db.execute("UPDATE mixed SET parts = ?, lines = ? WHERE number = ?", values)

    def write(self, change: Change) -> None:
        """All of it but the `own` rows."""
        if change.parts:
            parts = b"".join(
                [
                    _PART.pack(place_of(room, row.first), len(row.lines), row.chain)
                    for room, row in change.parts
                ]
            )
            lines = b"\n".join([row.lines for _, row in change.parts])
            change.number = self._db.execute(_ADD, (parts, lines)).get
        if change.spent:
            self._db.executemany(_REMOVE, [(number,) for number in change.spent])

    def settle(self, change: Change) -> None:
        """It is on the disk."""
        for room in change.away:
            end = self._ends.pop(room)
            self._left.subtract(end.numbers)
            self._parts -= len(end.rows)
            self._size -= end.size
        for number in change.spent:
            del self._left[number]
        self._add(change.number, change.parts)

    def _add(self, number: int, parts: Sequence[tuple[int, Chunk]]) -> None:
        """Parts of one row here."""
        ends = self._ends
        for room, row in parts:
            size = len(row.lines)
            end = ends.get(room)
            if end is None:
                ends[room] = _End([row], [number], size)
            else:
                end.rows.append(row)
                end.numbers.append(number)
                end.size += size
            self._size += size
        self._parts += len(parts)
        if parts:
            self._left[number] += len(parts)

    def _put_away(self, change: Change, room: int, rows: Sequence[Chunk] = ()) -> None:
        change.own[room] = joined([*self._ends[room].rows, *rows])
        change.away.append(room)

    def _make_room(self, change: Change) -> None:
        """A few ends in each batch, so that none of them waits for many."""
        parts = self._parts + len(change.parts)
        size = self._size + sum([len(row.lines) for _, row in change.parts])
        ends = 1 + len(change.parts) // PARTS_AN_END
        for room, end in self._ends.items():
            if parts <= MANY_PARTS and size <= MANY_BYTES:
                return
            if ends <= 0 and parts <= 2 * MANY_PARTS and size <= 2 * MANY_BYTES:
                return
            if room not in change.own:
                self._put_away(change, room)
                parts, size, ends = parts - len(end.rows), size - end.size, ends - 1

    def _find_spent(self, change: Change) -> None:
        gone = Counter(number for room in change.away for number in self._ends[room].numbers)
        change.spent = [number for number, count in gone.items() if count == self._left[number]]


def _is_due(end: _End | None, rows: Sequence[Chunk]) -> bool:
    """Whether that is enough for a row of its own."""
    first, size = (rows[0].first, 0) if end is None else (end.rows[0].first, end.size)
    for row in rows:
        size += len(row.lines)
    return size >= DUE_BYTES or rows[-1].last - first >= DUE_EVENTS - 1


def _parts(parts: bytes) -> Iterator[tuple[int, int, tuple[int, bytes]]]:
    """Of each the room, its first event, and its bytes and running hash."""
    for place, size, chain in _PART.iter_unpack(parts):
        yield place >> SEQ_BITS, place & LAST_SEQ, (size, chain)


def _read(parts: bytes, lines: bytes) -> Iterator[tuple[int, Chunk]]:
    """The parts of a row, by room."""
    start = 0
    for room, seq, (size, chain) in _parts(parts):
        some = lines[start : start + size]
        yield room, Chunk(seq, seq + some.count(b"\n"), chain, some)
        start += size + 1
    if start != len(lines) + 1:
        raise ValueError("the parts of a row of many rooms are not what was written")


def _head(head_of: Callable[[int], int], room: int) -> int:
    try:
        return head_of(room)
    except DAMAGE:  # the room is not sound up to here, and whoever reads it finds that first
        return 0
