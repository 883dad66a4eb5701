# SPDX-License-Identifier: GPL-3.0-only
"""A dialog that asks before something is done that may be regretted. GUI thread."""

from collections.abc import Sequence

from loggia.qtclient.dialogs.fitted import ScrolledDialog, Wrapped
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

WIDE_PX = 400


class Confirm(ScrolledDialog):
    """Accepted if it is to be done; Enter and Escape do not. `words`: one text below the other, plain.

    Attributes: `yes`, `no`: its buttons.
    """

    def __init__(
        self, title: str, words: Sequence[str], *, yes: str, no: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(WIDE_PX, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        column = QVBoxLayout(self.body)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        for text in words:
            column.addWidget(Wrapped(text, self))
        self.no = QPushButton(no, self)
        self.no.setDefault(True)
        self.no.clicked.connect(self.reject)
        self.yes = QPushButton(yes, self)
        self.yes.setAutoDefault(False)
        self.yes.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.yes)
        buttons.addWidget(self.no)
        column.addLayout(buttons)
        self.no.setFocus()
