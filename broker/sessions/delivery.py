"""What happened in a room, and who hears of it. Plain values: the doors deliver them. Pure.

docs/protocol.md, "Frames". Broadcasts are for public rooms only: what is for some goes over their
connections.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

import msgspec
from loggia.shared.protocol.events import PassingEvent, StoredEvent

K = TypeVar("K", bound=Hashable)


class Delivery(msgspec.Struct, gc=False):
    """Events of one room, in order; `bodies` are the same, encoded.

    `to`: the connections that hear of it; None: whoever listens.
    """

    room: str
    events: Sequence[StoredEvent | PassingEvent]
    bodies: Sequence[bytes]
    to: frozenset[Hashable] | None = None

    def among(self, here: Iterable[K]) -> list[K]:
        """Those of these connections that hear of it."""
        to = self.to
        return list(here) if to is None else [key for key in here if key in to]
