"""The running hash over a room's events: what proves that a log is the one that was written. Pure.

A room's events are hashed in blocks of BLOCK_EVENTS, the first one with its events 1 to 256. The hash behind
an event is SHA-256 of the hash behind the block in front, and of all events of its own block up to it, each
with a line end. So it depends on every byte of the room up to there, and not on how the events lie in rows.
"""

from hashlib import sha256

BLOCK_EVENTS = 256
EMPTY = bytes(32)  # behind nothing


def block_start(seq: int) -> int:
    """The last event in front of the block that event `seq` is in."""
    return (seq - 1) // BLOCK_EVENTS * BLOCK_EVENTS if seq else 0


class Chain:
    """The running hash behind event `seq`, where a block ends, and going on from there.

    Attributes: `seq`; `room_left`, how many events there still are in the block.
    """

    __slots__ = ("_block", "_digest", "seq")

    def __init__(self, seq: int = 0, digest: bytes = EMPTY) -> None:
        self.seq = seq
        self._digest: bytes | None = digest  # behind `seq`; None: nobody has asked yet
        self._block = sha256(digest)

    def copy(self) -> "Chain":
        """The same place, to go on from there twice."""
        copy = Chain.__new__(Chain)
        copy.seq, copy._digest, copy._block = self.seq, self._digest, self._block.copy()
        return copy

    @property
    def room_left(self) -> int:
        return BLOCK_EVENTS - self.seq % BLOCK_EVENTS

    def extend(self, lines: bytes, count: int) -> None:
        """The next `count` events, one a line, at most `room_left`."""
        self._block.update(lines)
        self._block.update(b"\n")
        self.seq += count
        self._digest = None
        if self.seq % BLOCK_EVENTS == 0:
            self._block = sha256(self.digest)

    def go_on_from(self, digest: bytes) -> None:
        """Behind `seq` was this; what comes is hashed anew from there."""
        self._digest = digest
        self._block = sha256(digest)

    @property
    def digest(self) -> bytes:
        """The hash behind `seq`, 32 bytes."""
        if self._digest is None:
            self._digest = self._block.digest()
        return self._digest
