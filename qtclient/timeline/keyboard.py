# SPDX-License-Identifier: GPL-3.0-only
"""Where the keyboard is among the rows on the screen, and what its keys mean there. GUI thread."""

from collections.abc import Callable

from loggia.qtclient.timeline.selecting import Selecting
from PyQt6.QtCore import QModelIndex, QPoint, Qt
from PyQt6.QtGui import QKeyEvent, QKeySequence
from PyQt6.QtWidgets import QAbstractItemView

_CTRL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
_CHORDS = _CTRL | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
_LETTERS: dict[int, int] = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
_ROWS: dict[int, int] = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
_EDGES: dict[int, int] = {Qt.Key.Key_End: 1, Qt.Key.Key_Home: -1}
_PAGES: dict[int, int] = {Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1}


def begin(view: QAbstractItemView) -> None:
    """The keyboard comes: it stays at its row where that is seen, else it begins at the last one that is, and
    moves nothing."""
    port, selection = view.viewport(), view.selectionModel()
    if port is None or selection is None or view.visualRect(view.currentIndex()).intersects(port.rect()):
        return
    selection.setCurrentIndex(_last(view, port.rect().bottomLeft()), selection.SelectionFlag.NoUpdate)


def selects(
    event: QKeyEvent, index: QModelIndex, selecting: Selecting, far: Callable[[bool], object]
) -> bool:
    """A key pressed on the row at `index` that selects text. False where it does not. `far` goes to where the
    room begins (True), or to the newest."""
    key, held = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if event.matches(QKeySequence.StandardKey.SelectAll):
        selecting.all()
    elif not index.isValid() or not held & _SHIFT or held & ~(_SHIFT | _CTRL):
        if key in _ROWS or key in _PAGES:
            selecting.clear()  # the keyboard goes on to another row
        return False
    elif key in _LETTERS:
        selecting.by_letter(index, _LETTERS[key], word=bool(held & _CTRL))
    elif key in _ROWS:
        selecting.by_row(index, _ROWS[key])
    elif key in _EDGES and held & _CTRL:
        selecting.to_far(index, _EDGES[key])
        far(_EDGES[key] < 0)
    elif key in _EDGES:
        selecting.to_edge(index, _EDGES[key])
    elif key in _PAGES and not held & _CTRL:
        selecting.by_page(index, _PAGES[key])
    else:
        return False
    return True


def copies(event: QKeyEvent) -> bool:
    """The keys that copy."""
    return event.matches(QKeySequence.StandardKey.Copy)


def goes_far(event: QKeyEvent) -> bool:
    """Home or End alone."""
    return event.key() in _EDGES and not event.modifiers() & (_CHORDS | _SHIFT)


def types(event: QKeyEvent) -> bool:
    """It is text that somebody writes."""
    return bool(event.text()) and event.text().isprintable() and not event.modifiers() & _CHORDS


def _last(view: QAbstractItemView, edge: QPoint) -> QModelIndex:
    """The last row above the lower edge; if it is cut there, the one before it, as far as that is seen."""
    model, last = view.model(), view.indexAt(edge)
    if model is not None and not last.isValid():
        last = model.index(model.rowCount() - 1, 0)
    above = last.siblingAtRow(last.row() - 1)
    is_cut = view.visualRect(last).bottom() > edge.y()
    return above if is_cut and view.visualRect(above).bottom() >= 0 and above.isValid() else last
