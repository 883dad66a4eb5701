# SPDX-License-Identifier: GPL-3.0-only
"""Measures rows that are guessed, and near an end what comes next before it is taken in. GUI thread."""

from collections.abc import Callable

from loggia.qtclient.models.timeline import TimelineModel
from loggia.qtclient.timeline.delegate import TimelineDelegate
from loggia.qtclient.timeline.places import Places
from PyQt6.QtCore import QTimer

NEAR_PX = 600  # this close to an end of what is loaded, or two heights of the view, more is taken in
SLICE_ROWS = 50  # that are measured in one turn of the event loop, in some 8 ms


class Near(QTimer):
    """Runs until all that is guessed or comes next is measured, and calls `take_in` then."""

    def __init__(
        self, places: Places, rows: TimelineModel, drawn: TimelineDelegate, take_in: Callable[[], None]
    ) -> None:
        super().__init__(drawn)
        self._places, self._rows, self._drawn = places, rows, drawn
        self._take_in = take_in
        self.setSingleShot(True)
        self.setInterval(0)
        self.timeout.connect(self._prepare)

    @property
    def top(self) -> bool:
        return self._places.bar.value() < self._near_px

    @property
    def bottom(self) -> bool:
        """There is something behind it."""
        bar = self._places.bar
        return bar.maximum() - bar.value() < self._near_px and not self._rows.at_newest

    @property
    def _near_px(self) -> int:
        return max(NEAR_PX, 2 * self._places.port.height())

    def _prepare(self) -> None:
        rows = list(self._rows.rows) if self._drawn.layouts.guesses else []
        rows += self._rows.next_older if self.top else []
        rows += self._rows.next_newer if self.bottom else []
        if self._drawn.layouts.measure(rows, self._places.port.width(), SLICE_ROWS):
            self._take_in()
        else:
            self.start()  # in the next turn of the event loop
