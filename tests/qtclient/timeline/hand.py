"""A hand on the mouse over the messages: it finds letters, and its clicks are as far apart as it says."""

from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.timeline.view import Timeline
from PyQt6.QtCore import QEvent, QModelIndex, QPoint, QPointF, Qt
from PyQt6.QtGui import QContextMenuEvent, QGuiApplication, QMouseEvent, QWheelEvent
from PyQt6.QtWidgets import QApplication

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
SHIFT, PLAIN = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier
_APART_MS = 10_000


class _Timed(QMouseEvent):
    ms = 0

    def timestamp(self) -> int:
        return self.ms


class Hand:
    """Attribute `at`: where it is, on the viewport."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self.at = QPoint()
        self._ms = _APART_MS

    def letter(self, index: QModelIndex, letters: str, behind: int = 0) -> QPoint:
        """Where these letters of the row begin; or `behind` so many of Python's characters of them."""
        layout = self._timeline._drawn.layouts.of(index.data(ROW), self._timeline.visualRect(index).width())
        text = layout.readable
        assert text is not None
        shown = text.lines.text()
        start = shown.encode("utf-16-le").index(letters.encode("utf-16-le")) // 2
        at = start + len(letters[:behind].encode("utf-16-le")) // 2
        line = text.lines.lineForTextPosition(at)
        place = text.at + QPointF(line.cursorToX(at)[0], line.y() + line.height() / 2)
        return place.toPoint() + self._timeline.visualRect(index).topLeft()

    def press(self, at: QPoint, modifiers: Qt.KeyboardModifier = PLAIN, *, soon: bool = False) -> None:
        """`soon`: as the next click of a double one."""
        self._ms += 50 if soon else _APART_MS
        self.at = at
        self._send(QEvent.Type.MouseButtonPress, LEFT, LEFT, modifiers)

    def move(self, to: QPoint) -> None:
        self.at = to
        self._send(QEvent.Type.MouseMove, NONE, LEFT)

    def rest(self, at: QPoint) -> None:
        """Without a button."""
        self.at = at
        self._send(QEvent.Type.MouseMove, NONE, NONE)

    def release(self) -> None:
        self._send(QEvent.Type.MouseButtonRelease, LEFT, NONE)

    def click(self, at: QPoint, modifiers: Qt.KeyboardModifier = PLAIN, times: int = 1) -> None:
        for time in range(times):
            self.press(at, modifiers, soon=time > 0)
            self.release()

    def ask(self, at: QPoint) -> None:
        """For the menu there."""
        port, reason = self._timeline.viewport(), QContextMenuEvent.Reason.Mouse
        QApplication.sendEvent(port, QContextMenuEvent(reason, at, port.mapToGlobal(at)))

    def wheel(self, up: int) -> None:
        """So much of a turn, in eighths of a degree."""
        port, at = self._timeline.viewport(), QPointF(self.at)
        none, phase = QPoint(), Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(at, port.mapToGlobal(at), none, QPoint(0, up), NONE, PLAIN, phase, False)
        QApplication.sendEvent(port, event)

    def drag(self, start: QPoint, *way: QPoint) -> None:
        self.press(start)
        for to in way:
            self.move(to)
        self.release()

    def _send(
        self,
        kind: QEvent.Type,
        button: Qt.MouseButton,
        buttons: Qt.MouseButton,
        modifiers: Qt.KeyboardModifier = PLAIN,
    ) -> None:
        port = self._timeline.viewport()
        at = QPointF(self.at)
        event = _Timed(kind, at, port.mapToGlobal(at), button, buttons, modifiers)
        event.ms = self._ms
        QApplication.sendEvent(port, event)


def clipboard() -> str:
    return QGuiApplication.clipboard().text()
