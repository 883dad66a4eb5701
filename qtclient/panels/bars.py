# SPDX-License-Identifier: GPL-3.0-only
"""The bar above the messages and the status line below everything. GUI thread."""

from collections.abc import Sequence

from loggia.qtclient.models.keyed import tool_tip
from loggia.qtclient.panels.painting import capped
from loggia.qtclient.state.emoji import in_line
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.status import ConnectionLine
from loggia.qtclient.style.fonts import scaled
from loggia.qtclient.style.stylesheet import TARGET_PX
from loggia.qtclient.style.theme import Colors
from PyQt6.QtCore import QEvent, QObject, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

HEADER_PX = 52
ROOMS = "Rooms (Ctrl+B)"
ABOUT = "About this room (Ctrl+I)"
MOST_DETAILS_PX, SIDE_PX, ABOVE_PX = 480, 16, 12


class Header(QFrame):
    """The room's name, what it is about, and how many are in it; the buttons of the panels. Signal: `about`
    where one of the first two is clicked."""

    about = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self.setFixedHeight(HEADER_PX)
        self.menu = _button(self, ROOMS)
        self.menu.setObjectName("rooms")
        self.people = _button(self, "People in the room (Ctrl+Shift+B)")
        self.pins = _button(self, "Pinned messages (Ctrl+P)")
        self.days = _button(self, "Go to a day (Ctrl+J)")
        self.title = Elided(self)
        font = scaled(self.font(), 1.15)
        font.setWeight(QFont.Weight.DemiBold)
        self.title.setFont(font)
        self.subject = Elided(self)
        self.subject.setObjectName("muted")
        self.subject.setFont(scaled(self.font(), 0.88))
        self.subject.hide()
        for leads in (self.title, self.subject):
            leads.setCursor(Qt.CursorShape.PointingHandCursor)
        words = QVBoxLayout()
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self.title)
        words.addWidget(self.subject)
        words.addStretch(1)
        self.count = QLabel("", self)
        self.count.setObjectName("muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(self.menu)
        row.addSpacing(4)
        row.addLayout(words, 1)
        row.addWidget(self.days)
        row.addWidget(self.pins)
        row.addWidget(self.count)
        row.addWidget(self.people)

    def show_room(self, label: str, room: Room | None, me: str, *, known: bool) -> None:
        """Its label; None: nothing is known of it. `me`: my account; `known`: there is a connection, so that
        presence is true."""
        people, more = (room.crowd.count, room.crowd.more) if room else (0, False)
        subject = (" ".join(room.rules.subject.split()) or other(room, me, known=known)) if room else ""
        self.title.show_text(label, ABOUT)
        self.subject.show_text(subject, ABOUT)
        self.subject.setVisible(bool(subject))
        self.count.setText(f"{people:,}{'+' if more else ''}" if people else "")
        over = "more than " if more else ""
        told = f"{over}{people:,} {'person' if people == 1 else 'people'} in the room"
        self.people.setAccessibleName(f"{told}; open or fold the panel")
        self.count.setAccessibleName(told)

    def show_new(self, count: int) -> None:
        """So many messages are new in other rooms: said at the button that shows these, where they are
        folded."""
        style = Qt.ToolButtonStyle
        self.menu.setToolButtonStyle(style.ToolButtonTextBesideIcon if count else style.ToolButtonIconOnly)
        self.menu.setText(capped(count) if count else "")
        words = f"{ROOMS}, {count:,} new" if count else ROOMS
        self.menu.setToolTip(words)
        self.menu.setAccessibleName(words)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        super().mouseReleaseEvent(event)
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            at = event.position().toPoint()
            if self.childAt(at) in (self.title, self.subject):
                self.about.emit()


def other(room: Room, me: str, *, known: bool) -> str:
    """Of a conversation with one other: whether that one is there, and the status. `me`: my account."""
    if room.kind != "direct" or len(room.members) > 2:
        return ""
    others = [member for account, member in room.members.items() if account != me]
    if len(others) != 1:
        return ""
    presence = others[0].presence if known else ""
    status = in_line(" ".join(others[0].status.split()))
    return " · ".join(filter(None, (presence, status)))


class StatusLine(QFrame):
    """The truth about the connection: a sign, and words. A click, or the button, tells more.

    `elsewhere`: a button to give another address, where there is no connection.
    """

    def __init__(self, colors: Colors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setFixedHeight(TARGET_PX + 1)  # and the line above it
        self._sign = Dot(colors, self)
        self.words = Elided(self)
        self.words.setObjectName("muted")
        self.words.setFont(scaled(self.font(), 0.88))
        self.button = _button(self, "How you are connected, and what is here")
        self.button.setText("Details")
        self.button.setFont(self.words.font())
        self.button.clicked.connect(self.tell)
        self.elsewhere = _button(self, "Give another address of the server")
        self.elsewhere.setText("Address...")
        self.elsewhere.setFont(self.words.font())
        self.elsewhere.hide()
        self.details = Details(self.parentWidget() or self)
        self._details = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        row.addWidget(self._sign)
        row.addWidget(self.words, 1)
        row.addWidget(self.elsewhere)
        row.addWidget(self.button)

    def look(self, colors: Colors) -> None:
        self._sign.colors = colors
        self._sign.update()

    def show_line(self, line: ConnectionLine, details: str) -> None:
        """`details`: lines for those who ask."""
        self.words.show_text(line.text, details, line.shorter)
        self._sign.show_tone(line.tone)
        if line.tone != "muted":  # while it is tried once more, nothing moves
            self.elsewhere.setVisible(line.tone != "ok")
        self._details = details
        self._tell()

    def _tell(self) -> None:
        """In the details stands what there is no room for in the line, too."""
        cut = [] if self.words.is_whole else [self.words.whole]
        self.details.words.setText("\n".join(filter(None, (*cut, self._details))))

    def tell(self) -> None:
        """Show the details above the line, or close them."""
        if self.details.isVisible():
            self.details.hide()
            return
        self._tell()
        self.details.fit(min(MOST_DETAILS_PX, self.width()))
        self.details.move(self.x(), self.y() - self.details.height())
        self.details.show()
        self.details.raise_()
        self.details.words.setFocus()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        super().mouseReleaseEvent(event)
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self.tell()


class Details(QFrame):
    """Lines over the messages, which can be selected. Escape closes them, and whatever takes the focus."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("details")
        self.hide()
        self.words = QLabel("", self)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(SIDE_PX, ABOVE_PX, SIDE_PX, ABOVE_PX)
        column.addWidget(self.words)

        self.words.installEventFilter(self)

    def fit(self, width: int) -> None:
        """So wide, and as tall as the words are then."""
        border = self.contentsMargins()
        inner = width - 2 * SIDE_PX - border.left() - border.right()
        tall = self.words.heightForWidth(inner) + 2 * ABOVE_PX + border.top() + border.bottom()
        self.resize(width, tall)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is None:
            return False
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if is_escape and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # it is for these lines, not for the window
        elif event.type() == QEvent.Type.FocusOut or (is_escape and event.type() == QEvent.Type.KeyPress):
            self.hide()
        return False


class Dot(QWidget):
    """A disc when connected, a ring otherwise, in the colour of the tone."""

    def __init__(self, colors: Colors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.colors = colors
        self._tone = "muted"
        self.setFixedSize(QSize(10, 10))

    def show_tone(self, tone: str) -> None:
        if tone != self._tone:
            self._tone = tone
            self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = QColor(getattr(self.colors, self._tone))
        painter.setPen(color)
        if self._tone == "ok":
            painter.setBrush(color)
        painter.drawEllipse(1, 1, 7, 7)
        painter.end()


class Elided(QLabel):
    """One line of plain text with "..." where there is no room for it; the whole is in the tool tip.

    Attribute `whole`: that.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.whole = ""
        self._shorter: Sequence[str] = ()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    @property
    def is_whole(self) -> bool:
        return self.text() == self.whole

    def show_text(self, text: str, more: str = "", shorter: Sequence[str] = ()) -> None:
        """`more`: for those who ask. `shorter`: what stands there where there is no room
        for the text, the first of them that fits."""
        if (text, shorter) != (self.whole, self._shorter):
            self.whole, self._shorter = text, shorter
            self.setAccessibleName(text)
            self._fit()
        tip = f"{text}\n{more}" if more else text
        self.setToolTip(tool_tip(tip) if tip else "")
        self.setAccessibleDescription(more or text)  # or a screen reader reads the tip, which is HTML

    def _fit(self) -> None:
        metrics, width = self.fontMetrics(), self.contentsRect().width()
        texts = (self.whole, *self._shorter)
        text = next((one for one in texts if metrics.horizontalAdvance(one) <= width), texts[-1])
        self.setText(metrics.elidedText(text, Qt.TextElideMode.ElideRight, width))

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._fit()


class TypingLine(Elided):
    """Who is typing, under the messages. Its place is always there: nothing moves when somebody begins."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("muted")
        self.setFont(scaled(self.font(), 0.88))
        self.setContentsMargins(16, 0, 16, 2)
        self.setFixedHeight(self.fontMetrics().lineSpacing() + 4)


class Scrim(QWidget):
    """Darkens what lies under an open panel in a narrow window; a click on it closes the panel."""

    pressed = pyqtSignal()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 90))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        self.pressed.emit()


def _button(parent: QWidget, tip: str) -> QToolButton:
    made = QToolButton(parent)
    made.setToolTip(tip)
    made.setAccessibleName(tip)
    made.setIconSize(QSize(18, 18))
    return made
