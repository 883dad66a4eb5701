# SPDX-License-Identifier: GPL-3.0-only
"""Asks for your nickname when the one before was refused. GUI thread, until it is answered."""

from loggia.qtclient.dialogs.fitted import FittedDialog, Wrapped
from loggia.qtclient.style.field import Field
from loggia.qtclient.style.fonts import scaled
from loggia.qtclient.style.pictogram import Pictogram
from loggia.qtclient.style.theme import Colors
from loggia.shared.protocol import names
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QFont
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

TEXT_PX, SIDE_PX = 336, 32  # the width of the words, and what is free beside them


class AskNick(FittedDialog):
    """`nick` holds the answer once the dialog was accepted. `reason`: why the name before was refused.

    `column` holds all of it, the buttons last.
    """

    def __init__(
        self,
        colors: Colors,
        limits: Limits,
        *,
        nick: str = "",
        reason: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(TEXT_PX + 2 * SIDE_PX, parent=parent)
        self.setWindowTitle("Loggia")
        self._limits = limits
        self.nick = nick
        mark = Pictogram("loggia", colors.accent, 44, self)
        title = self.title = QLabel("Welcome to Loggia", self)
        font = scaled(self.font(), 1.5)
        font.setWeight(QFont.Weight.DemiBold)
        title.setFont(font)
        words = QLabel("What shall the others call you?", self)
        words.setObjectName("muted")
        self.edit = Field(nick, self)
        self.edit.setAccessibleName("Nickname")
        self.edit.setPlaceholderText("Nickname")
        self.edit.selectAll()
        self.edit.textChanged.connect(self._check)
        self.hint = wrapped(2, self, self.edit)
        self.come_in = QPushButton("Come in", self)
        self.come_in.setObjectName("primary")
        self.come_in.setDefault(True)
        self.come_in.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.come_in)
        column = self.column = QVBoxLayout(self)
        column.setContentsMargins(SIDE_PX, 28, SIDE_PX, 24)
        column.setSpacing(8)
        column.addWidget(mark, 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(4)
        column.addWidget(title)
        column.addWidget(words)
        column.addSpacing(8)
        column.addWidget(self.edit)
        column.addWidget(self.hint)
        column.addLayout(buttons)
        self._check()
        if reason:
            tell(self.hint, reason, "")

    def accept(self) -> None:
        if self.come_in.isEnabled():
            super().accept()

    def _check(self) -> None:
        written = self.edit.text()
        try:
            self.nick, reason = names.nick(written.strip(" "), self._limits), ""
        except Refused as refused:
            self.nick, reason = "", refused.text
        rule = f"1 to {self._limits.nick_chars} characters: letters, digits, signs and single spaces."
        tell(self.hint, reason if written.strip(" ") else "", rule)
        self.come_in.setEnabled(bool(self.nick))


def wrapped(lines: int, parent: QWidget, field: QWidget | None = None) -> Wrapped:
    """A place below a field, for so many lines of words about it."""
    made = Wrapped("", parent, field)
    made.setObjectName("hint")
    made.setMinimumHeight(made.fontMetrics().lineSpacing() * lines + 4)
    made.setAlignment(Qt.AlignmentFlag.AlignTop)
    return made


def tell(hint: Wrapped, wrong: str, usual: str) -> None:
    """What is wrong with a field; else what is usually said of it."""
    hint.setProperty("tone", "error" if wrong else "")
    style = hint.style()
    if style is not None:
        style.polish(hint)
    hint.say(wrong or usual)
    # what takes more lines makes the dialog taller, and what takes fewer then moves nothing
    hint.setMinimumHeight(max(hint.minimumHeight(), hint.heightForWidth(TEXT_PX)))
