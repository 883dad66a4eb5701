# SPDX-License-Identifier: GPL-3.0-only
"""The buttons over the messages: to the newest one, to those that mean me, and back. GUI thread."""

from loggia.qtclient.style import icons
from loggia.qtclient.style.theme import Colors
from PyQt6.QtCore import QRect, Qt
from PyQt6.QtGui import QFont, QWheelEvent
from PyQt6.QtWidgets import QListView, QPushButton

_ABOVE_PX = 12  # between them and the lower edge
_APART_PX = 8


class Jumps:
    """`newest`, `mention` and `back`, to where somebody read before he was led here; each is seen while there
    is something to go to."""

    def __init__(self, over: QListView) -> None:
        self.newest = _button("newer", over)
        self.mention = _button("mention", over)
        self.back = _button("back", over)
        self.back.setText("Back")
        self.back.setToolTip("Back to where you were (Alt+Left)")
        self.back.setAccessibleName("Back to where you were")

    def look(self, colors: Colors, font: QFont) -> None:
        self.newest.setIcon(icons.icon("down", colors.on_accent, 14))
        self.back.setIcon(icons.icon("before", colors.text, 14))
        for button in (self.newest, self.mention, self.back):
            button.setFont(font)

    def show(self, unread: int, mentions: int, area: QRect, *, away: bool, back: bool) -> None:
        """How much is unread, and how much of it means me. `away`: the newest is not in sight; `back`: nor
        is what somebody was led away from."""
        self.newest.setText(f"{unread:,} new" if unread else "Newest")
        self.newest.setAccessibleName(
            f"{unread:,} new messages below" if unread else "Go to the newest message"
        )
        self.mention.setText("1 mention" if mentions == 1 else f"{mentions:,} mentions")
        self.mention.setAccessibleName(
            "Go to the message that means you" if mentions == 1 else f"Go to {mentions:,} that mean you"
        )
        self.newest.setVisible(away)
        self.mention.setVisible(mentions > 0)
        self.back.setVisible(back)
        self.place(area)

    def place(self, area: QRect) -> None:
        """Side by side, in the middle of the lower edge, as far as there is room."""
        shown = [button for button in (self.back, self.mention, self.newest) if not button.isHidden()]
        for button in shown:
            button.adjustSize()
        wide = sum(button.width() for button in shown) + _APART_PX * (len(shown) - 1)
        if wide > area.width() and self.back in shown:  # there is its key
            shown.remove(self.back)
            self.back.hide()
            wide -= self.back.width() + _APART_PX
        left = area.center().x() - wide // 2
        for button in shown:
            button.move(left, area.bottom() - button.height() - _ABOVE_PX)
            left += button.width() + _APART_PX


class _Jump(QPushButton):
    """The wheel is for the rows that it lies over."""

    def __init__(self, over: QListView) -> None:
        super().__init__("", over)
        self._rows = over

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if event is not None:
            self._rows.wheelEvent(event)
            event.accept()


def _button(name: str, over: QListView) -> QPushButton:
    button = _Jump(over)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setObjectName(name)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    button.hide()
    return button
