# SPDX-License-Identifier: GPL-3.0-only
"""A row of signs that one may put to a message, above everything until one is chosen. GUI thread."""

from collections.abc import Sequence

from loggia.qtclient.style.fonts import scaled
from loggia.qtclient.timeline.parts.action import ENTER
from PyQt6.QtCore import QEvent, QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

FIRST = ("\U0001f44d", "\u2764\ufe0f", "\U0001f602", "\U0001f389", "\U0001f62e", "\U0001f64f")
_LARGER = 1.4


def recent(signs: Sequence[str], used: str) -> tuple[str, ...]:
    """As many of them as before, `used` first."""
    return tuple(dict.fromkeys((used, *signs)))[: len(FIRST)]


class ChooseSign(QFrame):
    """`signs`: what can be chosen; `mine`: what of it is there from me already. Signal `chosen` with one."""

    chosen = pyqtSignal(str)

    def __init__(self, signs: Sequence[str], mine: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("signs")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("Signs to put to the message")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 4, 4, 4)
        row.setSpacing(2)
        self.buttons = [self._button(sign, sign in mine) for sign in signs]
        for button in self.buttons:
            row.addWidget(button)

    def open_at(self, at: QPoint) -> None:
        """With its lower left corner there, on the screen, as far as it has that room."""
        self.adjustSize()
        screen = self.screen()
        area = screen.availableGeometry() if screen is not None else self.rect()
        left = min(max(at.x(), area.left()), max(area.right() - self.width(), area.left()))
        top = max(at.y() - self.height(), area.top())
        self.move(left, top)
        self.show()
        self.buttons[0].setFocus()

    def _button(self, sign: str, mine: bool) -> QToolButton:
        button = QToolButton(self)
        button.setText(sign)
        button.setFont(scaled(self.font(), _LARGER))
        button.setAccessibleName(f"{sign}, yours: take it back" if mine else sign)
        button.setCheckable(mine)
        button.setChecked(mine)
        button.clicked.connect(lambda: self._choose(sign))
        return button

    def _choose(self, sign: str) -> None:
        self.close()
        self.chosen.emit(sign)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Arrows go from one to the next, Enter chooses as Space does."""
        if event is None:
            return
        steps: dict[int, int] = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
        at = next((place for place, one in enumerate(self.buttons) if one.hasFocus()), 0)
        if event.key() in steps:
            self.buttons[(at + steps[event.key()]) % len(self.buttons)].setFocus()
        elif event.key() in ENTER:
            self.buttons[at].click()
        elif event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent | None) -> bool:
        """Escape is its own, and no shortcut of the window's."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)
