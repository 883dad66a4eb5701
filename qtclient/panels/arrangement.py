# SPDX-License-Identifier: GPL-3.0-only
"""Where the panels of a window are: beside the messages, or over them where there is no room for both.

GUI thread.
"""

from loggia.qtclient.panels import people, sidebar
from loggia.qtclient.panels.bars import Header, Scrim, StatusLine
from loggia.qtclient.panels.people import PeoplePanel
from loggia.qtclient.panels.sidebar import Sidebar
from PyQt6.QtWidgets import QWidget

NARROW_PX = 700  # below this the side panels fold by themselves and open over the messages


class Arrangement:
    """Places these in `area`; `middle` is all between the panels.

    `people_open`: the people panel is, where there is room for it beside the messages.
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
        self.people_open = True
        self._sidebar_over = False
        self._people_over = False

    @property
    def narrow(self) -> bool:
        return self._area.width() < NARROW_PX

    def toggle_sidebar(self) -> None:
        self._sidebar_over = not self._sidebar_over
        self._people_over = False
        self.place()

    def toggle_people(self) -> None:
        if self.narrow:
            self._people_over = not self._people_over
            self._sidebar_over = False
        else:
            self.people_open = not self.people_open
        self.place()

    def fold_sidebar(self) -> None:
        """Where it is over the messages; beside them it stays."""
        self._sidebar_over = False
        self.place()

    def fold(self) -> None:
        """Nothing is over the messages any more."""
        self._people_over = False
        self.fold_sidebar()

    def place(self) -> None:
        """All of them, for the size that the window has now."""
        wide, tall = self._area.width(), self._area.height() - self._status.height()
        narrow = self.narrow
        left = 0 if narrow else sidebar.WIDTH_PX
        right = 0 if narrow or not self.people_open else people.WIDTH_PX
        self._status.setGeometry(0, tall, wide, self._status.height())
        self._middle.setGeometry(left, 0, wide - left - right, tall)
        self._sidebar.setGeometry(0, 0, sidebar.WIDTH_PX, tall)
        self._people.setGeometry(wide - people.WIDTH_PX, 0, people.WIDTH_PX, tall)
        self._sidebar.setVisible(not narrow or self._sidebar_over)
        self._people.setVisible(self._people_over if narrow else self.people_open)
        self._header.menu.setVisible(narrow)
        self._header.count.setVisible(not self._people.isVisibleTo(self._area))
        self._scrim.setGeometry(0, 0, wide, tall)
        self._scrim.setVisible(narrow and (self._sidebar_over or self._people_over))
        self._scrim.raise_()
        self._sidebar.raise_()
        self._people.raise_()
