# SPDX-License-Identifier: GPL-3.0-only
"""Where the panels of a window are: beside the messages, or over them where there is no room for both.

What lies under an open panel can be neither seen nor written into: it has no focus and gets none. GUI thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from loggia.qtclient.panels import people, sidebar, thread
from loggia.qtclient.panels.bars import Header, Scrim, StatusLine
from loggia.qtclient.panels.people import PeoplePanel
from loggia.qtclient.panels.sidebar import Sidebar
from loggia.qtclient.panels.thread import ThreadPanel
from PyQt6 import sip
from PyQt6.QtWidgets import QWidget

# Up to this width a panel folds by itself and opens over the messages: beside what is beside them they keep
# more than 480 px, a line of some 60 characters. The people go first: rooms are what one moves by.
NARROW_PX = 700  # the rooms
PEOPLE_PX = 880  # the people
THREAD_PX = 1040  # a thread


@dataclass(eq=False, slots=True)
class Side:
    """A panel at a side. `first`: what in it gets the keyboard; `folds_px`: up to which width of the window
    there is no room for it; `open`: it is shown where there is."""

    panel: QWidget
    first: QWidget
    wide_px: int
    folds_px: int
    at_left: bool = False
    open: bool = True


class Arrangement:
    """Places these in `area`; `middle` is all between the panels. Of those at one side, one is shown."""

    def __init__(
        self,
        area: QWidget,
        *,
        middle: QWidget,
        header: Header,
        sidebar_panel: Sidebar,
        people_panel: PeoplePanel,
        thread_panel: ThreadPanel,
        status: StatusLine,
        scrim: Scrim,
    ) -> None:
        self._area = area
        self._middle = middle
        self._header = header
        self._status = status
        self._scrim = scrim
        self._rooms = Side(sidebar_panel, sidebar_panel.rooms, sidebar.WIDTH_PX, NARROW_PX, at_left=True)
        self._people = Side(people_panel, people_panel.list, people.WIDTH_PX, PEOPLE_PX)
        written = thread_panel.composer.editor
        self._thread = Side(thread_panel, written, thread.WIDTH_PX, THREAD_PX, open=False)
        # At a side the first open one shows.
        self._sides: Sequence[Side] = (self._rooms, self._thread, self._people)
        self._over: Side | None = None  # the panel that is over the messages
        self._covering: Side | None = None  # the one under which they have no focus
        self._had_focus: QWidget | None = None  # in the messages, until they were covered

    @property
    def people_open(self) -> bool:
        """The people are shown where there is room for them beside the messages."""
        return self._people.open

    @people_open.setter
    def people_open(self, shown: bool) -> None:
        self._people.open = shown

    @property
    def thread_covers(self) -> bool:
        """A thread is over the messages."""
        return self._over is self._thread

    def toggle_sidebar(self) -> None:
        self._toggle(self._rooms)

    def toggle_people(self) -> None:
        self._toggle(self._people)

    def show_thread(self) -> None:
        """The keyboard is in it then."""
        self._thread.open = True
        if self._folds(self._thread):
            self._over = self._thread
        self.place()
        self._thread.first.setFocus()

    def hide_thread(self) -> None:
        self._thread.open = False
        self._over = None if self._over is self._thread else self._over
        self.place()

    def fold(self) -> bool:
        """Nothing is over the messages any more. False if nothing was."""
        was, self._over = self._over, None
        if was is self._thread:
            was.open = False
        self.place()
        return was is not None

    def place(self) -> None:
        """All of them, for the size that the window has now."""
        if self._over is None and self._thread.open and self._has_keyboard(self._thread):
            self._over = self._thread  # the window is narrower now: where one writes does not go away
        wide, tall = self._area.width(), self._area.height() - self._status.height()
        over = self._over = self._over if self._over is not None and self._folds(self._over) else None
        beside = [side for side in self._sides if side is not over and self._shows(side)]
        left = sum(side.wide_px for side in beside if side.at_left)
        right = sum(side.wide_px for side in beside if not side.at_left)
        self._status.setGeometry(0, tall, wide, self._status.height())
        self._middle.setGeometry(left, 0, wide - left - right, tall)
        for side in self._sides:
            panel_px = min(side.wide_px, wide)
            side.panel.setGeometry(0 if side.at_left else wide - panel_px, 0, panel_px, tall)
        self._release(over)
        for side in self._sides:
            side.panel.setVisible(self._shows(side))
        self._header.menu.setVisible(not self._stands(self._rooms))
        self._header.count.setVisible(not self._people.panel.isVisibleTo(self._area))
        self._scrim.setGeometry(0, 0, wide, tall)
        self._scrim.setVisible(over is not None)
        if over is None:
            self._scrim.lower()
        else:
            self._scrim.raise_()
            over.panel.raise_()
        self._cover(over)

    def _folds(self, side: Side) -> bool:
        return self._area.width() <= side.folds_px

    def _shows(self, side: Side) -> bool:
        if self._folds(side):
            return self._over is side
        return side.open and not any(self._stands(other) for other in self._before(side))

    def _stands(self, side: Side) -> bool:
        """It is open beside the messages, so that what is behind it at its side is not seen."""
        return side.open and not self._folds(side)

    def _before(self, side: Side) -> list[Side]:
        before = self._sides[: self._sides.index(side)]
        return [other for other in before if other.at_left == side.at_left]

    def _has_keyboard(self, side: Side) -> bool:
        window = self._area.window()
        focus = window.focusWidget() if window is not None else None
        return focus is not None and side.panel.isAncestorOf(focus) and focus.isVisibleTo(self._area)

    def _toggle(self, side: Side) -> None:
        if self._folds(side):
            self._over = None if self._over is side else side
        elif self._shows(side):
            side.open = False
        else:
            side.open = True
            for other in self._before(side):
                other.open = False
        self.place()

    def _release(self, over: Side | None) -> None:
        """Before the panel is hidden: what it covered can be written into, and has the focus that it had."""
        if self._covering is None or over is not None:
            return
        self._covering = None
        self._middle.setEnabled(True)
        self._status.setEnabled(True)
        had, self._had_focus = self._had_focus, None
        if had is not None and not sip.isdeleted(had) and had.isVisibleTo(self._middle):
            had.setFocus()

    def _cover(self, over: Side | None) -> None:
        """Once the panel is shown: the keyboard is in it, and nothing under it takes a key."""
        if over is None or over is self._covering:
            return
        if self._covering is None:
            window = self._area.window()
            focus = window.focusWidget() if window is not None else None
            self._had_focus = focus if focus is not None and self._middle.isAncestorOf(focus) else None
        self._covering = over
        over.first.setFocus()
        self._middle.setEnabled(False)
        self._status.setEnabled(False)
