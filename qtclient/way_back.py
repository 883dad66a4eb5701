# SPDX-License-Identifier: GPL-3.0-only
"""The way back from where somebody was led: to a message, a day, an end of the room. GUI thread."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.message import Key
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.state.trail import Station, Trail
from loggia.qtclient.timeline.places import Anchor
from loggia.qtclient.timeline.view import Timeline


class Jump(Protocol):
    """Brings an entry of the room on the screen there, by `arrive` once it is in memory."""

    def __call__(self, room: str, seq: int, arrive: Callable[[Key], bool]) -> None: ...


class WayBack:
    """Of this timeline. `go` shows a room; `jump` one of its messages, however far away it is; `stop`: who
    goes a step back or forward goes nowhere else."""

    def __init__(
        self,
        timeline: Timeline,
        state: WindowState,
        go: Callable[[str], None],
        jump: Jump,
        stop: Callable[[], object],
    ) -> None:
        self._timeline = timeline
        self._state = state
        self._go = go
        self._jump = jump
        self._stop = stop
        self._trail = Trail()
        self._is_told = False  # from where somebody is led
        timeline.leaving.connect(self._leave)
        timeline.leads_back = lambda: self._trail.leads_back
        timeline.jumps.back.clicked.connect(self.back)

    def here(self) -> Station | None:
        """What is looked at now; None: no room, or not yet."""
        room, timeline = self._state.here, self._timeline
        if room is None or timeline.is_behind:
            return None
        anchor, row = timeline.looked_at(), timeline.currentIndex().data(ROW)
        if anchor is None or anchor.key[0] != "seq":  # it waits here, below all that are stored
            return Station(room.name, room.epoch)
        chosen = row.key if row is not None else None
        return Station(room.name, room.epoch, int(anchor.key[1]), anchor.top, chosen)

    def left(self, place: Station | None) -> None:
        """From there somebody was led elsewhere."""
        if place is not None:
            self._trail.left(place)

    def to(self, room: str, seq: int) -> None:
        """To that entry of the room on the screen."""
        self._jump(room, seq, partial(self._show, self.here()))

    def newest(self, left: Station | None) -> None:
        """To the newest message, from there."""
        self.left(left)
        self._is_told = True
        self._timeline.go_newest()
        self._is_told = False

    def lead(self, room: str, seq: int) -> None:
        """To that entry, also of another room: from there it is one step back."""
        if room == self._state.current:
            self._go(room)
            self.to(room, seq)
        else:
            self.left(self.here())
            self._go(room)
            self._jump(room, seq, self._timeline.go_to)

    def back(self) -> None:
        """To where it was read last."""
        self._return(self._trail.back)

    def forward(self) -> None:
        """To where one has come back from."""
        self._return(self._trail.forward)

    def _leave(self) -> None:
        if not self._is_told:
            self.left(self.here())

    def _return(self, step: Callable[[Station, Callable[[Station], bool]], Station | None]) -> None:
        here = self.here()
        place = None if here is None else step(here, self._is_there)
        if place is None:
            return
        self._stop()
        was_here = self._timeline.hasFocus()
        if place.room != self._state.current:
            self._go(place.room)
            if was_here:
                self._timeline.setFocus()
        if place.seq is None:
            self.newest(None)
        else:
            self._jump(place.room, place.seq, partial(self._put, place))

    def _show(self, left: Station | None, key: Key) -> bool:
        is_shown = self._timeline.go_to(key)
        if is_shown:
            self.left(left)
        return is_shown

    def _put(self, place: Station, key: Key) -> bool:
        return self._timeline.go_back(Anchor(key, place.top), place.chosen)

    def _is_there(self, place: Station) -> bool:
        room = self._state.rooms.get(place.room)
        return room is not None and room.listed and room.epoch == place.epoch
