# SPDX-License-Identifier: GPL-3.0-only
"""Asks for your nickname, the first time and when it was refused. GUI thread, until it is answered."""

from loggia.qtclient.dialogs.fitted import FittedDialog, Wrapped
from loggia.qtclient.style import icons
from loggia.qtclient.style.fonts import scaled
from loggia.qtclient.style.theme import Colors
from loggia.shared.protocol import names
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QFont
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

WIDE_PX = 400


class AskNick(FittedDialog):
    """`nick` holds the answer once the dialog was accepted. `reason`: why the name before was refused."""

    def __init__(
        self,
        colors: Colors,
        limits: Limits,
        *,
        nick: str = "",
        reason: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(WIDE_PX, parent=parent)
        self.setWindowTitle("Loggia")
        self._limits = limits
        self.nick = nick
        mark = QLabel(self)
        mark.setPixmap(icons.icon("loggia", colors.accent, 44).pixmap(QSize(44, 44)))
        title = QLabel("Welcome to Loggia", self)
        font = scaled(self.font(), 1.5)
        font.setWeight(QFont.Weight.DemiBold)
        title.setFont(font)
        words = QLabel("What shall the others call you?", self)
        words.setObjectName("muted")
        self.edit = QLineEdit(nick, self)
        self.edit.setAccessibleName("Nickname")
        self.edit.setPlaceholderText("Nickname")
        self.edit.selectAll()
        self.edit.textChanged.connect(self._check)
        self.hint = Wrapped("", self)
        self.hint.setObjectName("hint")
        self.hint.setMinimumHeight(self.hint.fontMetrics().lineSpacing() * 2 + 4)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.come_in = QPushButton("Come in", self)
        self.come_in.setObjectName("primary")
        self.come_in.setDefault(True)
        self.come_in.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.come_in)
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 28, 32, 24)
        column.setSpacing(8)
        column.addWidget(mark)
        column.addSpacing(4)
        column.addWidget(title)
        column.addWidget(words)
        column.addSpacing(8)
        column.addWidget(self.edit)
        column.addWidget(self.hint)
        column.addLayout(buttons)
        self._check()
        if reason:
            self._tell(reason)

    def accept(self) -> None:
        if self.come_in.isEnabled():
            super().accept()

    def _check(self) -> None:
        written = self.edit.text()
        try:
            self.nick = names.nick(written.strip(" "), self._limits)
            reason = ""
        except Refused as refused:
            reason = refused.text
        self.come_in.setEnabled(not reason)
        self._tell(reason if written.strip(" ") else "")

    def _tell(self, reason: str) -> None:
        self.hint.setProperty("tone", "error" if reason else "")
        style = self.hint.style()
        if style is not None:
            style.polish(self.hint)
        self.hint.say(
            reason or f"1 to {self._limits.nick_chars} characters: letters, digits, signs and single spaces."
        )
