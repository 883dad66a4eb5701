# SPDX-License-Identifier: GPL-3.0-only
"""Asks, within a dialog, before something is done that does harm. GUI thread."""

from collections.abc import Callable

from loggia.qtclient.dialogs.choices import ChoiceBox
from loggia.qtclient.dialogs.fitted import Wrapped
from loggia.qtclient.style.field import Field
from loggia.shared.protocol.limits import NOTE_CHARS
from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

LASTING_S = {"For ten minutes": 600, "For an hour": 3600, "For a day": 86_400, "For ever": None}


class Question(QFrame):
    """Asks before something is done that does harm, why, and for how long. `cancelled`: it is not."""

    cancelled = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._done: Callable[[str, int | None], object] = lambda why, for_s: None
        self.words = Wrapped("", self)
        self.reason = Field("", self)
        self.reason.setPlaceholderText("Why (all in the room read it)")
        self.reason.setAccessibleName("Why")
        self.reason.setMaxLength(NOTE_CHARS)
        self.lasting = ChoiceBox("For how long", self)
        for words, for_s in LASTING_S.items():
            self.lasting.addItem(words, for_s)
        self.no = QPushButton("Cancel", self)
        self.no.clicked.connect(self.cancelled)
        self.yes = QPushButton("", self)
        self.yes.setObjectName("primary")
        self.yes.clicked.connect(self._said)
        # a second Enter means it; this one is not for that button yet
        self.reason.returnPressed.connect(lambda: QTimer.singleShot(0, self.yes.setFocus))
        for button in (self.no, self.yes):
            button.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.no)
        buttons.addWidget(self.yes)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.words, self.lasting, self.reason):
            column.addWidget(widget)
        column.addLayout(buttons)

    def ask(
        self,
        words: str,
        yes: str,
        done: Callable[[str, int | None], object],
        *,
        lasting: bool,
        reason: bool,
    ) -> None:
        """`done` is called with why and for how many seconds (None: for ever) when `yes` was pressed."""
        self.words.say(words)
        self.yes.setText(yes)
        self._done = done
        self.lasting.setVisible(lasting)
        self.reason.setVisible(reason)
        self.reason.clear()
        (self.lasting if lasting else self.reason if reason else self.no).setFocus()

    def _said(self) -> None:
        asked_how_long = not self.lasting.isHidden()
        self._done(self.reason.text().strip(), self.lasting.currentData() if asked_how_long else None)
