# SPDX-License-Identifier: GPL-3.0-only
"""A line to write in with its button beside it, on a card. GUI thread."""

from collections.abc import Callable

from loggia.qtclient.style.field import Field
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QWidget


class LineToSay(QHBoxLayout):
    """Enter presses the button. `words`: what is to be written; `done` gets it. Attribute: `edit`."""

    def __init__(
        self, name: str, words: str, button: str, most: int, done: Callable[[str], object], parent: QWidget
    ) -> None:
        super().__init__()
        edit = self.edit = Field("", parent)
        edit.setObjectName(f"{name}-text")
        edit.setPlaceholderText(words)
        edit.setAccessibleName(words)
        edit.setMaxLength(most)
        press = QPushButton(button, parent)
        press.setObjectName(name)
        press.setAutoDefault(False)
        press.clicked.connect(lambda: done(edit.text().strip()))
        edit.returnPressed.connect(press.click)
        self.setSpacing(8)
        self.addWidget(edit, 1)
        self.addWidget(press)
