# SPDX-License-Identifier: GPL-3.0-only
"""Who may write in a room and what it is about, as far as its log is in memory and says it. Pure: no thread,
no clock, no Qt."""

import math

from loggia.shared.protocol.events import (
    ClosedEvent,
    ConfiguredEvent,
    CreatedEvent,
    MutedEvent,
    ReopenedEvent,
    StoredEvent,
    SubjectEvent,
    UnmutedEvent,
)


class RoomRules:
    """`closed`: nobody. `announce`: moderators and owners alone. `muted`: I may not, and for good; until when
    else the broker alone knows. `subject`: what the room is about, "" where that is not in memory."""

    def __init__(self) -> None:
        self.closed = self.announce = self.muted = False
        self.subject = ""
        self._closed_at = self._announce_at = self._subject_at = 0  # by which entry
        self._quiet: dict[str, tuple[int, float]] = {}  # by account: which entry, until when

    def take(self, event: StoredEvent, me: str) -> None:
        """One entry of the log, whenever it comes; `me`: my account."""
        match event:
            case ClosedEvent() | ReopenedEvent() if event.seq > self._closed_at:
                self._closed_at, self.closed = event.seq, isinstance(event, ClosedEvent)
            case ConfiguredEvent() if event.seq > self._announce_at:
                self._announce_at, self.announce = event.seq, event.announce
            case SubjectEvent() | CreatedEvent() if event.seq > self._subject_at:
                self._subject_at, self.subject = event.seq, event.subject
            case MutedEvent() | UnmutedEvent() if event.seq > self._quiet.get(event.target, (0, 0.0))[0]:
                ends = _ends(event)
                self._quiet[event.target] = event.seq, ends
                if event.target == me:
                    self.muted = ends == math.inf

    def is_closed(self, *, whole: bool) -> bool | None:
        """Whether nobody may write; None: nobody told. `whole`: all of the log is in memory."""
        return self.closed if self._closed_at or whole else None

    def is_quiet(self, account: str, now: int, *, whole: bool) -> bool | None:
        """Whether that account may write nothing now (Unix ms); None: nobody told. `whole`: all of the log is
        in memory."""
        known = self._quiet.get(account)
        if known is None:
            return False if whole else None
        return known[1] > now


def _ends(event: MutedEvent | UnmutedEvent) -> float:
    """Until when who is meant may not write, Unix ms."""
    if isinstance(event, UnmutedEvent):
        return 0
    return math.inf if event.until is None else event.until
