"""What is read of the rooms' events: pages of history, as the messages in them are now, single ones, and how
many there are that somebody has not read.

Runs in the thread of its connection. Everything here raises StorageDamaged where the log cannot be read.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager

import apsw
import msgspec
from loggia.broker.core.state import Counted
from loggia.broker.storage import message_states
from loggia.broker.storage.chunks import PAGE_BYTES, Position
from loggia.broker.storage.event_rows import LAST_SEQ, place_of
from loggia.broker.storage.hash_chain import Chain
from loggia.broker.storage.tables import Tables
from loggia.shared.protocol.changes import MessageState, as_now
from loggia.shared.protocol.down import decode_event
from loggia.shared.protocol.events import PassingEvent, StoredEvent

# a page of a thread ends behind so many bytes of rows, each of which may hold little of it: reading 64 KB of
# them takes some 0.1 ms
ROWS_BYTES = 4 * 1024 * 1024


class LogPages:
    """Of one log. `reading`: within it, what cannot be read raises as above. `end_of`: the newest sound seq
    of a room."""

    def __init__(
        self,
        db: apsw.Connection,
        tables: Tables,
        reading: Callable[[], AbstractContextManager[None]],
        end_of: Callable[[int], int],
    ) -> None:
        self._db = db
        self._chunks = tables.chunks
        self._tallies = tables.tallies
        self._reading = reading
        self._end_of = end_of

    def after(self, room: int, seq: int, limit: int) -> list[msgspec.Raw]:
        """Up to `limit` events with a greater seq, ascending; fewer when they are large."""
        with self._reading():
            lines = self._chunks.after(room, seq, self._end_of(room), limit)
            return _fitting(self._as_now(room, lines))

    def before(self, room: int, seq: int, limit: int) -> list[msgspec.Raw]:
        """Up to `limit` events with a smaller seq, the nearest ones, ascending; fewer when they are large."""
        with self._reading():
            lines = self._chunks.before(room, seq, limit)
            return _fitting(self._as_now(room, lines)[::-1])[::-1]

    def thread(
        self, room: int, root: int, after: int, before: int, limit: int, *, newest: bool
    ) -> tuple[list[msgspec.Raw], bool]:
        """Of the message that a thread began with and those in it, between two seqs, neither counted in: the
        first, or the `newest` ones; ascending; fewer when they are large, or far apart. And whether there are
        more."""
        begin = place_of(room, root)
        with self._reading():
            bounds = (place_of(room, after), place_of(room, before))
            states = message_states.thread(self._db, begin, *bounds, limit + 1, newest=newest)
            if after < root < before:
                states = {begin: message_states.between(self._db, begin, begin).get(begin)} | states
            places = list(states)
            wanted = places[-limit:] if newest else places[:limit]
            told, is_full = self._some(room, wanted[::-1] if newest else wanted, states)
            return told[::-1] if newest else told, is_full or len(wanted) < len(places)

    def seq_at(self, room: int, at: int) -> int:
        """The first event not of before this time (Unix ms); one more than there are where all are."""
        with self._reading():
            seqs = range(1, self._end_of(room) + 1)
            return 1 + bisect_left(seqs, at, key=lambda seq: self._position(room, seq).at)

    def event(self, room: int, seq: int) -> StoredEvent | None:
        """As it was said. None: the room has none there."""
        with self._reading():
            lines = self._chunks.after(room, seq - 1, self._end_of(room), 1)
            if not lines:
                return None
            event = decode_event(lines[0])
            assert not isinstance(event, PassingEvent)  # which has no place in a log
            return event

    def state(self, room: int, seq: int) -> MessageState | None:
        """What became of a message; None: nothing."""
        with self._reading():
            return message_states.find(self._db, room, seq)

    def unread(self, number: int, account: str, rooms: Iterable[tuple[int, int]]) -> list[Counted]:
        """What an account, by its number too, has not read of rooms: of each its number, and up to where that
        counts."""
        with self._reading():
            return self._tallies.unread(number, account, rooms)

    def count_ahead(self, ends: Mapping[int, Chain]) -> bool:
        """As of `Tallies`."""
        with self._reading():
            return self._tallies.count_ahead(ends)

    def _position(self, room: int, seq: int) -> Position:
        (line,) = self._chunks.after(room, seq - 1, seq, 1)
        return msgspec.json.decode(line, type=Position)

    def _some(
        self, room: int, places: Sequence[int], states: Mapping[int, bytes | None]
    ) -> tuple[list[msgspec.Raw], bool]:
        """Single events, as they are now, as many as fit into a page and lie in rows that are not too much to
        read; and whether that was not all of them."""
        told: list[msgspec.Raw] = []
        to_tell, to_read = PAGE_BYTES, ROWS_BYTES
        first, events = 1, list[bytes]()
        for seq in (place & LAST_SEQ for place in places):
            if not first <= seq < first + len(events):
                if to_read < 0:
                    return told, True
                if (row := self._chunks.row_with(room, seq)) is None:
                    continue
                first, events = row.first, row.events()
                to_read -= len(row.lines)
            line = events[seq - first]
            if (state := states[place_of(room, seq)]) is not None:
                line = as_now(line, state)
            to_tell -= len(line)
            if to_tell < 0 and told:
                return told, True
            told.append(msgspec.Raw(line))
        return told, False

    def _as_now(self, room: int, lines: list[msgspec.Raw]) -> list[msgspec.Raw]:
        """Consecutive events, the messages among them as they are now."""
        if not lines:
            return lines
        first = place_of(room, msgspec.json.decode(lines[0], type=Position).seq)
        states = message_states.between(self._db, first, first + len(lines) - 1)
        for place, state in states.items():
            lines[place - first] = msgspec.Raw(as_now(lines[place - first], state))
        return lines


def _fitting(lines: Sequence[msgspec.Raw]) -> list[msgspec.Raw]:
    """The first ones, as many as fit into a page; at least one. An edited text may be longer than before."""
    left = PAGE_BYTES
    for count, line in enumerate(lines):
        left -= len(line)
        if left < 0 and count:
            return list(lines[:count])
    return list(lines)
