# SPDX-License-Identifier: GPL-3.0-only
"""Of which rooms I was shown out, by whom and why, until that is told. Pure: no thread, no clock, no Qt."""

from collections.abc import Sequence

from loggia.shared.protocol.events import JoinedEvent, LeftEvent, StoredEvent
from loggia.shared.protocol.names import quoted

LAST_MOVES = 50  # of what arrives at once, among which it stands: nothing of the room comes behind it


class ShownOut:
    """By the names of rooms."""

    def __init__(self) -> None:
        self._events: dict[str, LeftEvent] = {}

    def heard(self, room: str, events: Sequence[StoredEvent], account: str) -> None:
        """What arrived in the room; `account`: who I am."""
        for event in reversed(events[-LAST_MOVES:]):
            if isinstance(event, LeftEvent | JoinedEvent) and event.account == account:
                self._events.pop(room, None)  # who came back has seen why
                if isinstance(event, LeftEvent) and event.reason == "kicked":
                    self._events[room] = event
                break

    def told(self, room: str, label: str) -> str:
        """How I was shown out of the room that I am not in any more, in a sentence, once; "" if I was not."""
        event = self._events.pop(room, None)
        if event is None:
            return ""
        if not event.by:
            return f"You were shown out of {label}."
        who = f"{quoted(event.by_nick)} showed you out of {label}"
        return f"{who}: {event.why}" if event.why else f"{who}."
