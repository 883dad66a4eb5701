"""The rows of messages to which something happened, and of threads. In their connection's thread. SQL.

All of it follows from the events of the rooms (shared/protocol/changes.py). A page of history takes one
look at them, by the places of its events.
"""

from collections.abc import Iterable, Mapping

import apsw
from loggia.broker.storage.event_rows import place_of
from loggia.shared.protocol.changes import MessageState, changed_by, encode, step
from loggia.shared.protocol.changes import decode as decode_state
from loggia.shared.protocol.events import MessageEvent, StoredEvent

_PUT = "INSERT OR REPLACE INTO message_states VALUES(?, ?)"
_THREAD = "INSERT OR REPLACE INTO threads VALUES(?, ?)"
_BETWEEN = "SELECT place, state FROM message_states WHERE place BETWEEN ? AND ?"


class Folded:
    """What a room's events come to, one after the other from the first: for who makes these rows again."""

    def __init__(self) -> None:
        self.states: dict[int, MessageState] = {}
        self.threads: list[tuple[int, int]] = []

    def take(self, event: StoredEvent) -> None:
        if (target := changed_by(event)) is not None:
            step(self.states.setdefault(target, MessageState()), event)
            if isinstance(event, MessageEvent):
                self.threads.append((target, event.seq))

    def of_room(self, room: int) -> tuple[dict[tuple[int, int], MessageState], list[tuple[int, int]]]:
        """As `store` takes them."""
        states = {(room, seq): state for seq, state in self.states.items()}
        return states, [(place_of(room, root), place_of(room, seq)) for root, seq in self.threads]


def store(
    db: apsw.Connection,
    states: Mapping[tuple[int, int], MessageState],
    threads: Iterable[tuple[int, int]],
) -> None:
    """What became of messages, by number of the room and seq; and which belong to a thread."""
    db.executemany(_PUT, [(place_of(*where), encode(state)) for where, state in states.items()])
    db.executemany(_THREAD, threads)


def find(db: apsw.Connection, room: int, seq: int) -> MessageState | None:
    """Raises apsw.Error, msgspec.MsgspecError."""
    place = place_of(room, seq)
    found = db.execute(_BETWEEN, (place, place)).get
    return None if found is None else decode_state(found[1])


def between(db: apsw.Connection, first: int, last: int) -> dict[int, bytes]:
    """By place, as they are kept."""
    return dict(db.execute(_BETWEEN, (first, last)))


def thread(db: apsw.Connection, root: int, after: int, before: int, limit: int, *, newest: bool) -> list[int]:
    """The places in a thread between two others, neither counted in, ascending: the first, or the newest."""
    # S608: one of two words
    order = "DESC" if newest else "ASC"
    where = "root = ? AND place > ? AND place < ?"
    sql = f"SELECT place FROM threads WHERE {where} ORDER BY place {order} LIMIT ?"
    places = [place for (place,) in db.execute(sql, (root, after, before, limit))]
    return places[::-1] if newest else places


def rows(db: apsw.Connection) -> set[tuple[int, bytes | int]]:
    """All of both tables, as they are kept."""
    states = set(db.execute("SELECT place, state FROM message_states"))
    return states | set(db.execute("SELECT root, place FROM threads"))


def clear(db: apsw.Connection) -> None:
    """In a transaction of who makes them again."""
    db.execute("DELETE FROM message_states; DELETE FROM threads")
