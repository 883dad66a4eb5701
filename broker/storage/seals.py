"""Where texts were wiped from a room's events, and what proves the rest. SQL, in its connection's thread.

A block of the running hash (hash_chain.py) in which a text was wiped is sealed: from then on its events, as
they are now, are proved by a hash of their own, and the running hash goes on behind them from where it was.
What of a block is still to come is not sealed: the running hash begins anew behind what was.
docs/decisions/0030-messages-that-change.md
"""

from typing import Any, NamedTuple

import apsw
import msgspec
from loggia.broker.storage.event_rows import LAST_SEQ, place_of
from loggia.broker.storage.hash_chain import BLOCK_EVENTS, block_start

_WIPED = ("text", "mentions")
_PUT = "INSERT OR REPLACE INTO seals VALUES(?, ?, ?)"
_BETWEEN = "SELECT place, first, digest FROM seals WHERE place BETWEEN ? AND ? ORDER BY place"


class Seal(NamedTuple):
    """Of a room's events `first` to `upto`. `digest`: as the running hash in front of them goes on over what
    they are now."""

    first: int
    upto: int
    digest: bytes


class Seals:
    """Those of one log. Attribute `any`: whether there are some, as of the last look."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self.any = False

    def look(self) -> None:
        self.any = self._db.execute("SELECT 1 FROM seals LIMIT 1").get is not None

    def between(self, room: int, first: int, last: int) -> dict[int, Seal]:
        """Those that end from one seq to another, by that end."""
        if not self.any:
            return {}
        found = self._db.execute(_BETWEEN, (place_of(room, first), place_of(room, last)))
        return {place & LAST_SEQ: Seal(first, place & LAST_SEQ, digest) for place, first, digest in found}

    def begin(self, room: int, seq: int) -> int:
        """The last event in front of what is hashed together with event `seq`."""
        start = block_start(seq)
        return max(self.between(room, start + 1, seq - 1), default=start)

    def end(self, room: int, seq: int, head: int) -> int:
        """And the last one of it, in a room that goes up to `head`."""
        last = block_start(seq) + BLOCK_EVENTS
        return min(self.between(room, seq, last), default=min(last, head))

    def put(self, room: int, seal: Seal) -> None:
        self._db.execute(_PUT, (place_of(room, seal.upto), seal.first, seal.digest))
        self.any = True


def wiped(line: bytes) -> bytes:
    """An event without what people said in it. Raises msgspec.MsgspecError."""
    event: dict[str, Any] = msgspec.json.decode(line)
    for field in _WIPED:
        event.pop(field, None)
    return msgspec.json.encode(event)
