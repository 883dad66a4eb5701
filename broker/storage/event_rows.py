"""What a row of events is, how events become rows, and what reading one may raise. Pure.

A row holds consecutive events of one room, one JSON line each, and the running hash behind the last of them.
It has a block of them at most (broker/storage/hash_chain.py), and of long ones fewer: a batch costs a row or
a few, a reader not too much.
"""

from collections.abc import Sequence

import apsw
import msgspec
from loggia.broker.storage.hash_chain import Chain, block_start
from loggia.broker.storage.page_checksums import PageChanged

SEQ_BITS = 40  # an event's place is room << 40 | seq: one integer key, in order, added at its room's end
LAST_SEQ = (1 << SEQ_BITS) - 1
ROW_BYTES = 64 * 1024  # a row stays below this, unless it is one event: who asks for one event reads a row

DAMAGE = (PageChanged, apsw.CorruptError, apsw.NotADBError)  # what reading something changed raises
ROWS_DAMAGED = (*DAMAGE, TypeError, AttributeError)  # and rows that were changed with their checksums


class Chunk(msgspec.Struct, frozen=True, gc=False):
    """A row of a room: events `first` to `last`, and the running hash behind them."""

    first: int
    last: int
    chain: bytes
    lines: bytes

    def events(self) -> list[bytes]:
        return self.lines.split(b"\n")


def place_of(room: int, seq: int) -> int:
    """The key of an event."""
    return room << SEQ_BITS | seq


def rows_of(events: Sequence[bytes], chain: Chain) -> list[Chunk]:
    """A room's next events as rows; `chain` goes along. No row goes beyond the end of a block."""
    if len(events) == 1:  # most often: somebody says something
        (lines,) = events
        chain.extend(lines, 1)
        return [Chunk(chain.seq, chain.seq, chain.digest, lines)]
    rows = []
    start, count = 0, len(events)
    are_long = sum(map(len, events)) > ROW_BYTES
    while start < count:
        seq = chain.seq
        some = events[start : start + chain.room_left]
        if are_long:
            some = some[: _fitting(some)]
        lines = b"\n".join(some)
        chain.extend(lines, len(some))
        rows.append(Chunk(seq + 1, chain.seq, chain.digest, lines))
        start += len(some)
    return rows


def joined(rows: Sequence[Chunk]) -> list[Chunk]:
    """The same events, which follow each other, in as few rows as there may be."""
    together: list[list[Chunk]] = []
    size = 0
    for row in rows:
        size += len(row.lines) + 1
        is_next = together and block_start(row.last) == block_start(together[-1][0].first)
        if is_next and size <= ROW_BYTES:
            together[-1].append(row)
        else:
            together.append([row])
            size = len(row.lines) + 1
    return [
        Chunk(some[0].first, some[-1].last, some[-1].chain, b"\n".join(row.lines for row in some))
        for some in together
    ]


def _fitting(events: Sequence[bytes]) -> int:
    """How many of the first ones make a row; at least one."""
    size = 0
    for number, event in enumerate(events):
        size += len(event) + 1
        if size > ROW_BYTES:
            return max(1, number)
    return len(events)
