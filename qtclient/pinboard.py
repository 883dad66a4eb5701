# SPDX-License-Identifier: GPL-3.0-only
"""What is pinned in the room on the screen: listed while it changes, found in this computer's copy, and in
older messages that are loaded for it. GUI thread."""

from collections.abc import Callable
from functools import partial

from loggia.qtclient.asking import Asking
from loggia.qtclient.dialogs.pins import PinsList
from loggia.qtclient.state.pinned import Pins
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import Colors
from loggia.shared.client.updates import ArchivedEntries, Arrived, Older, ToldPins
from PyQt6.QtWidgets import QWidget

PAGE = 1000  # entries loaded at once
NO_MORE = "The server gave no older ones."


class Pinboard:
    """`show` leads to a message of the room on the screen by its seq. Attribute `list`: the dialog, while it
    is open."""

    def __init__(
        self,
        window: QWidget,
        state: WindowState,
        asking: Asking,
        colors: Colors,
        show: Callable[[str, int], None],
    ) -> None:
        self._window = window
        self._state = state
        self._asking = asking
        self._colors = colors
        self._show = show
        self.list: PinsList | None = None
        self._of: Room | None = None
        self._epoch = ""
        self._pins = Pins()
        self._asked = ""  # by which question older ones are
        self._refused = ""

    def look(self, colors: Colors) -> None:
        """Other colours, also of what is open."""
        self._colors = colors
        if self.list is not None:
            self.list.look(colors)

    def open(self) -> None:
        """List what is pinned in the room on the screen."""
        room = self._state.here
        if room is None or self.list is not None:
            return
        self._of = room
        self.list = PinsList(room.label, self._colors, self._window)
        self.list.chosen.connect(lambda seq: self._show(room.name, seq))
        self.list.offered.connect(self._turn)
        self.list.finished.connect(self._closed)
        self._begin(room)
        self.refresh()
        self.list.open()

    def heard(self, told: Arrived) -> None:
        """New entries of a room."""
        room = self._of
        if room is None or room.name != told.room:
            return
        for seq in self._pins.happened(told.events):
            if not room.oldest <= seq <= room.last:
                self._asking.read(room.name, room.epoch, seq, partial(self._one, self._pins))

    def refresh(self) -> None:
        """The state has something else now."""
        room, connected = self._of, self._state.connected
        if room is None or self.list is None:
            return
        if room is not self._state.here:  # nobody chose that: it was left, and its messages lead nowhere
            self.list.reject()
            return
        if room.epoch != self._epoch:
            self._begin(room)
        missing = self._pins.missing(
            room, connected=connected, loads=bool(self._asked), refused=self._refused
        )
        self.list.show_pins(self._pins.listed(room, self._state.dates), missing)

    def _begin(self, room: Room) -> None:
        """Of this life of the log nothing is known yet."""
        self._drop()
        self._epoch, self._pins, self._refused = room.epoch, Pins(), ""
        self._asking.read_pins(room.name, room.epoch, partial(self._copy_gave, self._pins))

    def _copy_gave(self, pins: Pins, told: ToldPins) -> None:
        pins.copy_gave(told.events)
        self.refresh()

    def _one(self, pins: Pins, told: ArchivedEntries) -> None:
        pins.page(told.events)
        self.refresh()

    def _turn(self) -> None:
        """Load older ones, or stop that."""
        if self._asked:
            self._drop()
        elif self._of is not None:
            self._refused = ""
            self._load(self._of, self._of.held.first)
        self.refresh()

    def _load(self, room: Room, before: int) -> None:
        self._asked = self._asking.load_older(room.name, PAGE, before, partial(self._page, self._pins))

    def _page(self, pins: Pins, told: Older) -> None:
        pins.page(told.events)
        room, self._asked = self._of, ""
        if room is None or pins is not self._pins:
            return
        if told.refused is not None:
            self._refused = told.refused.text
        elif not told.events and told.more:
            self._refused = NO_MORE
        elif told.events and told.more:
            self._load(room, min(told.events[0].seq, room.held.first))
        self.refresh()

    def _drop(self) -> None:
        if self._asked and self._of is not None:
            self._asking.drop_older(self._of.name, self._asked)
        self._asked = ""

    def _closed(self) -> None:
        self._drop()
        self.list = self._of = None
