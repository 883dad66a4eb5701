# SPDX-License-Identifier: GPL-3.0-only
"""The pinned messages of a room: of its rows in memory, and of the copy on this computer. Pure: no thread, no
clock, no Qt."""

from collections.abc import Iterable, Sequence

import msgspec
from loggia.qtclient.state.dates import Dates
from loggia.qtclient.state.emoji import few, in_line
from loggia.qtclient.state.markup import seen
from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.rows import shown_name
from loggia.shared.client.completeness import Completeness
from loggia.shared.protocol.changes import changed, is_pin
from loggia.shared.protocol.events import DeletedEvent, MessageEvent, PinnedEvent, StoredEvent
from loggia.shared.protocol.names import is_seen, quoted

LINE_CHARS = 120
LOOKING = "Looking for what is pinned in the messages on this computer."
NOT_HERE = "Of this room nothing is on this computer yet, and so no pins."
NOT_LISTED = "What is pinned among them is not listed."
ONCE_CONNECTED = "They can be loaded once there is a connection."
LOAD, STOP = "Load older", "Stop loading"


class PinnedMessage(msgspec.Struct, frozen=True):
    """`words`: who said it, when, and its first line in which anything can be seen."""

    seq: int
    words: str


class Missing(msgspec.Struct, frozen=True):
    """Why what is listed may not be all, in words; "": it is. `offer`: what can be done, "": nothing."""

    words: str = ""
    offer: str = ""


class Pins:
    """What is pinned in a room beyond its rows in memory, of one life of its log."""

    def __init__(self) -> None:
        self.known = False  # the copy was asked, and has answered
        self._found: dict[int, MessageEvent | PinnedEvent] = {}  # by the message

    def copy_gave(self, events: Sequence[StoredEvent]) -> None:
        """All that the copy has, as ToldPins tells it."""
        self.known = True
        self._found = {event.target: event for event in events if isinstance(event, PinnedEvent)}
        self.page(events)

    def page(self, events: Iterable[StoredEvent]) -> None:
        """Entries of the log, the messages as they are now."""
        for event in events:
            if isinstance(event, MessageEvent):
                self._found.pop(event.seq, None)
                if event.pinned:
                    self._found[event.seq] = event

    def happened(self, events: Iterable[StoredEvent]) -> list[int]:
        """New entries of the log. Returns the messages that the copy is to be asked for: they are pinned."""
        pinned = []
        for event in events:
            if isinstance(event, PinnedEvent) and event.on and event.target not in self._found:
                self._found[event.target] = event
                pinned.append(event.target)
            elif (target := getattr(event, "target", None)) in self._found:
                now = self._found[target]
                now = changed(now, event) if isinstance(now, MessageEvent) else now
                is_off = isinstance(event, DeletedEvent) or (isinstance(event, PinnedEvent) and not event.on)
                if is_off or not is_pin(now):
                    del self._found[target]
                else:
                    self._found[target] = now
        return pinned

    def listed(self, room: Room, dates: Dates) -> list[PinnedMessage]:
        """The newest message first. Of the rows in memory these say what is pinned."""
        found = {
            row.seq: _words(row.nick, row.at, row.text, dates)
            for row in room.rows
            if isinstance(row, MessageRow) and row.seq is not None and row.became.pinned
        }
        for seq, event in self._found.items():
            if not room.oldest <= seq <= room.last:
                found[seq] = _of_event(event, dates)
        return [PinnedMessage(seq, found[seq]) for seq in sorted(found, reverse=True)]

    def missing(self, room: Room, *, connected: bool, loads: bool, refused: str) -> Missing:
        """What may not be listed. `loads`: older ones are asked for; `refused`: why none came, if so."""
        if room.is_whole:
            return Missing()
        if not self.known:
            return Missing(LOOKING)
        held = room.held
        if held.last >= held.first and not held.older:
            return Missing()
        is_empty = held.last < held.first
        words = NOT_HERE if is_empty else f"{_older(held)} not on this computer. {NOT_LISTED}"
        if not connected:
            return Missing(f"{words} {ONCE_CONNECTED}")
        return Missing(" ".join(filter(None, (words, refused))), "" if is_empty else STOP if loads else LOAD)


def _older(held: Completeness) -> str:
    return "1 older message is" if held.older == 1 else f"{held.older:,} older messages are"


def _of_event(event: MessageEvent | PinnedEvent, dates: Dates) -> str:
    nick = shown_name(event.nick)
    if isinstance(event, MessageEvent):
        return _words(nick, event.at, event.text, dates)
    return f"A message that is not here, pinned by {quoted(nick)} on {dates.day(event.at)}"


def _words(nick: str, at: int, text: str, dates: Dates) -> str:
    return f"{quoted(nick)}, {dates.day(at)}, {dates.clock(at)}: {_line(text)}"


def _line(text: str) -> str:
    line = seen(next((line.lstrip() for line in text.split("\n") if is_seen(line)), ""))
    return in_line(line) if len(line) <= LINE_CHARS else f"{few(line[:LINE_CHARS])}..."
