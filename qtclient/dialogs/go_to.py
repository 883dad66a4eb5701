# SPDX-License-Identifier: GPL-3.0-only
"""Asks where to go: finds rooms, people and messages as one writes. GUI thread, while it is open."""

import time
from collections.abc import Callable

from loggia.qtclient.asking import Asking
from loggia.qtclient.dialogs.fitted import FittedDialog, Wrapped
from loggia.qtclient.dialogs.found_rows import FoundDelegate
from loggia.qtclient.models.keyed import ROW, KeyedModel, SectionRow
from loggia.qtclient.panels.plain_list import PlainList
from loggia.qtclient.state.finding import Finder, Found, RoomToMake, spoken
from loggia.qtclient.style.field import Field
from loggia.qtclient.style.theme import Colors
from loggia.shared.client.updates import Inquired
from loggia.shared.protocol.requests import Inquiry
from PyQt6.QtCore import QModelIndex, Qt, QTimer
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QAbstractItemView, QVBoxLayout, QWidget

WIDE_PX, TALL_PX = 520, 460
LEAST_LIST_PX = 68  # two of them
HINT = (
    "Enter goes there. A room that does not exist yet is made by the last row; "
    "% before its name makes a private one, @ finds people."
)
LOOKING = "Looking for it. Down goes to what would be made."
PAUSE_MS = 150  # in writing, after which the broker is asked: not for each letter
_STEPS: dict[int, int] = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}


class GoTo(FittedDialog):
    """`chosen` holds the answer: a room, somebody, a day, or a message. What is asked of the broker meanwhile
    is dropped when it is of no use any more."""

    def __init__(self, finder: Finder, asking: Asking, colors: Colors, parent: QWidget | None = None) -> None:
        super().__init__(WIDE_PX, TALL_PX, parent)
        self.setWindowTitle("Go to")
        self._finder = finder
        self._asking = asking
        self._page = self._search = ""  # ids of what was asked and is not answered
        self._stepped = False  # somebody went to a row since it was written
        self.chosen: Found | None = None
        self.edit = Field("", self)
        self.edit.setPlaceholderText("A room, somebody, a day, or words of a message")
        self.edit.setAccessibleName("Where to go: a room, somebody, a day, or words of a message")
        self.edit.textChanged.connect(self._written)
        self.model = KeyedModel(lambda found: spoken(found, _now()), self)
        self.list = PlainList(self.model, "What was found", self)
        self._delegate = FoundDelegate(colors, _now, self)
        self.list.setItemDelegate(self._delegate)
        self.list.setUniformItemSizes(False)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMinimumHeight(LEAST_LIST_PX)
        self.list.chosen.connect(self._take)
        if (selection := self.list.selectionModel()) is not None:  # the keyboard is never in the list
            selection.currentChanged.connect(lambda now: self._say(now))
        self.hint = Wrapped("", self)
        self.hint.setObjectName("hint")
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.edit)
        column.addWidget(self.list, 1)
        column.addWidget(self.hint)
        if (bar := self.list.verticalScrollBar()) is not None:
            bar.valueChanged.connect(self._scrolled)
        self.finished.connect(self._drop)
        self._fill(first=True)
        self._ask_page()

    def look(self, colors: Colors) -> None:
        self._delegate.colors = colors
        self.update()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None:
            return
        step = _STEPS.get(event.key())
        if step is not None:
            self._step(step)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self.list.currentIndex())
        else:
            super().keyPressEvent(event)

    # -- asking --------------------------------------------------------------------------------

    def _written(self, text: str) -> None:
        """What was found for other words is gone, and nobody waits for it."""
        if self._finder.write(text):
            self._stepped = False
            self._asking.drop(self._search)
            self._search = ""
            self._pause.start()
            self._fill(first=True)

    def _ask(self) -> None:
        self._ask_page()
        self._ask_search()
        if not self._looks:
            self._fill()

    def _ask_more(self) -> None:
        """Somebody looks at the end of what was found."""
        self._ask_page(more=True)
        if self._finder.groups() and not self._pause.isActive():
            self._ask_search()

    def _scrolled(self, value: int) -> None:
        bar = self.list.verticalScrollBar()
        if value and bar is not None and value == bar.maximum():
            self._ask_more()

    def _ask_page(self, *, more: bool = False) -> None:
        if not self._page:
            self._page = self._inquire(self._finder.page_wanted(more=more), self._listed)

    def _ask_search(self) -> None:
        if not self._search:
            self._search = self._inquire(self._finder.search_wanted(), self._found)

    def _inquire(self, inquiry: Inquiry | None, done: Callable[[Inquired], None]) -> str:
        return "" if inquiry is None else self._asking.inquire(inquiry, done)

    def _listed(self, told: Inquired) -> None:
        self._page = ""
        if told.refused is None:
            self._finder.listed(told.rooms, more=told.more)
        else:
            self._finder.not_listed()
        if not self._pause.isActive():
            self._ask_page()
        self._fill()

    def _found(self, told: Inquired) -> None:
        self._search = ""
        if told.found is not None:
            self._finder.found(told.found)
        elif told.refused is not None:
            self._finder.not_found(told.refused.text)
        self._fill()

    def _drop(self) -> None:
        self._pause.stop()
        self._asking.drop(self._page)
        self._asking.drop(self._search)

    # -- showing -------------------------------------------------------------------------------

    @property
    def _looks(self) -> bool:
        """More may be found for what is written."""
        return self._pause.isActive() or bool(self._page or self._search)

    def _fill(self, *, first: bool = False) -> None:
        """Show what was found; what is chosen stays so, unless the `first` is to be. A room is made only by
        who goes there, or where nothing is found: until all has been looked through, none is chosen. Private
        ones of others are in no list."""
        row = self.list.currentIndex().data(ROW)
        if isinstance(row, RoomToMake) and not self._stepped:
            row = None
        rows: list[Found | SectionRow] = []
        for heading, found in self._finder.groups():
            rows += [SectionRow.of(heading), *found]
        self.model.replace(rows)
        index = QModelIndex() if first or row is None else self.model.find(row.key)
        if not index.isValid() and len(rows) > 1:
            index = self.model.index(1)
            if self._looks and isinstance(rows[1], RoomToMake) and not rows[1].private:
                index = QModelIndex()
        self.list.setCurrentIndex(index)
        if first:
            self.list.scrollToTop()
        self._tell()

    def _say(self, index: QModelIndex) -> None:
        """To who does not see which row is chosen, or why there is none."""
        chosen = index.data(Qt.ItemDataRole.AccessibleTextRole)
        self.edit.setAccessibleDescription(chosen or self.hint.accessibleName())

    def _tell(self) -> None:
        finder = self._finder
        refusal, hidden = finder.refusal(), finder.hidden()
        self.hint.setProperty("tone", "error" if refusal else "")
        style = self.hint.style()
        if style is not None:
            style.polish(self.hint)
        self.hint.say(
            refusal
            or finder.trouble
            or (f"{hidden:,} more are not shown: write more of the name." if hidden else "")
            or ("There are too many rooms to look through all: write the whole name." * finder.cut_short)
            or (LOOKING if self.model.rows and not self.list.currentIndex().isValid() else HINT)
        )
        self._say(self.list.currentIndex())

    def _step(self, by: int) -> None:
        """To the next row that can be chosen, round."""
        rows = self.model.rows
        places = [place for place, row in enumerate(rows) if not isinstance(row, SectionRow)]
        if not places:
            return
        at = self.list.currentIndex().row()
        now = places.index(at) if at in places else -1 if by > 0 else 0
        self._stepped = True
        self.list.setCurrentIndex(self.model.index(places[(now + by) % len(places)]))
        found = [place for place in places if not isinstance(rows[place], RoomToMake)]
        if places[now + by : now + by + 1] == found[-1:]:
            self._ask_more()

    def _take(self, index: QModelIndex) -> None:
        row = index.data(ROW)
        if row is not None and not isinstance(row, SectionRow):
            self.chosen = row
            self.accept()


def _now() -> int:
    return time.time_ns() // 1_000_000
