# SPDX-License-Identifier: GPL-3.0-only
"""Brings a message onto the screen that was found by its number: loads what is missing to it. GUI thread."""

from collections.abc import Callable

from loggia.qtclient.state.message import Key
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.commands import LoadOlder

PAGE = 1000  # entries loaded at once
MOST_PAGES = 20  # what is further back is not loaded for one message
NOT_HERE = "This message is not on this computer, and there is no connection."
NOT_GIVEN = "This message was not given: try again later."
TOO_FAR = "This message is too far back to go there from here. Scroll up for older ones."


class Jumping:
    """`uncover` takes away what lies over the messages; `ask` hands a command to the link; `tell` says a
    sentence to who sits here."""

    def __init__(
        self,
        state: WindowState,
        uncover: Callable[[], object],
        *,
        ask: Callable[[LoadOlder], object],
        tell: Callable[[str], None],
    ) -> None:
        self._state = state
        self._uncover = uncover
        self._ask = ask
        self._tell = tell
        self._arrive: Callable[[Key], bool] = lambda key: False
        self._wanted: tuple[str, int] | None = None
        self._pages = 0
        self._asked = False  # the copy, for the page around it

    @property
    def seeks(self) -> bool:
        """What is on the way to it is to stay in memory."""
        return self._wanted is not None

    def to(self, room: str, seq: int, arrive: Callable[[Key], bool]) -> None:
        """To entry `seq` of the room on the screen, as soon as it is here. `arrive` brings the row with a key
        onto the screen if it is in memory, and says whether it is."""
        self._arrive = arrive
        self._wanted, self._pages, self._asked = (room, seq), MOST_PAGES, False
        self._state.lit = None
        if self._state.here is not None:
            self._state.here.refused = False
        self._uncover()
        self.step()

    def stop(self) -> bool:
        """Go there no more. False where one was not on the way."""
        was, self._wanted = self.seeks, None
        return was

    def step(self) -> None:
        """Go on, as far as what came since allows."""
        here = self._state.here
        if self._wanted is None:
            return
        name, seq = self._wanted
        if here is None or here.name != name:  # whoever sits here went elsewhere
            self._wanted = None
        elif not here.newest or here.awaits(connected=self._state.connected):
            return  # it comes by itself
        elif seq > here.newest:  # so does this, but for
            if not self._state.connected:
                self._end(NOT_HERE)
        elif self._arrive(("seq", seq)) or here.oldest <= seq <= here.last:  # or it is there no more
            self._wanted = None
        elif here.refused:
            self._end(self._state.problem or NOT_GIVEN)
        elif not self._asked and self._is_far(here, seq):
            self._asked = True
            self._ask(here.load(PAGE, min(seq + PAGE // 2, here.newest + 1)))
        elif seq > here.last:
            self._wanted = None
        elif here.at_top or not self._pages:
            self._end(TOO_FAR)
        elif not self._state.connected and here.is_elsewhere(here.before):
            self._end(NOT_HERE)
        else:
            self._pages -= 1
            self._ask(here.load(PAGE, here.before))

    def _end(self, words: str) -> None:
        self._wanted = None
        self._tell(words)

    def _is_far(self, room: Room, seq: int) -> bool:
        """This computer has it, and not among the next ones to come into memory."""
        has = room.held.first <= seq <= room.held.last
        return seq > room.last or (has and seq < room.oldest - PAGE)
