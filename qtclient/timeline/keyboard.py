# SPDX-License-Identifier: GPL-3.0-only
"""Where the keyboard is among the rows on the screen, and what was selected there. GUI thread."""

from PyQt6.QtCore import QModelIndex, QPoint
from PyQt6.QtWidgets import QAbstractItemView


def begin(view: QAbstractItemView) -> None:
    """The keyboard comes: it stays at its row where that is seen, else it begins at the last one that is, and
    moves nothing."""
    port, selection = view.viewport(), view.selectionModel()
    if port is None or selection is None or view.visualRect(view.currentIndex()).intersects(port.rect()):
        return
    selection.setCurrentIndex(_last(view, port.rect().bottomLeft()), selection.SelectionFlag.NoUpdate)


def deselect(view: QAbstractItemView) -> bool:
    """Nothing is selected any more. False if nothing was."""
    selection = view.selectionModel()
    was = selection is not None and selection.hasSelection()
    view.clearSelection()
    return was


def _last(view: QAbstractItemView, edge: QPoint) -> QModelIndex:
    """The last row above the lower edge; if it is cut there, the one before it, as far as that is seen."""
    model, last = view.model(), view.indexAt(edge)
    if model is not None and not last.isValid():
        last = model.index(model.rowCount() - 1, 0)
    above = last.siblingAtRow(last.row() - 1)
    is_cut = view.visualRect(last).bottom() > edge.y()
    return above if is_cut and view.visualRect(above).bottom() >= 0 and above.isValid() else last
