# SPDX-License-Identifier: GPL-3.0-only
"""Of very many long rows those on the screen are measured at once: how tall the others are is guessed, until
they are measured in later turns. GUI thread.
"""

from collections.abc import Callable

from loggia.qtclient.models.timeline import TimelineModel
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.timeline.delegate import TimelineDelegate
from loggia.qtclient.timeline.layout import LONG_AT_ONCE
from loggia.qtclient.timeline.places import Anchor, Places
from PyQt6.QtWidgets import QListView


class Guessed:
    """Of these `rows` in `view`, as `drawn` there."""

    def __init__(self, view: QListView, places: Places, rows: TimelineModel, drawn: TimelineDelegate) -> None:
        self._view, self._places, self._rows, self._drawn = view, places, rows, drawn
        rows.rowsInserted.connect(self.begin)

    @property
    def is_some(self) -> bool:
        """Not all rows lie where they will."""
        return self._drawn.layouts.guesses

    def begin(self) -> bool:
        """Rows are about to be laid out. Whether some are guessed, as too many are not measured yet."""
        layouts = self._drawn.layouts
        if not layouts.guesses:
            layouts.guesses = len(layouts.unknown(self._rows.rows, self._width)) > LONG_AT_ONCE
        return layouts.guesses

    def end(self) -> None:
        """All are measured; they are to be laid out once more."""
        self._drawn.layouts.guess_no_more()

    def settle(self, put: Callable[[], object]) -> None:
        """Lay them out, and `put` them where they belong on the screen; again, until these are measured."""
        self.begin()
        self._view.executeDelayedItemsLayout()
        put()
        while self.is_some and self._measure_shown():
            self._view.scheduleDelayedItemsLayout()
            self._view.executeDelayedItemsLayout()
            put()

    def stay(self) -> None:
        """What is looked at stays; who is at an end of the rows stays there."""
        if not self.is_some:
            return
        bar, read = self._places.bar, self._read()
        if bar.value() == bar.maximum():
            self.settle(lambda: bar.setValue(bar.maximum()))
        elif bar.value() == bar.minimum():
            self.settle(lambda: bar.setValue(bar.minimum()))
        else:
            self.settle(lambda: self._places.back_to(read))

    def _measure_shown(self) -> bool:
        layouts = self._drawn.layouts
        rows = layouts.unknown((row for row, _ in self._places.on_screen()), self._width)
        for row in rows:
            layouts.of(row, self._width)
        return bool(rows)

    def _read(self) -> Anchor | None:
        """The first row on the screen that was measured: who scrolls up has read it. Else the first one."""
        on_screen = [row for row, _ in self._places.on_screen()]
        unknown = {row.key for row in self._drawn.layouts.unknown(on_screen, self._width)}
        known = (row for row in on_screen if isinstance(row, MessageRow) and row.key not in unknown)
        return next((self._places.anchor_at(row.key) for row in known), self._places.anchor())

    @property
    def _width(self) -> int:
        return self._places.port.width()
