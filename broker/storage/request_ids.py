"""The rows of request ids: under which of them an account stored what. In its connection's thread. SQL.

Ids that grow are ranges of them, in `runs`: one for what an account stores in a room with a batch, whatever
others store in between. One that did not grow is a row of its own, in `strays`.
"""

from collections.abc import Iterable

import apsw
import msgspec
from loggia.broker.core.state import IdRange, Person
from loggia.broker.storage.chunks import Chunks, Position
from loggia.shared.protocol.answers import Stored

_STORE_RANGE = "INSERT INTO runs VALUES(?, ?, ?, ?, ?)"
_STORE_OUT_OF_ORDER = "INSERT INTO strays VALUES(?, ?, ?)"
_OUT_OF_ORDER = "SELECT place FROM strays WHERE account = ? AND id = ?"
# the ranges of an account do not overlap: only the first that reaches this far can hold the id
_RANGE = (
    "SELECT first, last FROM runs WHERE account = ? AND (length, largest_id) >= (?, ?)"
    " ORDER BY length, largest_id LIMIT 1"
)


class RequestIds:
    """Those of one log. Everything raises apsw.Error."""

    def __init__(self, db: apsw.Connection, chunks: Chunks) -> None:
        self._db = db
        self._chunks = chunks

    def store(self, ranges: Iterable[IdRange], out_of_order: Iterable[tuple[int, str, int]]) -> None:
        """Ids that grew, and by account and place those that did not."""
        self._db.executemany(_STORE_RANGE, map(_row, ranges))
        self._db.executemany(_STORE_OUT_OF_ORDER, out_of_order)

    def answer(self, person: Person, request_id: str) -> Stored | None:
        """What was answered when this account stored under this id, or None."""
        first = last = self._db.execute(_OUT_OF_ORDER, (person.number, request_id)).get
        if first is None:
            for found in self._db.execute(_RANGE, (person.number, len(request_id), request_id)):
                first, last = found
        if first is None:
            return None
        for line in self._chunks.lines(first, last):
            event = msgspec.json.decode(line, type=Position)
            if event.id == request_id and event.account == person.account:
                return Stored(id=event.id, room=event.room, seq=event.seq, at=event.at)
        return None


def _row(ids: IdRange) -> tuple[int, int, str, int, int]:
    place = ids.room.place
    return ids.account, len(ids.largest_id), ids.largest_id, place + ids.first, place + ids.last
