"""What follows from the events of a log, made again beside it."""

import contextlib

from loggia.broker.storage.chunks import Chunks
from loggia.broker.storage.derived import Derived
from loggia.broker.storage.event_rows import LAST_SEQ, place_of
from loggia.shared.protocol.down import decode_event


@contextlib.contextmanager
def made_again(db):
    chunks = Chunks(db)
    with contextlib.closing(Derived(db)) as made:
        for (room,) in db.execute("SELECT number FROM rooms").fetchall():
            folding = made.taker(room)
            for line in chunks.lines(place_of(room, 1), place_of(room, LAST_SEQ)):
                folding.take(decode_event(line))
            folding.end()
            made.count(room)
        yield made
