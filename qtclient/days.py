# SPDX-License-Identifier: GPL-3.0-only
"""Goes to the first message of a day of the room on the screen: in memory, in the copy on this computer,
or on the server. GUI thread.

In the copy the day is found by looking at single entries (state/day_search.py), and one page about it is
read. What only the server has comes page by page, as for every jump.
"""

from bisect import bisect_left
from collections.abc import Callable
from datetime import date
from typing import Any

from loggia.qtclient.asking import Asking
from loggia.qtclient.jumping import MOST_PAGES, PAGE
from loggia.qtclient.panels.middle import Middle
from loggia.qtclient.state.day_search import DaySearch
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.rows import Day, MessageRow
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.state.trail import Station
from loggia.qtclient.timeline.choose_day import ChooseDay
from loggia.qtclient.timeline.parts.ruled import SHOW_DAYS
from loggia.qtclient.way_back import WayBack
from loggia.shared.client.commands import LoadOlder
from loggia.shared.client.updates import ArchivedEntries, Inquired
from loggia.shared.protocol.events import StoredEvent
from loggia.shared.protocol.requests import History
from PyQt6.QtCore import QPoint

NOTHING = "Nothing has been said here yet."
_BELOW_PX = 4  # between what was pressed and the calendar


class Days:
    """`ask`: hands a command to the link; `uncover` takes away what lies over the messages.

    Attributes: `by_id`: what is done by which action; `chooser`: the calendar while it is open."""

    def __init__(
        self,
        middle: Middle,
        state: WindowState,
        asking: Asking,
        ask: Callable[[LoadOlder], object],
        uncover: Callable[[], object],
        way_back: WayBack,
    ) -> None:
        self._middle = middle
        self._state = state
        self._asking = asking
        self._ask = ask
        self._uncover = uncover
        self._way_back = way_back
        self._left: Station | None = None
        self.by_id: dict[str, Callable[[Any], None]] = {SHOW_DAYS.id: self._choose_at}
        self.chooser: ChooseDay | None = None
        self._wanted: tuple[str, int] | None = None  # in which room, and which day
        self._search: DaySearch | None = None
        self._looking = False  # an entry of the copy is read
        self._went = False  # to where the search ended
        self._pages = 0
        self._done = ""  # what was said of where one was led
        middle.header.days.clicked.connect(self.choose)
        middle.timeline.moved.connect(self._moved_on)

    @property
    def seeks(self) -> bool:
        """What is on the way to it is to stay in memory."""
        return self._wanted is not None

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
            self._wanted, self._pages = (room.name, day.toordinal()), MOST_PAGES
            self._search, self._looking, self._went = None, False, False
            self._left = self._way_back.here()
            room.refused = False
            self._uncover()
            self.step()

    def stop(self) -> bool:
        """Go there no more. False where one was not on the way."""
        was, self._wanted = self.seeks, None
        return was

    def step(self) -> None:
        """Go on, as far as what came since allows."""
        if self._wanted is None:
            return
        (name, day), room = self._wanted, self._state.here
        if room is None or room.name != name:  # whoever sits here went elsewhere
            self._wanted = None
        elif self._looking or room.awaits(connected=self._state.connected) or self._arrive(room, day):
            return
        elif room.refused:
            self._wanted = None
            self._end(f"What was said on {self._state.dates.words(day)} was not given: try again later.")
        else:
            self._go_on(room, day)

    def _arrive(self, room: Room, day: int) -> bool:
        """Show it, if it is in memory, or if it is known that there is none."""
        ordinal, words = self._state.dates.ordinal, self._state.dates.words
        if not self._is_before(room, day):
            return False
        place = bisect_left(room.rows, day, key=lambda row: ordinal(row.at))
        row = next((row for row in room.rows[place:] if isinstance(row, MessageRow)), None)
        if row is None and room.detached:
            return False
        self._wanted = None
        if row is None:
            self._way_back.newest(self._left)
            self._arrived(f"Nothing was said on {words(day)} or since. These are the newest messages.")
            return True
        self._way_back.left(self._left)
        self._middle.timeline.go_to(row.key, first=True)
        next_day = ordinal(row.at)
        missed = f"Nothing was said on {words(day)}. Next is {words(next_day)}."
        self._arrived("" if next_day == day else missed)
        return True

    def _is_before(self, room: Room, day: int) -> bool:
        """Rows in memory begin before that day, or where the room begins."""
        return room.at_top or (bool(room.rows) and self._state.dates.ordinal(room.rows[0].at) < day)

    def _go_on(self, room: Room, day: int) -> None:
        held = room.held
        if self._search is None:
            last = min(held.last, room.newest)
            self._search = DaySearch(min(held.first, last + 1), last, day)
        if (seq := self._search.look) is not None:
            self._looking = True
            search = self._search
            self._asking.read(room.name, room.epoch, seq, lambda told: self._looked(search, seq, told.events))
            return
        found, went, self._went = self._search.found, self._went, True
        is_here = held.first <= found <= held.last and not (found == held.first and held.older)
        if not self._pages:
            self._give_up(room, day)
        elif not went and (is_here or found > held.last >= held.first):
            self._load(room, min(found + PAGE // 2, room.newest + 1))
        elif went and self._is_before(room, day):
            self._load(room, min(room.last + PAGE, room.newest) + 1)
        else:
            self._load_older(
                room, day, min(room.oldest, held.first) if held.first <= held.last else room.oldest
            )

    def _looked(self, search: DaySearch, seq: int, events: list[StoredEvent]) -> None:
        if search is self._search:
            self._looking = False
            search.told(seq, self._state.dates.ordinal(events[0].at) if events else None)
            self.step()

    def _load_older(self, room: Room, day: int, before: int) -> None:
        """Of what only the server may have."""
        if self._state.connected or not room.is_elsewhere(before):
            self._load(room, before)
            return
        self._wanted = None
        words = self._state.dates.words(day)
        self._end(f"What was said on {words} is not on this computer, and there is no connection.")

    def _give_up(self, room: Room, day: int) -> None:
        """As near as it has come; the next time it goes on from there."""
        self._wanted = None
        row = next((row for row in room.rows if isinstance(row, MessageRow)), None)
        if row is not None:
            self._way_back.left(self._left)
            self._middle.timeline.go_to(row.key, first=True)
        words = self._state.dates.words(day)
        self._end(f"{words} is too far away to go there at once. Choose it again to go on from here.")

    def _load(self, room: Room, before: int) -> None:
        self._pages -= 1
        self._ask(room.load(PAGE, before))

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
