"""The rows of request ids: under which of them an account stored what. In its connection's thread. SQL.

Ids that grow are ranges of them, in `runs`: one row for what an account stores with a batch, whatever others
store in between. Where that goes to several rooms, the row has a range in each, in the order of the ids.
One that did not grow is a row of its own, in `strays`, and so is one that added no event: its place is that
of the event that was answered with. If it was the largest, the last row of its account in `runs` says so.
"""

import itertools
import struct
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence

import apsw
import msgspec
from loggia.broker.core.draft import exceeds
from loggia.broker.core.state import NOWHERE, IdRange, Person
from loggia.broker.storage.chunks import Chunks, Position
from loggia.shared.protocol.answers import Stored

_STORE = "INSERT INTO runs VALUES(?, ?, ?, ?, ?, ?)"
_STORE_OUT_OF_ORDER = "INSERT INTO strays VALUES(?, ?, ?)"
_OUT_OF_ORDER = "SELECT place FROM strays WHERE account = ? AND id = ?"
# the ranges of an account do not overlap: only the first that reaches this far can hold the id
_RANGE = (
    "SELECT first, last, ranges FROM runs WHERE account = ? AND (length, largest_id) >= (?, ?)"
    " ORDER BY length, largest_id LIMIT 1"
)
REMEMBERED = 32  # ranges that were read: who sends ids that do not grow asks for the same ones again
_PLACES = struct.Struct("<QQ")  # of the first and the last event of a range

_Row = tuple[int, int, str, int, int, bytes | None]


class RequestIds:
    """Those of one log. Everything raises apsw.Error."""

    def __init__(self, db: apsw.Connection, chunks: Chunks) -> None:
        self._db = db
        self._chunks = chunks
        self._read = OrderedDict[tuple[int, int, int], dict[str, Stored]]()

    def store(self, ranges: Iterable[IdRange], out_of_order: Iterable[tuple[int, str, int]]) -> None:
        """Ids that grew, and by account and place those that did not."""
        by_account: dict[int, list[IdRange]] = {}
        for ids in ranges:
            known = by_account.get(ids.account)
            if known is None:
                by_account[ids.account] = [ids]
            else:
                known.append(ids)
        self._db.executemany(_STORE, map(_row, by_account.values()))
        self._db.executemany(_STORE_OUT_OF_ORDER, out_of_order)

    def answer(self, person: Person, request_id: str) -> Stored | None:
        """What was answered when this account stored under this id, or None."""
        place = self._db.execute(_OUT_OF_ORDER, (person.number, request_id)).get
        if place is not None:
            return self._answer_at(place, request_id)
        for first, last, ranges in self._db.execute(_RANGE, (person.number, len(request_id), request_id)):
            if ranges is not None:
                first, last = self._range(list(_PLACES.iter_unpack(ranges)), request_id)
            return self._answers(person, first, last).get(request_id)
        return None

    def _answer_at(self, place: int, request_id: str) -> Stored | None:
        """With an event of its own, or which made it be so already, or with none."""
        if place <= NOWHERE:
            return Stored(request_id, "", 0, NOWHERE - place)
        for event in self._events(place, place):
            return Stored(request_id, event.room, event.seq, event.at)
        return None

    def _answers(self, person: Person, first: int, last: int) -> dict[str, Stored]:
        """What an account was answered under the ids of a range, which never changes."""
        key = person.number, first, last
        answers = self._read.get(key)
        if answers is None:
            answers = {
                event.id: Stored(id=event.id, room=event.room, seq=event.seq, at=event.at)
                for event in self._events(first, last)
                if (event.by or event.account) == person.account
            }
            if first == last:  # quickly read
                return answers
            self._read[key] = answers
            if len(self._read) > REMEMBERED:
                self._read.popitem(last=False)
        self._read.move_to_end(key)
        return answers

    def _range(self, ranges: Sequence[tuple[int, int]], request_id: str) -> tuple[int, int]:
        """The first of these that reaches as far as an id: the last event of each has its largest one."""
        low, high = 0, len(ranges) - 1
        while low < high:
            middle = (low + high) // 2
            _, last = ranges[middle]
            largest = next((event.id for event in self._events(last, last)), "")
            low, high = (middle + 1, high) if exceeds(request_id, largest) else (low, middle)
        return ranges[low]

    def _events(self, first: int, last: int) -> Iterator[Position]:
        return (msgspec.json.decode(line, type=Position) for line in self._chunks.lines(first, last))


def _row(ranges: Sequence[IdRange]) -> _Row:
    """What one account stored with a batch."""
    last = ranges[-1]
    if len(ranges) == 1:
        at = last.room.place
        return last.account, len(last.largest_id), last.largest_id, at + last.first, at + last.last, None
    full = [ids for ids in ranges if ids.first <= ids.last]
    if len(full) < 2:  # what others end before they begin
        account, _, _, begin, end, _ = _row(full or ranges[:1])
        return account, len(last.largest_id), last.largest_id, begin, end, None
    places = [(ids.room.place + ids.first, ids.room.place + ids.last) for ids in full]
    packed = b"".join(itertools.starmap(_PLACES.pack, places))
    return last.account, len(last.largest_id), last.largest_id, places[0][0], places[-1][1], packed
