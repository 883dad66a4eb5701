"""Whether a log is what was written: its ends at a start, all of it for `verify`. Any thread.

Two witnesses are asked: the running hash in each row (broker/storage/chunks.py), and the file that tells
where each room ended when the last answer was given (broker/storage/heads_file.py).
"""

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec
from loggia.broker.storage.chunks import Chunks, Unsound
from loggia.broker.storage.damage import Damage
from loggia.broker.storage.event_rows import ROWS_DAMAGED, Chunk
from loggia.broker.storage.hash_chain import Chain
from loggia.broker.storage.heads_file import RoomEnd, Testimony

Life = Literal["same", "unknown", "older", "cut", "other"]

WHY_NEW: dict[Life, str] = {
    "unknown": "nothing beside it says how far it had come",
    "cut": "the WAL that held the newest of it is gone, or an older file was put back",
    "older": "it ends before what was answered: an older file was put back",
    "other": "it is not the log that was served here last",
}


_BEGIN = RoomEnd(0, b"")  # of a room without events


class Sound(msgspec.Struct, frozen=True):
    """The sound part of a room: its last row, or None; its end; what is wrong behind it, or None.

    `chain` can be gone on from where nothing is wrong.
    """

    newest: Chunk | None
    chain: Chain
    damage: Damage | None

    @property
    def end(self) -> RoomEnd | None:
        return RoomEnd(self.newest.last, self.newest.chain) if self.newest else None


def end_of(chunks: Chunks, number: int, name: str) -> Sound:
    """A room's end, checked at a small price; where that fails, the room is read from its start."""
    try:
        return Sound(*chunks.checked_end(number), None)
    except Unsound:
        return whole(chunks, number, name)


def whole(chunks: Chunks, number: int, name: str, look: Callable[[Chunk], None] = lambda row: None) -> Sound:
    """All of a room, up to the first row that is not what was written. `look`: at each that is."""
    newest, chain = None, Chain()
    try:
        for row in chunks.checked(number, chain):
            newest = row
            look(row)
    except Unsound as unsound:
        end = Chain(newest.last, newest.chain) if newest else Chain()
        return Sound(newest, end, Damage(name, unsound.first, unsound.why))
    return Sound(newest, chain, None)


def compare(
    told: Testimony | None,
    epoch: str,
    rooms: Iterable[tuple[int, str, RoomEnd | None]],
    chunks: Chunks,
    *,
    had_wal: bool,
) -> tuple[Life, list[Damage]]:
    """Whether this log goes on from what its witness tells, and what is missing at its end.

    `rooms`: number, name, and where it ends, with an empty hash if nobody knows it. `had_wal`: it was not
    closed in peace, so a shorter one lost a part of its WAL, and is no older file.
    """
    if told is None or not told.readable:
        return "unknown", []
    if told.epoch != epoch:
        return "other", []
    known = {number: (name, end or _BEGIN) for number, name, end in rooms}
    short = []
    for number, end in told.ends.items():
        name, now = known.get(number, (None, _BEGIN))
        if now.seq < end.seq:
            short.append(_missing(name, now.seq, end.seq))
        elif ((now.seq == end.seq and now.chain) or _chain_at(chunks, number, end.seq)) != end.chain:
            return "other", []
    if not short:
        return ("cut" if told.in_wal and not had_wal else "same"), []
    return ("same", short) if had_wal else ("older", [])


def _missing(name: str | None, seq: int, told: int) -> Damage:
    if name is None:
        return Damage(None, 0, f"a whole room with {told:,} events is missing")
    return Damage(name, seq + 1, f"its events up to {told:,} are missing")


def _chain_at(chunks: Chunks, number: int, seq: int) -> bytes | None:
    try:
        return chunks.digest_at(number, seq)
    except ROWS_DAMAGED:
        return None
