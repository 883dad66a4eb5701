# SPDX-License-Identifier: GPL-3.0-only
"""The buttons over the messages: to the newest one, and to those that mean me. GUI thread."""

from loggia.qtclient.style import icons
from loggia.qtclient.style.theme import Colors
from PyQt6.QtCore import QRect, Qt
from PyQt6.QtGui import QFont
from PyQt6.QtWidgets import QPushButton, QWidget

_ABOVE_PX = 12  # between them and the lower edge
_APART_PX = 8


class Jumps:
    """`newest` and `mention`; each is seen while there is something to go to."""

    def __init__(self, over: QWidget) -> None:
        self.newest = _button("newer", over)
        self.mention = _button("mention", over)

    def look(self, colors: Colors, font: QFont) -> None:
        self.newest.setIcon(icons.icon("down", colors.on_accent, 14))
        for button in (self.newest, self.mention):
            button.setFont(font)

    def show(self, unread: int, mentions: int, area: QRect, *, away: bool) -> None:
        """How much is unread, and how much of it means me. `away`: the newest is not in sight."""
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
        self.place(area)

    def place(self, area: QRect) -> None:
        """Side by side, in the middle of the lower edge."""
        shown = [button for button in (self.mention, self.newest) if not button.isHidden()]
        for button in shown:
            button.adjustSize()
        wide = sum(button.width() for button in shown) + _APART_PX * (len(shown) - 1)
        left = area.center().x() - wide // 2
        for button in shown:
            button.move(left, area.bottom() - button.height() - _ABOVE_PX)
            left += button.width() + _APART_PX


def _button(name: str, over: QWidget) -> QPushButton:
    button = QPushButton("", over)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setObjectName(name)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    button.hide()
    return button
