# SPDX-License-Identifier: GPL-3.0-only
"""The way to what may not be in memory: page by page of the log, until it is there, or it is known that it
does not come. Pure: no thread, no clock, no Qt.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

from loggia.qtclient.state.room import Room
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.commands import LoadOlder

PAGE = 1000  # entries loaded at once
MOST_PAGES = 20  # what is further back is not loaded for one goal
RESTORED = "The server's messages were restored: what you were on the way to may be gone there."


class Goal(ABC):
    """Where in a room somebody goes. `tell` says a sentence to who sits here: `not_here`, where only the
    server has what is missing and there is no connection; `not_given`, where nobody gave it.

    Attribute `pages`: how many more may be loaded for it.
    """

    def __init__(
        self, tell: Callable[[str], object], *, not_here: str, not_given: str, pages: int = MOST_PAGES
    ) -> None:
        self.tell = tell
        self.not_here, self.not_given = not_here, not_given
        self.pages = pages

    def comes(self, room: Room) -> bool:
        """What is missing is under way already, or comes by itself."""
        return False

    @abstractmethod
    def arrive(self, room: Room) -> bool:
        """Show it, if it is in memory. True: it is shown, or it is known that there is none."""

    @abstractmethod
    def missing(self, room: Room) -> int | str | None:
        """Before which entry the page ends that is to be loaded next. Or why there is none, in a sentence;
        "": nothing is to be said of it. None: that is being found out."""

    def load(self, room: Room, before: int) -> LoadOlder:
        """The command that asks for that page, which is under way from now on."""
        self.pages -= 1
        return room.load(PAGE, before)


class Seeking:
    """One goal at a time, in the room on the screen. `ask` hands a command to the link."""

    def __init__(self, state: WindowState, ask: Callable[[LoadOlder], object]) -> None:
        self._state = state
        self._ask = ask
        self._room = ""
        self._epoch = ""  # of the life of its log that the goal is in, once that is known
        self._goal: Goal | None = None

    @property
    def seeks(self) -> bool:
        """What is on the way to a goal is to stay in memory."""
        return self._goal is not None

    def to(self, room: str, goal: Goal) -> None:
        """Go there, as soon as it is here, and nowhere else any more."""
        self._room, self._epoch, self._goal = room, "", goal
        if self._state.here is not None:
            self._state.here.refused = False
        self.step()

    def stop(self) -> bool:
        """Go there no more. False where nobody was on the way."""
        was, self._goal = self.seeks, None
        return was

    def step(self) -> None:
        """Go on, as far as what came since allows."""
        goal = self._goal
        room = None if goal is None else self._where(goal)
        if goal is None or room is None:
            return
        if room.awaits(connected=self._state.connected) or goal.comes(room):
            return
        self._goal = None  # which may lead on to another one
        if goal.arrive(room):
            return
        self._goal = goal
        self._load(goal, room)

    def found_out(self, goal: Goal) -> None:
        """What was `missing` on the way to that goal can be said now. Rows that came meanwhile may not be on
        the screen yet: they are looked at by the next step."""
        room = self._where(goal) if goal is self._goal else None
        if room is not None and not room.awaits(connected=self._state.connected):
            self._load(goal, room)

    def _where(self, goal: Goal) -> Room | None:
        """The room that it is in. None: it ends; another one is on the screen, or another life of its log."""
        room = self._state.here
        if room is None or room.name != self._room:  # whoever sits here went elsewhere
            self._goal = None
            return None
        if self._epoch not in ("", room.epoch):  # the same numbers are of other messages
            self._goal = None
            goal.tell(RESTORED)
            return None
        self._epoch = room.epoch
        return room

    def _load(self, goal: Goal, room: Room) -> None:
        """Ask for what is missing, or end it."""
        missing = (self._state.problem or goal.not_given) if room.refused else goal.missing(room)
        if isinstance(missing, int) and not self._state.connected and room.is_elsewhere(missing):
            missing = goal.not_here
        if isinstance(missing, int):
            self._ask(goal.load(room, missing))
        elif missing is not None:
            self._goal = None
            if missing:
                goal.tell(missing)
