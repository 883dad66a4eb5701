# SPDX-License-Identifier: GPL-3.0-only
"""A row of signs that one may put to a message, above everything until one is chosen. GUI thread."""

from collections.abc import Sequence
from functools import partial
from itertools import islice

from loggia.qtclient.state.emoji_names import named
from loggia.qtclient.style.fonts import scaled
from loggia.qtclient.timeline.parts.action import ENTER
from PyQt6.QtCore import QEvent, QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QFrame, QGridLayout, QLineEdit, QToolButton, QWidget

FIRST: tuple[str, ...] = (
    "\U0001f44d",
    "\u2764\ufe0f",
    "\U0001f602",
    "\U0001f389",
    "\U0001f62e",
    "\U0001f64f",
)
MOST_FOUND = 12  # two rows
_NOTHING = (("", ""),) * MOST_FOUND
_LARGER = 1.4
_STEPS: dict[int, int] = {
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Down: len(FIRST),
    Qt.Key.Key_Up: -len(FIRST),
}


def six_of(used: Sequence[str]) -> tuple[str, ...]:
    """Six: those that were used last, which come first, and others."""
    return tuple(dict.fromkeys((*used, *FIRST)))[: len(FIRST)]


class ChooseSign(QFrame):
    """`signs`: what is offered at first; `mine`: what is there from me already. What is typed finds others by
    their names. Signal `chosen` with one.

    Attributes: `search`: where a name is typed.
    """

    chosen = pyqtSignal(str)

    def __init__(self, signs: Sequence[str], mine: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("signs")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("Signs to put to the message")
        self._first = [(sign, sign) for sign in signs]
        self._mine = frozenset(mine)
        self._at = QPoint()
        grid = QGridLayout(self)
        grid.setContentsMargins(4, 4, 4, 4)
        grid.setSpacing(2)
        self._all = [QToolButton(self) for _ in range(MOST_FOUND)]
        for number, button in enumerate(self._all):
            button.setFont(scaled(self.font(), _LARGER))
            button.clicked.connect(partial(self._choose, button))
            grid.addWidget(button, *divmod(number, len(FIRST)))
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Find by name")
        self.search.setAccessibleName("Find a sign by its name")
        self.search.textChanged.connect(self._fill)
        grid.addWidget(self.search, MOST_FOUND // len(FIRST), 0, 1, len(FIRST))
        self._fill("")

    @property
    def buttons(self) -> list[QToolButton]:
        """Those that can be chosen now."""
        return [button for button in self._all if not button.isHidden()]

    def open_at(self, at: QPoint) -> None:
        """With its lower left corner there, on the screen, as far as it has that room."""
        self._at = at
        self._place()
        self.show()
        self.buttons[0].setFocus()

    def _place(self) -> None:
        self.adjustSize()
        screen = self.screen()
        area = screen.availableGeometry() if screen is not None else self.rect()
        left = min(max(self._at.x(), area.left()), max(area.right() - self.width(), area.left()))
        self.move(left, max(self._at.y() - self.height(), area.top()))

    def _fill(self, begun: str) -> None:
        """Offer what has that in its name; those of the beginning where nothing is typed."""
        words = begun.strip(": ").replace(" ", "_")
        found = list(islice(named(words), MOST_FOUND)) if words else self._first
        for button, (sign, name) in zip(self._all, [*found, *_NOTHING], strict=False):
            mine = sign in self._mine
            button.setText(sign)
            button.setToolTip("" if sign == name else name.replace("_", " "))
            button.setAccessibleName(f"{name}, yours: take it back" if mine else name)
            button.setCheckable(mine)
            button.setChecked(mine)
            button.setVisible(bool(sign))
        self._place()

    def _choose(self, button: QToolButton) -> None:
        sign = button.text()
        self.close()
        self.chosen.emit(sign)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Arrows go from one to the next, Enter chooses as Space does, and what is typed finds."""
        if event is None:
            return
        buttons = self.buttons
        at = next((place for place, one in enumerate(buttons) if one.hasFocus()), -1)
        if event.key() in _STEPS and buttons:
            step = _STEPS[event.key()]
            begin = 0 if step > 0 else len(buttons) - 1
            buttons[(at + step) % len(buttons) if at >= 0 else begin].setFocus()
        elif event.key() in ENTER:
            for button in buttons[max(at, 0) :][:1]:
                button.click()
        elif event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.text().isprintable() and event.text().strip():
            self.search.setFocus()
            self.search.insert(event.text())
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent | None) -> bool:
        """Escape is its own, and no shortcut of the window's."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)
