# SPDX-License-Identifier: GPL-3.0-only
"""Shows what this computer kept of a room from before the server's log was restored. GUI thread."""

from collections.abc import Callable

from loggia.qtclient.dialogs.fitted import FittedDialog
from loggia.qtclient.state.rows import Me, Row, RowBuilder
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.fonts import scaled
from loggia.qtclient.timeline.parts.table import as_text
from loggia.shared.client.commands import ReadArchived
from loggia.shared.client.completeness import ArchivedCopy
from loggia.shared.client.updates import ArchivedEntries
from loggia.shared.protocol.events import StoredEvent
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

WIDE_PX, TALL_PX = 640, 560
PAGE = 1000  # entries read at once, the newest first


class ShowArchivedCopy(FittedDialog):
    """The newest entries of a copy as plain text, older ones on demand. `asked`: ReadArchived for the link.

    `kept_in`: the file it is in, in words.
    """

    asked = pyqtSignal(object)

    def __init__(self, copy: ArchivedCopy, me: Me, kept_in: str, parent: QWidget | None = None) -> None:
        super().__init__(WIDE_PX, TALL_PX, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"# {copy.room} before the restore")
        self._copy = copy
        self._fold = RowBuilder(me)
        self._entries: list[StoredEvent] = []
        self._wanted: tuple[int, int] | None = None  # after, upto: what was asked for
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
        if self._pages and self._wanted is None:
            self._wanted = after, upto = self._pages.pop()
            self.asked.emit(
                ReadArchived(room=self._copy.room, epoch=self._copy.epoch, after=after, limit=upto - after)
            )
        self.older.setEnabled(bool(self._pages))

    def take(self, told: ArchivedEntries) -> None:
        """What was asked for has come; what was asked by another is not ours."""
        asked = (self._copy.room, self._copy.epoch, self._wanted[0] if self._wanted else -1)
        if (told.room, told.epoch, told.after) != asked:
            return
        first = not self._entries
        self._wanted = None
        self._entries[:0] = told.events
        rows: list[Row] = []
        self._fold.extend(rows, self._entries)
        self.text.setPlainText(as_text(rows, several=True))
        bar = self.text.verticalScrollBar()
        if bar is not None:
            bar.setValue(bar.maximum() if first else 0)


class Archives:
    """Shows the copies of the room on the screen, one at a time. `ask` hands a command to the link.

    Attribute: `shown`, the dialog that is open.
    """

    def __init__(
        self, window: QWidget, state: WindowState, kept_in: str, ask: Callable[[ReadArchived], object]
    ) -> None:
        self._window = window
        self._state = state
        self._kept_in = kept_in
        self._ask = ask
        self.shown: ShowArchivedCopy | None = None

    def show(self, epoch: str) -> None:
        """What this computer kept from before the life `epoch` ended."""
        if self.shown is not None:
            self.shown.close()
        for old in self._state.here.old if self._state.here else ():
            if old.epoch == epoch:
                self.shown = dialog = ShowArchivedCopy(old, self._state.me, self._kept_in, self._window)
                dialog.asked.connect(self._ask)
                dialog.finished.connect(self._closed)
                dialog.ask()
                dialog.show()

    def take(self, told: ArchivedEntries) -> None:
        if self.shown is not None:
            self.shown.take(told)

    def _closed(self) -> None:
        self.shown = None


def _pages(copy: ArchivedCopy) -> list[tuple[int, int]]:
    """All pages of a copy as (after, upto), the newest last."""
    pages: list[tuple[int, int]] = []
    for first, last in copy.spans:
        ends = range(last, first - 1, -PAGE)
        pages += [(max(first - 1, upto - PAGE), upto) for upto in reversed(ends)]
    return pages
