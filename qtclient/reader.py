# SPDX-License-Identifier: GPL-3.0-only
"""What of the room on the screen is read, and what is fetched so that it can be. GUI thread.

Read is what was on the screen of an active window for half a second.
"""

import math
from collections.abc import Callable

from loggia.qtclient.asking import Asking
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.seeking import Goal, Seeking
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.view import Timeline
from loggia.shared.client.commands import LoadOlder
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

NOT_HERE = "The message that names you is not on this computer, and there is no connection."
NOT_GIVEN = "The message that names you was not given: try again later."


class Reader(QObject):
    """`clock`: seconds, as the state's; `is_active`: whether the window is. Signals: `asked` with a command
    for the link; `wanted` with the entry that is to be shown; `came` when something was read, or another
    place is looked at, and it is to be shown."""

    asked = pyqtSignal(object)
    wanted = pyqtSignal(int)
    came = pyqtSignal()

    def __init__(
        self,
        state: WindowState,
        timeline: Timeline,
        asking: Asking,
        seeking: Seeking,
        clock: Callable[[], float],
        is_active: Callable[[], bool],
    ) -> None:
        super().__init__(timeline)
        self._state = state
        self._timeline = timeline
        self._asking = asking
        self._seeking = seeking
        self._clock = clock
        self._is_active = is_active
        self.due = QTimer(self)
        self.due.setSingleShot(True)
        self.due.timeout.connect(self.came)
        timeline.jumps.mention.clicked.connect(self.go_mention)

    def look(self) -> None:
        """See what is on the screen, and tell what is read."""
        now, state, timeline = self._clock(), self._state, self._timeline
        is_seen = self._is_active() and timeline.isEnabled() and not timeline.is_behind  # and not covered
        state.attend(timeline.in_sight() if is_seen else None, now, newest=timeline.follows)
        for mark in state.take_marks():
            self.asked.emit(mark)
        due_at = state.read_at(now)
        if due_at is None:
            self.due.stop()
        else:
            self.due.start(math.ceil((due_at - now) * 1000) + 1)

    def refresh(self) -> None:
        """The timeline shows another state."""
        room = self._state.here
        self.look()
        if room is not None and (wanted := room.take_wanted()):
            self.asked.emit(wanted)
        if room is not None and self._asking.answered_by(self._timeline.on_screen(), room):
            self.came.emit()
        self._timeline.show_unread(room.unread if room else 0, room.mentions if room else 0)

    def go_mention(self) -> None:
        """To the first unread message that means me, then to the next one."""
        if (room := self._state.here) is not None and room.mentions:
            self._seeking.to(room.name, _Mention(self.wanted.emit, self._tell))

    def _tell(self, words: str) -> None:
        self._state.problem = words
        self.came.emit()


class _Mention(Goal):
    """The first unread message that means me, however far back it is; `found` with its number."""

    def __init__(self, found: Callable[[int], object], tell: Callable[[str], object]) -> None:
        super().__init__(tell, not_here=NOT_HERE, not_given=NOT_GIVEN)
        self._found = found

    def arrive(self, room: Room) -> bool:
        if not room.mentions:
            return True
        if (seq := room.reading.next_mention()) is not None:
            self._found(seq)
        return seq is not None

    def missing(self, room: Room) -> int | str:
        if room.wanted(mention=True):
            return room.opening.before_mention
        return NOT_HERE if room.loading else ""

    def load(self, room: Room, before: int) -> LoadOlder:
        wanted = room.take_wanted(mention=True)
        assert wanted is not None
        return wanted
