# SPDX-License-Identifier: GPL-3.0-only
"""Lets one choose a day of the room on the screen, and goes to its first message. GUI thread."""

from collections.abc import Callable
from datetime import date
from typing import Any

from loggia.qtclient.asking import Asking
from loggia.qtclient.first_of_day import FirstOfDay
from loggia.qtclient.panels.middle import Middle
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.rows import Day
from loggia.qtclient.state.seeking import MOST_PAGES, Seeking
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import Colors
from loggia.qtclient.timeline.choose_day import ChooseDay
from loggia.qtclient.timeline.parts.ruled import SHOW_DAYS
from loggia.qtclient.way_back import WayBack
from loggia.shared.client.updates import ArchivedEntries, Inquired
from loggia.shared.protocol.requests import History
from PyQt6.QtCore import QPoint

NOTHING = "Nothing has been said here yet."
_BELOW_PX = 4  # between what was pressed and the calendar


class Days:
    """`uncover` takes away what lies over the messages.

    Attributes: `by_id`: what is done by which action; `chooser`: the calendar while it is open."""

    def __init__(
        self,
        middle: Middle,
        state: WindowState,
        asking: Asking,
        seeking: Seeking,
        uncover: Callable[[], object],
        way_back: WayBack,
    ) -> None:
        self._middle = middle
        self._state = state
        self._asking = asking
        self._seeking = seeking
        self._uncover = uncover
        self._way_back = way_back
        self.by_id: dict[str, Callable[[Any], None]] = {SHOW_DAYS.id: self._choose_at}
        self.chooser: ChooseDay | None = None
        self._done = ""  # what was said of where one was led
        middle.header.days.clicked.connect(self.choose)
        middle.timeline.moved.connect(self._moved_on)

    def look(self, colors: Colors) -> None:
        """Other colours of the calendar, if it is open."""
        if self.chooser is not None:
            self.chooser.look(colors)

    # -- which day -----------------------------------------------------------------------------

    def choose(self) -> None:
        """Ask for a day, below the button."""
        button = self._middle.header.days
        self._open(button.mapToGlobal(QPoint(0, button.height() + _BELOW_PX)))

    def _choose_at(self, row: Day) -> None:
        """At the line of a day."""
        self._open(self._middle.timeline.reach.corner(row.key), row.at)

    def _open(self, at: QPoint, shown: int = 0) -> None:
        room, dates = self._state.here, self._state.dates
        if self.chooser is not None:
            return
        if room is None or not room.rows:
            self._middle.composer.tell(NOTHING, "muted")
            return
        on_screen = self._middle.timeline.on_screen()
        shown = shown or (on_screen[0] if on_screen else room.rows[-1]).at
        self.chooser = ChooseDay(dates.date(shown), self._middle.colors, self._middle.window())
        self.chooser.chosen.connect(self.to)
        self.chooser.closed.connect(self._closed)
        self._reach(self.chooser, room)
        self.chooser.open_at(at)

    def _reach(self, chooser: ChooseDay, room: Room) -> None:
        """Let it have the days from the first one to the last of which there is anything; where these are not
        in memory they are asked for."""
        held, dates = room.held, self._state.dates

        def begins(told: ArchivedEntries | Inquired) -> None:
            if told.events and chooser is self.chooser:
                chooser.begins(dates.date(told.events[0].at))

        def ends(told: ArchivedEntries) -> None:
            if told.events and chooser is self.chooser:
                chooser.ends(dates.date(told.events[0].at))

        if room.at_top:
            chooser.begins(dates.date(room.rows[0].at))
        elif held.older and self._state.connected:
            first = History(id="-", room=room.name, after=0, limit=1)
            self._asking.inquire(first, begins, room.epoch)
        else:
            self._asking.read(room.name, room.epoch, held.first, begins)
        if room.detached:
            self._asking.read(room.name, room.epoch, room.newest, ends)
        else:
            chooser.ends(dates.date(room.rows[-1].at))

    def _closed(self) -> None:
        self.chooser = None

    # -- there ---------------------------------------------------------------------------------

    def to(self, day: date | None) -> None:
        """To the first message of that day; where there is none, to the next one. None: ask which day."""
        room = self._state.here
        if day is None:
            self.choose()
        elif room is None or not room.newest:
            self._middle.composer.tell(NOTHING, "muted")
        else:
            goal = FirstOfDay(
                day.toordinal(),
                self._state.dates,
                self._middle.timeline,
                self._way_back,
                self._asking,
                found_out=self._seeking.found_out,
                arrived=self._arrived,
                tell=self._end,
                pages=MOST_PAGES,
            )
            self._uncover()
            self._seeking.to(room.name, goal)

    def _arrived(self, words: str) -> None:
        self._end(words)
        self._done = words

    def _end(self, words: str) -> None:
        self._middle.composer.tell(words, "muted")

    def _moved_on(self) -> None:
        """What was said of the way to a day is of no use to who reads on, or is led elsewhere."""
        done, self._done = self._done, ""
        if done and done == self._middle.composer.hint.text():
            self._end("")
