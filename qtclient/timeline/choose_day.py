# SPDX-License-Identifier: GPL-3.0-only
"""A calendar above everything until a day of it is chosen. GUI thread; Escape closes it."""

from datetime import date

from loggia.qtclient.style import icons
from loggia.qtclient.style.theme import Colors
from loggia.qtclient.timeline.popup import Popup
from PyQt6.QtCore import QDate, QLocale, QPoint, QRect, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QHideEvent, QKeyEvent, QPainter, QPalette, QTextCharFormat
from PyQt6.QtWidgets import QCalendarWidget, QToolButton, QVBoxLayout, QWidget

_MOVES = {
    "qt_calendar_prevmonth": ("before", "The month before"),
    "qt_calendar_nextmonth": ("after", "The month after"),
}
_WIDE_PX, _TALL_PX = 7 * 40, 36 + 7 * 28  # no day is smaller than what can be pressed elsewhere
_WEEKEND = (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday)


class _Days(QCalendarWidget):
    """What can be chosen looks other than what cannot: Qt paints another ground, which here is the same."""

    def paintCell(self, painter: QPainter | None, rect: QRect, day: QDate | date) -> None:
        day = _as_qt(day) if isinstance(day, date) else day
        if painter is None or self.minimumDate() <= day <= self.maximumDate():
            super().paintCell(painter, rect, day)
        else:
            painter.setPen(self.palette().color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text))
            painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), str(day.day()))


class ChooseDay(Popup):
    """Of all days, as long as nobody knows from which one on there is something (`begins`), and up to which
    one (`ends`). `shown`: which has the keyboard at first. Signals: `chosen` with a date; `closed`, whether
    or not one was chosen.

    Attributes: `calendar`.
    """

    chosen = pyqtSignal(object)
    closed = pyqtSignal()

    def __init__(self, shown: date, colors: Colors, parent: QWidget | None) -> None:
        super().__init__("days", "Choose the day to go to", parent)
        self.calendar = calendar = _Days(self)
        for named in (
            calendar,
            calendar.findChild(QWidget, "qt_calendar_calendarview"),
        ):  # it has the keyboard
            if isinstance(named, QWidget):
                named.setAccessibleName("Days of this room")
        calendar.setLocale(QLocale(QLocale.Language.English))  # as all text here
        calendar.setFirstDayOfWeek(QLocale.system().firstDayOfWeek())
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        calendar.setHorizontalHeaderFormat(QCalendarWidget.HorizontalHeaderFormat.ShortDayNames)
        calendar.setDateEditEnabled(False)
        calendar.setMinimumSize(_WIDE_PX, _TALL_PX)
        calendar.clicked.connect(self._take)
        calendar.activated.connect(self._take)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(calendar)
        calendar.setSelectedDate(_as_qt(shown))
        self.look(colors)

    def begins(self, first: date) -> None:
        self.calendar.setMinimumDate(_as_qt(first))

    def ends(self, last: date) -> None:
        self.calendar.setMaximumDate(_as_qt(last))

    def open_at(self, at: QPoint) -> None:
        """With its upper left corner there, on the screen, as far as it has that room."""
        self.adjustSize()
        self.put(at)
        self.show()
        self.calendar.setFocus()

    def look(self, colors: Colors) -> None:
        """In these colours."""
        head = QTextCharFormat()
        head.setForeground(QColor(colors.muted))
        head.setBackground(QColor(colors.bg))
        for day in _WEEKEND:
            self.calendar.setWeekdayTextFormat(day, QTextCharFormat())  # Qt's own is red
        self.calendar.setHeaderTextFormat(head)
        for name, (sign, words) in _MOVES.items():
            if isinstance(button := self.calendar.findChild(QToolButton, name), QToolButton):
                button.setIcon(icons.icon(sign, colors.muted))
                button.setToolTip(words)
                button.setAccessibleName(words)

    def _take(self, day: QDate) -> None:
        if self.isVisible():  # a click may be an activation, too
            self.close()
            self.chosen.emit(date(day.year(), day.month(), day.day()))

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent | None) -> None:
        super().hideEvent(event)
        self.closed.emit()


def _as_qt(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)
