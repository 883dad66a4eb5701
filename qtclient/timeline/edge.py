# SPDX-License-Identifier: GPL-3.0-only
"""Why there is nothing before the first message that is here, said over the upper edge. GUI thread."""

from loggia.qtclient.models.timeline import TimelineModel
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.view import Timeline
from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtWidgets import QLabel

OFFLINE = "Older messages load once there is a connection."
REFUSED = "The server did not give older messages."
_BELOW_PX, _BESIDE_PX = 8, 16


class Edge(QLabel):
    """Seen while the first row that is here is at the upper edge, and nothing comes before it by itself."""

    def __init__(self, timeline: Timeline, model: TimelineModel, state: WindowState) -> None:
        super().__init__("", timeline)
        self.setObjectName("edge")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setWordWrap(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        self._timeline = timeline
        self._model = model
        self._state = state
        timeline.moved.connect(self.refresh)
        port = timeline.viewport()
        assert port is not None
        self._port = port
        port.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.Resize and self.text():
            self._place()
        return False

    def refresh(self) -> None:
        """Say what is so now."""
        words = self._words()
        if words != self.text():
            self.setText(words)
            self._timeline.setAccessibleDescription(words)
        if words:
            self._place()
        self.setVisible(bool(words))

    def _words(self) -> str:
        room, bar = self._state.here, self._timeline.verticalScrollBar()
        if room is None or not room.newest or self._model.other_room or not self._model.at_edge:
            return ""
        if bar is None or bar.value() > bar.minimum():
            return ""
        if not self._state.connected and room.is_elsewhere(room.before):
            return OFFLINE
        return REFUSED if room.refused else ""

    def _place(self) -> None:
        area = self._port.geometry()
        most = area.width() - 2 * _BESIDE_PX
        wide = min(most, self.fontMetrics().horizontalAdvance(self.text()) + 3 * _BESIDE_PX)
        self.resize(wide, self.heightForWidth(wide))
        self.move(area.center().x() - self.width() // 2, area.top() + _BELOW_PX)
        self.raise_()
