# SPDX-License-Identifier: GPL-3.0-only
"""Brings a message onto the screen that was found by its number, however far away it is. GUI thread."""

from collections.abc import Callable

from loggia.qtclient.state.message import Key
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.seeking import PAGE, Goal, Seeking
from loggia.qtclient.state.state import WindowState

NOT_HERE = "This message is not on this computer, and there is no connection."
NOT_GIVEN = "This message was not given: try again later."
TOO_FAR = "This message is too far back to go there from here. Scroll up for older ones."


class Jumping:
    """`uncover` takes away what lies over the messages; `tell` says a sentence to who sits here."""

    def __init__(
        self,
        state: WindowState,
        seeking: Seeking,
        uncover: Callable[[], object],
        tell: Callable[[str], None],
    ) -> None:
        self._state = state
        self._seeking = seeking
        self._uncover = uncover
        self._tell = tell

    def to(self, room: str, seq: int, arrive: Callable[[Key], bool]) -> None:
        """To entry `seq` of the room on the screen, as soon as it is here. `arrive` brings the row with a key
        onto the screen if it is in memory, and says whether it is."""
        self._state.lit = None
        self._uncover()
        self._seeking.to(room, _Entry(self._state, seq, arrive, self._tell))


class _Entry(Goal):
    """The entry `seq`."""

    def __init__(
        self, state: WindowState, seq: int, arrive: Callable[[Key], bool], tell: Callable[[str], None]
    ) -> None:
        super().__init__(tell, not_here=NOT_HERE, not_given=NOT_GIVEN)
        self._state = state
        self._seq = seq
        self._arrive = arrive
        self._asked = False  # the copy, for the page around it

    def comes(self, room: Room) -> bool:
        return not room.newest or (self._seq > room.newest and self._state.connected)

    def arrive(self, room: Room) -> bool:
        """Or it is there no more."""
        return self._arrive(("seq", self._seq)) or room.oldest <= self._seq <= room.last

    def missing(self, room: Room) -> int | str:
        if self._seq > room.newest:
            return NOT_HERE
        if not self._asked and self._is_far(room):
            self._asked = True
            return min(self._seq + PAGE // 2, room.newest + 1)
        if self._seq > room.last:
            return ""
        return TOO_FAR if room.at_top or not self.pages else room.before

    def _is_far(self, room: Room) -> bool:
        """This computer has it, and not among the next ones to come into memory."""
        has = room.held.first <= self._seq <= room.held.last
        return self._seq > room.last or (has and self._seq < room.oldest - PAGE)
