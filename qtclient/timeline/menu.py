# SPDX-License-Identifier: GPL-3.0-only
"""The menu of the messages: what can be done with a row, and with the room. GUI thread."""

from collections.abc import Callable, Iterable

from loggia.qtclient.state.rows import Row
from loggia.qtclient.timeline.parts.action import LAST, Action
from loggia.qtclient.timeline.parts.card import SHOW_COPY
from loggia.qtclient.timeline.parts.text import COPY_TEXT
from loggia.shared.client.completeness import ArchivedCopy
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QMenu

COPY = "copy"  # what is selected, which may be many rows
_Act = Callable[[str, object], None]  # do the action of that id to that


def fill(
    menu: QMenu,
    row: Row | None,
    offered: Iterable[tuple[Action, object]],
    copies: Iterable[ArchivedCopy],
    act: _Act,
    *,
    selected: bool,
) -> None:
    """Put in what can be done. An entry's data is its action's id. `offered`: what with the row, each with
    what it is done to; `copies`: what is kept of the room from before its log was restored; `selected`:
    whether anything is, else the row is copied."""
    copied = _entry(menu, COPY, "Copy what is selected" if selected else "Copy", row, act)
    copied.setEnabled(selected or row is not None)
    section = COPY_TEXT.section
    for action, target in sorted(offered, key=lambda one: one[0].section == LAST):
        if action.section and action.section != section:
            menu.addSeparator()
        if action.section:
            _entry(menu, action.id, action.words(row), target, act)
            section = action.section
    for old in copies:
        menu.addSeparator()
        _entry(menu, SHOW_COPY.id, f"Show the copy of before ({old.words})...", old.epoch, act)


def _entry(menu: QMenu, action: str, words: str, target: object, act: _Act) -> QAction:
    entry = menu.addAction(words.replace("&", "&&"), lambda: act(action, target))
    assert entry is not None
    entry.setData(action)
    return entry
