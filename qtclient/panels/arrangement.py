# SPDX-License-Identifier: GPL-3.0-only
"""Where the panels of a window are: beside the messages, or over them where there is no room for both.

What lies under an open panel can be neither seen nor written into: it has no focus and gets none. GUI thread.
"""

from loggia.qtclient.panels import people, sidebar
from loggia.qtclient.panels.bars import Header, Scrim, StatusLine
from loggia.qtclient.panels.people import PeoplePanel
from loggia.qtclient.panels.sidebar import Sidebar
from PyQt6 import sip
from PyQt6.QtWidgets import QWidget

# Up to this width a panel folds by itself and opens over the messages: beside what is beside them they keep
# more than 480 px, a line of some 60 characters. The people go first: rooms are what one moves by.
NARROW_PX = 700  # the rooms
PEOPLE_PX = 880  # the people


class Arrangement:
    """Places these in `area`; `middle` is all between the panels.

    `sidebar_open`, `people_open`: that panel is, where there is room for it beside the messages.
    """

    def __init__(
        self,
        area: QWidget,
        *,
        middle: QWidget,
        header: Header,
        sidebar: Sidebar,
        people: PeoplePanel,
        status: StatusLine,
        scrim: Scrim,
    ) -> None:
        self._area = area
        self._middle = middle
        self._header = header
        self._sidebar = sidebar
        self._people = people
        self._status = status
        self._scrim = scrim
        self.sidebar_open = self.people_open = True
        self._over: Sidebar | PeoplePanel | None = None  # the panel that is over the messages
        self._covering: QWidget | None = None  # the one under which they have no focus
        self._had_focus: QWidget | None = None  # in the messages, until they were covered

    @property
    def narrow(self) -> bool:
        """There is no room for the rooms beside the messages, and none for the people."""
        return self._area.width() <= NARROW_PX

    @property
    def people_fold(self) -> bool:
        """There is no room for the people beside the messages."""
        return self._area.width() <= PEOPLE_PX

    def toggle_sidebar(self) -> None:
        if self.narrow:
            self._over = None if self._over is self._sidebar else self._sidebar
        else:
            self.sidebar_open = not self.sidebar_open
        self.place()

    def toggle_people(self) -> None:
        if self.people_fold:
            self._over = None if self._over is self._people else self._people
        else:
            self.people_open = not self.people_open
        self.place()

    def fold(self) -> bool:
        """Nothing is over the messages any more. False if nothing was."""
        was, self._over = self._over, None
        self.place()
        return was is not None

    def place(self) -> None:
        """All of them, for the size that the window has now."""
        wide, tall = self._area.width(), self._area.height() - self._status.height()
        narrow, people_fold = self.narrow, self.people_fold
        folds = {self._sidebar: narrow, self._people: people_fold}
        over = self._over = self._over if self._over is not None and folds[self._over] else None
        left = 0 if narrow or not self.sidebar_open else sidebar.WIDTH_PX
        right = 0 if people_fold or not self.people_open else people.WIDTH_PX
        self._status.setGeometry(0, tall, wide, self._status.height())
        self._middle.setGeometry(left, 0, wide - left - right, tall)
        self._sidebar.setGeometry(0, 0, sidebar.WIDTH_PX, tall)
        self._people.setGeometry(wide - people.WIDTH_PX, 0, people.WIDTH_PX, tall)
        self._release(over)
        self._sidebar.setVisible(over is self._sidebar if narrow else self.sidebar_open)
        self._people.setVisible(over is self._people if people_fold else self.people_open)
        self._header.menu.setVisible(narrow or not self.sidebar_open)
        self._header.count.setVisible(not self._people.isVisibleTo(self._area))
        self._scrim.setGeometry(0, 0, wide, tall)
        self._scrim.setVisible(over is not None)
        self._scrim.raise_()
        self._sidebar.raise_()
        self._people.raise_()
        self._cover(over)

    def _release(self, over: QWidget | None) -> None:
        """Before the panel is hidden: what it covered can be written into, and has the focus that it had."""
        if self._covering is None or over is not None:
            return
        self._covering = None
        self._middle.setEnabled(True)
        self._status.setEnabled(True)
        had, self._had_focus = self._had_focus, None
        if had is not None and not sip.isdeleted(had) and had.isVisibleTo(self._middle):
            had.setFocus()

    def _cover(self, over: QWidget | None) -> None:
        """Once the panel is shown: the keyboard is in it, and nothing under it takes a key."""
        if over is None or over is self._covering:
            return
        if self._covering is None:
            window = self._area.window()
            focus = window.focusWidget() if window is not None else None
            self._had_focus = focus if focus is not None and self._middle.isAncestorOf(focus) else None
        self._covering = over
        (self._sidebar.rooms if over is self._sidebar else self._people.list).setFocus()
        self._middle.setEnabled(False)
        self._status.setEnabled(False)
