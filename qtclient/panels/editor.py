# SPDX-License-Identifier: GPL-3.0-only
"""Where a text is written: its keys, its height, what may be pasted. GUI thread."""

from collections.abc import Callable

from loggia.qtclient.panels.pasting import cleaned, has_text, is_long
from loggia.qtclient.panels.plain_pictures import PlainPictures
from loggia.qtclient.state.wrapping import BOLD, CODE, ITALIC, caret_at, unwrapped, wrapped
from loggia.qtclient.style.field import ENTER, Composition
from loggia.qtclient.timeline.long_text import has_endless_word
from loggia.qtclient.timeline.travel import BEGINNING, NEWEST, PAGE_DOWN, PAGE_UP
from loggia.shared.protocol.lengths import text_bytes
from PyQt6.QtCore import QMimeData, QPoint, QSize, Qt, pyqtSignal
from PyQt6.QtGui import (
    QContextMenuEvent,
    QDropEvent,
    QFocusEvent,
    QFontMetricsF,
    QInputMethodEvent,
    QKeyEvent,
    QTextBlock,
    QTextCursor,
    QTextOption,
)
from PyQt6.QtWidgets import QWIDGETSIZE_MAX, QMenu, QPlainTextEdit, QWidget

MOST_LINES = 8
_MARGIN_PX = 2
_CARET_PX = 1
_AROUND_PX = 24  # above and below the text, with the frame
_LEAST_LINES = 2  # that are seen, however small the window

_MOST_CLEANED = 2  # times what may be pasted: ends of lines may be two characters, which become one
_PARAGRAPHS = str.maketrans({"\u2029": "\n", "\u2028": "\n"})
_Wrap = QTextOption.WrapMode
_Key, _Modifier = Qt.Key, Qt.KeyboardModifier
_STEPS: dict[int, int] = {_Key.Key_Up: -1, _Key.Key_Down: 1}
_MARKS: dict[int, str] = {_Key.Key_S: BOLD, _Key.Key_I: ITALIC, _Key.Key_C: CODE}  # with Ctrl and Shift
_TYPED = {"*": ITALIC, "`": CODE}  # where something is selected
_HELD = _Modifier.ShiftModifier | _Modifier.ControlModifier | _Modifier.AltModifier | _Modifier.MetaModifier


class Editor(QPlainTextEdit):
    """Plain text.

    Attributes: `most_bytes`: a paste that would make more is left out. `complete`: called at Tab, which goes
    on to what is next where it returns False; `choose`: called with -1 or 1 at an arrow up or down, which
    moves the caret where it returns False. `offer`: called with the menu of a place and that, to put in more.

    Signals: `sent` at Enter (Shift+Enter: a new line), `insisted` at Ctrl+Enter; `upward` at an arrow up,
    and `undone` at Ctrl+Z, where nothing is written; `recalled` with -1 or 1 at Ctrl and an arrow;
    `passed` with PAGE_UP, PAGE_DOWN, BEGINNING or NEWEST at a key that moves the messages, as there is
    nothing here that it could move; `overfull` with the text that there would have been; `lengthy` with a
    long one that is asked about first; `textless` where a paste has none; `left` when the keyboard goes away.
    """

    sent = pyqtSignal()
    insisted = pyqtSignal()
    upward = pyqtSignal()
    undone = pyqtSignal()
    recalled = pyqtSignal(int)
    passed = pyqtSignal(str)
    overfull = pyqtSignal(str)
    lengthy = pyqtSignal(str)
    textless = pyqtSignal()
    left = pyqtSignal()

    def __init__(self, most_bytes: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.most_bytes = most_bytes
        self.complete: Callable[[], bool] = lambda: False
        self.choose: Callable[[int], bool] = lambda by: False
        self.offer: Callable[[QMenu, QTextCursor], object] = lambda menu, at: None
        self._composition = Composition(self)
        self._most_px = QWIDGETSIZE_MAX
        self._scrolls = False
        self.setTabChangesFocus(True)
        if document := self.document():  # Qt counts it thrice, and else holds that the last line has no room
            document.setDocumentMargin(_MARGIN_PX)
        self.setViewportMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, 0)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.pictures = PlainPictures(self)
        self.textChanged.connect(self._changed)
        self.fit()

    @property
    def text(self) -> str:
        """What is written, to the character; only lines are said by newlines."""
        document = self.document()
        return document.toRawText().translate(_PARAGRAPHS) if document else ""

    @property
    def before_caret(self) -> str:
        """The text from the beginning of the caret's line up to it."""
        cursor = self.textCursor()  # to select with it would set the line for each step
        return _parted(cursor.block().text(), cursor.positionInBlock(), 0)[0]

    @property
    def on_first_line(self) -> bool:
        return self.textCursor().blockNumber() == 0

    def write(self, text: str, caret: int | None = None) -> None:
        """Another text, with the caret there (as Qt counts, in UTF-16); None: behind it."""
        self._wrap(text)
        self.setPlainText(text)
        cursor = self.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if caret is not None:
            cursor.setPosition(min(max(caret, 0), cursor.position()))
        self.setTextCursor(cursor)

    def put_for(self, begun: str, text: str) -> None:
        """In place of what stands before the caret, which is `begun`."""
        cursor = self.textCursor()
        place = cursor.position()
        cursor.setPosition(place - len(begun.encode("utf-16-le", "surrogatepass")) // 2)
        cursor.setPosition(place, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text)
        self.setTextCursor(cursor)

    def insertPlainText(self, text: str | None) -> None:
        self._wrap(f"{text}{self.text}")
        super().insertPlainText(text)

    def _changed(self) -> None:
        self._wrap(self.text)
        self.fit()

    def _wrap(self, text: str) -> None:
        """Between words; where one has no end, anywhere: Qt looks for that end anew in each of its lines."""
        self.setWordWrapMode(
            _Wrap.WrapAnywhere if has_endless_word(text) else _Wrap.WrapAtWordBoundaryOrAnywhere
        )

    def fit(self) -> None:
        """As tall as the text, up to MOST_LINES, and as there is room for."""
        document = self.document()
        lines = document.size().height() if document else 1.0
        line = QFontMetricsF(self.font()).lineSpacing()
        over = lines > MOST_LINES
        text_px = min(max(lines, 1.0), MOST_LINES) * line
        tall = round(text_px if over else max(text_px, self._text_px)) + _AROUND_PX
        most = max(self._most_px, round(_LEAST_LINES * line) + _AROUND_PX)
        self._scrolls = over or tall > most
        policy = Qt.ScrollBarPolicy
        bar = policy.ScrollBarAsNeeded if self._scrolls else policy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(bar)
        self.setFixedHeight(min(tall, most))

    def fit_into(self, panel: QWidget) -> None:
        """No taller than it has room for, beside what must be there as well; the caret is seen."""
        if (layout := panel.layout()) is None:
            return
        wraps = layout.hasHeightForWidth()
        needed = layout.minimumHeightForWidth(panel.width()) if wraps else layout.minimumSize().height()
        if (most_px := self.height() + panel.height() - needed) != self._most_px:
            self._most_px = most_px
            self.fit()
            self.ensureCursorVisible()

    @property
    def _is_untouched(self) -> bool:
        """Nothing is written, and nothing was since a message left."""
        document = self.document()
        return not self.text and document is not None and not document.isUndoAvailable()

    @property
    def _text_px(self) -> float:
        """How tall all of it is: a line of Chinese, or with a picture, is taller than others."""
        document, tall = self.document(), 0.0
        block = document.begin() if document else QTextBlock()
        while block.isValid():
            self.blockBoundingRect(block)  # sets its lines
            layout = block.layout()
            tall += layout.boundingRect().height() if layout else 0.0
            block = block.next()
        return tall

    # -- keys ----------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None:
            return
        key, held = event.key(), event.modifiers() & _HELD
        if self._composition.has_keys:
            if key in ENTER:
                event.accept()  # it is for what is being composed, whoever passed it on
            else:
                super().keyPressEvent(event)
        elif key in ENTER:
            self._enter(held)
        elif key in _STEPS and held == _Modifier.ControlModifier:
            self.recalled.emit(_STEPS[key])
        elif key in _STEPS and held == _Modifier.NoModifier and self.choose(_STEPS[key]):
            event.accept()
        elif key in _MARKS and held == _Modifier.ControlModifier | _Modifier.ShiftModifier:
            self._mark(_MARKS[key])
        elif event.text() in _TYPED and self._selected.strip():
            self._put_for_selected(wrapped(self._selected, _TYPED[event.text()], *self._beside))
        elif key == _Key.Key_Up and not self.text:
            self.upward.emit()
        elif key == _Key.Key_Z and held == _Modifier.ControlModifier and self._is_untouched:
            self.undone.emit()
        elif to := self._beyond(key, held):
            self.passed.emit(to)
        else:
            super().keyPressEvent(event)

    def _enter(self, held: Qt.KeyboardModifier) -> None:
        if held & _Modifier.ShiftModifier:
            self.insertPlainText("\n")
        elif held & _Modifier.ControlModifier:
            self.insisted.emit()
        else:
            self.sent.emit()

    def _beyond(self, key: int, held: Qt.KeyboardModifier) -> str:
        """Where a key leads that moves nothing here; "" for any other."""
        cursor, plain = self.textCursor(), held == _Modifier.NoModifier
        far = held == _Modifier.ControlModifier or (plain and not self.text)
        if key in (_Key.Key_PageUp, _Key.Key_PageDown) and plain and not self._scrolls:
            return PAGE_UP if key == _Key.Key_PageUp else PAGE_DOWN
        if cursor.hasSelection() or not far:
            return ""
        if key == _Key.Key_Home and cursor.atStart():
            return BEGINNING
        return NEWEST if key == _Key.Key_End and cursor.atEnd() else ""

    def focusNextPrevChild(self, next: bool) -> bool:
        """At Tab and Shift+Tab."""
        return (next and self.complete()) or super().focusNextPrevChild(next)

    def inputMethodEvent(self, event: QInputMethodEvent | None) -> None:
        if event is not None:
            super().inputMethodEvent(event)
            self._composition.heard(event)

    # -- marks ---------------------------------------------------------------------------------

    @property
    def _selected(self) -> str:
        return self.textCursor().selectedText().translate(_PARAGRAPHS)

    @property
    def _beside(self) -> tuple[str, str]:
        """What stands before and behind the caret, or what is selected, in its line."""
        cursor = self.textCursor()
        before, behind = _parted(self.text, cursor.selectionStart(), cursor.selectionEnd())
        return before.rpartition("\n")[2], behind.partition("\n")[0]

    def _put_for_selected(self, text: str) -> None:
        """It is selected then, for the next mark."""
        cursor = self.textCursor()
        start = cursor.selectionStart()
        cursor.insertText(text)
        end = cursor.position()
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def _mark(self, mark: str) -> None:
        """What is selected, or not any more; where nothing is, what is written next."""
        if selected := self._selected:
            bare = unwrapped(selected, mark)
            self._put_for_selected(wrapped(selected, mark, *self._beside) if bare is None else bare)
            return
        cursor, size = self.textCursor(), len(mark)
        place = cursor.position()
        step = caret_at(*self._beside, mark)
        if step is None:
            cursor.insertText(mark + mark)
            cursor.setPosition(place + size)
        elif step:
            cursor.setPosition(place + size)
        else:
            cursor.setPosition(place - size)
            cursor.setPosition(place + size, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
        self.setTextCursor(cursor)

    # -- the rest ------------------------------------------------------------------------------

    def insertFromMimeData(self, source: QMimeData | None) -> None:
        """Paste as plain text, without control characters; the clipboard keeps what is too much."""
        if source is None or not has_text(source):
            if source is not None and source.formats():
                self.textless.emit()
            return
        text = source.text()
        if len(text) > _MOST_CLEANED * self.most_bytes:
            self.overfull.emit(text)
            return
        text = cleaned(text)
        cursor = self.textCursor()
        before, behind = _parted(self.text, cursor.selectionStart(), cursor.selectionEnd())
        would_be = f"{before}{text}{behind}"
        if text_bytes(would_be) > self.most_bytes:
            self.overfull.emit(would_be)
        elif is_long(text):
            self.lengthy.emit(text)
        else:
            self.insertPlainText(text)

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Qt tells of a change then, also where nothing was put in: what is to be read comes behind that."""
        super().dropEvent(event)
        if event is not None and not has_text(event.mimeData()):
            self.textless.emit()

    def menu(self, at: QPoint) -> QMenu:
        """What can be done at a place of the viewport."""
        menu = self.createStandardContextMenu() or QMenu(self)
        menu.setAccessibleName("What can be done with the text")
        self.offer(menu, self.cursorForPosition(at))
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        port = self.viewport()
        if event is None or port is None:
            return
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        at = self.cursorRect().center() if by_key else event.pos()
        menu = self.menu(at)
        menu.exec(port.mapToGlobal(at))
        menu.deleteLater()

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        super().focusInEvent(event)
        self.setCursorWidth(_CARET_PX)

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Of several editors that do not blink, one has a caret."""
        super().focusOutEvent(event)
        if event is not None and event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.setCursorWidth(0)
        self.left.emit()

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self.fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 0)


def _parted(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands before and behind what is selected; both as Qt counts, in UTF-16."""
    units = text.encode("utf-16-le", "surrogatepass")
    before, behind = units[: 2 * start], units[2 * end :]
    return before.decode("utf-16-le", "surrogatepass"), behind.decode("utf-16-le", "surrogatepass")
