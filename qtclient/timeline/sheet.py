# SPDX-License-Identifier: GPL-3.0-only
"""A sheet over the window, for what is too long for a row of the timeline. GUI thread; Escape closes it."""

from collections.abc import Callable, Iterable
from typing import Any

from loggia.qtclient.models.timeline import TimelineModel
from loggia.qtclient.state.emoji import behind_pictures, count_pictures
from loggia.qtclient.state.lit import Marks
from loggia.qtclient.state.moves import MembershipRow
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.timeline.clipboard import to_clipboard
from loggia.qtclient.timeline.delegate import TimelineDelegate
from loggia.qtclient.timeline.lit import look_of
from loggia.qtclient.timeline.long_text import (
    PICTURES,
    PICTURES_AT_ONCE,
    has_endless_word,
    pieces,
    shown,
)
from loggia.qtclient.timeline.parts.fold import SHOW_ALL
from loggia.qtclient.timeline.parts.note import SHOW_NAMES
from loggia.qtclient.timeline.rich import positions
from loggia.qtclient.timeline.uncoloured import uncoloured
from loggia.shared.protocol.names import quoted
from PyQt6.QtCore import QMimeData, Qt, QTimer
from PyQt6.QtGui import (
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
)
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QPlainTextDocumentLayout,
    QPlainTextEdit,
    QPushButton,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

_MOST_WIDE_PX = 720
_MOST_TALL_PX = 640
_AROUND_PX = 48  # of the window under it, to be seen beside it
_FEW = 2  # pictures of a line, which are never too many: as many lines as are seen have some eighty
_GOES_ON = 1  # the state of a block that goes on with the line before it


class Scroll(QPlainTextEdit):
    """Plain text to read and to select, of any length: a long line is several blocks, as Qt sets a block as
    a whole, and only those that are seen. Copied, it is one line again. Where there are many pictures, those
    that are seen get their colours little by little."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setUndoRedoEnabled(False)
        if has_endless_word(text):
            self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self._pieces = list(pieces(text))
        self._bare: dict[int, int] = {}  # how many pictures a block has, where they have no colours yet
        self._coloured: dict[int, int] = {}
        if behind_pictures(text, 0, len(text), PICTURES) < len(text):
            counts = (count_pictures(piece, PICTURES_AT_ONCE) for piece, _ in self._pieces)
            self._bare = {number: count for number, count in enumerate(counts) if count > _FEW}
            # with colours lines are shorter: a bar that goes then would have all of them set anew
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._colour)
        self.setDocument(self._made())

    def _made(self) -> QTextDocument:
        """Its pictures have no colours before some of it is set."""
        document = QTextDocument(self)
        document.setDocumentLayout(QPlainTextDocumentLayout(document))
        document.setDefaultFont(self.font())
        document.setUndoRedoEnabled(False)
        document.setPlainText("\n".join(piece for piece, _ in self._pieces))
        for number, (_, goes_on) in enumerate(self._pieces):
            if goes_on:
                document.findBlockByNumber(number).setUserState(_GOES_ON)
        self._bleach(document, self._bare)
        return document

    def light(self, marks: Marks, look: QTextCharFormat) -> None:
        """What was found in the text looks so, and the first of it is on the screen."""
        found = []
        at = 0  # of the text, where the block begins
        left = list(marks)
        for number, (piece, goes_on) in enumerate(self._pieces):
            at += not goes_on and number > 0
            place, begin, end = positions(piece), at, at + len(piece)
            block = self._document_block(number).position()
            while left and left[0][0] < end:
                first, last = max(left[0][0], begin), min(left[0][1], end)
                one = QTextEdit.ExtraSelection()
                one.cursor = QTextCursor(self.document())
                one.cursor.setPosition(block + place(first - begin))
                one.cursor.setPosition(block + place(last - begin), QTextCursor.MoveMode.KeepAnchor)
                one.format = look
                found.append(one)
                if left[0][1] > end:
                    break
                left.pop(0)
            at = end
        self.setExtraSelections(found)
        if found:
            cursor = QTextCursor(found[0].cursor)
            cursor.setPosition(cursor.selectionStart())
            self.setTextCursor(cursor)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        super().paintEvent(event)
        if self._bare:
            self._later.start()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """All that is seen is set anew at once."""
        if document := self.document():
            self._bleach(document, self._coloured)
        self._bare |= self._coloured
        self._coloured.clear()
        super().resizeEvent(event)

    def _bleach(self, document: QTextDocument, numbers: Iterable[int]) -> None:
        for number in numbers:
            if layout := document.findBlockByNumber(number).layout():
                layout.setFormats(uncoloured(self._pieces[number][0], 0, self.font()))
                layout.setCacheEnabled(False)

    def _colour(self) -> None:
        """Some of what is seen gets its colours; the rest in the next turns of the event loop."""
        document, port, block = self.document(), self.viewport(), self.firstVisibleBlock()
        left = PICTURES_AT_ONCE
        while document and port and block.isValid():
            if self.blockBoundingGeometry(block).translated(self.contentOffset()).top() > port.height():
                return
            if count := self._bare.get(block.blockNumber(), 0):
                left -= count
                if left < 0:
                    self._later.start()
                    return
                self._coloured[block.blockNumber()] = self._bare.pop(block.blockNumber())
                if layout := block.layout():
                    layout.setFormats([])
                    layout.setCacheEnabled(True)  # or it would be set again to be painted
                document.markContentsDirty(block.position(), block.length())
            block = block.next()

    def createMimeDataFromSelection(self) -> QMimeData:
        cursor = self.textCursor()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        cursor.setPosition(start)
        block = cursor.block()
        told: list[str] = []
        while block.isValid() and block.position() <= end:
            cursor.setPosition(max(start, block.position()))
            cursor.setPosition(
                min(end, block.position() + block.length() - 1), QTextCursor.MoveMode.KeepAnchor
            )
            apart = "\n" if told and block.userState() != _GOES_ON else ""
            told.append(apart + cursor.selectedText())
            block = block.next()
        data = QMimeData()
        data.setText("".join(told))
        return data

    def _document_block(self, number: int) -> QTextBlock:
        document = self.document()
        assert document is not None
        return document.findBlockByNumber(number)


class Sheet(QDialog):
    """`title`: what it is; `text`: all of it. Over the window of `parent`, which waits. Opens by `open`."""

    def __init__(self, title: str, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.text = Scroll(shown(text), self)
        self.text.setAccessibleName(title)
        self.copy = QPushButton("Copy all", self)
        self.copy.clicked.connect(lambda: to_clipboard(text))
        close = QPushButton("Close", self)
        close.setDefault(True)
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addWidget(self.copy)
        buttons.addStretch(1)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(self.text, 1)
        column.addLayout(buttons)
        below = parent.window()
        assert below is not None
        self.resize(
            min(_MOST_WIDE_PX, below.width() - _AROUND_PX), min(_MOST_TALL_PX, below.height() - _AROUND_PX)
        )
        self.text.setFocus()


def sheets(parent: QAbstractItemView) -> dict[str, Callable[[Any], object]]:
    """What opens one, by the id of the action."""

    def message(row: MessageRow) -> None:
        sheet = Sheet(f"{quoted(row.nick)}, {row.clock}", row.text, parent)
        sheet.open()
        model, drawn = parent.model(), parent.itemDelegate()
        if isinstance(model, TimelineModel) and isinstance(drawn, TimelineDelegate):
            sheet.text.light(model.found(row), look_of(drawn.colors))
            sheet.text.centerCursor()

    def names(row: MembershipRow) -> None:
        Sheet("Who came and who left", "\n".join(row.names), parent).open()

    return {SHOW_ALL.id: message, SHOW_NAMES.id: names}
