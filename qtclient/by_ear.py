# SPDX-License-Identifier: GPL-3.0-only
"""Reads aloud to who writes what the others say meanwhile, and the message one is led to. GUI thread."""

from collections.abc import Iterator

from loggia.qtclient.panels.composer import Composer
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.rows import MessageRow, Row
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.parts.table import spoken
from loggia.qtclient.timeline.view import Timeline

MOST_READ = 3  # messages that come at once; of more it is read that they came
MOST_CHARS = 300  # of each: the rest is read where one goes to it
MANY = "Many new messages"


class ByEar:
    """Of the room on the screen, while its newest message is in sight and the keyboard where one writes."""

    def __init__(self, state: WindowState, timeline: Timeline, composer: Composer) -> None:
        self._state = state
        self._composer = composer
        self._room: Room | None = None
        self._heard = 0  # up to which entry
        timeline.led.connect(self._read)

    def refresh(self) -> None:
        """The state has something else now."""
        room = self._state.here
        newest = room.newest if room is not None else 0
        before, self._heard = self._heard, newest
        if room is not self._room or room is None or newest <= before or not before:  # what it began with
            self._room = room
        elif room.stay.attended and (said := list(_said(room, before))):
            self._read(*reversed(said)) if len(said) <= MOST_READ else self._tell(MANY)

    def _read(self, *rows: Row) -> None:
        self._tell(". ".join(map(_words, rows)))

    def _tell(self, words: str) -> None:
        if self._composer.editor.hasFocus():
            self._composer.aloud.happened(words)


def _said(room: Room, before: int) -> Iterator[MessageRow]:
    """What others said behind that entry, the newest first; one more at most than is read."""
    count = 0
    for row in reversed(room.rows):
        if isinstance(row, MessageRow) and row.seq is not None:
            if row.seq <= before or count > MOST_READ:
                return
            if not row.own:
                count += 1
                yield row


def _words(row: Row) -> str:
    words = spoken(row)
    return words if len(words) <= MOST_CHARS else f"{words[:MOST_CHARS]}..."
