# SPDX-License-Identifier: GPL-3.0-only
"""What is selected in the timeline: letters of a message, or many messages. GUI thread.

Qt's own selection follows: the rows of which something is selected, for screen readers.
"""

from collections.abc import Callable, Iterable

from loggia.qtclient.models.timeline import TimelineModel
from loggia.qtclient.state.rows import Key, Row
from loggia.qtclient.state.selected import (
    END,
    TOP,
    Piece,
    Selected,
    SelectedSpan,
    TextEnd,
    bottom,
    by_row,
    end,
    reaching,
)
from loggia.qtclient.timeline.clipboard import to_clipboard, to_primary
from loggia.qtclient.timeline.delegate import TimelineDelegate
from loggia.qtclient.timeline.parts.table import as_text, is_text_selected, selected_text
from loggia.qtclient.timeline.readable import Readable
from loggia.qtclient.timeline.selected_words import ALL, change_in_words
from PyQt6.QtCore import QItemSelection, QModelIndex, QPoint, QPointF, QTimer
from PyQt6.QtWidgets import QListView

NOTHING = "Nothing was copied: what is selected is not loaded. Scroll to it, and copy it again."
NOT_ALL = "Not all of what is selected was copied: the rest is not loaded."


class Selecting:
    """In that view of these rows.

    Attributes: `fetch`: copies what is selected and not all in memory; False where it cannot. `heard`: called
    when the row of the keyboard is to be read again."""

    def __init__(self, view: QListView, rows: TimelineModel, drawn: TimelineDelegate) -> None:
        self._view = view
        self._rows = rows
        self._drawn = drawn
        self._selected: Selected | None = None
        self._span: SelectedSpan | None = None  # of the rows that are shown
        self._log = rows.log  # in which that is
        self.fetch: Callable[[Selected], bool] = lambda selected: False
        self.heard: Callable[[], None] = lambda: None
        self._told: tuple[Key, str] | None = None  # of which row
        drawn.selected = self.piece
        self._settled = QTimer(view)  # Qt would lay out all rows for each change of them
        self._settled.setSingleShot(True)
        self._settled.setInterval(0)
        self._settled.timeout.connect(self._mirror)
        for changed in (rows.rowsInserted, rows.rowsRemoved, rows.modelReset, rows.dataChanged):
            changed.connect(self._follow)

    @property
    def selected(self) -> Selected | None:
        """From where to where; also where nothing is between them."""
        return self._selected

    @property
    def is_something(self) -> bool:
        """It can be copied, or could be if it were in memory."""
        selected, pieces = self._meant()
        return is_text_selected(pieces) or not self._is_whole(selected)

    def piece(self, place: int) -> Piece | None:
        """What is selected of the row at that place."""
        return None if self._span is None else self._span.piece(place)

    def readable(self, index: QModelIndex) -> Readable | None:
        """The words of that row, which is shown."""
        row = self._rows.rows[index.row()]
        return self._drawn.layouts.of(row, self._view.visualRect(index).width()).readable

    def at(self, point: QPoint) -> TextEnd | None:
        """The end nearest to a point of the view. None where there are no rows."""
        index = self._view.indexAt(point)
        if not index.isValid():
            index = self._rows.index(self._rows.rowCount() - 1)  # below the last one
        if not index.isValid():
            return None
        words, rect = self.readable(index), self._view.visualRect(index)
        if words is not None:
            place = words.place(QPointF(point - rect.topLeft()))
        else:
            place = 0 if point.y() < rect.center().y() else END
        return self.end(index.row(), place)

    def end(self, place: int, at: int) -> TextEnd:
        """In the row at that place."""
        return end(self._rows.rows, place, at)

    def holds(self, point: QPoint) -> bool:
        """Whether what is there is selected."""
        index = self._view.indexAt(point)
        piece = self.piece(index.row())
        if piece is None:
            return False
        words, rect = self.readable(index), self._view.visualRect(index)
        return piece == (0, END) or (
            words is not None and piece[0] <= words.place(QPointF(point - rect.topLeft())) <= piece[1]
        )

    def select(self, selected: Selected) -> None:
        self._show(selected)

    def reach(self, begun: tuple[TextEnd, TextEnd], there: tuple[TextEnd, TextEnd]) -> None:
        """Select from one to the other, both as a whole."""
        self._show(reaching(self._rows.rows, begun, there))

    def by_row(self, index: QModelIndex, by: int) -> None:
        """Down (`by` 1) or up (-1): the rest of the row, or one more; at first all of the row at `index`."""
        begun = self._begun(index, by)
        self._go(begun, by_row(self._rows.rows, begun, by))

    def by_letter(self, index: QModelIndex, by: int, *, word: bool) -> None:
        """One character or word to the right (`by` 1) or left (-1), on into the row beside; at first from an
        end of the row at `index`. What is written from the right goes on to the left."""
        at_caret = self._begun(index, by).places(self._rows.rows)[1][0]
        words = self.readable(self._rows.index(at_caret))
        by = -by if words is not None and words.is_rtl else by
        begun = self._begun(index, by)
        place, at = begun.places(self._rows.rows)[1]
        edge = END if by > 0 else 0
        there = words.step(at, by, word=word) if words else None if at == edge else edge
        if there is None and 0 <= place + by < self._rows.rowCount():
            place, there = place + by, END - edge
        if there is not None:
            self._go(begun, begun._replace(caret=self.end(place, there)))

    def to_edge(self, index: QModelIndex, by: int) -> None:
        """To the end of the line (`by` 1), or to its begin (-1); from there to that of the row."""
        begun = self._begun(index, by)
        place, at = begun.places(self._rows.rows)[1]
        words = self.readable(self._rows.index(place))
        there = words.edge(at, by) if words is not None else END if by > 0 else 0
        self._go(begun, begun._replace(caret=self.end(place, there)))

    def by_page(self, index: QModelIndex, by: int) -> None:
        """A screen further (`by` 1) or back (-1), which is scrolled along; near the last or first row to its
        end. The caret stays as far from the left as it is."""
        begun = self._begun(index, by)
        bar = self._view.verticalScrollBar()
        assert bar is not None
        before, point = bar.value(), self._point(begun.caret)
        bar.setValue(before + by * bar.pageStep())
        point += QPoint(0, by * bar.pageStep() - (bar.value() - before))
        if self._view.indexAt(point).isValid():
            there = self.at(point)
        else:
            there = self.end(*((0, 0) if by < 0 else (self._rows.rowCount() - 1, END)))
        if there is not None:
            self._go(begun, begun._replace(caret=there))

    def to_far(self, index: QModelIndex, by: int) -> None:
        """To the newest that there is (`by` 1), or to where the room begins (-1), loaded or not."""
        begun = self._begun(index, by)
        self._go(begun, begun._replace(caret=self._far(by)))

    def _far(self, by: int) -> TextEnd:
        rows = self._rows.in_memory
        if by < 0:
            return end(rows, 0, 0) if self._rows.at_beginning else TOP
        newest = self._rows.newest_away
        return bottom(newest) if newest else end(rows, len(rows) - 1, END)

    def _point(self, caret: TextEnd) -> QPoint:
        """Where it is in the view, or would be."""
        place, at = Selected(caret, caret).places(self._rows.rows)[1]
        index = self._rows.index(place)
        words, rect = self.readable(index), self._view.visualRect(index)
        if words is None:
            return rect.bottomLeft() if at == END else rect.topLeft()
        return rect.topLeft() + words.point(at).toPoint()

    def _begun(self, index: QModelIndex, by: int) -> Selected:
        """What keys go on from."""
        rows, selected = self._rows.rows, self._selected
        if selected is not None and (self._span is not None or selected.caret.key == rows[index.row()].key):
            return selected
        here = self.end(index.row(), 0 if by > 0 else END)
        return Selected(here, here)

    def _go(self, begun: Selected, selected: Selected) -> None:
        """The keyboard is where the caret is."""
        self._show(selected)
        words = change_in_words(self._rows.rows, begun, selected)
        index = self._rows.index(selected.places(self._rows.rows)[1][0])
        before = self._view.currentIndex()
        self._told = (self._rows.rows[index.row()].key, words) if words else None
        self._view.setCurrentIndex(index)
        if index == before:
            self.heard()
        self.offer()

    def all(self) -> None:
        """The room, from where it begins to its newest, loaded or not."""
        if self._rows.in_memory:
            self._show(Selected(self._far(-1), self._far(1)))
            self.say(ALL)

    # -- what is read aloud ------------------------------------------------------------------------

    def say(self, words: str) -> None:
        """Read that aloud where the keyboard is among the rows."""
        row = self._view.currentIndex().row()
        if 0 <= row < self._rows.rowCount():
            self._told, self._log = (self._rows.rows[row].key, words), self._rows.log
            if self._view.hasFocus():
                self.heard()

    def words(self, row: Row) -> str:
        """What is read instead of that row: what was told there last of what is selected; "": nothing was."""
        return self._told[1] if self._told is not None and self._told[0] == row.key else ""

    # ----------------------------------------------------------------------------------------------

    def clear(self) -> bool:
        """Nothing is selected any more. False if nothing was."""
        was = self.is_something
        self._show(None)
        return was

    def text(self) -> str:
        """What is selected, to be copied; also of rows that are in memory and not shown."""
        return selected_text(self._meant()[1])

    def copy(self, row: Row | None) -> str:
        """Into the clipboard, as text; where nothing is selected, that row. Returns in a sentence what is
        missing of it: what is not in memory, and cannot be fetched."""
        selected, pieces = self._meant()
        is_whole = self._is_whole(selected)
        if not is_whole and self._selected is not None and self.fetch(self._selected):
            return ""
        text = selected_text(pieces)
        if not text and is_whole and row:
            text = as_text([row], several=False)
        if text:
            to_clipboard(text)
        return "" if is_whole else NOT_ALL if text else NOTHING

    def _is_whole(self, selected: Selected | None) -> bool:
        return selected is None or selected.is_whole(self._rows.in_memory)

    def _meant(self) -> tuple[Selected | None, Iterable[tuple[Row, Piece]]]:
        rows = self._rows.in_memory
        selected = self._selected.settled(rows) if self._selected is not None and rows else None
        span = None if selected is None else selected.span(rows)
        return selected, [] if span is None else span.pieces(rows)

    def offer(self) -> None:
        """To who pastes by the middle button, where the system has that: as it is now, if it is anything."""
        pieces = list(self._meant()[1])
        if is_text_selected(pieces):
            to_primary(lambda: selected_text(pieces))

    def _follow(self) -> None:
        """The rows are others; where they are of another log, nothing of them is selected."""
        is_here = self._rows.is_of(*self._log)
        if not is_here:
            self._told = None
        if self._selected is not None:
            self._take(self._selected.settled(self._rows.rows) if is_here else None)
            self._settled.start()

    def _show(self, selected: Selected | None) -> None:
        self._told = None
        self._take(selected)
        self._mirror()

    def _take(self, selected: Selected | None) -> None:
        before, self._selected = self._span, selected
        self._log = self._rows.log
        self._span = None if selected is None else selected.span(self._rows.rows)
        port = self._view.viewport()
        if self._span != before and port is not None:
            port.update()

    def _mirror(self) -> None:
        chosen = self._view.selectionModel()
        assert chosen is not None
        span, wanted = self._span, QItemSelection()
        if span is not None:
            places = range(span.first[0], min(span.last[0] + 1, self._rows.rowCount()))
            meant = [place for place in places if span.piece(place) is not None]
            if meant:
                wanted.select(self._rows.index(meant[0]), self._rows.index(meant[-1]))
        if wanted != chosen.selection():
            chosen.select(wanted, chosen.SelectionFlag.ClearAndSelect)
