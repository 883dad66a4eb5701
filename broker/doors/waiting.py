"""What waits of connections, of each and in sum, and who is cut off for it. Pure."""

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class Waiting(Generic[K]):
    """`each`, `together`: bytes that may wait of one, and of all. Attributes: `sum`, of what waits."""

    def __init__(self, each: int, together: int) -> None:
        self.sum = 0
        self._each = each
        self._together = together
        self._sizes: dict[K, int] = {}

    @property
    def share(self) -> int:
        """What may wait of each while all of whom something waits have as much."""
        return min(self._each, self._together // max(1, len(self._sizes)))

    def is_now(self, connection: K, size: int) -> K | None:
        """So much waits of this one now. Who is to be cut off, if that is too much: it, or whoever keeps the
        most waiting of all."""
        self.sum += size - self._sizes.pop(connection, 0)
        if size:
            self._sizes[connection] = size
        if size > self._each:
            return connection
        return max(self._sizes, key=self._sizes.__getitem__) if self.sum > self._together else None
