# SPDX-License-Identifier: GPL-3.0-only
"""Shows what this computer kept of a room from before the server's log was restored. GUI thread."""

from loggia.qtclient.asking import Asking
from loggia.qtclient.dialogs.fitted import FittedDialog
from loggia.qtclient.state.rows import Me, Row, RowBuilder
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.fonts import scaled
from loggia.qtclient.timeline.parts.table import as_text
from loggia.shared.client.completeness import ArchivedCopy
from loggia.shared.client.updates import ArchivedEntries
from loggia.shared.protocol.events import StoredEvent
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

WIDE_PX, TALL_PX = 640, 560
PAGE = 1000  # entries read at once, the newest first


class ShowArchivedCopy(FittedDialog):
    """The newest entries of a copy as plain text, older ones on demand. `kept_in`: the file it is in, in
    words."""

    def __init__(
        self, copy: ArchivedCopy, me: Me, kept_in: str, asking: Asking, parent: QWidget | None = None
    ) -> None:
        super().__init__(WIDE_PX, TALL_PX, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"# {copy.room} before the restore")
        self._copy = copy
        self._asking = asking
        self._fold = RowBuilder(me)
        self._entries: list[StoredEvent] = []
        self._waits = False  # for a page
        self.finished.connect(self._stop)
        self._pages = _pages(copy)
        words = (
            f"{copy.words}, as this computer had it before the server's messages were restored or damaged."
        )
        where = QLabel(f"{words}\nKept in {kept_in}" if kept_in else words, self)
        where.setObjectName("muted")
        where.setTextFormat(Qt.TextFormat.PlainText)
        where.setFont(scaled(self.font(), 0.92))
        where.setWordWrap(True)
        where.setMinimumWidth(1)  # a long path makes it no wider
        where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setAccessibleName(f"Messages of {copy.room} before the restore")
        self.older = QPushButton("Older messages", self)
        self.older.clicked.connect(self.ask)
        close = QPushButton("Close", self)
        close.setDefault(True)
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addWidget(self.older)
        buttons.addStretch(1)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(where)
        column.addWidget(self.text, 1)
        column.addLayout(buttons)

    def ask(self) -> None:
        """Ask for the page before what is shown."""
        if self._pages and not self._waits:
            self._waits = True
            copy, (after, upto) = self._copy, self._pages.pop()
            self._asking.read(copy.room, copy.epoch, after + 1, self._came, upto - after)
        self.older.setEnabled(bool(self._pages))

    def _stop(self) -> None:
        """It is closed: what is asked for is shown nowhere."""
        self._waits = False

    def _came(self, told: ArchivedEntries) -> None:
        if not self._waits:
            return
        first = not self._entries
        self._waits = False
        self._entries[:0] = told.events
        rows: list[Row] = []
        self._fold.extend(rows, self._entries)
        self.text.setPlainText(as_text(rows, several=True))
        bar = self.text.verticalScrollBar()
        if bar is not None:
            bar.setValue(bar.maximum() if first else 0)


class Archives:
    """Shows the copies of the room on the screen, one at a time. Attribute: `shown`, the dialog that is
    open."""

    def __init__(self, window: QWidget, state: WindowState, kept_in: str, asking: Asking) -> None:
        self._window = window
        self._state = state
        self._kept_in = kept_in
        self._asking = asking
        self.shown: ShowArchivedCopy | None = None

    def show(self, epoch: str) -> None:
        """What this computer kept from before the life `epoch` ended."""
        if self.shown is not None:
            self.shown.close()
        for old in self._state.here.old if self._state.here else ():
            if old.epoch == epoch:
                me, kept_in = self._state.me, self._kept_in
                self.shown = dialog = ShowArchivedCopy(old, me, kept_in, self._asking, self._window)
                dialog.finished.connect(self._closed)
                dialog.ask()
                dialog.show()

    def _closed(self) -> None:
        self.shown = None


def _pages(copy: ArchivedCopy) -> list[tuple[int, int]]:
    """All pages of a copy as (after, upto), the newest last."""
    pages: list[tuple[int, int]] = []
    for first, last in copy.spans:
        ends = range(last, first - 1, -PAGE)
        pages += [(max(first - 1, upto - PAGE), upto) for upto in reversed(ends)]
    return pages
