"""What waits for readers that are slow, of each and in sum, and who is cut off for it. Pure."""

from collections.abc import Hashable
from typing import Generic, TypeVar

EACH_BYTES = 256 * 1024  # what may wait for one reader before it is cut off
ALL_BYTES = 32 * 1024 * 1024  # for all of them: so much memory is theirs, however many stop reading

K = TypeVar("K", bound=Hashable)


class Unsent(Generic[K]):
    """Attributes: `sum`, of what waits."""

    def __init__(self, each: int, together: int) -> None:
        self.sum = 0
        self._each = each
        self._together = together
        self._waits: dict[K, int] = {}

    def waits(self, reader: K, size: int) -> K | None:
        """So much waits for this reader now. Who is to be cut off, if that is too much: it, or whoever keeps
        the most waiting of all."""
        self.sum += size - self._waits.pop(reader, 0)
        if size:
            self._waits[reader] = size
        if size > self._each:
            return reader
        return max(self._waits, key=self._waits.__getitem__) if self.sum > self._together else None
