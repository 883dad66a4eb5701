# SPDX-License-Identifier: GPL-3.0-only
"""Who may write in a room, as far as its log is in memory and says it. Pure: no thread, no clock, no Qt."""

from loggia.shared.protocol.events import (
    ClosedEvent,
    ConfiguredEvent,
    MutedEvent,
    ReopenedEvent,
    StoredEvent,
    UnmutedEvent,
)


class RoomRules:
    """`closed`: nobody. `announce`: moderators and owners alone. `muted`: I may not, and for good; until when
    else the broker alone knows."""

    def __init__(self) -> None:
        self.closed = self.announce = self.muted = False
        self._closed_at = self._announce_at = self._muted_at = 0  # by which entry

    def take(self, event: StoredEvent, me: str) -> None:
        """One entry of the log, whenever it comes; `me`: my account."""
        match event:
            case ClosedEvent() | ReopenedEvent() if event.seq > self._closed_at:
                self._closed_at, self.closed = event.seq, isinstance(event, ClosedEvent)
            case ConfiguredEvent() if event.seq > self._announce_at:
                self._announce_at, self.announce = event.seq, event.announce
            case MutedEvent() | UnmutedEvent() if event.target == me and event.seq > self._muted_at:
                self._muted_at = event.seq
                self.muted = isinstance(event, MutedEvent) and event.until is None
