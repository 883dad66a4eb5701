# SPDX-License-Identifier: GPL-3.0-only
"""The messages of the room on the screen: opens where it was read to, follows the newest, keeps its place
otherwise. GUI thread.
"""

from collections.abc import Callable
from typing import Any

from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.models.timeline import TimelineModel
from loggia.qtclient.state.rows import Key, MessageRow, Row
from loggia.qtclient.state.sight import Span
from loggia.qtclient.style.theme import Colors
from loggia.qtclient.timeline import keyboard
from loggia.qtclient.timeline.clipboard import to_clipboard
from loggia.qtclient.timeline.guessed import Guessed
from loggia.qtclient.timeline.jumps import Jumps
from loggia.qtclient.timeline.menu import COPY, fill
from loggia.qtclient.timeline.near import Near
from loggia.qtclient.timeline.parts.code import COPY_CODE
from loggia.qtclient.timeline.parts.text import COPY_TEXT
from loggia.qtclient.timeline.places import Anchor, Places
from loggia.qtclient.timeline.row_bar import RowBar
from loggia.qtclient.timeline.selectable import SelectableList
from loggia.qtclient.timeline.sheet import sheets
from PyQt6.QtCore import QEvent, QModelIndex, QPoint, Qt, pyqtBoundSignal, pyqtSignal
from PyQt6.QtGui import QContextMenuEvent, QCursor, QFocusEvent, QFont, QKeyEvent, QResizeEvent
from PyQt6.QtWidgets import QAbstractItemView, QListView, QMenu, QToolTip, QWidget

COPIED = "Copied"


class Timeline(SelectableList):
    """Signals: `older_wanted` when the memory has no rows before the first one, `newer_wanted` when it has
    none behind the last one and there are some; `acted` with the id of an
    Action and what it is to be done to, but for what is done here; `moved` when what is looked at changed;
    `typed` with text that was typed here and belongs into the composer; `far` at Home (True) and End; `told`
    what to say to who sits here, in a sentence; `leaving` before somebody is led to an end of the room;
    `led` with the row that somebody was led to.
    Attribute: `leads_back`: whether there is a way back from where somebody was led."""

    older_wanted = pyqtSignal()
    newer_wanted = pyqtSignal()
    acted = pyqtSignal(str, object)
    moved = pyqtSignal()
    typed = pyqtSignal(str)
    far = pyqtSignal(bool)
    told = pyqtSignal(str)
    led = pyqtSignal(object)
    leaving = pyqtSignal()

    def __init__(self, model: TimelineModel, colors: Colors, parent: QWidget | None = None) -> None:
        super().__init__(model, colors, parent)
        self.setObjectName("timeline")
        self.setAccessibleName("Messages")
        self._pinned = True
        self._moving = False
        self._places = Places(self, model)
        self._guessed = Guessed(self, self._places, model, self._drawn)
        self._bar, self._port = self._places.bar, self._places.port
        self.leads_back: Callable[[], bool] = lambda: False
        self._done_here: dict[str, Callable[[Any], object]] = {
            COPY: self.copy,
            COPY_TEXT.id: to_clipboard,
            COPY_CODE.id: self._copy_code,
            **sheets(self),
        }
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.bar = RowBar(self, self.reach)
        self.bar.more.connect(self._open_menu)
        self.jumps = Jumps(self)
        self.jumps.newest.clicked.connect(self.go_newest)
        self._near = Near(self._places, model, self._drawn, self._take_in)
        self._bar.valueChanged.connect(self._scrolled)
        self._bar.setSingleStep(24)
        self._bar.rangeChanged.connect(self._ranged)
        self.look(colors, self.font())

    # -- what the window calls -----------------------------------------------------------------

    @property
    def follows(self) -> bool:
        """The newest row is on the screen and shall stay so."""
        return self._pinned and self._places.at_bottom

    @property
    def is_pinned(self) -> bool:
        """Where there is something newer, it is to be shown."""
        return self._pinned

    @property
    def is_behind(self) -> bool:
        """The state has another room, or another life of its log, on the screen than is shown here yet."""
        return self._rows.other_log

    def look(self, colors: Colors, font: QFont) -> None:
        """Other colours, or another font."""
        anchor = None if self._pinned else self._places.anchor()
        self._drawn.look(colors, font)
        self.bar.look(colors)
        self.jumps.look(colors, font)
        self.scheduleDelayedItemsLayout()
        if self._guessed.begin():
            self._lay_out(anchor)

    def refresh(self, hint: str) -> None:
        """Show what the state has now. `hint`: what to say when empty. What is under the mouse stays there
        while its button is down: text is being selected."""
        is_held = self._mouse.is_down and not self._rows.other_room
        self._pinned = (self._pinned and not is_held) or self._rows.other_room
        anchor = None if self._pinned else self._places.anchor()
        row = self.currentIndex().data(ROW)
        self._moving = True
        changed = self._rows.sync(pinned=self._pinned)
        if changed and (stored := self._rows.stored(row)).isValid():
            self.setCurrentIndex(stored)  # the keyboard stays on it
        if not self._pinned:
            self._rows.opened()
        if changed or self._rows.line.isValid():
            self._settle(anchor)
        self._pinned = self._places.at_bottom if is_held else self._pinned
        self._moving = False
        if hint != self.hint or self._rows.take_recoloured():
            self.hint = hint
            self._port.update()
        self._near.start()  # what came may tell nothing: then it is asked for more

    def show_unread(self, unread: int, mentions: int) -> None:
        """How many messages are new, and how many of them mean me."""
        away = not self.follows and (unread > 0 or not self._rows.at_newest or self._places.far_up)
        self.jumps.show(unread, mentions, self._port.geometry(), away=away, back=away and self.leads_back())

    def in_sight(self) -> Span:
        """From which message to which one is on the screen down to its end; (1, 0) where there is none."""
        return self._places.in_sight()

    def message(self, seq: int) -> MessageRow | None:
        """That of the number, if it is in memory."""
        return self._rows.message(seq)

    def on_screen(self) -> list[Row]:
        """The rows of which something is on the screen."""
        return [row for row, _ in self._places.on_screen()]

    def let_go(self) -> None:
        """Somebody went elsewhere than to the line at which the room opens."""
        self._rows.opened()
        self._stay()
        self._pinned = self._places.at_bottom

    def looked_at(self) -> Anchor | None:
        """The first message on the screen; None: the newest ones are, and shall be."""
        return None if self.follows else self._places.anchor()

    def go_newest(self) -> None:
        """To the bottom, whatever was looked at."""
        if not self.follows:
            self.leaving.emit()
        self._pinned = True
        self._moving = True
        self._rows.opened()
        self._rows.to_newest()
        self._settle(None)
        self._moving = False
        self._near.start()
        self.moved.emit()

    def go_to(self, key: Key, *, first: bool = False) -> bool:
        """Show the row with that key a third from the top, or as the `first` on the screen, below its day;
        chosen. False when it is not in memory."""
        put = self._places.put_first if first else self._places.put_down
        return self._show_row(key, key, lambda: put(self._rows.find(key)), afresh=first)

    def go_back(self, anchor: Anchor, chosen: Key | None) -> bool:
        """Show that one where it was, and let the other be chosen. False as above."""
        return self._show_row(anchor.key, chosen, lambda: self._places.back_to(anchor))

    def _show_row(
        self, key: Key, chosen: Key | None, put: Callable[[], object], *, afresh: bool = False
    ) -> bool:
        self._moving = True
        is_here = self._rows.around(key, afresh=afresh)
        if is_here:
            self._rows.opened()
            self._guessed.settle(put)
            self.setCurrentIndex(QModelIndex() if chosen is None else self._rows.find(chosen))
            put()
            self._pinned = self._places.at_bottom
        self._moving = False
        if is_here:
            self._near.start()
            self.moved.emit()
        if is_here and (row := self.currentIndex().data(ROW)) is not None:
            self.led.emit(row)
        return is_here

    # -- keeping the place ---------------------------------------------------------------------

    def _settle(self, anchor: Anchor | None) -> None:
        line = self._rows.line
        if not self._pinned:
            self._guessed.settle(lambda: self._places.back_to(anchor))
        elif line.isValid():
            self._guessed.settle(lambda: self._open_at(line))
        else:
            self._guessed.settle(lambda: self._bar.setValue(self._bar.maximum()))

    def _lay_out(self, anchor: Anchor | None) -> None:
        """Now: Qt would do it a tenth of a second later, and move what is read."""
        self._moving = True
        self.scheduleDelayedItemsLayout()
        self._settle(anchor)
        self._moving = False
        self._near.start()

    def _open_at(self, line: QModelIndex) -> None:
        """Until it stands where it should: before it is shown, the list has another height, and what is to be
        seen above the line may not be here yet."""
        is_down = self._places.put_down(line) or not self._rows.may_grow_up
        self._pinned = self._places.at_bottom or not self.isVisible() or not is_down

    def _ranged(self, low: int, high: int) -> None:
        self._bar.setEnabled(high > low)

    def _scrolled(self) -> None:
        if self._moving:
            return
        self._stay()
        self._pinned = self._places.at_bottom
        self.moved.emit()

    def _stay(self) -> None:
        self._moving = True
        self._guessed.stay()
        self._moving = False
        self._near.start()

    def _take_in(self) -> None:
        """Near an end of what is loaded: take in more, or ask for it, keeping the place."""
        if self._guessed.is_some:  # by now all that are here are measured
            self._guessed.end()
            self._lay_out(None if self._pinned else self._places.anchor())
            return
        if self._near.top:
            self._grow(self._rows.older, self.older_wanted)
        if self._near.bottom:
            self._grow(self._rows.newer, self.newer_wanted)

    def _grow(self, take_in: Callable[[], bool], wanted: pyqtBoundSignal) -> None:
        anchor = self._places.anchor()
        self._moving = True
        if take_in():
            self._settle(anchor)
        else:
            wanted.emit()
        self._moving = False

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        anchor = None if self._pinned else self._places.anchor()
        self._moving = True
        super().resizeEvent(event)
        self._lay_out(anchor)
        self.jumps.place(self._port.geometry())

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """The keyboard begins at the last row on the screen, and sees where it is; a click moves nothing."""
        if event is None or event.reason() is not Qt.FocusReason.MouseFocusReason:
            keyboard.begin(self)  # before Qt takes the first row there is
        super().focusInEvent(event)

    # -- what can be done with rows ------------------------------------------------------------

    def act(self, action: str, target: object) -> None:
        """Do that, or ask for it."""
        here = self._done_here.get(action)
        if here is not None:
            here(target)
        else:
            self.acted.emit(action, target)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None:
            return
        at = self.currentIndex()
        row = at.data(ROW)
        by_key = (one for one in self.reach.offered(row) if event.key() in one[0].keys)
        if keyboard.copies(event):
            self.copy(row)
        elif self._selects(event, at) or (row and self.reach.key(event, at, row)):
            pass
        elif (found := next(by_key, None)) is not None:
            action, target = found
            self.act(action.id, target)
        elif keyboard.goes_far(event):
            self.far.emit(event.key() == Qt.Key.Key_Home)
        elif keyboard.types(event):
            self.typed.emit(event.text())
        else:
            super().keyPressEvent(event)

    def _selects(self, event: QKeyEvent, at: QModelIndex) -> bool:
        return keyboard.selects(event, at, self.selecting, self.far.emit)

    def copy(self, row: Row | None = None) -> None:
        """What is selected, as text, into the clipboard; where nothing is, the row."""
        if missing := self.selecting.copy(row):
            self.told.emit(missing)

    def _copy_code(self, code: str) -> None:
        """And say so where the mouse is, or at the row with the keyboard: nothing else is seen of it."""
        to_clipboard(code)
        is_by_mouse = self._port.underMouse() or not self.hasFocus()
        row = self.currentIndex().data(ROW)
        at = QCursor.pos() if is_by_mouse or row is None else self.reach.corner(row.key)
        QToolTip.showText(at, COPIED, self)

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        if event is None:
            return
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if not by_key and not self.selecting.holds(event.pos()):
            self.selecting.clear()
        at = self.visualRect(index).center() if by_key else event.pos()
        self._open_menu(index, self._port.mapToGlobal(at))

    def _open_menu(self, index: QModelIndex, at: QPoint) -> None:
        menu = self.menu(index)
        menu.exec(at)
        menu.deleteLater()

    def menu(self, index: QModelIndex) -> QMenu:
        """What can be done with the row at `index`, and with the room. An entry's data is its action's id."""
        menu = QMenu(self)
        menu.setAccessibleName("What can be done with the message")
        row = index.data(ROW)
        selected, copies = self.selecting.is_something, self._rows.archived_copies
        fill(menu, row, self.reach.offered(row), copies, self.act, selected=selected)
        return menu

    # -- the rest ------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.FontChange:
            self.look(self._drawn.colors, self.font())
