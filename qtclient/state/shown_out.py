# SPDX-License-Identifier: GPL-3.0-only
"""Of which rooms I am out, by whom and why, until that is told. Pure: no thread, no clock, no Qt."""

from collections.abc import Sequence

from loggia.shared.client.commands import Command, Enter, LeaveRoom
from loggia.shared.protocol.events import JoinedEvent, LeftEvent, StoredEvent
from loggia.shared.protocol.names import quoted

LAST_MOVES = 50  # of what arrives at once, among which it stands: nothing of the room comes behind it


class ShownOut:
    """By the names of rooms."""

    def __init__(self) -> None:
        self._events: dict[str, LeftEvent] = {}
        self._mine: set[str] = set()  # those that I leave in this window

    def asked(self, command: Command) -> None:
        """What this window asks of the link: who leaves a room there need not be told that he is out."""
        if isinstance(command, LeaveRoom):
            self._mine.add(command.room)
        elif isinstance(command, Enter):
            self._mine.discard(command.room)

    def heard(self, room: str, events: Sequence[StoredEvent], account: str) -> None:
        """What arrived in the room; `account`: who I am."""
        for event in reversed(events[-LAST_MOVES:]):
            if isinstance(event, LeftEvent | JoinedEvent) and event.account == account:
                self._events.pop(room, None)  # who came back has seen why
                if isinstance(event, LeftEvent) and event.reason == "kicked":
                    self._events[room] = event
                break

    def told(self, room: str, label: str) -> str:
        """How I came out of the room that I am not in any more, in a sentence, once; "" if I left it here."""
        event, is_mine = self._events.pop(room, None), room in self._mine
        self._mine.discard(room)
        if event is None:
            return "" if is_mine else f"You are out of {label}."
        if not event.by:
            return f"You were shown out of {label}."
        who = f"{quoted(event.by_nick)} showed you out of {label}"
        return f"{who}: {event.why}" if event.why else f"{who}."
