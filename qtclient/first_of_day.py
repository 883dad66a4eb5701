# SPDX-License-Identifier: GPL-3.0-only
"""On the way to the first message of a day: in memory, in the copy on this computer, or on the server. GUI
thread.

In the copy the day is found by looking at single entries (state/day_search.py), and one page about it is
read. What only the server has comes page by page, as for every goal.
"""

from bisect import bisect_left
from collections.abc import Callable

from loggia.qtclient.asking import Asking
from loggia.qtclient.state.dates import Dates
from loggia.qtclient.state.day_search import DaySearch
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.state.seeking import PAGE, Goal
from loggia.qtclient.timeline.view import Timeline
from loggia.qtclient.way_back import WayBack
from loggia.shared.client.updates import ArchivedEntries


class FirstOfDay(Goal):
    """The first message of the day of that number, of `dates`; where there is none, of the next one.

    `tell` as of a goal, and `arrived` says how one stands there ("": as one wished); `found_out` as
    of Seeking; `pages`: how many may be loaded on the way.
    """

    def __init__(
        self,
        day: int,
        dates: Dates,
        timeline: Timeline,
        way_back: WayBack,
        asking: Asking,
        *,
        found_out: Callable[[Goal], object],
        arrived: Callable[[str], object],
        tell: Callable[[str], object],
        pages: int,
    ) -> None:
        words = dates.words(day)
        super().__init__(
            tell,
            not_here=f"What was said on {words} is not on this computer, and there is no connection.",
            not_given=f"What was said on {words} was not given: try again later.",
            pages=pages,
        )
        self._day = day
        self._dates = dates
        self._timeline = timeline
        self._way_back = way_back
        self._asking = asking
        self._found_out = found_out
        self._arrived = arrived
        self._left = way_back.here()
        self._search: DaySearch | None = None
        self._looking = False  # an entry of the copy is read
        self._went = False  # to where the search ended

    def comes(self, room: Room) -> bool:
        return self._looking

    def arrive(self, room: Room) -> bool:
        ordinal, words = self._dates.ordinal, self._dates.words
        if not self._is_before(room):
            return False
        place = bisect_left(room.rows, self._day, key=lambda row: ordinal(row.at))
        row = next((row for row in room.rows[place:] if isinstance(row, MessageRow)), None)
        if row is None and room.detached:
            return False
        if row is None:
            self._way_back.newest(self._left)
            self._arrived(f"Nothing was said on {words(self._day)} or since. These are the newest messages.")
            return True
        self._show(row)
        next_day = ordinal(row.at)
        missed = f"Nothing was said on {words(self._day)}. Next is {words(next_day)}."
        self._arrived("" if next_day == self._day else missed)
        return True

    def missing(self, room: Room) -> int | str | None:
        held = room.held
        if self._search is None:
            last = min(held.last, room.newest)
            self._search = DaySearch(min(held.first, last + 1), last, self._day)
        if (seq := self._search.look) is not None:
            self._looking = True
            self._asking.read(room.name, room.epoch, seq, lambda told: self._looked(seq, told))
            return None
        found, went, self._went = self._search.found, self._went, True
        is_here = held.first <= found <= held.last and not (found == held.first and held.older)
        if not self.pages:
            return self._as_near_as_it_came(room)
        if not went and (is_here or found > held.last >= held.first):
            return min(found + PAGE // 2, room.newest + 1)
        if went and self._is_before(room):
            return min(room.last + PAGE, room.newest) + 1
        return min(room.oldest, held.first) if held.first <= held.last else room.oldest

    def _looked(self, seq: int, told: ArchivedEntries) -> None:
        self._looking = False
        if self._search is not None:
            self._search.told(seq, self._dates.ordinal(told.events[0].at) if told.events else None)
        self._found_out(self)

    def _is_before(self, room: Room) -> bool:
        """Rows in memory begin before that day, or where the room begins."""
        return room.at_top or (bool(room.rows) and self._dates.ordinal(room.rows[0].at) < self._day)

    def _as_near_as_it_came(self, room: Room) -> str:
        """The next time it goes on from there."""
        row = next((row for row in room.rows if isinstance(row, MessageRow)), None)
        if row is not None:
            self._show(row)
        words = self._dates.words(self._day)
        return f"{words} is too far away to go there at once. Choose it again to go on from here."

    def _show(self, row: MessageRow) -> None:
        self._way_back.left(self._left)
        self._timeline.go_to(row.key, first=True)
