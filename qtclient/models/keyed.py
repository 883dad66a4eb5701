# SPDX-License-Identifier: GPL-3.0-only
"""A model of rows with keys: it follows them by the smallest changes Qt has to hear of. GUI thread."""

import html
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from PyQt6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

ROW = Qt.ItemDataRole.UserRole
_TEXT_ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.AccessibleTextRole,
)


class RestRow(msgspec.Struct, frozen=True):
    """The last row of a list that is too long to be shown: how much of it is not. It cannot be chosen."""

    key: str
    text: str

    @classmethod
    def of(cls, count: int, what: str = "") -> "RestRow":
        return cls(key="\0rest", text=f"and {count:,} more{what}")


class SectionRow(msgspec.Struct, frozen=True):
    """What stands above the rows of one kind. It cannot be chosen, and keys pass over it."""

    key: str
    text: str

    @classmethod
    def of(cls, text: str) -> "SectionRow":
        return cls(key=f"\0{text}", text=text)


class KeyedModel(QAbstractListModel):
    """Rows that know their `key`. `replace` inserts, removes and changes only what differs."""

    def __init__(
        self, plain: Callable[[Any], str], parent: QObject | None = None, *, tips: bool = False
    ) -> None:
        super().__init__(parent)
        self._tips = tips
        self.rows: list[Any] = []
        self._plain = plain

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == ROW:
            return row
        if role in _TEXT_ROLES:
            return self._words(row)
        return tool_tip(self._words(row)) if role == Qt.ItemDataRole.ToolTipRole and self._tips else None

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        if isinstance(self.data(index, ROW), SectionRow):
            return Qt.ItemFlag.ItemNeverHasChildren
        return super().flags(index)

    def _words(self, row: Any) -> str:
        return row.text if isinstance(row, RestRow | SectionRow) else self._plain(row)

    def find(self, key: object) -> QModelIndex:
        """The index of the row with that key; not valid when there is none."""
        for number, row in enumerate(self.rows):
            if row.key == key:
                return self.index(number)
        return QModelIndex()

    def replace(self, rows: Sequence[Any]) -> bool:
        """Show these rows. True when that changed anything."""
        if len(rows) == len(self.rows) and all(a is b for a, b in zip(rows, self.rows, strict=True)):
            return False
        wanted = {row.key for row in rows}
        kept = {row.key for row in self.rows if row.key in wanted}
        if not kept or [row.key for row in self.rows if row.key in kept] != [
            row.key for row in rows if row.key in kept
        ]:
            self.beginResetModel()
            self.rows = list(rows)
            self.endResetModel()
            return True
        self._remove(kept)
        self._insert(rows, kept)
        self._change(rows)
        return True

    def _remove(self, kept: set[Any]) -> None:
        end = len(self.rows)
        while end:
            if self.rows[end - 1].key in kept:
                end -= 1
                continue
            start = end - 1
            while start and self.rows[start - 1].key not in kept:
                start -= 1
            self.beginRemoveRows(QModelIndex(), start, end - 1)
            del self.rows[start:end]
            self.endRemoveRows()
            end = start

    def _insert(self, rows: Sequence[Any], kept: set[Any]) -> None:
        start = 0
        while start < len(rows):
            end = start
            while end < len(rows) and rows[end].key not in kept:
                end += 1
            if end > start:
                self.beginInsertRows(QModelIndex(), start, end - 1)
                self.rows[start:start] = rows[start:end]
                self.endInsertRows()
            start = end + 1

    def _change(self, rows: Sequence[Any]) -> None:
        for number, row in enumerate(rows):
            if self.rows[number] is not row:
                changed = self.rows[number] != row
                self.rows[number] = row
                if changed:
                    self.dataChanged.emit(self.index(number), self.index(number))


def tool_tip(text: str) -> str:
    """The text for a tool tip, which would otherwise guess whether it is HTML."""
    return f"<span style='white-space:pre-wrap'>{html.escape(text)}</span>"
