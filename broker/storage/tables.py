"""A log's tables, and what of a batch goes into which. In the thread of its connection. SQL."""

from collections.abc import Mapping

import apsw
from loggia.broker.core.state import Batch
from loggia.broker.storage import message_states, rules
from loggia.broker.storage.accounts import Accounts
from loggia.broker.storage.chunks import Chunks
from loggia.broker.storage.event_rows import Chunk, rows_of
from loggia.broker.storage.hash_chain import Chain
from loggia.broker.storage.mixed import Change
from loggia.broker.storage.request_ids import RequestIds
from loggia.broker.storage.tallies import Tallies
from loggia.broker.storage.wiping import Wiping

_ROOM = "INSERT INTO rooms VALUES(?, ?)"
_ROOMS = "SELECT number, name FROM rooms ORDER BY number"


class Tables:
    """Those of one log: `chunks`, `accounts`, `ids`, `tallies`, and which rooms there are. Raises
    apsw.Error."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self.chunks = Chunks(db)
        self.accounts = Accounts(db)
        self.wiping = Wiping(db, self.chunks, self.chunks.seals)
        self.ids = RequestIds(db, self.chunks)
        self.tallies = Tallies(db, self.chunks)

    def rooms(self) -> list[tuple[int, str]]:
        """Numbers and names."""
        return list(self._db.execute(_ROOMS))

    def write(self, batch: Batch, chains: Mapping[int, Chain]) -> tuple[dict[int, Chain], Change]:
        """In a transaction of the caller. `chains`: where rooms end, by number.

        Returns where those of the batch end behind it, and what became of their rows: to be settled.
        """
        ends, added = dict[int, Chain](), dict[int, list[Chunk]]()
        for room in batch.new_rooms:
            self._db.execute(_ROOM, (room.number, room.name))
        if batch.people or batch.members or batch.last_account:
            self.accounts.store(batch.people.values(), batch.members, batch.last_account)
        if batch.looks:
            self.accounts.keep(batch.looks)
        if batch.wiped:
            for number, seqs in batch.wiped.items():
                ends[number] = self.wiping.wipe(number, seqs, chains[number].copy())
        for fresh in batch.fresh:
            number = fresh.room.number
            if number not in ends:
                ends[number] = chains[number].copy() if number in chains else Chain()
            end = ends[number]
            assert fresh.first == end.seq + 1, "a place in a room is taken once"
            added[number] = rows_of(fresh.bodies, end)
            self.tallies.add(number, fresh.events, fresh.first - 1)
        if batch.marks:  # counted in the rows as they were, and what is new: rows that move would count twice
            self.tallies.mark(batch.marks, {fresh.room.number: fresh.events for fresh in batch.fresh})
        change = self.chunks.append(added)
        self.ids.store(batch.id_ranges, batch.out_of_order_ids)
        self.accounts.forget(batch.gone)
        if batch.states or batch.means or batch.rules or batch.owners:
            self._write_acts(batch)
        return ends, change

    def _write_acts(self, batch: Batch) -> None:
        """What became of messages, whom they mean, and who may do what: of most batches nothing."""
        if batch.states:
            message_states.store(self._db, batch.states, batch.threads)
        if batch.means:  # also of those that are deleted
            self.tallies.delete(batch.deleted)
            self.tallies.mean(batch.means)
        if batch.rules or batch.owners:
            rules.store(self._db, batch.rules, batch.owners)
