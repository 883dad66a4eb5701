# SPDX-License-Identifier: GPL-3.0-only
"""Moves the messages for keys that were pressed beside them, as far as the room's beginning. GUI thread."""

from collections.abc import Callable

from loggia.qtclient.models.timeline import TimelineModel
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.edge import Edge
from loggia.qtclient.timeline.view import Timeline
from loggia.shared.client.commands import NEWEST as LAST
from loggia.shared.client.commands import LoadOlder
from PyQt6.QtWidgets import QAbstractSlider, QScrollBar

PAGE = 200  # entries asked for when somebody reads upwards,
FAR_PAGE = 1000  # and when that is on the way to the beginning
PAGE_UP, PAGE_DOWN, BEGINNING, NEWEST = "page-up", "page-down", "beginning", "newest"


class Travel:
    """Of this timeline, which shows that model of that state. `ask`: hands a command to the link; `stop`: who
    goes to an end goes nowhere else. Attribute `edge`: what is said where there is nothing before."""

    def __init__(
        self,
        timeline: Timeline,
        model: TimelineModel,
        state: WindowState,
        ask: Callable[[LoadOlder], object],
        stop: Callable[[], object],
    ) -> None:
        self._timeline = timeline
        self._model = model
        self._state = state
        self._ask = ask
        self._stop = stop
        self._to_beginning = False
        self.edge = Edge(timeline, model, state)
        timeline.older_wanted.connect(self.older)
        timeline.newer_wanted.connect(self.newer)
        timeline.far.connect(self._far)
        timeline.moved.connect(self._moved)
        timeline.jumps.newest.clicked.connect(self._stop)

    def go(self, to: str) -> None:
        """To BEGINNING or NEWEST, or by what is on the screen: PAGE_UP, PAGE_DOWN."""
        step = QAbstractSlider.SliderAction
        if to == BEGINNING:
            self.beginning()
        elif to == NEWEST:
            self.newest()
        else:
            self._bar.triggerAction(step.SliderPageStepSub if to == PAGE_UP else step.SliderPageStepAdd)

    def beginning(self) -> None:
        """To where the room begins, page by page where its beginning is not here yet.

        It ends by itself there, and when somebody scrolls or goes to another room meanwhile.
        """
        self._stop()
        self._go_back()

    def newest(self) -> None:
        """To the newest message, which one sees from then on."""
        self._stop()
        self._timeline.go_newest()

    def _go_back(self) -> None:
        if not self._to_beginning and self._bar.value() > self._bar.minimum():
            self._timeline.leaving.emit()
        self._to_beginning = not self._model.at_beginning
        self._model.to_oldest()
        self._bar.setValue(self._bar.minimum())
        if self._timeline.hasFocus():
            self._timeline.setCurrentIndex(self._model.index(0))
        self._timeline.let_go()

    def older(self) -> None:
        """Ask for what stands before the rows in memory, once."""
        room = self._state.here
        connected = self._state.connected
        if room and not (room.awaits(connected=connected) or room.refused or room.at_top) and room.newest:
            held, page, before = room.held, PAGE, room.before
            if self._to_beginning:
                page = FAR_PAGE
                if held.first + page < min(room.oldest, held.last):
                    before = held.first + page  # what is between is here, and is not shown on the way
            if connected or not room.is_elsewhere(before):
                self._ask(room.load(page, before))

    def newer(self) -> None:
        """Ask for what stands behind the rows in memory, once; who goes to the newest skips the rest."""
        room = self._state.here
        if not room or room.awaits(connected=self._state.connected) or room.refused or not room.detached:
            return
        if self._timeline.is_pinned:
            self._ask(room.load(PAGE, LAST))
        else:
            page = min(PAGE, room.newest - room.last)
            self._ask(room.load(page, room.last + page + 1))

    def refresh(self, hint: str) -> None:
        """As of the timeline: show what the state has now, and go on to where one was going."""
        self._to_beginning = self._to_beginning and not self._model.other_room
        self._timeline.refresh(hint)
        if self._to_beginning:
            self._go_back()
        self.edge.refresh()

    def _moved(self) -> None:
        """Somebody scrolled, or was led elsewhere. Rows that are taken in above what is seen, which may be
        before the refresh that they come with, move nobody."""
        self._to_beginning = self._to_beginning and self._bar.value() == self._bar.minimum()

    def _far(self, home: bool) -> None:
        """The key was pressed over the messages: the keyboard goes along."""
        self.go(BEGINNING if home else NEWEST)
        if not home:
            self._timeline.setCurrentIndex(self._model.index(self._model.rowCount() - 1))

    @property
    def _bar(self) -> QScrollBar:
        bar = self._timeline.verticalScrollBar()
        assert bar is not None
        return bar
