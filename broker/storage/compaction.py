"""Small rows of quiet rooms become large ones, a little at a time, while nobody asks for anything. SQL.

Each message that came alone has a row of its own. A step joins those of one block (hash_chain.py), where its
room has gone on to the next one, or nothing was said in it for long. No event, number or hash changes. Runs
in its connection's thread. All of it at once, and what is left here: `python -m broker compact`.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import groupby, islice, pairwise, zip_longest

import apsw
from loggia.broker.storage.chunks import Chunks, Unsound
from loggia.broker.storage.database import Database
from loggia.broker.storage.event_rows import DAMAGE, ROW_BYTES
from loggia.broker.storage.hash_chain import block_start
from loggia.shared.protocol.errors import StorageDamaged, StorageFull

QUIET_S = 600.0  # where nothing was said for so long, and at most for twice that, the end is joined as well
LEAST_ROWS = 16  # of a room's end: it is written anew when more is said
REFUSED_S = 60.0
LOOK_ROWS = 512  # looked at in one step, by their keys: at least one block is whole
A_LOOK = 10  # rows that take as long as to look at all
BLOCK_BYTES = 2 * ROW_BYTES  # which a step reads at most; of longer texts fewer make a row, which gives less
ROOMS = 500  # taken at a time from all that there are

Key = tuple[int, int]  # of a row: its first event, and its bytes


class Compaction:
    """Of one log."""

    def __init__(self, database: Database, chunks: Chunks) -> None:
        self._database = database
        self._chunks = chunks
        self._last_room: int | None = 0  # up to which all are looked at once; None: all are
        self._due = deque[tuple[int, bool]]()  # rooms to look at, and whether the end, too
        self._done: dict[int, int] = {}  # of rooms with several blocks: the last event of those that are
        self._spoken, self._spoken_before = set[int](), set[int]()
        self._next_at = self._refused_until = 0.0

    def spoken(self, rooms: Iterable[int]) -> None:
        """Something was stored in these."""
        self._spoken.update(rooms)

    def step(self, now: float) -> bool:
        """Some ms of it; whether there is more to do at once. `now`: s, of any clock that goes on.

        What the disk refuses is tried again after a while. Raises StorageDamaged.
        """
        if now < self._refused_until:
            return False
        try:
            return self._step(now)
        except (Unsound, *DAMAGE) as reason:
            raise StorageDamaged(str(reason)) from reason
        except (StorageFull, apsw.IOError):
            self._refused_until = now + REFUSED_S
            return False

    def _step(self, now: float) -> bool:
        if now >= self._next_at:
            self._next_at = now + QUIET_S
            self._due.extend((room, room not in self._spoken) for room in sorted(self._spoken_before))
            self._spoken, self._spoken_before = set(), self._spoken
        left = LOOK_ROWS
        while self._due or self._take_rooms():
            room, is_quiet = self._due[0]
            keys = self._chunks.keys(room, self._done.get(room, 0), LOOK_ROWS)
            block = self._small(room, keys, is_quiet)
            if block:
                self._join(room, block)
                return True
            if len(keys) < LOOK_ROWS:
                self._due.popleft()
            left -= A_LOOK + len(keys)
            if left <= 0:
                return True
        return False

    def _take_rooms(self) -> bool:
        """Those that were there at the start, one after the other."""
        if self._last_room is None:
            return False
        found = self._chunks.rooms(self._last_room, ROOMS)
        spoken = self._spoken | self._spoken_before
        self._due.extend((room, room not in spoken) for room in found)
        self._last_room = found[-1] if found else None
        return bool(found)

    def _small(self, room: int, keys: Sequence[Key], is_quiet: bool) -> list[Key]:
        """The rows of the first block that are better one; those in front of it are done."""
        blocks = [list(some) for _, some in groupby(keys, key=lambda key: block_start(key[0]))]
        behind = blocks.pop() if len(keys) == LOOK_ROWS else None  # of which there may be more
        for block, following in zip_longest(blocks, [*blocks[1:], *([behind] if behind else [])]):
            is_due = following or (is_quiet and len(block) >= LEAST_ROWS)
            is_due = is_due and not self._chunks.is_sealed(room, block[0][0], block[-1][0])
            if is_due and sum(size for _, size in block) <= BLOCK_BYTES and len(_rows(block)) < len(block):
                return block
            if following:
                self._done[room] = block_start(following[0][0])
        return []

    def _join(self, room: int, block: Sequence[Key]) -> None:
        """Checked first: what is damaged would take those beside it along."""
        rows = list(islice(self._chunks.checked_block(room, block[0][0]), len(block)))
        with self._database.transaction():
            for begin, end in _rows(block):
                if end - begin > 1:
                    self._chunks.join(room, rows[begin:end])


def _rows(block: Sequence[Key]) -> list[tuple[int, int]]:
    """Which of them become one, from and to; as many as fit."""
    begins, left = [0], ROW_BYTES
    for number, (_, size) in enumerate(block):
        left -= size + 1
        if left < 0 and number:
            begins.append(number)
            left = ROW_BYTES - size - 1
    return list(pairwise([*begins, len(block)]))
