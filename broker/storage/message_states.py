"""The rows of messages to which something happened, and of threads. In their connection's thread. SQL.

All of it follows from the events of the rooms (shared/protocol/changes.py). A page of history takes one
look at them, by the places of its events.
"""

from collections.abc import Iterable, Mapping

import apsw
from loggia.broker.storage.event_rows import place_of
from loggia.shared.protocol.changes import MessageState, encode
from loggia.shared.protocol.changes import decode as decode_state

_PUT = "INSERT OR REPLACE INTO message_states VALUES(?, ?)"
_THREAD = "INSERT OR REPLACE INTO threads VALUES(?, ?)"
_BETWEEN = "SELECT place, state FROM message_states WHERE place BETWEEN ? AND ?"


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


def thread(
    db: apsw.Connection, root: int, after: int, before: int, limit: int, *, newest: bool
) -> dict[int, bytes | None]:
    """The places in a thread between two others, neither counted in, ascending: the first, or the newest.
    With what became of each, as it is kept; None: nothing."""
    # S608: one of two words
    order = "DESC" if newest else "ASC"
    where = "root = ? AND place > ? AND place < ?"
    sql = (
        "SELECT place, state FROM threads LEFT JOIN message_states USING(place) "
        f"WHERE {where} ORDER BY place {order} LIMIT ?"
    )
    found = dict(db.execute(sql, (root, after, before, limit)))
    return dict(reversed(found.items())) if newest else found
