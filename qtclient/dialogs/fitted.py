# SPDX-License-Identifier: GPL-3.0-only
"""What all dialogs are: never larger than the window that they belong to. GUI thread."""

import re

from PyQt6.QtCore import QEvent, QObject, QRect, QSize, Qt
from PyQt6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PyQt6.QtWidgets import (
    QAbstractButton,
    QDialog,
    QFrame,
    QLabel,
    QLineEdit,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

MARGIN_PX = 12  # of the window beneath, that stays to be seen on each side
LONGEST_WORD = 20  # characters, which have room in the smallest window; longer ones are broken there

_LONG = re.compile(rf"\S{{{LONGEST_WORD}}}(?=\S)")


class FittedDialog(QDialog):
    """As large as it likes to be, and at most as the window has room for; as the screen where there is no
    window. Also when the window becomes smaller while it is open.

    `wide`, `tall`: what it likes, in logical pixels; `tall` 0: what its contents need.
    """

    def __init__(self, wide: int, tall: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._liked = wide, tall

    def fit(self) -> None:
        """Take the size again, as after a change of what it shows."""
        room = self._room()
        wide = min(self._liked[0], room.width())
        if (layout := self.layout()) is not None:
            layout.activate()
        tall = self._liked[1] or self._needed(wide)
        self.resize(wide, min(tall, room.height()))

    def _needed(self, wide: int) -> int:
        height = self.heightForWidth(wide)
        return height if height > 0 else self.sizeHint().height()

    def _room(self) -> QSize:
        beneath, screen = self._beneath(), self.screen()
        area = QRect(0, 0, *self._liked) if screen is None else screen.availableGeometry()
        size = area.size() if beneath is None else beneath.size().boundedTo(area.size())
        return size - QSize(2 * MARGIN_PX, 2 * MARGIN_PX)

    def _beneath(self) -> QWidget | None:
        parent = self.parentWidget()
        return None if parent is None else parent.window()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Enter presses the button that has the keyboard, also where another one is the default."""
        focus = self.focusWidget()
        if event is None or event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif isinstance(focus, QAbstractButton) and not isinstance(focus, QRadioButton):
            focus.click()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent | None) -> None:
        self.fit()
        if (beneath := self._beneath()) is not None:
            beneath.installEventFilter(self)
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent | None) -> None:
        if (beneath := self._beneath()) is not None:
            beneath.removeEventFilter(self)
        super().hideEvent(event)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.Resize and watched is self._beneath():
            self.fit()
        return super().eventFilter(watched, event)


class ScrolledDialog(FittedDialog):
    """One of which all can be reached in the smallest window: what it shows is laid out in `body`."""

    def __init__(self, wide: int, parent: QWidget | None = None) -> None:
        super().__init__(wide, parent=parent)
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body = QWidget(area)
        area.setWidget(self.body)
        for ground in (area.viewport(), self.body):
            if ground is not None:
                ground.setAutoFillBackground(False)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(area)

    def renew(self, before: QWidget, made: QWidget) -> None:
        """`made` stands in `body` where `before` did. What was typed there stays, and where the keyboard was:
        lines and buttons are the same that have the same name."""
        layout, focus = self.body.layout(), self.focusWidget()
        if layout is None:
            return
        layout.replaceWidget(before, made)
        made.setVisible(not before.isHidden())
        for line in made.findChildren(QLineEdit):
            typed = before.findChild(QLineEdit, line.objectName())
            if typed is not None and typed.isModified():
                line.setText(typed.text())
                line.setCursorPosition(typed.cursorPosition())
                line.setModified(True)
        if focus is not None and before.isAncestorOf(focus):
            again = made.findChild(QWidget, focus.objectName())
            (again if again is not None and focus.objectName() else self).setFocus()
        before.hide()
        before.deleteLater()
        self.fit()

    def _needed(self, wide: int) -> int:
        layout = self.body.layout()
        if layout is None:
            return self.sizeHint().height()
        layout.activate()
        return (
            layout.totalHeightForWidth(wide)
            if layout.hasHeightForWidth()
            else layout.totalSizeHint().height()
        )


class Wrapped(QLabel):
    """Plain text in lines, which makes no dialog wider, however long its words are.

    `field`: what it is about; who has the keyboard there hears it, too.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None, field: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.say(text)

    def say(self, text: str) -> None:
        self.setText(_LONG.sub("\\g<0>\u200b", text))
        self.setAccessibleName(text)
        if self._field is not None:
            self._field.setAccessibleDescription(text)
